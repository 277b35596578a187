"""Several logs of one vendor read in one pull, each of them for itself.

Each log is a unit of its own: one that the district's licence does not have, or that fails, is a
gap of its days, and the others are read all the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Protocol

from auditor.source import (
    DayCoverage,
    DayState,
    Denied,
    Note,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.paging import FillingPage
from connectors.portions import Day, Portion, notes_of

NOT_BEGUN = "the day had not begun when it was read"

Cure = Callable[[str, SourceError], str]
"""(log, why it could not be read) -> what is to be done."""


class Stream(Protocol):
    """One log. Raises a ``SourceError`` for what it cannot read."""

    @property
    def name(self) -> str: ...

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield what the log holds of the days, oldest first."""
        ...


class LogPull:
    """One reading of the logs: pages as they fill, and which days each log told in full."""

    def __init__(
        self,
        context: SourceContext,
        days: Sequence[Day],
        streams: int,
        *,
        cure: Cure,
        fatal: tuple[type[SourceError], ...] = (),
    ) -> None:
        """``fatal`` are errors of one log that concern them all."""
        self._context = context
        self._days = days
        self._streams = streams
        self._cure = cure
        self._fatal = fatal
        self._page = FillingPage()
        self._finished: dict[str, set[date]] = {}
        self._by_day: dict[str, Counter[date]] = {}
        self._counts: dict[str, Counter[tuple[str, bool]]] = {}
        self._unclear: dict[str, dict[date, Counter[str]]] = {}
        self._failures: dict[str, SourceError] = {}

    def stream(self, stream: Stream) -> Iterator[Page]:
        """Read one log; yields a page whenever one is full."""
        name = stream.name
        self._finished[name] = set()
        self._by_day[name], self._counts[name] = Counter(), Counter()
        self._unclear[name] = defaultdict(Counter)
        try:
            for portion in stream.read(self._days):
                self._take(name, portion)
                if self._page.full:
                    yield self._page.done()
                    self._page = FillingPage()
        except SourceError as error:
            if isinstance(error, self._fatal):
                raise
            self._failures[name] = error

    def last_page(self, window: Window, said: tuple[Note, ...]) -> Page:
        """Return what has not been yielded yet; raises an error if no log could be read at all."""
        if self._failures and not any(self._finished.values()):
            raise self._with_cure(*next(iter(self._failures.items())))
        for name, counts in self._counts.items():
            self._page.notes += notes_of(name, counts)
        self._page.notes += said
        page = self._page.done()
        return Page(
            page.facts, page.rejected, page.notes, page.records_read,
            coverage=tuple(self._coverage(window)),
        )  # fmt: skip

    def _with_cure(self, name: str, error: SourceError) -> SourceError:
        if not isinstance(error, Denied):
            return error
        return Denied(f"{name} log: {error.what}", where=error.where, cure=self._cure(name, error))

    def _take(self, name: str, portion: Portion) -> None:
        self._page.facts += portion.facts
        self._page.rejected += portion.rejected
        self._page.records += portion.records
        self._by_day[name] += portion.by_day
        self._counts[name] += portion.counts
        for day, texts in portion.unclear.items():
            self._unclear[name][day] += texts
        self._finished[name] |= set(portion.finished)
        if portion.finished:
            done = sum(len(days) for days in self._finished.values())
            self._context.progress(done, len(self._days) * self._streams, "days of logs")

    def _coverage(self, window: Window) -> Iterator[DayCoverage]:
        """Yield a row for each day and one for each log on each of them."""
        asked = {day.date for day in self._days}
        day = window.since or window.first
        while day <= window.last:
            if day not in asked:
                yield DayCoverage(day, DayState.MISSING, None, NOT_BEGUN)
            else:
                rows = [self._unit(name, day) for name in self._finished]
                counted = [row.records for row in rows if row.records is not None]
                if counted:
                    yield DayCoverage(day, DayState.READ, sum(counted))
                else:
                    yield DayCoverage(day, DayState.MISSING, None, rows[0].reason)
                yield from rows
            day += timedelta(days=1)

    def _unit(self, name: str, day: date) -> DayCoverage:
        unit = f"{name} log"
        if day in self._finished[name]:
            unclear = self._unclear[name].get(day)
            state, reason = DayState.READ, None
            if unclear:
                state, reason = DayState.PART, "; ".join(_counted(unclear))
            return DayCoverage(day, state, self._by_day[name][day], reason, unit)
        error = self._failures.get(name)
        reason = "it was not read" if error is None else f"{error.what}. {self._cure(name, error)}"
        return DayCoverage(day, DayState.MISSING, None, reason, unit)


def _counted(texts: Counter[str]) -> Iterator[str]:
    for text, count in sorted(texts.items()):
        yield f"{count} {text}"
