"""A log as somebody exported it: a folder of files, each read once and counted every night."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from auditor.source import DayCoverage, Note, Page, SourceContext, Window
from connectors.files import (
    Drop,
    DroppedFile,
    HashingReader,
    denied,
    drop_path,
    dropped_file,
    require_path,
    sha256_of,
)
from connectors.paging import FillingPage
from connectors.portions import Portion, notes_of


class DropSettings(Protocol):
    """What a source's settings say of its folder."""

    @property
    def path(self) -> str | None: ...
    @property
    def quiet_days(self) -> int: ...
    @property
    def covers_from(self) -> date | None: ...


class DroppedLog(Protocol):
    """How the files of one log are read."""

    @property
    def name(self) -> str: ...

    def portions(self, file: DroppedFile) -> Iterator[Portion]:
        """Yield what a file holds; raises ``SourceError``."""
        ...

    def notes(self, file: DroppedFile) -> tuple[Note, ...]:
        """Return what is odd about a file as a whole."""
        ...

    def coverage(self, days: tuple[DayCoverage, ...]) -> tuple[DayCoverage, ...]:
        """Return the days less those that the files, once all are read, turn out not to tell."""
        ...


class LogPage:
    """A page while portions of the log fill it, and what was met on the way."""

    def __init__(self, stream: str) -> None:
        """``stream`` is what the log is of: "gmail"."""
        self._stream = stream
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
        self._page.notes += (*notes_of(self._stream, self._counts), *said)
        return replace(self._page.done(), coverage=coverage)


class LogDrop:
    """One reading of a folder of exported rows. Every file counts; new ones deliver as well."""

    def __init__(
        self,
        context: SourceContext,
        settings: DropSettings,
        log: DroppedLog,
        suffixes: Collection[str] = (".csv",),
    ) -> None:
        """``suffixes`` are the endings, in small letters, of the files that are read."""
        self._context = context
        self._suffixes = suffixes
        self._settings = settings
        self._log = log
        self._zone = ZoneInfo(context.timezone)
        self._page = LogPage(log.name)

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
        files, others = dropped_files(root, self._suffixes)
        kinds = " or ".join(one.removeprefix(".").upper() for one in self._suffixes)
        self._page.note(*(Note(name, f"not a {kinds} file, left alone") for name in others))
        for file in files:
            drop.file(file.modified_at)
            already = self._context.already_read
            known = bool(already) and sha256_of(file) in already
            if known and file.modified_at < begins:
                drop.reaches_until(file.modified_at)
            else:
                yield from self._file(file, drop, known=known)
        yield self._page.last(self._log.coverage(drop.coverage(window)), ())

    def _file(self, file: DroppedFile, drop: Drop, *, known: bool) -> Iterator[Page]:
        with HashingReader(file) as whole:
            for portion in self._log.portions(file):
                for message in portion.facts:
                    drop.record(message.sent_at)
                if not known:
                    self._page.take(portion)
                yield from self._page.full()
            if known:
                whole.finish()
                return
            self._page.note(*self._log.notes(file))
            self._page.seen(whole)


def dropped_files(
    root: Path, suffixes: Collection[str] = (".csv",)
) -> tuple[list[DroppedFile], list[str]]:
    """Return the files of a drop that end as they should, by name; and the names of all others."""
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
            if path.suffix.casefold() in suffixes:
                files.append(dropped_file(path, shown))
            else:
                others.append(shown)
    return files, others
