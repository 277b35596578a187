"""Files of a table opened and read row by row, under the headings that a column map gives them.

A heading row that is not what was agreed stops the source: rows under wrong headings would make
wrong facts, not missing ones.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol, TypeVar

from auditor.source import Malformed, Rejected
from connectors.csvfile import Columns, CsvTable, plain_heading
from connectors.tables.cells import CellError, Cells, Form

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Read = TypeVar("Read")

LONGEST_LINE = 1 << 24
"""Bytes. One notice to a whole district lists every recipient in one cell."""
CELL_LINES = 2_000
"""An export may carry a message's text, which is passed over but has lines of its own."""
_DATA_LIKE = re.compile(r"@|\d[-/:.]\d|^\d+$")
_LONGEST_HEADING = 40
_HEADINGS_SHOWN = 30


class Readable(Protocol):
    """Whatever gives its bytes by portions: a file of a drop, or one that is being entered."""

    def read(self, size: int, /) -> bytes: ...


class _Stream(io.RawIOBase):
    """Such a file as an ordinary stream, so that lines can be read from it."""

    def __init__(self, file: Readable) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        portion = self._file.read(len(view))
        view[: len(portion)] = portion
        return len(portion)


class TableFile:
    """One file with its headings checked; raises ``SourceError`` where they are not as agreed."""

    def __init__(self, name: str, stream: Readable, form: Form) -> None:
        self.name = name
        self._form = form
        self._csv = CsvTable(
            io.BufferedReader(_Stream(stream)),
            name,
            delimiter=form.map.delimiter,
            encoding=form.map.encoding,
            longest_line=LONGEST_LINE,
            cell_lines=CELL_LINES,
        )
        self._headings = _headings(form)
        self._require()
        # one heading may serve two columns, and is then asked for once
        asked = {plain_heading(heading): heading for heading in self._needed()}
        self._asked = {c: asked[plain_heading(h)] for c, h in self._headings.items()}
        hour = form.map.time_of_day
        self._hour = None if hour is None else asked[plain_heading(hour)]
        self._columns = Columns((), tuple(asked.values()), form.map.ignored)
        _, self.notes = self._csv.places(self._columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """The canonical columns that the file has."""
        return tuple(column for column, heading in self._headings.items() if self._csv.has(heading))

    @property
    def has_more(self) -> bool:
        """Whether the file has columns that are not read, be it without a heading."""
        return len(self._csv.header) > len(self.columns)

    def rows(self, reader: Callable[[Cells], Read]) -> Iterator[Read | Rejected]:
        """Yield what ``reader`` makes of each row, or why it makes nothing of it."""
        for row in self._csv.rows(self._columns):
            if isinstance(row, Rejected):
                yield row
                continue
            values = {column: row[heading] for column, heading in self._asked.items()}
            if self._hour is not None:
                values["sent_at"] = f"{values['sent_at']} {row[self._hour]}"
            try:
                yield reader(Cells(self._form, row.line, values))
            except CellError as bad:
                heading = self._headings.get(bad.column, bad.column)
                yield Rejected(self.name, row.line, heading, bad.reason)

    def _require(self) -> None:
        """Raise ``Malformed`` naming every column that is missing and those that are there."""
        has = self._csv.has
        if self._form.map.is_canonical:
            missing = [c for c in self._form.table.required if not has(c)]
            missing += [
                " or ".join(" with ".join(way) for way in ways)
                for ways in self._form.table.one_of
                if not any(all(map(has, way)) for way in ways)
            ]
            cure = f"Use the headings of the table {self._form.table.name}, or map the file's own"
        else:
            missing = [h for h in self._needed() if not has(h)]
            cure = "Export it again with these columns, or mend the column map"
        if missing:
            known = any(map(has, self._headings.values()))
            found = _shown(self._csv.header, is_heading=known)
            raise Malformed(
                f"it has no column {', '.join(missing)}; {found}{self._expected()}",
                where=self.name,
                cure=cure,
            )

    def _expected(self) -> str:
        if self._form.map.is_canonical:
            return ""
        return f"; the map expects {', '.join(self._needed())}"

    def _needed(self) -> list[str]:
        """Return the headings that are read, each once."""
        hour = () if self._form.map.time_of_day is None else (self._form.map.time_of_day,)
        return list(dict.fromkeys((*self._headings.values(), *hour)))


def _headings(form: Form) -> dict[str, str]:
    """Return canonical column -> heading in the file, for the columns that are read."""
    if not form.map.is_canonical:
        return dict(form.map.columns)
    return {column: column for column in form.table.columns}


def _shown(header: tuple[str, ...], *, is_heading: bool) -> str:
    """Name the headings found, unless the row may be data: then nothing of it is shown."""
    if not is_heading and any(map(_DATA_LIKE.search, header)):
        return f"its first row has {len(header)} cells that look like data, not headings"
    named = [heading[:_LONGEST_HEADING] for heading in header if heading]
    more = f" and {len(named) - _HEADINGS_SHOWN} more" if len(named) > _HEADINGS_SHOWN else ""
    return f"it has {', '.join(named[:_HEADINGS_SHOWN])}{more}"
