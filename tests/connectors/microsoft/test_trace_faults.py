"""Whatever goes wrong on any page of the trace ends in the exact facts or in a named gap."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.source import DayState, Denied, Malformed, SourceError, Window
from benchmarks.pretend.microsoft import PretendMicrosoft
from tests.connectors.google.logs_world import Read
from tests.connectors.microsoft.trace_world import (
    DAY,
    NOON,
    OTHER,
    OUTSIDE,
    SECOND,
    STUDENT,
    TEACHER,
    Ticking,
    mails,
    pull,
    row,
    serving,
    together,
)

TRACES = "messageTraces.list"
A_DAY = timedelta(days=1)
TWO_DAYS = Window(DAY - A_DAY, DAY)
ROWS = [
    row(recipient, mail=f"m{day}{n}", sender=sender, at=NOON - day * A_DAY - timedelta(hours=n))
    for day in (0, 1)
    for n, (sender, recipients) in enumerate(
        [
            (TEACHER, (STUDENT, SECOND, OTHER)),
            (OUTSIDE, (STUDENT,)),
            (SECOND, (STUDENT, OUTSIDE)),
        ]
    )
    for recipient in recipients
]
"""Six rows a day, hours apart; on pages of two, mails are cut in the middle."""
WORLD = mails(*ROWS, trace_page=2)
PAGES = 6
OFTEN = ("429 retry after", "503", "body cut", "item twice", "pages overlap", "empty page with token")
MORE = ("429", "500", "502", "503 retry after", "connection reset", "garbage")
PASSING = (*OFTEN, *(pytest.param(kind, marks=pytest.mark.integration) for kind in MORE))
LOST_MARK = ("400", "410")
"""On a later page: the list has to be begun anew."""


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Read:
    with serving(WORLD) as running:
        found = pull(running, tmp_path_factory.mktemp("well"), TWO_DAYS)
        assert running.count(TRACES) == PAGES
    assert len(found.messages) == 6
    assert found.records == 6
    return found


def spoiled(folder: Path, kind: str, on: int, times: int = 1) -> tuple[Read, PretendMicrosoft]:
    ticking = Ticking()
    with serving(WORLD, ticking) as running:
        running.faults.plan(TRACES, kind, on=on, times=times)
        found = pull(running, folder, TWO_DAYS, ticking)
        assert running.faults.done[:1] == [(TRACES, kind)]
        return found, running


def same(found: Read, well: Read) -> None:
    assert together(found.messages) == together(well.messages)
    assert found.coverage == well.coverage


@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_by_itself_loses_and_doubles_nothing_at_any_page(
    kind: str, well: Read, tmp_path: Path
) -> None:
    for on in range(1, PAGES + 1):
        found, _ = spoiled(tmp_path, kind, on)
        same(found, well)
        if kind not in ("item twice", "pages overlap"):
            assert found.messages == well.messages, on
            assert found.records == well.records


@pytest.mark.parametrize("kind", LOST_MARK)
def test_a_mark_that_went_bad_begins_the_day_anew(kind: str, well: Read, tmp_path: Path) -> None:
    for on in (2, 3, 5, 6):
        found, _ = spoiled(tmp_path, kind, on)
        same(found, well)


@pytest.mark.parametrize(
    ("kind", "times"), [("503", 6), ("page token repeats", 2), ("login page", 1), ("403", 1), ("401", 1)]
)
def test_what_does_not_pass_is_a_gap_of_its_days_by_name(
    kind: str, times: int, well: Read, tmp_path: Path
) -> None:
    # A first page that leads to itself only comes twice; a later one would never end.
    for on in (5,) if kind == "page token repeats" else (4, 5):
        found, _ = spoiled(tmp_path, kind, on, times)
        first, second = found.coverage.values()
        assert first == next(iter(well.coverage.values()))
        assert (second.state, second.records) == (DayState.MISSING, None)
        assert second.reason
        told, known = together(found.messages), together(well.messages)
        assert all(set(people) <= set(known[name][0]) for name, (people, _) in told.items())


def test_a_day_that_is_answered_wrongly_does_not_hold_up_the_next(well: Read, tmp_path: Path) -> None:
    found, _ = spoiled(tmp_path, "page token repeats", 2, 2)
    first, second = found.coverage.values()
    assert first.state is DayState.MISSING
    assert second == list(well.coverage.values())[1]


@pytest.mark.parametrize(
    ("kind", "error"), [("401", Denied), ("403", Denied), ("404", Denied), ("login page", Denied), ("400", Malformed)]
)
def test_what_is_wrong_from_the_first_is_the_sources_failure(
    kind: str, error: type[SourceError], tmp_path: Path
) -> None:
    with serving(WORLD) as running:
        running.faults.plan(TRACES, kind, times=9)
        with pytest.raises(error) as caught:
            pull(running, tmp_path, TWO_DAYS)
    assert caught.value.cure


def test_an_answer_without_a_list_is_not_an_empty_day(tmp_path: Path, monkeypatch: Any) -> None:
    with serving(mails()) as running:
        running.faults.plan(TRACES, "garbage", times=9)
        with pytest.raises(Malformed):
            pull(running, tmp_path)
