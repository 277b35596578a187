"""The source ``google-logs``: Google's audit logs as one client, a stream for each log.

Each log is a unit of its own: one that the district's edition does not have, or that fails, is a
gap of its days, and the others are read all the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from zoneinfo import ZoneInfo

from auditor.source import (
    CheckResult,
    DayCoverage,
    DayState,
    FactKind,
    Note,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.google.activities import Log, Quota
from connectors.google.appuse import GRANTED
from connectors.google.asking import Google
from connectors.google.logs.chat import ChatLog
from connectors.google.logs.classroom import ClassroomLog
from connectors.google.logs.gmail import GmailLog
from connectors.google.logs.grants import GrantLog
from connectors.google.logs.listmoves import ListLog
from connectors.google.logs.meet import MeetLog
from connectors.google.logs.occupants import ROOM_SCOPES, USER_SCOPES, Occupants
from connectors.google.logs.occupants import SCOPES as OCCUPANT_SCOPES
from connectors.google.logs.reading import Reading, Stream
from connectors.google.logs.settings import LogSettings
from connectors.google.refusals import NotAllowed, NotDelegated
from connectors.google.scopes import check_scopes
from connectors.paging import FillingPage
from connectors.portions import Day, Portion, Span, days_of, notes_of
from connectors.retrying import Clock, Limits

SCOPE = "admin.reports.audit.readonly"
_PREFLIGHT = timedelta(hours=1)
_EDITION = (
    "See that the administrator in the settings may read reports, and that the district's edition "
    "has this log (Gmail's: Education Standard or Plus); if it has not, take {} out of streams"
)
_NOT_BEGUN = "the day had not begun when it was read"


class GoogleLogs:
    """The audit logs of one district's Workspace."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; asks for nothing."""
        self._context = context
        self._settings, access = LogSettings.of(context)
        self._clock = clock
        self._google = Google(
            access, where=context.title, clock=clock, random=random, limits=limits
        )

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        """Messages alone: what the other logs show is told to IT and is nobody's record."""
        return frozenset((FactKind.MESSAGES,))

    def check(self) -> list[CheckResult]:
        """Say which scopes are delegated and which of the logs the district has."""
        needed = [SCOPE, *(OCCUPANT_SCOPES if self._reads_occupants else ())]
        admin = self._google.access.admin
        try:
            results = list(check_scopes(self._google, admin, needed))
            if all(result.ok for result in results[:1]):
                reading = self._reading()
                results += [self._preflight(reading, name) for name in self._settings.streams]
            return results
        finally:
            self._google.close()

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield what the logs hold of the window; the last page says which days of which log.

        Raises what keeps every log from being read.
        """
        days = days_of(window.span(self._zone), self._zone)
        pull = _Pull(self._context, days, len(self._settings.streams))
        try:
            for stream in self._streams() if days else ():
                yield from pull.stream(stream)
            yield pull.last_page(window, self._google.notes())
        finally:
            self._google.close()

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._context.timezone)

    @property
    def _reads_occupants(self) -> bool:
        return self._settings.chat_members and "chat" in self._settings.streams

    def _reading(self) -> Reading:
        customer = self._google.access.customer
        return Reading(
            self._google.admin([SCOPE]),
            Quota.of(self._clock),
            None if customer == "my_customer" else customer,
            self._settings.threads,
            self._context.name,
            self._context.addresses,
            self._zone,
        )

    def _preflight(self, reading: Reading, name: str) -> CheckResult:
        now = self._clock.now()
        event = GRANTED if name == "token" else None
        log = Log(reading.asking, name, reading.quota, event, customer=reading.customer)
        try:
            log.preflight(Span(now - _PREFLIGHT, now))
        except SourceError as error:
            return CheckResult(False, f"{name} log: {error.what}", _cure(name, error))
        return CheckResult(True, f"{name} log: it may be read")

    def _streams(self) -> Iterator[Stream]:
        reading, tools = self._reading(), self._settings.tools
        for name in self._settings.streams:
            match name:
                case "gmail":
                    yield GmailLog(reading, tools[name])
                case "chat":
                    yield ChatLog(reading, tools[name], self._occupants())
                case "classroom":
                    yield ClassroomLog(reading, tools[name])
                case "meet":
                    yield MeetLog(reading, tools[name])
                case "token":
                    yield GrantLog(reading)
                case _:
                    yield ListLog(reading)

    def _occupants(self) -> Occupants | None:
        if not self._reads_occupants:
            return None
        return Occupants(
            self._google.admin(ROOM_SCOPES),
            self._google.admin(USER_SCOPES),
            customer=self._google.access.customer,
            rules=self._context.addresses,
            threads=self._settings.threads,
            now=self._clock.now(),
        )


class _Pull:
    """One reading of the logs: pages as they fill, and which days each log told in full."""

    def __init__(self, context: SourceContext, days: Sequence[Day], streams: int) -> None:
        self._context = context
        self._days = days
        self._streams = streams
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
        except NotDelegated:
            raise
        except SourceError as error:
            self._failures[name] = error

    def last_page(self, window: Window, said: tuple[Note, ...]) -> Page:
        """Return what has not been yielded yet; raises an error if no log could be read at all."""
        if self._failures and not any(self._finished.values()):
            raise next(iter(self._failures.values()))
        for name, counts in self._counts.items():
            self._page.notes += notes_of(name, counts)
        self._page.notes += said
        page = self._page.done()
        return Page(
            page.facts, page.rejected, page.notes, page.records_read,
            coverage=tuple(self._coverage(window)),
        )  # fmt: skip

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
                yield DayCoverage(day, DayState.MISSING, None, _NOT_BEGUN)
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
        reason = "it was not read" if error is None else f"{error.what}. {_cure(name, error)}"
        return DayCoverage(day, DayState.MISSING, None, reason, unit)


def _counted(texts: Counter[str]) -> Iterator[str]:
    for text, count in sorted(texts.items()):
        yield f"{count} {text}"


def _cure(name: str, error: SourceError) -> str:
    """Return what is to be done; a log that is refused may be none of the district's edition."""
    return _EDITION.format(name) if isinstance(error, NotAllowed) else error.cure
