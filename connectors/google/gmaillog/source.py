"""The source ``gmail-log``: the Gmail log where a district keeps it, in BigQuery or in files.

Google's own log reaches back 180 days; what was exported is kept for good. Rows are the same
either way and become the same messages as the log's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
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
from connectors.files import (
    drop_path,
    reading,
    require_path,
)
from connectors.google.activities import Quota
from connectors.google.asking import Google
from connectors.google.gmaillog.bigquery import SCOPES, BigQuery
from connectors.google.gmaillog.files import LogTable
from connectors.google.gmaillog.settings import GmailLogSettings
from connectors.google.gmaillog.streams import FileLog, TableLog
from connectors.google.gmaillog.tables import query_for
from connectors.google.logs.delivery import SENT
from connectors.google.logs.reading import Reading
from connectors.logdrop import LogDrop, LogPage, dropped_files
from connectors.portions import Span, days_of, days_told
from connectors.retrying import Clock, Limits

_GIGABYTE = 10**9


class GmailLogStore:
    """The kept Gmail log of one district."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; connects to nothing."""
        self._settings, access = GmailLogSettings.of(context)
        self._context = context
        self._clock = clock
        self._random = random
        self._google = Google(
            access, where=context.title, clock=clock, random=random, limits=limits
        )

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.MESSAGES,))

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._context.timezone)

    def check(self) -> list[CheckResult]:
        """Say whether the log can be read and what a day of it costs; reads no row of it."""
        try:
            return [self._try_out() if self._settings.path is None else self._try_files()]
        except SourceError as error:
            return [CheckResult(False, f"{error.where}: {error.what}", error.cure)]
        finally:
            self._google.close()

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield what the log holds; the last page says which days; raises ``SourceError``."""
        if self._settings.path is not None:
            stream = FileLog(self._reading(), self._settings.tool)
            yield from LogDrop(self._context, self._settings, stream).pages(window)
            return
        try:
            yield from self._from_tables(window)
        finally:
            self._google.close()

    def _reading(self) -> Reading:
        return Reading(
            self._google.itself(SCOPES),
            Quota.of(self._clock),
            None,
            1,
            self._context.name,
            self._context.addresses,
            self._zone,
        )

    # ---- BigQuery --------------------------------------------------------------------------

    def _try_out(self) -> CheckResult:
        now, settings = self._clock.now(), self._settings
        day = Span(now - timedelta(days=1), now)
        query = query_for(
            SENT, day, project=settings.project, dataset=settings.dataset, layout=settings.layout
        )
        size = BigQuery(self._google, settings, self._random).try_out(query) / _GIGABYTE
        text = f"the dataset may be read; each of two questions for a day reads {size:,.2f} GB"
        return CheckResult(True, text)

    def _from_tables(self, window: Window) -> Iterator[Page]:
        days = days_of(window.span(self._zone), self._zone)
        page = LogPage("gmail")
        finished: set[date] = set()
        bigquery = BigQuery(self._google, self._settings, self._random)
        stream = TableLog(self._reading(), self._settings, bigquery)
        for portion in stream.read(days) if days else ():
            page.take(portion)
            finished |= set(portion.finished)
            if portion.finished:
                self._context.progress(len(finished), len(days), "days of the log")
            yield from page.full()
        last = page.last((), self._google.notes())
        yield replace(last, coverage=tuple(days_told(window, finished, page.by_day, _not_begun)))

    # ---- files -----------------------------------------------------------------------------

    def _try_files(self) -> CheckResult:
        root = drop_path(self._context, str(self._settings.path))
        require_path(root)
        files, _ = dropped_files(root)
        if not files:
            cure = "Drop CSV files of the Gmail log there"
            return CheckResult(False, f"{root}: no CSV files yet", cure)
        newest = max(files, key=lambda file: (file.modified_at, file.name))
        with reading(newest.path, newest.name), open(newest.path, "rb") as stream:
            LogTable(stream, newest.name, self._zone)
        day = newest.modified_at.astimezone(self._zone).date()
        return CheckResult(True, f"{root}: {len(files):,} files of rows, newest of {day}")


def _not_begun(day: date) -> str:  # noqa: ARG001  (one reason for every day)
    return "the day had not begun when the log was read"
