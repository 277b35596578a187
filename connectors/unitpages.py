"""The pages of a pull that asks many accounts or places, and its word on each of them and day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from auditor.model import Message
from auditor.source import DayCoverage, DayState, Note, Page, Rejected
from connectors.paging import FillingPage

LACKING = "without it nobody knows who wrote, or when"


@dataclass(slots=True)
class Brought:
    """What one account or place brought."""

    messages: list[Message] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """For each message that cannot be used, the field that lacks."""
    said: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """(what was met, whether something is missing from every check for it) -> how often."""
    records: int = 0

    def in_order(self) -> Brought:
        """Return it with its messages in the order of time."""
        self.messages.sort(key=lambda one: (one.sent_at, one.native_id))
        return self


class UnitPages:
    """Fills pages, and keeps the word on units and days for the last one."""

    def __init__(self, title: str, zone: ZoneInfo, days: Sequence[date]) -> None:
        self.said: Counter[tuple[str, bool]] = Counter()
        self.notes: list[Note] = []
        self._title = title
        self._zone = zone
        self._days = days
        self._page = FillingPage()
        self._whole: Counter[date] = Counter()
        self._rows: list[DayCoverage] = []

    def deliver(self, unit: str, brought: Brought) -> Counter[date]:
        """Add what a unit brought; return its messages by day."""
        counts = Counter(m.sent_at.astimezone(self._zone).date() for m in brought.messages)
        self._page.facts += brought.messages
        self._page.rejected += [Rejected(unit, None, name, LACKING) for name in brought.refused]
        self._page.records += brought.records
        self._whole.update(counts)
        self.said.update(brought.said)
        return counts

    def read(self, unit: str, counts: Counter[date]) -> None:
        self._rows += [DayCoverage(d, DayState.READ, counts[d], unit=unit) for d in self._days]

    def missing(self, unit: str, reason: str) -> None:
        self._rows += [
            DayCoverage(day, DayState.MISSING, None, reason, unit) for day in self._days
        ]

    def full(self) -> Iterator[Page]:
        """Yield the page if it is full."""
        if self._page.full:
            yield self._page.done()
            self._page = FillingPage()

    def last(self) -> Page:
        """Return what is left, with the word on every day that was asked for."""
        counted: Counter[Note] = Counter()
        for note in self.notes:
            counted[replace(note, count=1)] += note.count
        self._page.notes += [
            Note(self._title, text, count, lost)
            for (text, lost), count in sorted(self.said.items())
            if count
        ]
        self._page.notes += [replace(note, count=count) for note, count in counted.items()]
        whole = [DayCoverage(day, DayState.READ, self._whole[day]) for day in self._days]
        return replace(self._page.done(), coverage=(*whole, *self._rows))
