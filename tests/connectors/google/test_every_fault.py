"""Every kind of fault at every endpoint of every Google source: the exact facts, or a named gap.

Each trial spoils one answer, or all of an endpoint from one on. Prints ``survived N/N``. It runs on
demand: ``AUDITOR_EVERY_FAULT=1 make integration ARGS="-s -k every_fault"``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.records import Fact
from auditor.source import DayState, Page, Source, SourceError, Window
from benchmarks.pretend.faults import KINDS
from benchmarks.pretend.google import PretendGoogle
from tests.connectors.google import (
    classroom_world,
    directory_world,
    gmail_world,
    logs_world,
    test_chatspaces,
    test_logs_source,
)
from tests.connectors.google.classroom_world import STUDENT, TEACHER, course, post
from tests.connectors.google.directory_world import account, mailing_list, workspace
from tests.connectors.google.gmail_world import COACH, KID, at, letter, marlow

TODAY = Window(directory_world.NOW.date(), directory_world.NOW.date())
WANTED = "AUDITOR_EVERY_FAULT"
SLOW = frozenset({"no answer", "body drips"})
"""Kinds that cost seconds each: tried at the first answer only."""


@dataclass(frozen=True)
class Trial:
    """A source in front of a small world, and the window it is read for."""

    serving: Callable[[], AbstractContextManager[PretendGoogle]]
    source: Callable[[PretendGoogle, Path], Source]
    window: Window


def spaces() -> AbstractContextManager[PretendGoogle]:
    return classroom_world.serving(
        courses=(course(announcements=(post("p1", STUDENT), post("p2"))), course("702")),
        spaces=tuple(test_chatspaces.space(f"AA{n}", TEACHER, STUDENT) for n in "AB"),
    )


def people() -> AbstractContextManager[PretendGoogle]:
    users = [account(name) for name in ("ana.reyes", "ben.ode", "kit.lowe")]
    lists = [mailing_list("coaches", "ana.reyes", "ben.ode"), mailing_list("all", "coaches", "kit.lowe")]
    return directory_world.serving(workspace(users, lists))


def mailboxes() -> AbstractContextManager[PretendGoogle]:
    copies = ((o, letter(o, f"{o.given}{n}", at(19 + n), gmail_world.TEACHER.email)) for o in (COACH, KID) for n in range(2))
    return directory_world.serving(marlow(*copies))


TRIALS = {
    "google-directory": Trial(
        people, lambda g, f: directory_world.directory(g, f, threads=1), TODAY
    ),
    "gmail": Trial(
        mailboxes,
        lambda g, f: gmail_world.source(gmail_world.context(g, f, threads=1)),
        gmail_world.WEEK,
    ),
    "google-logs": Trial(
        lambda: logs_world.serving(test_logs_source.everything()),
        lambda g, f: logs_world.source(g, f, "gmail", "chat", "classroom", "meet", threads=1),
        logs_world.ONE_DAY,
    ),
    "google-chat": Trial(spaces, lambda g, f: classroom_world.chat(g, f, threads=1), classroom_world.WEEK),
    "google-classroom rosters": Trial(
        spaces,
        lambda g, f: classroom_world.classroom(g, f, kind="rosters", threads=1),
        classroom_world.WEEK,
    ),
    "google-classroom posts": Trial(
        spaces,
        lambda g, f: classroom_world.classroom(g, f, kind="posts", threads=1),
        classroom_world.WEEK,
    ),
}


@dataclass(frozen=True)
class Read:
    facts: frozenset[Fact]
    gaps: bool


def read(source: Source, window: Window) -> Read | SourceError:
    try:
        pages: list[Page] = list(source.pull(window))
    except SourceError as error:
        return error
    return Read(
        frozenset(fact for page in pages for fact in page.facts),
        any(row.state is not DayState.READ for page in pages for row in page.coverage)
        or any(note.lost for page in pages for note in page.notes)
        or any(page.rejected for page in pages),
    )


def verdict(found: Read | SourceError, well: Read) -> str | None:
    """Return what is wrong with the end of a trial, None if it is as it must be."""
    if isinstance(found, SourceError):
        return None if found.cure and found.what else "an error without a cure"
    if found.facts == well.facts:
        return None
    if not found.gaps:
        return f"{len(well.facts - found.facts)} facts lost, and nothing said"
    told = found.facts - well.facts
    return f"{len(told)} facts that nobody told" if told else None


@pytest.mark.integration
@pytest.mark.skipif(not os.environ.get(WANTED), reason=f"an hour of one core; set {WANTED}=1")
@pytest.mark.parametrize("name", TRIALS)
def test_a_fault_loses_nothing_silently(name: str, tmp_path: Path) -> None:
    trial = TRIALS[name]
    with trial.serving() as google:
        well = read(trial.source(google, tmp_path), trial.window)
        assert isinstance(well, Read)
        assert well.facts
        assert not well.gaps
        calls = Counter(asked.endpoint for asked in google.asked)
        wrong, trials, met = [], 0, 0
        for endpoint, count in sorted(calls.items()):
            for kind in KINDS:
                for on, times in ((min(count, 2), 1), (1, 10_000)):
                    if kind in SLOW and times > 1:
                        continue
                    google.faults.clear()
                    google.faults.done.clear()
                    google.faults.plan(endpoint, kind, on=on, times=times)
                    said = verdict(read(trial.source(google, tmp_path), trial.window), well)
                    trials, met = trials + 1, met + bool(google.faults.done)
                    if said is not None:
                        wrong.append(f"{endpoint}, {kind}, from {on} {times} times: {said}")
    print(f"{name}: survived {trials - len(wrong)}/{trials}, met a fault in {met}")
    assert met > trials // 2
    assert wrong == []
