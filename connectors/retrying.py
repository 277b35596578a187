"""When to ask again: the arithmetic of waiting, with clock and chance handed in."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from connectors.answers import http_date

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524})
"""Answers that may be others a moment later."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as a client needs it. ``now`` is for dates, ``monotonic`` for how long things take."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


def this_machine() -> Clock:
    """Return the clock of this machine, for where a connector is put together."""
    return Clock(lambda: datetime.now(UTC), time.monotonic, time.sleep)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often one question is asked, and how much an answer may hold."""

    connect_seconds: float = 10
    read_seconds: float = 60
    """Longest silence within an answer."""
    answer_seconds: float = 300
    """Longest that one whole answer may take, however steadily it drips."""
    tries: int = 6
    first_wait: float = 1
    longest_wait: float = 120
    """No wait is longer, whatever a server asks for."""
    largest_answer: int = 64 << 20
    """Bytes of an answer, unpacked."""
    restarts: int = 3
    """How often a reading is begun again because its page mark went bad."""
    empty_pages: int = 200
    """How many pages without a record may follow each other."""


def asked_to_wait(header: str | None, clock: Clock) -> float | None:
    """Return the seconds that ``Retry-After`` asks for; None if it says nothing of use."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        moment = http_date(header)
        if moment is None:
            return None
        seconds = (moment - clock.now()).total_seconds()
    return None if math.isnan(seconds) else max(0.0, seconds)


def backoff(attempt: int, limits: Limits, random: Random) -> float:
    """Return how long to wait after the given failed attempt, counted from 1.

    Up to twice as long each time, and by chance: many clients that failed together must not
    come back together.
    """
    longest = min(limits.longest_wait, limits.first_wait * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)
