"""The source ``google-logs``: Google's audit logs as one client, a stream for each log.

Each log is a unit of its own: one that the district's edition does not have, or that fails, is a
gap of its days, and the others are read all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

from auditor.source import (
    CheckResult,
    FactKind,
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
from connectors.google.logs.reading import Reading
from connectors.google.logs.settings import LogSettings
from connectors.google.refusals import NotAllowed, NotDelegated
from connectors.google.scopes import check_scopes
from connectors.logstreams import LogPull, Stream
from connectors.portions import Span, days_of
from connectors.retrying import Clock, Limits

SCOPE = "admin.reports.audit.readonly"
_PREFLIGHT = timedelta(hours=1)
_EDITION = (
    "See that the administrator in the settings may read reports, and that the district's edition "
    "has this log (Gmail's: Education Standard or Plus); if it has not, take {} out of streams"
)


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
        pull = LogPull(
            self._context, days, len(self._settings.streams), cure=_cure, fatal=(NotDelegated,)
        )
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


def _cure(name: str, error: SourceError) -> str:
    """Return what is to be done; a log that is refused may be none of the district's edition."""
    return _EDITION.format(name) if isinstance(error, NotAllowed) else error.cure
