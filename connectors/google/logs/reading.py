"""What every stream of Google's logs is given to read with, and the form in which it answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules, email_address
from auditor.model import Address, Message
from auditor.source import Note, Rejected
from connectors.envelope.addresses import addr_spec
from connectors.google.activities import Activity, Event, Log, Quota, Row, Span, Unusable
from connectors.google.asking import Asking

Result = TypeVar("Result")
_MOST_MET = 200_000
"""Addresses that are remembered: the accounts of a very large district."""


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


class Stream(Protocol):
    """One log. Raises a ``SourceError`` for what it cannot read."""

    @property
    def name(self) -> str: ...

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield what the log holds of the days, oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What a stream reads with."""

    asking: Asking
    quota: Quota
    customer: str | None
    threads: int
    source: str
    """The source's own name, which keeps its conversations apart from other sources'."""
    rules: AddressRules
    zone: ZoneInfo
    _met: dict[str, tuple[Address | None]] = field(default_factory=dict)
    """Text -> the address that it is, None if it is none."""

    def log(
        self,
        application: str,
        *,
        keep: frozenset[str],
        event: str | None = None,
        filters: str | None = None,
    ) -> Log:
        return Log(self.asking, application, self.quota, event, filters, keep, self.customer)

    def portions(
        self, log: Log, span: Span, take: Callable[[Portion, Activity, Event], None]
    ) -> Iterator[Portion]:
        """Yield what ``take`` made of a span's events, in order of time.

        Only of those the log was asked for: an activity may hold others as well.
        """

        def read(rows: Iterator[Row]) -> Portion:
            portion = self.portion(log.application)
            for activity in in_order(rows, portion):
                for event in activity.events:
                    if log.event in (None, event.name):
                        take(portion, activity, event)
            return portion

        return self.results(log, span, read)

    def results(
        self, log: Log, span: Span, read: Callable[[Iterator[Row]], Result]
    ) -> Iterator[Result]:
        """Yield what ``read`` made of a span's rows, or of those of its parts, in their order."""
        for _, result in log.in_spans([span], read, threads=self.threads):
            yield result

    def portion(self, stream: str) -> Portion:
        return Portion(stream, self.zone)

    def address(self, text: str | None) -> Address | None:
        """Return an address in canonical form, the same object each time; None if it is none."""
        if text is None:
            return None
        known = self._met.get(text)
        if known is None:
            plain = addr_spec(text)
            address = None if plain is None else email_address(plain, self.rules)
            if len(self._met) >= _MOST_MET:
                self._met.clear()
            known = self._met[text] = (address,)
        return known[0]

    def is_district(self, address: Address) -> bool:
        return self.rules.is_district(address.text)


def in_order(rows: Iterator[Row], portion: Portion) -> Iterator[Activity]:
    """Yield activities by time, whatever order they came in; refuse those that cannot be read.

    Counts those in which no person acted by themselves.
    """
    found: list[Activity] = []
    for row in rows:
        if isinstance(row, Unusable):
            portion.refuse(row.field, "a row of the log cannot be read without it")
        else:
            found.append(row)
    found.sort(key=lambda one: (one.at, one.qualifier))
    for activity in found:
        if activity.agentic:
            portion.say("event in which an AI agent acted for somebody")
        elif activity.client_id is not None:
            portion.say("event in which an app acted for somebody")
        yield activity
