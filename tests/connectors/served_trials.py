"""What is common to all small worlds of connectors that ask a server: how one is spoiled, and watched.

Each of the troubles spoils one answer for good, or all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from auditor.source import Source, SourceContext, Window
from benchmarks.pretend.serving import Request
from benchmarks.pretend.standing import StandIn
from connectors.kit import Trial
from connectors.retrying import Clock, Limits

CANARY = "zephyrquill"
QUICK = Limits(read_seconds=0.3, answer_seconds=20, tries=2, first_wait=1, longest_wait=30)
AT_ONCE = ("401", "503")
LATER = ("403", "429", "garbage", "login page")
MakeTrial = Callable[[Path], AbstractContextManager[Trial]]


def opening(kind: Callable[..., Source], clock: Clock, **more: Any) -> Callable[[SourceContext], Source]:
    """Return what opens a connector with a clock of its own."""
    return lambda context: kind(context, clock=clock, random=Random(7), **more)


def served(
    running: StandIn, connect: Callable[[SourceContext], Source], context: SourceContext, window: Window,
) -> Trial:  # fmt: skip
    """Return a trial before a stand-in that is running."""
    troubles: dict[str, Callable[[], None]] = {}
    for on, kinds in ((1, AT_ONCE), (2, LATER)):
        for kind in kinds:
            told = f"all answers from number {on} on are {kind}"
            troubles[told] = partial(
                running.faults.plan, "*", kind, on=on, times=9_999, where=_is_asked
            )
    return Trial(
        connect, context, window, (CANARY,), partial(written, running), troubles,
        gone=partial(running.faults.plan, "*", "401", times=9_999),
    )  # fmt: skip


def _is_asked(request: Request) -> bool:
    """Whether it is a question; for a token the vendor's library waits, and by the real clock."""
    return "token" not in request.path and "openid" not in request.path


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
