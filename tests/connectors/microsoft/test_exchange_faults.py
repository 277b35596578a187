"""Whatever Graph does wrong while mailboxes are read ends in the exact facts or in a named gap."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.source import DayState, Malformed
from benchmarks.pretend.microsoft import PretendMicrosoft, User
from benchmarks.pretend.serving import Reply, Request
from connectors.microsoft.mail import reading
from tests.connectors.mail_world import Read
from tests.connectors.microsoft.directory_world import NOW, serving
from tests.connectors.microsoft.exchange_world import (
    COACH,
    KID,
    LEE,
    OUTSIDE,
    TEACHER,
    at,
    days_of,
    letter,
    marks_of,
    marlow,
    pull,
)

DELTA = "messages.delta"
OFTEN = ("503 retry after", "429 retry after", "body cut")
MORE = ("429", "500", "502", "503", "connection reset", "garbage")
PASSING = (*OFTEN, *(pytest.param(kind, marks=pytest.mark.integration) for kind in MORE))
ODD = ("item twice", "pages overlap", "empty page with token")
STAYING = [
    ("mailFolders.list", "503", 3),
    ("mailFolders.get", "403", 1),
    ("messages.delta", "login page", 1),
    ("messages.delta", "503", 3),
    ("messages.delta", "page token repeats", 2),
]
OWNERS = (TEACHER, COACH, KID, LEE)
WORLD = marlow(
    *(
        (owner, letter(owner, f"{owner.given}{n}", at(19 + n), OUTSIDE))
        for owner in OWNERS
        for n in range(4)
    )
)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_PREFER", {"Prefer": "odata.maxpagesize=2"})


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what is read where nothing goes wrong, from the start and from kept links."""
    folder = tmp_path_factory.mktemp("well")
    with serving(WORLD) as running:
        whole = pull(running, folder)
    assert len(whole.messages) == 16
    return {"whole": whole}


def since(running: PretendMicrosoft, folder: Path) -> dict[str, str]:
    """Return the links of a night before, when half of the mail was there."""
    running.now = at(20, 12)
    marks = marks_of(pull(running, folder, threads=1))
    running.now = NOW
    return marks


def in_mailbox(user: Any) -> Any:
    return lambda request: user.id in request.path


def same(read: Read, well: Read) -> None:
    assert read.messages == well.messages
    assert read.coverage == well.coverage


@pytest.mark.parametrize("endpoint", ["users.list", "mailFolders.list", "mailFolders.get", DELTA])
@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_by_itself_changes_nothing(
    endpoint: str, kind: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    with serving(WORLD) as running:
        running.faults.plan(endpoint, kind, on=2 if endpoint != "users.list" else 1)
        read = pull(running, tmp_path, threads=1)
        assert running.faults.done == [(endpoint, kind)]
        same(read, expected["whole"])
        # The next night goes on from what was kept, and finds nothing new.
        again = pull(running, tmp_path, marks=marks_of(read))
    assert again.messages == []
    assert again.coverage == read.coverage


@pytest.mark.parametrize("kind", [*OFTEN, *ODD, "410", "400"])
def test_at_any_page_of_a_folder_nothing_is_lost_or_doubled(
    kind: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    for on in (2,) if kind in ("400", "410", "pages overlap") else (1, 2):
        with serving(WORLD) as running:
            running.faults.plan(
                DELTA, kind, on=on, where=lambda r: LEE.id in r.path and "inbox" not in r.path
                and "$deltatoken" not in r.query,
            )  # fmt: skip
            read = pull(running, tmp_path, threads=1)
            assert running.faults.done == [(DELTA, kind)]
        same(read, expected["whole"])


def test_what_is_left_out_is_counted_once_though_its_list_is_begun_anew(tmp_path: Path) -> None:
    drafts = [(COACH, letter(COACH, f"d{n}", at(18, 9, n), draft=True)) for n in range(5)]
    world = marlow(*drafts, (COACH, letter(COACH, "z", at(19))))
    noted = []
    for kind in ("", "410"):
        with serving(world) as running:
            if kind:
                later = lambda r: COACH.id in r.path and "$skiptoken" in r.query  # noqa: E731  (one word of a plan)
                running.faults.plan(DELTA, kind, on=2, where=later)
            read = pull(running, tmp_path, threads=1)
            assert not kind or running.faults.done
        noted.append({note.text: note.count for note in read.all_notes if "draft" in note.text})
    assert noted[0] == noted[1]
    assert sum(noted[0].values()) == 5


def mixed_up(running: PretendMicrosoft, user: User) -> None:
    """Let each page of a mailbox begin with what another was told last."""
    spoil, last = running.faults.spoil, list[Any]()

    def mixing(endpoint: str, request: Request, reply: Reply) -> Reply:
        reply = spoil(endpoint, request, reply)
        if endpoint != DELTA:
            return reply
        document = json.loads(reply.body)
        if in_mailbox(user)(request):
            document["value"][:0] = last
        else:
            last[:] = document["value"][-1:] or last
        return replace(reply, body=json.dumps(document).encode())

    running.faults.spoil = mixing  # type: ignore[method-assign]  # a server that mixes mailboxes up


def test_another_mailboxes_answer_stops_the_source(tmp_path: Path) -> None:
    with serving(WORLD) as running:
        mixed_up(running, LEE)
        with pytest.raises(Malformed, match="another"):
            pull(running, tmp_path, threads=1)


@pytest.mark.parametrize("kind", ["503 retry after", "410", "400", "pages overlap", "item twice"])
def test_going_on_from_a_kept_link_meets_the_same(
    kind: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    with serving(WORLD) as running:
        marks = since(running, tmp_path)
        running.faults.plan(DELTA, kind, times=30 if kind in ("400", "410") else 1, where=lambda r: "$deltatoken" in r.query)
        read = pull(running, tmp_path, marks=marks, threads=1)
        assert running.faults.done
    assert read.coverage == expected["whole"].coverage
    new = {m.native_id for m in read.messages}
    late = {m.native_id for m in expected["whole"].messages if m.sent_at > at(20, 12)}
    assert late <= new


@pytest.mark.parametrize(("endpoint", "kind", "times"), STAYING)
def test_what_does_not_pass_costs_one_mailbox_and_names_it(
    endpoint: str, kind: str, times: int, expected: dict[str, Any], tmp_path: Path
) -> None:
    well = expected["whole"]
    with serving(WORLD) as running:
        later = kind == "page token repeats"  # a first page that leads to itself only comes twice
        running.faults.plan(
            endpoint, kind, times=times,
            where=lambda r: KID.id in r.path and (not later or "$skiptoken" in r.query),
        )  # fmt: skip
        read = pull(running, tmp_path, threads=1)
    (unit,) = {row.unit for row in read.coverage if row.state is DayState.MISSING}
    assert unit == KID.address
    assert all(row.reason for row in days_of(read, KID).values())
    others = [row for row in well.coverage if row.unit != KID.address]
    assert [row for row in read.coverage if row.unit != KID.address] == others
    assert read.messages == [m for m in well.messages if not m.native_id.startswith("Kit")]
    assert {m.partition("/")[0] for m in marks_of(read)} == {o.id for o in OWNERS if o != KID}


@pytest.mark.parametrize("everything", [True, False])
def test_a_mailbox_that_is_gone_is_a_gap(everything: bool, tmp_path: Path) -> None:
    with serving(WORLD) as running:
        for endpoint in ("mailFolders.*", DELTA):
            running.faults.plan(endpoint, "404", times=99, where=in_mailbox(KID))
        read = pull(running, tmp_path, received=everything, threads=1)
    assert {r.unit for r in read.coverage if r.state is DayState.MISSING} == {KID.address}
