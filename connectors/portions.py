"""What a vendor's log brings, day by day, and how much of each day it was."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from auditor.model import Message
from auditor.source import DayCoverage, DayState, Note, Rejected, Window


class Span(NamedTuple):
    """From the first moment up to, not including, the second."""

    begins: datetime
    ends: datetime

    def cut(self, length: timedelta) -> Iterator[Span]:
        """Yield it in parts no longer than ``length``, in order.

        In UTC: thirty days of a zone's own clock last an hour longer in autumn.
        """
        begins, last = self.begins.astimezone(UTC), self.ends.astimezone(UTC)
        while begins < last:
            ends = min(last, begins + length)
            yield Span(begins, ends)
            begins = ends


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the district, as much of it as is asked for."""

    date: date
    span: Span


def days_of(span: tuple[datetime, datetime], zone: ZoneInfo) -> tuple[Day, ...]:
    """Return the days that a span touches, in order; none for an empty one."""
    begins, ends = span
    found: list[Day] = []
    while begins < ends:
        day = begins.astimezone(zone).date()
        midnight = datetime.combine(day + timedelta(days=1), time.min, zone)
        found.append(Day(day, Span(begins, min(midnight, ends))))
        begins = midnight
    return tuple(found)


def whole(days: Sequence[Day]) -> Span:
    """Return the span of all days together."""
    return Span(days[0].span.begins, days[-1].span.ends)


@dataclass(slots=True)
class Portion:
    """Some of what a stream brings; never more than a few thousand messages."""

    stream: str
    zone: ZoneInfo
    facts: list[Message] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    records: int = 0
    """Events it accounts for: delivered, refused and left out."""
    by_day: Counter[date] = field(default_factory=Counter)
    """Of the messages delivered, by the day of the log."""
    counts: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """(what was met, whether something is missing from every check for it) -> how often."""
    forwarding: set[str] = field(default_factory=set)
    """Mailboxes that handed mail on, by themselves and out of the district."""
    finished: tuple[date, ...] = ()
    """Days of which the stream has now said all."""
    unclear: dict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Day -> what of it could not be told who it was for, with how often and the cure."""

    def deliver(self, message: Message, at: datetime) -> None:
        self.facts.append(message)
        self.by_day[at.astimezone(self.zone).date()] += 1
        self.records += 1

    def refuse(self, field: str, reason: str) -> None:
        self.rejected.append(Rejected(f"{self.stream} log", None, field, reason))
        self.records += 1

    def leave_out(self, text: str, *, lost: bool = False) -> None:
        """Count an event that is no message for us."""
        self.say(text, lost=lost)
        self.records += 1

    def say(self, text: str, count: int = 1, *, lost: bool = False) -> None:
        if count:
            self.counts[text, lost] += count

    def leave_open(self, text: str, at: datetime) -> None:
        """Say of a message that the log does not tell enough of to judge it: its day is in part."""
        self.unclear[at.astimezone(self.zone).date()][text] += 1

    def notes(self) -> tuple[Note, ...]:
        return notes_of(self.stream, self.counts)


def notes_of(stream: str, counts: Counter[tuple[str, bool]]) -> tuple[Note, ...]:
    return tuple(
        Note(f"{stream} log", text, count, lost) for (text, lost), count in sorted(counts.items())
    )


def days_told(
    window: Window,
    finished: Collection[date],
    by_day: Mapping[date, int],
    reason: Callable[[date], str],
) -> Iterator[DayCoverage]:
    """Yield a row for each day that was to be asked for; ``reason`` says why one is missing."""
    day = window.since or window.first
    while day <= window.last:
        if day in finished:
            yield DayCoverage(day, DayState.READ, by_day.get(day, 0))
        else:
            yield DayCoverage(day, DayState.MISSING, None, reason(day))
        day += timedelta(days=1)
