"""The source ``microsoft-audit``: what Microsoft itself records of messages, no text among it.

Each record is a unit of its own: one that the district's licence does not have is a gap with what
to do about it, and the others are read all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from zoneinfo import ZoneInfo

from auditor.source import (
    CheckResult,
    Denied,
    FactKind,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.logstreams import LogPull, Stream
from connectors.microsoft.accounts import Accounts
from connectors.microsoft.asking import Graph
from connectors.microsoft.audit.events import EmailEvents, MessageEvents, TooOld
from connectors.microsoft.audit.hunting import Hunting
from connectors.microsoft.audit.settings import (
    MESSAGE_EVENTS,
    TEAMS_AUDIT,
    AuditSettings,
)
from connectors.microsoft.audit.teamslog import TeamsLog
from connectors.microsoft.permissions import READING, check_permissions
from connectors.portions import days_of
from connectors.retrying import Clock, Limits

_AUDIT_CURE = (
    "See that auditing is on in Microsoft Purview and that AuditLogsQuery.Read.All is granted; if "
    "the licence has no audit search, take {} out of streams"
)
_HUNTING_CURE = (
    "Defender's tables need Microsoft Defender XDR, as A5 has it, and ThreatHunting.Read.All; if "
    "the district has no such licence, take {} out of streams"
)


class MicrosoftAudit:
    """Microsoft's records of one district's tenant."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; connects to nothing."""
        self._settings, access = AuditSettings.of(context)
        self._context = context
        self._graph = Graph(
            access, where=context.title, clock=clock, random=random, limits=limits
        )
        self._known: Accounts | None = None

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.MESSAGES,))

    def check(self) -> list[CheckResult]:
        """Say what is granted; asks for nobody's messages."""
        try:
            return list(check_permissions(self._graph, self._settings.permissions))
        except SourceError as error:
            return [CheckResult(False, error.what, error.cure)]
        finally:
            self._graph.close()

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield what is recorded of the window; the last page says which days of which record.

        Raises what keeps every record from being read.
        """
        zone = ZoneInfo(self._context.timezone)
        days = days_of(window.span(zone), zone)
        pull = LogPull(self._context, days, len(self._settings.streams), cure=_cure)
        try:
            self._graph.refuse_wider(READING)
            for stream in self._streams() if days else ():
                yield from pull.stream(stream)
            yield pull.last_page(window, self._graph.notes())
        finally:
            self._graph.close()

    def _streams(self) -> Iterator[Stream]:
        settings, context, now = self._settings, self._context, self._graph.clock.now
        hunting = Hunting(self._graph)
        for name in settings.streams:
            tool = settings.tools[name]
            if name == TEAMS_AUDIT:
                yield TeamsLog(self._graph, context, settings, self._accounts)
            elif name == MESSAGE_EVENTS:
                yield MessageEvents(hunting, context, tool, now, self._accounts)
            else:
                yield EmailEvents(hunting, context, tool, now)

    def _accounts(self) -> Accounts:
        if self._known is None:
            self._known = Accounts.read(self._graph, self._context.addresses)
        return self._known


def _cure(name: str, error: SourceError) -> str:
    """Return what is to be done; a record that is refused may be none of the licence."""
    if not isinstance(error, Denied) or isinstance(error, TooOld):
        return error.cure
    return (_AUDIT_CURE if name == TEAMS_AUDIT else _HUNTING_CURE).format(name)
