"""CSV files as offices export them: headings matched tolerantly, every row read or accounted for.

One bad row must never take others with it. A quotation mark that is opened and not closed would
make a plain CSV reader swallow everything up to the next one, silently; here such a line is
rejected by its number and reading goes on with the next.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from auditor.source import Malformed, Note, Rejected

LONGEST_LINE = 1 << 20
"""Bytes; a longer line is no line of a table."""
LONGEST_CELL_LINES = 20
"""Lines that one cell with line breaks in it may run over."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TELLING_WIDTH = 4
_SHOWN = 8
"""Headings named in one note."""


class Lines(Protocol):
    """Whatever bytes are read from by lines: an open file, or a guarded one."""

    def readline(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Columns:
    """The headings of one kind of table. Case, blanks and punctuation in them do not count."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    """Known to the format and left where they are: not read, not reported as unknown."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Another spelling that is met -> the heading it stands for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the wanted columns' text without blanks around it, "" where a column is absent."""

    line: int
    """1-based physical line on which the row begins."""
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]


def plain_heading(text: str) -> str:
    """Return what of a heading counts when two are compared."""
    return "".join(c for c in text.casefold() if c.isalnum())


class CsvTable:
    """One CSV file with a header row, read once from start to end.

    ``stream`` is open for reading bytes and stays the caller's to close; ``name`` is how the file
    is called in errors, notes and rejected rows. ``encoding`` must be UTF-8 or a single-byte one.
    Exports with long lists or free text in their cells need a larger ``longest_line`` (bytes) or
    more ``cell_lines``.
    Raises ``Malformed`` where the file as a whole is no such table.
    """

    def __init__(
        self,
        stream: Lines,
        name: str,
        *,
        delimiter: str = ",",
        encoding: str = "utf-8",
        longest_line: int = LONGEST_LINE,
        cell_lines: int = LONGEST_CELL_LINES,
    ) -> None:
        self.name = name
        self._stream = stream
        self._delimiter = delimiter
        self._encoding = encoding
        self._longest_line = longest_line
        self._cell_lines = cell_lines
        # The csv module's own limit is smaller and the same for the whole program: only raise it.
        csv.field_size_limit(max(csv.field_size_limit(), longest_line))
        self._line = 0
        self._waiting: deque[tuple[int, str]] = deque()
        self._marked = False
        self.header: tuple[str, ...] = self._read_header()
        """The headings as written."""

    def has(self, column: str) -> bool:
        """Whether the file has this column, in any spelling that counts as the same."""
        return plain_heading(column) in map(plain_heading, self.header)

    # ---- headings ------------------------------------------------------------------------

    def _read_header(self) -> tuple[str, ...]:
        first = self._next_line()
        while first is not None and not first[1].strip():
            first = self._next_line()
        if first is None:
            raise Malformed(
                "it is empty, without even a header row",
                where=self.name,
                cure="Export it again",
            )
        cells = self._split(first[1])
        if cells is None:
            raise Malformed(
                "its header row cannot be read as CSV",
                where=f"{self.name}, line {first[0]}",
                cure="Export it again as comma-separated text with a header row",
            )
        return tuple(cell.strip() for cell in cells)

    def places(self, columns: Columns) -> tuple[dict[str, int], tuple[Note, ...]]:
        """Return where each wanted column stands, and notes on headings that are odd.

        Raises ``Malformed`` when a required column is missing or a wanted one is there twice.
        """
        wanted = (*columns.required, *columns.optional)
        names = {plain_heading(name): name for name in wanted}
        names |= {plain_heading(other): name for other, name in columns.aliases.items()}
        unused = {plain_heading(name) for name in columns.unused}
        found: dict[str, int] = {}
        respelled: list[str] = []
        unknown: list[str] = []
        for place, heading in enumerate(self.header):
            plain = plain_heading(heading)
            name = names.get(plain)
            if name is None:
                if plain and plain not in unused:
                    unknown.append(heading)
                continue
            if name in found:
                raise Malformed(
                    f"the column {name} is there twice",
                    where=self.name,
                    cure="Export it again with one of them",
                )
            found[name] = place
            if heading != name:
                respelled.append(f"{heading} as {name}")
        missing = [name for name in columns.required if name not in found]
        if missing:
            raise Malformed(
                f"it has no column {', '.join(missing)}",
                where=self.name,
                cure="Export it again with these columns, under these headings",
            )
        return found, self._odd_headings(respelled, unknown)

    def _odd_headings(self, respelled: list[str], unknown: list[str]) -> tuple[Note, ...]:
        notes = []
        if self._marked:
            notes.append(Note(self.name, "begins with a byte order mark, which is passed over"))
        if respelled:
            text = f"headings read in another spelling: {_listed(respelled)}"
            notes.append(Note(self.name, text, len(respelled)))
        if unknown:
            text = f"columns that are not known and not read: {_listed(unknown)}"
            notes.append(Note(self.name, text, len(unknown)))
        return tuple(notes)

    # ---- rows ----------------------------------------------------------------------------

    def rows(self, columns: Columns) -> Iterator[Row | Rejected]:
        """Yield each row's wanted columns; blank rows are passed over and not counted."""
        places, _ = self.places(columns)
        absent = {name: "" for name in columns.optional if name not in places}
        for line, cells in self._records():
            if isinstance(cells, str):
                yield Rejected(self.name, line, None, cells)
            else:
                values = {name: cells[place].strip() for name, place in places.items()}
                yield Row(line, values | absent)

    def _records(self) -> Iterator[tuple[int, list[str] | str]]:
        """Yield (line, cells), or (line, why it is no row)."""
        width = len(self.header)
        while (first := self._next_line()) is not None:
            line, text = first
            cells = self._split(text)
            if cells is None and text.count('"') % 2:
                cells = self._over_several_lines(text, width)
            if cells is None:
                yield line, "its quotation marks do not pair up"
            elif not "".join(cells).strip():
                continue
            elif len(cells) < width or "".join(cells[width:]).strip():
                yield line, f"it has {len(cells)} cells where the header has {width}"
            else:
                yield line, cells

    def _over_several_lines(self, text: str, width: int) -> list[str] | None:
        """Return the cells of a row with line breaks in a cell; None leaves the lines unread.

        Lines between that would be whole rows by themselves were not meant to be inside a cell:
        then two stray quotation marks only look like a pair.
        """
        taken: list[tuple[int, str]] = []
        while len(taken) < self._cell_lines and (more := self._next_line()) is not None:
            taken.append(more)
            if more[1].count('"') % 2:
                # where the last open mark is closed, the row ends or never was one
                cells = self._split("\n".join((text, *(part for _, part in taken))))
                if cells is not None and len(cells) == width and not self._rows_in(taken, width):
                    return cells
                break
        self._waiting.extendleft(reversed(taken))
        return None

    def _rows_in(self, taken: list[tuple[int, str]], width: int) -> bool:
        """Whether a line before the last could be a row; two cells or three prove nothing."""
        between = (self._split(part) for _, part in taken[:-1])
        return width >= _TELLING_WIDTH and any(
            cells is not None and len(cells) == width for cells in between
        )

    def _split(self, text: str) -> list[str] | None:
        if '"' not in text:
            return text.split(self._delimiter)  # the same, and several times faster
        reader = csv.reader([text], delimiter=self._delimiter, strict=True)
        try:
            return next(reader, [])
        except csv.Error:
            return None

    def _next_line(self) -> tuple[int, str] | None:
        if self._waiting:
            return self._waiting.popleft()
        raw = self._stream.readline(self._longest_line + 1)
        if not raw:
            return None
        self._line += 1
        if self._line == 1 and raw.startswith(_BYTE_ORDER_MARK):
            self._marked = True
            raw = raw[len(_BYTE_ORDER_MARK) :]
        if len(raw) > self._longest_line or b"\0" in raw:
            raise self._no_text("it is no text file of a table")
        try:
            return self._line, raw.decode(self._encoding).rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise self._no_text(f"it is not encoded as {self._encoding.upper()}") from error

    def _no_text(self, what: str) -> Malformed:
        return Malformed(
            what,
            where=f"{self.name}, line {self._line}",
            cure=f"Export it again as {self._encoding.upper()} text",
        )


def _listed(texts: Iterable[str]) -> str:
    shown = list(texts)
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(text[:60] for text in shown[:_SHOWN]) + more
