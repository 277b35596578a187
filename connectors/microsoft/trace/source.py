"""The source ``message-trace``: Exchange's own record of who sent what to whom, asked or dropped.

It is asked of Microsoft Graph, or read from the files that an administrator had made of it. Rows
mean the same either way and become the same messages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

from auditor.keys import email_address
from auditor.model import Address
from auditor.source import (
    CheckResult,
    FactKind,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.files import drop_path, reading, require_path
from connectors.logdrop import LogDrop, LogPage, dropped_files
from connectors.microsoft.asking import Graph
from connectors.microsoft.permissions import READING, check_permissions
from connectors.microsoft.trace.asking import PERMISSION, TraceQuestions
from connectors.microsoft.trace.files import TraceTable
from connectors.microsoft.trace.filestream import FileTrace
from connectors.microsoft.trace.journeys import JourneyReader
from connectors.microsoft.trace.reading import NAME, TraceLog
from connectors.microsoft.trace.settings import TraceSettings
from connectors.microsoft.users import USER_PERMISSIONS, tenant_users
from connectors.portions import days_of, days_told
from connectors.retrying import Clock, Limits

_OF_USERS = frozenset((*USER_PERMISSIONS, "Directory.Read.All"))
_UNSEEN = (
    "User.Read.All is optional, and not granted: if some of the district's mailboxes are in "
    "another cloud, who else got what they sent is taken to be known"
)
LIMITS = Limits(longest_wait=330)
"""Whoever has used up the tenant's allowance is told to wait for up to five minutes."""


class MessageTrace:
    """The message trace of one district's tenant."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits = LIMITS,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; connects to nothing."""
        self._settings, access = TraceSettings.of(context)
        self._context = context
        self._graph = Graph(
            access, where=context.title, clock=clock, random=random, limits=limits
        )

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.MESSAGES,))

    def check(self) -> list[CheckResult]:
        """Say whether the trace answers us, or what files there are; reads no row of it."""
        try:
            if self._settings.path is not None:
                return [self._try_files()]
            return list(self._try_out())
        except SourceError as error:
            return [CheckResult(False, f"{error.where}: {error.what}", error.cure)]
        finally:
            self._graph.close()

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield what the trace holds; the last page says which days; raises ``SourceError``."""
        if self._settings.path is not None:
            stream = FileTrace(self._reader(), self._zone)
            yield from LogDrop(self._context, self._settings, stream).pages(window)
            return
        try:
            yield from self._from_graph(window)
        finally:
            self._graph.close()

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._context.timezone)

    def _reader(self, here: Collection[Address] | None = None) -> JourneyReader:
        return JourneyReader(self._settings.tool, self._context.addresses, here)

    def _questions(self) -> TraceQuestions:
        return TraceQuestions(self._graph, self._settings.requests_per_5_minutes)

    # ---- Graph -------------------------------------------------------------------------------

    def _try_out(self) -> Iterator[CheckResult]:
        results = list(check_permissions(self._graph, (PERMISSION,)))
        yield from results
        if all(result.ok for result in results):
            self._questions().preflight()
            yield CheckResult(True, "the message trace answers")
            if not self._sees_accounts():
                yield CheckResult(True, _UNSEEN)

    def _accounts(self) -> frozenset[Address] | None:
        """Return every address of the tenant's own accounts; None if we may not ask for them."""
        if not self._sees_accounts():
            return None
        rules = self._context.addresses
        named = (
            email_address(name, rules)
            for deleted in (False, True)
            for user in tenant_users(self._graph, deleted=deleted)
            for name in (user.user_principal_name, *user.addresses)
        )
        return frozenset(one for one in named if one is not None)

    def _sees_accounts(self) -> bool:
        return not self._graph.identity.permissions().isdisjoint(_OF_USERS)

    def _from_graph(self, window: Window) -> Iterator[Page]:
        self._graph.refuse_wider(READING)
        days = days_of(window.span(self._zone), self._zone)
        page = LogPage(NAME)
        finished: set[date] = set()
        reader = self._reader(self._accounts())
        trace = TraceLog(self._questions(), reader, self._zone, self._settings.senders)
        for portion in trace.read(days):
            page.take(portion)
            finished |= set(portion.finished)
            if portion.finished:
                self._context.progress(len(finished), len(days), "days of the trace")
            yield from page.full()
        if trace.failures and not finished:
            raise next(iter(trace.failures.values()))
        last = page.last((), self._graph.notes())
        coverage = days_told(window, finished, page.by_day, trace.reason)
        yield replace(last, coverage=tuple(coverage))

    # ---- files -------------------------------------------------------------------------------

    def _try_files(self) -> CheckResult:
        root = drop_path(self._context, str(self._settings.path))
        require_path(root)
        files, _ = dropped_files(root)
        if not files:
            cure = "Drop CSV files of the message trace there"
            return CheckResult(False, f"{root}: no CSV files yet", cure)
        newest = max(files, key=lambda file: (file.modified_at, file.name))
        with reading(newest.path, newest.name), open(newest.path, "rb") as stream:
            TraceTable(stream, newest.name)
        day = newest.modified_at.astimezone(self._zone).date()
        return CheckResult(True, f"{root}: {len(files):,} files of rows, newest of {day}")
