"""What reading costs in Google's quota units, and how fast they may be spent.

The figures are Google's for Cloud projects made since May 2026; older projects pay less. All of a
district's programs in one project share its minute and its day, so we keep a little below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from connectors.google.asking import Cost
from connectors.pacing import Bucket, Minute
from connectors.retrying import Clock

GET, LIST, HISTORY, PROFILE, SETTING = 20, 5, 2, 1, 1
"""Units of ``messages.get``, ``messages.list``, ``history.list``, ``getProfile``; of settings."""
MAILBOX_MINUTE = 6_000
"""Units for one mailbox in a minute."""
MARGIN = 0.97
"""The part of each quota that we use: clocks here and there do not tick together."""
USUAL_SENT, USUAL_ALL = 20, 60
"""Messages of a mailbox on a school day, of staff and students alike, where nothing is known of it
yet: sent, and all."""
SCHOOL_DAYS = 5 / 7
LEAST_DAY = PROFILE + LIST + GET * USUAL_ALL
"""Units that one mailbox takes on one school day: with less nothing can ever be read."""

Unit = TypeVar("Unit")


class Units:
    """Counts what is spent. For any number of threads."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._clock = clock
        self._project = Bucket(per_minute * MARGIN, clock)
        self._counted = _Counted()

    @property
    def spent(self) -> float:
        return self._counted.units

    def mailbox(self) -> MailboxUnits:
        """Return what one mailbox's questions are paid from."""
        return MailboxUnits(
            Minute(MAILBOX_MINUTE * MARGIN, self._clock), self._project, self._counted
        )


class _Counted:
    """Lets everything pass and counts it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.units = 0.0

    def take(self, units: float = 1) -> None:
        with self._lock:
            self.units += units


@dataclass(frozen=True, slots=True)
class MailboxUnits:
    """The quotas that a question to one mailbox takes from."""

    own: Minute
    project: Bucket
    counted: _Counted

    def cost(self, units: int) -> Cost:
        # The mailbox's own first: who waits for that must not hold up the project's.
        return ((self.own, units), (self.project, units), (self.counted, units))


# ---- planning ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """What one mailbox will roughly take tonight, and on any later night."""

    tonight: int
    usual: int


def expected(
    counts: Iterable[int] | None, *, days: int, known_days: int, everything: bool, extra: int
) -> Expected:
    """Return what a mailbox will take, by what is kept of it, else by what is usual.

    ``counts`` are the messages of its ``known_days``; None if it has to be read from the start.
    """
    if counts is None:
        daily = (USUAL_ALL if everything else USUAL_SENT) * SCHOOL_DAYS
        tonight = PROFILE + LIST + GET * daily * days
    else:
        daily = sum(counts) / max(known_days, 1)
        tonight = HISTORY + GET * daily * 1.5  # a school day has more than the mean of all days
    return Expected(round(tonight) + extra, round(HISTORY + GET * daily) + extra)


def within(
    wanted: Sequence[tuple[Unit, Expected]], most: int
) -> tuple[list[tuple[Unit, Expected]], list[tuple[Unit, Expected]]]:
    """Return for whom the day's units suffice, and who is left for another night.

    What takes least goes first: mailboxes that are read on from a kept point, which does not keep
    for ever.
    """
    room = most
    chosen: set[int] = set()
    for number, (_, need) in sorted(enumerate(wanted), key=lambda one: one[1][1].tonight):
        if need.tonight <= room:
            room -= need.tonight
            chosen.add(number)
    return (
        [one for number, one in enumerate(wanted) if number in chosen],
        [one for number, one in enumerate(wanted) if number not in chosen],
    )
