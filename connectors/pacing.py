"""Keeping below a vendor's quota by our own count, so that nobody else's tools are starved by us.

A quota that is only noticed when the vendor refuses is shared with every other program of the
district: theirs would be refused too.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Protocol

from connectors.retrying import Clock

MINUTE = 60.0


class Pace(Protocol):
    """Whatever lets units pass, and makes whoever wants more of them wait."""

    def take(self, units: float = 1) -> None: ...


class Bucket:
    """Lets so many units pass in a minute, and no more than ``burst`` of them at once.

    For any number of threads. Who comes first goes first: a turn is taken under the lock, and the
    waiting is done outside of it.
    """

    def __init__(self, per_minute: float, clock: Clock, *, burst: float | None = None) -> None:
        """Raise ValueError unless both are positive; ``burst`` is a second's worth if left out."""
        self._per_second = per_minute / 60
        self._burst = self._per_second if burst is None else burst
        if per_minute <= 0 or self._burst <= 0:
            raise ValueError("a bucket must let something pass")
        self._clock = clock
        self._lock = Lock()
        self._free_at = clock.monotonic() - self._burst / self._per_second

    def take(self, units: float = 1) -> None:
        """Wait until ``units`` may pass. More than a whole burst pass one after another."""
        with self._lock:
            now = self._clock.monotonic()
            # What was not used in the past is kept only up to a burst.
            begins = max(self._free_at, now - self._burst / self._per_second)
            self._free_at = begins + units / self._per_second
            wait = self._free_at - now
        if wait > 0:
            self._clock.sleep(wait)



class Minute:
    """Lets so many units pass within any 60 seconds, or any ``seconds``, as fast as they come.

    For a quota of which short work needs but a part: a burst is not held up that a ``Bucket``
    would spread. For any number of threads.
    """

    def __init__(self, units: float, clock: Clock, *, seconds: float = MINUTE) -> None:
        """Raise ValueError unless something may pass."""
        if units <= 0:
            raise ValueError("a minute must let something pass")
        self._most = units
        self._seconds = seconds
        self._clock = clock
        self._lock = Lock()
        self._taken: deque[tuple[float, float]] = deque()
        """When units were or will be let pass, and how many."""
        self._sum = 0.0

    def take(self, units: float = 1) -> None:
        """Wait until ``units`` may pass; raises ValueError for more than a whole minute's."""
        if units > self._most:
            raise ValueError("no minute lets that many pass")
        with self._lock:
            now = self._clock.monotonic()
            passes = max(now, self._taken[-1][0]) if self._taken else now
            while self._sum + units > self._most or (
                self._taken and self._taken[0][0] <= passes - self._seconds
            ):
                at, freed = self._taken.popleft()
                self._sum -= freed
                passes = max(passes, at + self._seconds)
            self._taken.append((passes, units))
            self._sum += units
        if passes > now:
            self._clock.sleep(passes - now)
