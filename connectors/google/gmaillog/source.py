"""The source ``gmail-log``: the Gmail log where a district keeps it, in BigQuery or in files.

Google's own log reaches back 180 days; what was exported is kept for good. Rows are the same
either way and become the same messages as the log's own.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
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
from connectors.files import (
    Drop,
    DroppedFile,
    HashingReader,
    denied,
    drop_path,
    dropped_file,
    reading,
    require_path,
    sha256_of,
)
from connectors.google.activities import Quota, Span
from connectors.google.asking import Google
from connectors.google.gmaillog.bigquery import SCOPES, BigQuery
from connectors.google.gmaillog.files import LogTable
from connectors.google.gmaillog.settings import GmailLogSettings
from connectors.google.gmaillog.streams import FileLog, TableLog
from connectors.google.gmaillog.tables import query_for
from connectors.google.logs.delivery import SENT
from connectors.google.logs.reading import Portion, Reading, days_of, notes_of
from connectors.paging import FillingPage
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
            yield from _FilePull(self._context, self._settings, self._reading()).pages(window)
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
        page = _LogPage()
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
        yield replace(last, coverage=tuple(_coverage(window, finished, page.by_day)))

    # ---- files -----------------------------------------------------------------------------

    def _try_files(self) -> CheckResult:
        root = drop_path(self._context, str(self._settings.path))
        require_path(root)
        files, _ = log_files(root)
        if not files:
            cure = "Drop CSV files of the Gmail log there"
            return CheckResult(False, f"{root}: no CSV files yet", cure)
        newest = max(files, key=lambda file: (file.modified_at, file.name))
        with reading(newest.path, newest.name), open(newest.path, "rb") as stream:
            LogTable(stream, newest.name, self._zone)
        day = newest.modified_at.astimezone(self._zone).date()
        return CheckResult(True, f"{root}: {len(files):,} files of rows, newest of {day}")


class _LogPage:
    """A page while portions of the log fill it, and what was met on the way."""

    def __init__(self) -> None:
        self.by_day: Counter[date] = Counter()
        self._page = FillingPage()
        self._counts: Counter[tuple[str, bool]] = Counter()

    def take(self, portion: Portion) -> None:
        self._page.facts += portion.facts
        self._page.rejected += portion.rejected
        self._page.records += portion.records
        self.by_day += portion.by_day
        self._counts += portion.counts

    def note(self, *notes: Note) -> None:
        self._page.notes += notes

    def seen(self, stream: HashingReader) -> None:
        """Remember a file that was read to its end; raises if it changed meanwhile."""
        self._page.files.append(stream.finish())

    def full(self) -> Iterator[Page]:
        if self._page.full:
            yield self._page.done()
            self._page = FillingPage()

    def last(self, coverage: tuple[DayCoverage, ...], said: tuple[Note, ...]) -> Page:
        self._page.notes += (*notes_of("gmail", self._counts), *said)
        return replace(self._page.done(), coverage=coverage)


class _FilePull:
    """One reading of a folder of exported rows."""

    def __init__(
        self, context: SourceContext, settings: GmailLogSettings, reading: Reading
    ) -> None:
        self._context = context
        self._settings = settings
        self._reading = reading
        self._zone = reading.zone
        self._page = _LogPage()

    def pages(self, window: Window) -> Iterator[Page]:
        root = drop_path(self._context, str(self._settings.path))
        require_path(root)
        drop = Drop(
            zone=self._zone,
            where=str(self._settings.path),
            quiet_days=self._settings.quiet_days,
            covers_from=self._settings.covers_from,
        )
        begins = datetime.combine(window.first, time.min, self._zone)
        files, others = log_files(root)
        self._page.note(*(Note(name, "not a CSV file, left alone") for name in others))
        for file in files:
            drop.file(file.modified_at)
            already = self._context.already_read
            known = bool(already) and sha256_of(file) in already
            if known and file.modified_at < begins:
                drop.reaches_until(file.modified_at)
            else:
                yield from self._file(file, drop, known=known)
        yield self._page.last(drop.coverage(window), ())

    def _file(self, file: DroppedFile, drop: Drop, *, known: bool) -> Iterator[Page]:
        stream = FileLog(self._reading, self._settings.tool)
        with HashingReader(file) as whole:
            for portion in stream.portions(file):
                for message in portion.facts:
                    drop.record(message.sent_at)
                if not known:
                    self._page.take(portion)
                yield from self._page.full()
            if known:
                whole.finish()
                return
            with reading(file.path, file.name), open(file.path, "rb") as opened:
                self._page.note(*LogTable(opened, file.name, self._zone).notes)
            self._page.seen(whole)


def log_files(root: Path) -> tuple[list[DroppedFile], list[str]]:
    """Return the CSV files of a drop by name, and the names of all other files."""
    if root.is_file():
        return [dropped_file(root, root.name)], []

    def refuse(error: OSError) -> None:
        raise denied(str(error.filename or root)) from error

    files, others = [], []
    for folder, inside, names in os.walk(root, onerror=refuse):
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(folder, name)
            shown = path.relative_to(root).as_posix()
            if path.suffix.casefold() == ".csv":
                files.append(dropped_file(path, shown))
            else:
                others.append(shown)
    return files, others


def _coverage(window: Window, finished: set[date], by_day: Counter[date]) -> Iterator[DayCoverage]:
    day = window.since or window.first
    while day <= window.last:
        if day in finished:
            yield DayCoverage(day, DayState.READ, by_day[day])
        else:
            reason = "the day had not begun when the log was read"
            yield DayCoverage(day, DayState.MISSING, None, reason)
        day += timedelta(days=1)
