"""One reading of a drop: rows into facts, page by page, every row accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from auditor.model import Message
from auditor.source import Malformed, Note, Page, Rejected
from connectors.files import Drop, DroppedFile, HashingReader
from connectors.paging import FillingPage
from connectors.tables.cells import Cells, Form
from connectors.tables.columns import ColumnMap
from connectors.tables.communications import message
from connectors.tables.folder import Folder, left_alone
from connectors.tables.reading import TableFile
from connectors.tables.rosters import Register
from connectors.tables.settings import TableSettings

HOPELESS_ROWS = 10
"""So many rows of which none can be used are no bad rows: the file is not what the map says."""


class Pull:
    """One reading of a drop: pages as they fill."""

    def __init__(self, source: str, settings: TableSettings) -> None:
        self._source = source
        self._settings = settings
        self.page = FillingPage()

    def pass_over(self, folder: Folder, used: set[str]) -> None:
        """Account for the files that are not read."""
        rejected, notes = left_alone(folder)
        self.page.rejected += rejected
        self.page.records += len(rejected)
        self.page.notes += notes
        self.page.notes += (
            Note(file.name, "not one of the tables that are read here, left alone")
            for file in folder.tables
            if file.name not in used
        )

    def roster(self, file: DroppedFile, form: Form, register: Register) -> Iterator[Page]:
        """Read one file of a roster; yields a page whenever one is full."""
        repeated = 0
        with HashingReader(file) as stream:
            for row in self._open(file, stream, form).rows(register.facts):
                if isinstance(row, Rejected):
                    self._reject(row)
                else:
                    repeated += not row
                    self.page.facts += row
                    self.page.records += 1
                yield from self._full()
            self.page.files.append(stream.finish())
        if repeated:
            self.page.notes.append(Note(file.name, "row given before, used once", repeated))

    def messages(self, file: DroppedFile, form: Form, drop: Drop) -> Iterator[Page]:
        """Read one file of messages; yields a page whenever one is full."""
        used = bad = 0
        span = _Span(form.map.most_rows)
        first_bad: Rejected | None = None
        with HashingReader(file) as stream:
            for row in self._open(file, stream, form).rows(self._message):
                span.row(row)
                if isinstance(row, Rejected):
                    first_bad = first_bad or row
                    bad += 1
                    self._reject(row)
                else:
                    drop.record(row.sent_at)
                    used += 1
                    self.page.facts.append(row)
                    self.page.records += 1
                yield from self._full()
            seen = stream.finish()
        if first_bad is not None and not used and bad >= HOPELESS_ROWS:
            raise _hopeless(first_bad, bad)
        self._cut_short(file, span, drop)
        self.page.files.append(replace(seen, sha256=seen_as(seen.sha256, form.map)))

    def count_again(self, file: DroppedFile, form: Form, drop: Drop) -> None:
        """Count a known file's records by day, so that the window is accounted for in full."""
        span = _Span(form.map.most_rows)
        with HashingReader(file) as stream:
            for row in TableFile(file.name, stream, form).rows(self._message):
                span.row(row)
                if isinstance(row, Message):
                    drop.record(row.sent_at)
            stream.finish()
        self._cut_short(file, span, drop)

    def _cut_short(self, file: DroppedFile, span: _Span, drop: Drop) -> None:
        """Suspect a file that ends just where its system's exports are cut off."""
        if span.is_full:
            text = (
                f"it has {span.rows:,} rows, at which this export stops: it may be cut short. "
                "Export shorter periods instead, and take this file away"
            )
            self.page.notes.append(Note(file.name, text))
            drop.cut_short(file.name, span.rows, span.first, file.modified_at)

    def _message(self, cells: Cells) -> Message:
        return message(cells, source=self._source, tool=self._settings.tool)

    def _open(self, file: DroppedFile, stream: HashingReader, form: Form) -> TableFile:
        table = TableFile(file.name, stream, form)
        self.page.notes += table.notes
        return table

    def _reject(self, rejected: Rejected) -> None:
        self.page.rejected.append(rejected)
        self.page.records += 1

    def _full(self) -> Iterator[Page]:
        if self.page.full:
            yield self.page.done()
            self.page = FillingPage()


class _Span:
    """How many rows a file has, and when its first message was sent."""

    def __init__(self, most_rows: int | None) -> None:
        self._most_rows = most_rows
        self.rows = 0
        self.first: datetime | None = None

    def row(self, read: Message | Rejected) -> None:
        self.rows += 1
        if isinstance(read, Message) and (self.first is None or read.sent_at < self.first):
            self.first = read.sent_at

    @property
    def is_full(self) -> bool:
        return self._most_rows is not None and self.rows >= self._most_rows


def _hopeless(first: Rejected, count: int) -> Malformed:
    field = "" if first.field is None else f"{first.field} "
    return Malformed(
        f"none of its {count:,} rows can be used; line {first.line}: {field}{first.reason}",
        where=first.file,
        cure="Compare the file with its headings and formats in the column map",
    )


def seen_as(digest: str, columns: ColumnMap) -> str:
    """Return the name under which a file counts as read: its own, and its column map's.

    A file that was read through a wrong map is read again when the map is mended.
    """
    if columns.is_canonical:
        return digest
    return sha256(f"{columns.fingerprint} {digest}".encode()).hexdigest()
