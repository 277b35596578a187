"""Wherever pages are cut, and whatever page is spoiled: the same mails, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.model import Message
from auditor.source import DayCoverage, DayState
from benchmarks.pretend.microsoft import PretendMicrosoft
from tests.connectors.microsoft.trace_world import (
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
    together,
)

TRACES = "messageTraces.list"
LIST = "club@marlow.example"
NOW_AFTER = NOON + timedelta(days=2)
ROWS = [
    row(to, status, mail=mail, sender=sender, at=NOON - timedelta(seconds=ago))
    for mail, sender, ago, to, status in (
        # a list that was expanded, with another mail at the very same moment between its rows
        ("list", TEACHER, 0, LIST, "expanded"),
        ("list", TEACHER, 0, STUDENT, "delivered"),
        ("same", SECOND, 0, STUDENT, "delivered"),
        ("list", TEACHER, 0, OTHER, "delivered"),
        ("same", SECOND, 0, TEACHER, "delivered"),
        # rows of one mail apart from each other, another in between
        ("apart", TEACHER, 60, SECOND, "delivered"),
        ("between", OUTSIDE, 90, STUDENT, "delivered"),
        ("apart", TEACHER, 120, STUDENT, "delivered"),
        # far from the others: everything before is handed on when it comes
        ("alone", SECOND, 7_200, OTHER, "delivered"),
        ("failed", SECOND, 7_260, OTHER, "failed"),
        ("pending", TEACHER, 7_320, STUDENT, "delivered"),
        ("pending", TEACHER, 7_320, SECOND, "pending"),
    )
]
KINDS = (
    "body cut", "429 retry after", "429", "503", "connection reset", "item twice",
    "pages overlap", "page token repeats", "empty page with token", "400", "410",
)  # fmt: skip
"""What may come once and leaves the day to be read all the same."""


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[PretendMicrosoft, Ticking]]:
    ticking = Ticking()
    with PretendMicrosoft(mails(*ROWS), now=NOW_AFTER, clock=lambda: ticking.at) as microsoft:
        yield microsoft, ticking
        assert microsoft.mistakes == []


def read(
    running: tuple[PretendMicrosoft, Ticking], folder: Path, size: int, kind: str = "", on: int = 0
) -> tuple[dict[str, tuple[dict[str, str], bool]], list[DayCoverage], int]:
    """Read the day on pages of so many rows; return mails, coverage and how many pages it took."""
    microsoft, ticking = running
    microsoft.faults.clear()
    edition = replace(microsoft.world.edition, trace_page=size, traces=100_000)
    microsoft.world = replace(microsoft.world, edition=edition)
    if kind:
        microsoft.faults.plan(TRACES, kind, on=on)
    before = microsoft.count(TRACES)
    found = pull(microsoft, folder, ticking=ticking)
    asked = microsoft.count(TRACES) - before
    _each_once(found.messages)
    return together(found.messages), list(found.coverage.values()), asked


def _each_once(messages: list[Message]) -> None:
    """See that no two copies both claim to know everybody, which would be one mail counted twice."""
    told = Counter(m.native_id for m in messages if not m.recipients_hidden)
    assert not told or max(told.values()) == 1


def sweep(
    running: tuple[PretendMicrosoft, Ticking], folder: Path, size: int, kinds: tuple[str, ...]
) -> None:
    expected, coverage, _ = read(running, folder, 5_000)
    assert (len(expected), coverage[0].state) == (6, DayState.READ)
    found, covered, pages = read(running, folder, size)
    assert (found, covered) == (expected, coverage), size
    for kind in kinds:
        for on in range(1, pages + 1):
            if kind in ("400", "410") and on == 1:
                continue  # of a first page it is a refusal, and no mark that went bad
            found, covered, _ = read(running, folder, size, kind, on)
            assert (found, covered) == (expected, coverage), (size, kind, on)


@pytest.mark.parametrize("size", [1, 3])
def test_a_page_cut_repeated_or_throttled_at_any_point_loses_and_doubles_nothing(
    size: int, running: tuple[PretendMicrosoft, Ticking], tmp_path: Path
) -> None:
    sweep(running, tmp_path, size, ("body cut", "pages overlap", "429 retry after", "410"))


@pytest.mark.integration
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 11])
def test_whatever_is_spoiled_at_any_point_loses_and_doubles_nothing(
    size: int, running: tuple[PretendMicrosoft, Ticking], tmp_path: Path
) -> None:
    sweep(running, tmp_path, size, KINDS)
