"""What is common to all small worlds of connectors that ask a server: how one is spoiled, and watched.

Each of the troubles spoils all answers, or all of one endpoint. What an endpoint says of a thing that is
gone must never read like nothing being in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from auditor.source import Source, SourceContext, Window
from benchmarks.pretend.standing import StandIn
from connectors.kit import Trial
from connectors.retrying import Clock, Limits

CANARY = "zephyrquill"
QUICK = Limits(read_seconds=0.3, answer_seconds=20, tries=2, first_wait=1, longest_wait=30)
AT_ONCE = ("401", "503")
LATER = ("403", "429", "garbage", "login page")
OF_ONE = ("404", "410")
"""What an endpoint says of something that is not there: never that nothing is in it."""
ALWAYS = " always answers "
MakeTrial = Callable[[Path], AbstractContextManager[Trial]]


def opening(kind: Callable[..., Source], clock: Clock, **more: Any) -> Callable[[SourceContext], Source]:
    """Return what opens a connector with a clock of its own."""
    return lambda context: kind(context, clock=clock, random=Random(7), **more)


class Spoiling(Mapping[str, Callable[[], None]]):
    """Ways to spoil a stand-in's answers: all of them, or all of one endpoint that was asked."""

    def __init__(self, running: StandIn) -> None:
        self._running = running
        self._all = {
            f"all answers from number {on} on are {kind}": ("*", kind, on)
            for on, kinds in ((1, AT_ONCE), (2, LATER))
            for kind in kinds
        }

    def __iter__(self) -> Iterator[str]:
        yield from self._all
        for endpoint in sorted({one.endpoint for one in self._running.asked}):
            yield from (f"{endpoint}{ALWAYS}{kind}" for kind in OF_ONE)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, told: str) -> Callable[[], None]:
        named, _, spoiled = told.partition(ALWAYS)
        endpoint, kind, on = self._all.get(told) or (named, spoiled, 1)
        return partial(self._running.faults.plan, endpoint, kind, on=on, times=9_999)


def served(
    running: StandIn, connect: Callable[[SourceContext], Source], context: SourceContext, window: Window,
) -> Trial:  # fmt: skip
    """Return a trial before a stand-in that is running."""
    return Trial(
        connect, context, window, (CANARY,), partial(written, running), Spoiling(running),
        gone=partial(running.faults.plan, "*", "401", times=9_999),
    )  # fmt: skip


def written(running: StandIn) -> object:
    """Return whatever was asked of a stand-in that could have changed something, or did."""
    others = [one for one in running.asked if one.method not in ("GET", "POST", "HEAD")]
    changes: object = getattr(running, "changes", None)
    return others, list(changes) if isinstance(changes, list) else changes


def made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def day_of(moment: datetime) -> Window:
    day: date = (moment - timedelta(days=1)).date()
    return Window(day, day)
