"""Limits and a clock for sweeps of faults: what never comes, or drips, is given up at once.

A sweep tries each fault at each endpoint. With the limits of a night most of its time would go
into a few answers that come too late; with these nothing depends on how busy the machine is.
"""

from __future__ import annotations

from datetime import datetime

from connectors.retrying import Clock, Limits

QUICKLY = Limits(
    connect_seconds=2, read_seconds=0.2, answer_seconds=0.3, tries=3, first_wait=1,
    longest_wait=30, restarts=2, empty_pages=8,
)  # fmt: skip
_A_LOOK = 0.03
"""Seconds that pass on the clock between one look at it and the next."""


def hurried(now: datetime) -> Clock:
    """Return a clock that shows ``now``; sleeping takes no time on it, looking at it a moment.

    An answer that comes in one piece is looked at once or twice, one that drips at every byte.
    """
    passed = 0.0

    def look() -> float:
        nonlocal passed
        passed += _A_LOOK
        return passed

    def sleep(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    return Clock(lambda: now, look, sleep)
