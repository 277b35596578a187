"""Nobody gets lost on the way from Clever: lists that do not come whole are no roster."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from auditor.model import ClassMember, Person
from auditor.source import Denied, Malformed, SourceError, Transient
from benchmarks.pretend.clever import Oddities, PretendClever
from connectors.clever.reading import FORGOTTEN, NO_EVENTS
from tests.connectors.clever.clever_world import (
    STUDENTS,
    marks_of,
    marlow,
    pull,
    serving,
    source,
    student,
)
from tests.connectors.roster_world import WINDOW, Pulled

LISTS = ("schools", "terms", "users.student", "users.teacher", "users.contact", "sections")
OFTEN = ("503 retry after", "429 retry after", "body cut", "item twice", "pages overlap")
MORE = ("connection reset", "garbage", "500", "502")
PASSING = (*OFTEN, *(pytest.param(kind, marks=pytest.mark.integration) for kind in MORE))
STAYING = {"401": Denied, "403": Denied, "404": Denied, "login page": Denied, "503": Transient}
EVERYBODY = STUDENTS + 3


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    with serving() as running:
        return list(pull(running, tmp_path_factory.mktemp("well")).facts)


def people(pulled: Pulled) -> set[str]:
    return {person.person_id for person in pulled.of(Person)}


def night(running: PretendClever, tmp_path: Path) -> dict[str, str]:
    """Read once, so that a mark is kept."""
    running.world.change("users", student(9))
    running.world.delete("users", "u19")
    marks = marks_of(pull(running, tmp_path))
    assert marks == {"events": running.world.events[-1]["id"]}
    return marks


# ---- pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [Oddities(), Oddities(links=False), Oddities(counts=False), Oddities(links=False, counts=False)],
    ids=["all told", "no links", "no counts", "neither"],
)
def test_a_list_is_read_to_its_end_whatever_is_told_of_it(
    odd: Oddities, expected: list[object], tmp_path: Path
) -> None:
    with serving(odd=odd) as running:
        assert pull(running, tmp_path).facts == expected


def test_pages_too_large_are_asked_for_as_smaller_ones(
    expected: list[object], tmp_path: Path
) -> None:
    with serving(odd=Oddities(most=3)) as running:
        pulled = pull(running, tmp_path, page=10_000)
    assert pulled.facts == expected
    assert pulled.note("too large for Clever").count == 12  # from 10,000 by halves down to 2


def test_a_list_shorter_than_its_count_is_tried_again_another_night(tmp_path: Path) -> None:
    with serving(odd=Oddities(counts_more=1)) as running, pytest.raises(Transient, match="counts 3"):
        pull(running, tmp_path)


def test_a_list_that_gives_the_same_page_for_ever_is_refused(tmp_path: Path) -> None:
    odd = Oddities(heeds_after=False, links=False)
    with serving(odd=odd) as running, pytest.raises(Transient, match="the same record came again"):
        pull(running, tmp_path)


def test_an_empty_page_is_believed_only_when_it_comes_again(
    expected: list[object], tmp_path: Path
) -> None:
    with serving(odd=Oddities(counts=False)) as running:
        running.faults.plan("users.contact", "empty page with token")
        assert pull(running, tmp_path).facts == expected


def test_a_page_that_ends_the_list_too_soon_is_told_by_the_count(
    expected: list[object], tmp_path: Path
) -> None:
    with serving() as running:
        running.faults.plan("users.student", "empty page with token", on=2)
        assert pull(running, tmp_path).facts == expected


def test_a_reading_that_breaks_off_brings_nothing_and_the_next_one_everything(
    expected: list[object], tmp_path: Path
) -> None:
    with serving() as running:
        marks = night(running, tmp_path)
        running.faults.plan("sections", "503", times=99)
        with pytest.raises(Transient):
            next(iter(source(running, tmp_path, marks).pull(WINDOW)))
        running.faults.clear()
        pulled = pull(running, tmp_path, marks)
    assert pulled.facts == expected
    assert marks_of(pulled) == marks


# ---- what happens meanwhile ------------------------------------------------------------------


def leaves(running: PretendClever) -> None:
    running.world.delete("users", "u12")


def comes(running: PretendClever) -> None:
    running.world.change("users", student(0))


@pytest.mark.parametrize("page", [2, 9, 14, 23])
@pytest.mark.parametrize(("what", "count"), [(leaves, EVERYBODY - 1), (comes, EVERYBODY + 1)])
def test_the_roster_is_of_one_moment_whenever_somebody_comes_or_leaves(
    page: int, what: Callable[[PretendClever], None], count: int, tmp_path: Path
) -> None:
    with serving() as running:
        marks = night(running, tmp_path)
        running.world.change("users", student(3))
        running.meanwhile[running.served + page] = partial(what, running)
        pulled = pull(running, tmp_path, marks)
        assert running.meanwhile == {}
        assert running.count("schools") == 2 * 3  # nothing had to be read again for it
    assert len(people(pulled)) == count
    members = [m.person.person_id for m in pulled.of(ClassMember)]
    assert ("K2" in members) == (what is comes)
    assert marks_of(pulled) == {"events": running.world.events[-1]["id"]}


def test_a_section_changed_meanwhile_is_told_as_it_is_now(tmp_path: Path) -> None:
    with serving() as running:
        section = {**running.world.sections["c1"], "students": ["u13"]}
        running.world.change("users", student(1))
        running.meanwhile[40] = partial(running.world.change, "sections", section)
        pulled = pull(running, tmp_path)
        if running.meanwhile:
            running.meanwhile.clear()
            running.world.change("sections", section)
            pulled = pull(running, tmp_path, marks_of(pulled))
    assert [m.person.person_id for m in pulled.of(ClassMember)] == ["T1", "K3"]


# ---- the log as a witness --------------------------------------------------------------------


def test_the_log_of_a_whole_night_changes_nothing_that_the_lists_hold(tmp_path: Path) -> None:
    with serving() as running:
        marks = night(running, tmp_path)
        running.world.change("users", student(7))
        running.world.change("users", student(2, grade="10"))
        running.world.delete("users", "u13")
        pulled = pull(running, tmp_path, marks)
    assert people(pulled) == {"T1", "P1", "G1", "K1", "K2", "K4", "K5", "K7"}
    assert marks_of(pulled) == {"events": running.world.events[-1]["id"]}


def test_whom_the_log_knows_and_no_list_holds_was_lost(tmp_path: Path) -> None:
    with serving() as running:
        marks = night(running, tmp_path)
        running.world.change("users", student(7))
        del running.world.users["u17"]  # without a word in the log
        with pytest.raises(Transient, match=r"lack what its own log speaks of \(1 users\), 3 times"):
            pull(running, tmp_path, marks)


def test_a_list_that_lacked_somebody_once_is_read_again(tmp_path: Path) -> None:
    with serving() as running:
        marks = night(running, tmp_path)
        new = student(7)
        running.world.change("users", new)
        del running.world.users["u17"]
        running.meanwhile[running.served + 35] = partial(running.world.put, "users", new)
        assert "K7" in people(pull(running, tmp_path, marks))


def test_a_contact_in_the_log_is_not_missed_where_none_are_read(tmp_path: Path) -> None:
    with serving() as running:
        marks = night(running, tmp_path)
        running.world.change("users", running.world.users["u30"])
        assert len(people(pull(running, tmp_path, marks, guardians=[]))) == STUDENTS + 2


@pytest.mark.parametrize("refusal", ["400", "404", "410", "forgotten"])
def test_a_mark_that_clever_no_longer_knows_leaves_the_lists_alone(
    refusal: str, tmp_path: Path
) -> None:
    with serving() as running:
        marks = night(running, tmp_path)
        running.world.change("users", student(1, enrollments=[], schools=["s1"]))
        if refusal == "forgotten":
            running.world.forgotten = len(running.world.events) - 1
        else:
            running.faults.plan(
                "events",
                refusal,
                where=lambda request: request.query.get("starting_after") == marks["events"],
            )
        pulled = pull(running, tmp_path, marks)
    assert pulled.note(FORGOTTEN).count == 1
    assert len(people(pulled)) == EVERYBODY
    assert marks_of(pulled) == {"events": running.world.events[-1]["id"]}


def test_a_log_that_is_not_shown_is_said_and_changes_nothing(
    expected: list[object], tmp_path: Path
) -> None:
    with serving(odd=Oddities(events=False)) as running:
        pulled = pull(running, tmp_path, {"events": "e1"})
    assert pulled.facts == expected
    assert pulled.note(NO_EVENTS).count == 1
    assert marks_of(pulled) == {}


def test_without_events_the_log_is_not_asked_for(expected: list[object], tmp_path: Path) -> None:
    with serving() as running:
        assert pull(running, tmp_path, events=False).facts == expected
        assert running.count("events") == 0


def test_a_log_that_cannot_be_read_from_its_end_still_brings_the_lists_forward(
    tmp_path: Path,
) -> None:
    with serving(odd=Oddities(knows_last=False)) as running:
        running.world.change("users", student(9))
        marks = marks_of(pull(running, tmp_path))
        running.meanwhile[running.served + 20] = partial(leaves, running)
        pulled = pull(running, tmp_path, marks)
    assert len(people(pulled)) == EVERYBODY


# ---- every kind of fault, in every list -------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_by_itself_changes_nothing(
    name: str, kind: str, expected: list[object], tmp_path: Path
) -> None:
    with serving() as running:
        running.faults.plan(name, kind)
        assert pull(running, tmp_path).facts == expected
        assert running.faults.done == [(name, kind)]


@pytest.mark.parametrize(
    "name",
    [
        "districts",
        "users.student",
        *(pytest.param(one, marks=pytest.mark.integration) for one in LISTS if "student" not in one),
    ],
)
@pytest.mark.parametrize("kind", STAYING)
def test_what_does_not_pass_stops_the_roster_with_place_and_cure(
    name: str, kind: str, tmp_path: Path
) -> None:
    with serving() as running:
        running.faults.plan(name, kind, times=99)
        with pytest.raises(STAYING[kind]) as caught:
            pull(running, tmp_path)
    told: SourceError = caught.value
    assert told.where == "Clever"
    assert told.cure
    assert "zephyrquill" not in str(told)


def test_an_answer_of_another_shape_is_malformed(tmp_path: Path) -> None:
    world = marlow()
    world.schools["s1"] = {**world.schools["s1"], "id": ""}
    with serving(world) as running, pytest.raises(Malformed, match="without an id"):
        pull(running, tmp_path)
