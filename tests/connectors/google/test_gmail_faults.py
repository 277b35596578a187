"""Whatever Google does wrong while mailboxes are read ends in the exact facts or in a named gap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httplib2
import pytest

from auditor.source import DayState, Malformed
from benchmarks.pretend.google import PretendGoogle, User
from connectors.google.asking import Google
from tests.connectors.google.directory_world import NOW, serving
from tests.connectors.google.gmail_world import (
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

ENDPOINTS = (
    "gmail.users.getProfile",
    "gmail.users.messages.list",
    "gmail.users.messages.get",
    "gmail.users.history.list",
)
OFTEN = ("503 retry after", "403 userRateLimitExceeded", "body cut")
MORE = (
    "429", "500", "503", "429 retry after", "403 rateLimitExceeded", "403 quotaExceeded",
    "connection reset", "garbage", "401",
)  # fmt: skip
PASSING = (*OFTEN, *(pytest.param(kind, marks=pytest.mark.integration) for kind in MORE))
STAYING = [
    ("gmail.users.getProfile", "400"),
    ("gmail.users.messages.list", "503"),
    ("gmail.users.messages.get", "403"),
    ("gmail.users.messages.get", "login page"),
    ("gmail.users.history.list", "403"),
]
OWNERS = (COACH, TEACHER, KID, LEE)
WORLD = marlow(
    *(
        (owner, letter(owner, f"{owner.given}{n}", at(19 + n), OUTSIDE))
        for owner in OWNERS
        for n in range(4)
    )
)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what is read where nothing goes wrong, whichever way."""
    folder = tmp_path_factory.mktemp("well")
    with serving(WORLD) as google:
        google.now = at(20, 12)
        marks = marks_of(pull(google, folder))
        google.now = NOW
        first, second = pull(google, folder), pull(google, folder, marks=marks)
    assert len(first.messages) == 16
    assert len(second.messages) == 8
    assert first.coverage == second.coverage
    return {"marks": marks, "whole": first, "since": second}


def night(google: PretendGoogle, folder: Path, expected: dict[str, Any], endpoint: str) -> Any:
    """Read by the way that meets an endpoint; return what was read, and what should have been."""
    by_history = endpoint.endswith("history.list")
    marks = expected["marks"] if by_history else None
    return pull(google, folder, marks=marks, threads=1), expected["since" if by_history else "whole"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_by_itself_changes_nothing(
    endpoint: str, kind: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    with serving(WORLD) as google:
        google.faults.plan(endpoint, kind, on=2)
        read, well = night(google, tmp_path, expected, endpoint)
        assert google.faults.done == [(endpoint, kind)]
    assert read.messages == well.messages
    assert read.coverage == well.coverage
    assert marks_of(read) == marks_of(well)


@pytest.mark.parametrize(("endpoint", "kind"), STAYING)
def test_what_does_not_pass_costs_one_mailbox_and_names_it(
    endpoint: str, kind: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    with serving(WORLD) as google:
        google.faults.plan(endpoint, kind, times=6 if kind == "503" else 1)
        read, well = night(google, tmp_path, expected, endpoint)
    (unit,) = {row.unit for row in read.coverage if row.state is DayState.MISSING}
    assert unit == TEACHER.email
    assert all(row.reason for row in days_of(read, TEACHER).values())
    others = [row for row in well.coverage if row.unit != TEACHER.email]
    assert [row for row in read.coverage if row.unit != TEACHER.email] == others
    assert read.messages == [m for m in well.messages if not m.native_id.startswith("Ana")]
    assert set(marks_of(read)) == {owner.id for owner in OWNERS} - {TEACHER.id}


@pytest.mark.parametrize("endpoint", ["gmail.users.messages.list", "gmail.users.history.list"])
@pytest.mark.parametrize("kind", ["item twice", "pages overlap", "empty page with token"])
def test_odd_pages_give_each_message_once(
    endpoint: str, kind: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    with serving(WORLD) as google:
        google.faults.plan(endpoint, kind)
        read, well = night(google, tmp_path, expected, endpoint)
        odd = google.faults.done
    assert odd == [(endpoint, kind)]
    assert read.messages == well.messages
    assert read.coverage == well.coverage


@pytest.mark.parametrize("kind", ["404", "410"])
def test_a_list_that_is_not_there_is_not_an_empty_one(kind: str, tmp_path: Path) -> None:
    with serving(WORLD) as google:
        google.faults.plan("gmail.users.messages.list", kind)
        read = pull(google, tmp_path, threads=1)
    assert {r.unit for r in read.coverage if r.state is DayState.MISSING} == {TEACHER.email}


@pytest.mark.parametrize("kind", ["404", "410"])
def test_a_history_that_is_not_there_means_the_list(
    kind: str, expected: dict[str, Any], tmp_path: Path
) -> None:
    with serving(WORLD) as google:
        google.faults.plan("gmail.users.history.list", kind, times=4)
        read = pull(google, tmp_path, marks=expected["marks"])
    assert (read.messages, read.coverage) == (
        expected["whole"].messages, expected["whole"].coverage,
    )  # fmt: skip


def test_a_token_that_is_not_given_costs_one_mailbox(tmp_path: Path) -> None:
    with serving(WORLD) as google:
        google.faults.plan("oauth.token", "400", on=2)  # the first is the administrator's
        read = pull(google, tmp_path, threads=1)
    assert {r.unit for r in read.coverage if r.state is DayState.MISSING} == {TEACHER.email}


# ---- one mailbox's answer to another's question ------------------------------------------------


Swap = Callable[[str, bytes], bytes]


class Swapping(httplib2.Http):
    """A connection that now and then hands on what it answered before, as a shared one does."""

    def __init__(self, swap: Swap) -> None:
        super().__init__(timeout=10)
        self._swap = swap

    def request(self, uri: str, *more: Any, **named: Any) -> Any:
        answer, content = super().request(uri, *more, **named)
        return answer, self._swap(uri, content)


@pytest.mark.parametrize("endpoint", ["/profile", "/messages/"])
def test_another_mailboxes_answer_stops_the_source(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before: list[bytes] = []

    def swap(uri: str, content: bytes) -> bytes:
        if endpoint not in uri or b"error" in content:
            return content
        before.append(content)
        return before[0]

    def connect(google: Google) -> httplib2.Http:
        google._made.append(Swapping(swap))
        return google._made[-1]

    monkeypatch.setattr(Google, "_connect", connect)
    with serving(WORLD) as google, pytest.raises(Malformed, match="another"):
        pull(google, tmp_path, threads=1)
    assert len(before) > 1


def test_every_mailbox_gets_its_own_answers_from_many_threads(tmp_path: Path) -> None:
    users = [
        User(f"1{n:020d}", f"t{n:02d}@marlow.example", f"T{n}", "Ash", "/Staff") for n in range(40)
    ]
    world = marlow(
        *((u, letter(u, f"{u.given}-{n}", at(18 + n), u.email)) for u in users for n in range(3)),
        users=users,
    )
    with serving(world) as google:
        read = pull(google, tmp_path, threads=16, mailboxes=["/Staff"])
        sessions = {one.subject for one in google.asked}
    assert len(sessions) > 40
    told = [(m.parties[0].address.text, m.native_id.partition("@")[0]) for m in read.messages]
    assert told == [(u.email, f"{u.given}-{n}") for u in users for n in range(3)]
    assert all(
        row.records == (row.day.day in (18, 19, 20))
        for u in users
        for row in days_of(read, u).values()
    )

