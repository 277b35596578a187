"""Whatever goes wrong with an answer: the same facts, or a gap by the name of what was not read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.source import Denied, Malformed, SourceError
from benchmarks.pretend.canvas import PretendCanvas, User, Work
from benchmarks.pretend.canvas.server import LinkFaults
from benchmarks.pretend.faults import KINDS
from benchmarks.pretend.serving import Request
from tests.connectors.canvas.canvas_world import (
    NOON,
    SECOND_UNIT,
    STUDENT,
    TEACHER,
    TEACHER_UNIT,
    USERS,
    Waits,
    letter,
    minutes,
    pull,
    serving,
    talk,
    world,
)
from tests.connectors.canvas.test_canvas_comments import comment, course
from tests.connectors.canvas.test_canvas_inbox import CLUB, PRIVATE

LIST, GET, SELF = "conversations.list", "conversations.get", "users.self"
ENDPOINTS = ("users.list", "courses.list", SELF, LIST, GET, "submissions.list")
SLOW = ("no answer", "body drips")
"""Kinds that last as long as a client is patient; its own tests see to them."""
PAGING = ("empty page with token", "page token repeats", "pages overlap", "item twice", "400")
TRIALS = [
    *((endpoint, kind, 1) for endpoint in ENDPOINTS for kind in sorted(set(KINDS) - {*SLOW})),
    *((endpoint, kind, 2) for endpoint in ("users.list", LIST) for kind in PAGING),
]
MANY = [
    talk(100 + n, letter(1_000 + n, STUDENT, TEACHER, at=NOON + minutes(n))) for n in range(3)
]
WORKS = course(Work(70, STUDENT, (comment(1, TEACHER),)))


def of_teacher(request: Request) -> bool:
    return request.query.get("as_user_id") == str(TEACHER)


@pytest.fixture(scope="module")
def running() -> Iterator[PretendCanvas]:
    with serving(world(PRIVATE, CLUB, *MANY, courses=(WORKS,))) as canvas:
        canvas.most = 2
        yield canvas


@pytest.fixture(scope="module")
def whole(running: PretendCanvas, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    return list(pull(running, tmp_path_factory.mktemp("whole")).messages)


@pytest.mark.parametrize(("endpoint", "kind", "on"), TRIALS)
def test_one_fault_costs_nothing_or_is_told(
    running: PretendCanvas, whole: list[object], tmp_path: Path, endpoint: str, kind: str, on: int
) -> None:
    running.faults.clear()
    running.faults.plan(endpoint, kind, on=on)
    try:
        found = pull(running, tmp_path)
    except SourceError as error:
        assert error.where == "Canvas"
        assert error.cure
        return
    finally:
        running.faults.clear()
    gaps = [row for row in found.coverage.values() if row.state.value != "read"]
    if gaps:
        assert all(row.unit is not None and row.reason for row in gaps)
        assert {str(one) for one in found.messages} <= {str(one) for one in whole}
    else:
        assert found.messages == whole


@pytest.mark.parametrize(("kind", "times"), [("401", 1), ("403", 1), ("503", 9), ("garbage", 9)])
@pytest.mark.parametrize("endpoint", [SELF, LIST, GET])
def test_one_inbox_that_cannot_be_read_is_its_own_gap(
    tmp_path: Path, endpoint: str, kind: str, times: int
) -> None:
    with serving(world(PRIVATE, CLUB)) as running:
        running.faults.plan(endpoint, kind, times=times, where=of_teacher)
        found = pull(running, tmp_path)
    assert list(found.told) == ["conversation/4/41"]
    assert found.states[TEACHER_UNIT] == ("missing", None)
    assert found.states[SECOND_UNIT] == ("read", 1)


def test_a_conversation_that_is_gone_makes_its_days_a_part(tmp_path: Path) -> None:
    with serving(world(PRIVATE, CLUB)) as running:
        running.faults.plan(GET, "404", where=of_teacher)
        found = pull(running, tmp_path)
    assert list(found.told) == ["conversation/4/41"]
    assert found.states[TEACHER_UNIT][0] == "part"
    assert found.states[SECOND_UNIT] == ("read", 0)


def test_a_person_one_may_not_act_as_is_a_gap_by_name(tmp_path: Path) -> None:
    head = User(12, "Di Moss", "di.moss@marlow.example", "T12", admin=True)
    with serving(world(PRIVATE, users=(*USERS, head))) as running:
        found = pull(running, tmp_path, also_ask=["di.moss@marlow.example"])
    assert found.states["di.moss@marlow.example"] == ("missing", None)
    reason = found.coverage[NOON.date(), "di.moss@marlow.example"].reason
    assert str(reason).startswith("Canvas does not let us ask in this person's name")
    assert found.states[TEACHER_UNIT] == ("read", 2)


def test_nobody_one_may_act_as_fails_the_source(tmp_path: Path) -> None:
    there = world(PRIVATE, permissions=frozenset({"read_roster"}))
    with serving(there) as running, pytest.raises(Denied):
        pull(running, tmp_path, comments=False)


def test_a_canvas_that_answers_for_somebody_else_is_not_believed(tmp_path: Path) -> None:
    with serving(world(PRIVATE)) as running:
        running.masquerades = False
        with pytest.raises(Denied, match="does not let the token act for others"):
            pull(running, tmp_path)
        assert running.count(LIST) == 0


def test_a_link_that_forgets_in_whose_name_it_is_asked_is_not_followed(tmp_path: Path) -> None:
    with serving(world(*MANY)) as running:
        link = running._link

        def forgetful(request: Request, token: str) -> str:
            return link(request, token).replace("as_user_id", "somebody")

        running._link = forgetful  # type: ignore[method-assign]  # a server gone wrong
        running.most = 2
        with pytest.raises(Malformed, match="in whose name it is asked"):
            pull(running, tmp_path, ask=["teacher"])
        assert "somebody" not in str([asked.query for asked in running.asked])


def test_another_conversation_than_was_asked_for_is_not_taken(tmp_path: Path) -> None:
    with serving(world(PRIVATE, CLUB)) as running:
        get = running._conversations_get

        def mixed_up(parts: dict[str, str], request: Request, reader: int) -> object:
            return get({**parts, "conversation": "4"} if reader == TEACHER else parts, request, reader)

        running._conversations_get = mixed_up  # type: ignore[method-assign]  # a server gone wrong
        found = pull(running, tmp_path)
    assert list(found.told) == ["conversation/4/41"]
    assert "another conversation" in str(found.coverage[NOON.date(), TEACHER_UNIT].reason)


@pytest.mark.parametrize("status", [403, 429])
def test_a_full_bucket_is_waited_for(tmp_path: Path, status: int) -> None:
    waits = Waits()
    with serving(world(PRIVATE, CLUB)) as running:
        running.bucket.cost = 60
        running.refuses_with = status
        running.clock = lambda: sum(waits.slept)
        found = pull(running, tmp_path, waits=waits)
        refused = [asked for asked in running.asked if asked.status == status]
        assert refused
    assert sorted(found.told) == ["conversation/3/31", "conversation/3/32", "conversation/4/41"]
    assert found.notes == {"answer that had to be asked for again": len(refused)}
    assert len(waits.slept) >= len(refused)


def test_questions_are_paced(tmp_path: Path) -> None:
    waits = Waits()
    with serving(world(PRIVATE, CLUB)) as running:
        pull(running, tmp_path, waits=waits, queries_per_minute=60)
        asked = len(running.asked)
    assert sum(waits.slept) == pytest.approx(asked - 1, abs=1.5)


def test_a_dead_canvas_is_not_asked_for_everybody(tmp_path: Path) -> None:
    many = tuple(
        User(200 + n, f"Teacher {n}", f"t{n}@marlow.example", f"X{n}") for n in range(60)
    )
    logins = [user.login for user in many]
    with serving(world(PRIVATE, users=(*USERS, *many))) as running:
        running.faults.plan(SELF, "503", times=10_000)
        with pytest.raises(SourceError, match="503"):
            pull(running, tmp_path, also_ask=logins, comments=False)
        assert running.count(SELF) == 3 * 20


def test_a_canvas_that_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    with serving(world(PRIVATE)) as running:
        running.faults.plan(GET, "no answer")
        found = pull(running, tmp_path, comments=False)
    assert len(found.messages) == 2


def test_a_list_without_its_links_is_not_taken_for_whole(tmp_path: Path) -> None:
    pupils = (User(100 + n, f"Pat Nye{n}", f"pat{n}@marlow.example") for n in range(100))
    with serving(world(PRIVATE, users=(*USERS, *pupils))) as running:
        assert isinstance(running.faults, LinkFaults)
        running.faults.keeps_links = False
        with pytest.raises(Malformed, match="without the links"):
            pull(running, tmp_path)
