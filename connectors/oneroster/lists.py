"""The lists that a roster consists of, whichever way they came: as files, or as a server's answers.

Both speak in the columns of the CSV binding, so that there is one reading of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from auditor.source import FileSeen, Note, Rejected
from connectors.csvdrop import CsvDrop
from connectors.csvfile import Row
from connectors.oneroster.columns import COLUMNS


class Lists(Protocol):
    """One roster's lists, by the names that ``columns`` gives the files."""

    @property
    def names(self) -> tuple[str, ...]:
        """Those that there are."""
        ...

    @property
    def place(self) -> str:
        """What one row's number is called: "line" or "record"."""
        ...

    def shown(self, name: str) -> str:
        """Return how a list is called in notes and rejected rows."""
        ...

    def notes(self, name: str) -> tuple[Note, ...]:
        """Return what is odd about the whole list."""
        ...

    def rows(self, name: str) -> Iterator[Row | Rejected]:
        """Yield the rows with the columns that ``COLUMNS`` wants; may be asked for again."""
        ...

    def listed(self, cell: str) -> list[str]:
        """Return the parts of a cell that holds several values."""
        ...

    def seen(self) -> tuple[FileSeen, ...]:
        """Return the files that were read, if any."""
        ...


class FileLists:
    """The lists of a set of CSV files."""

    place = "line"

    def __init__(self, drop: CsvDrop) -> None:
        self._drop = drop

    @property
    def names(self) -> tuple[str, ...]:
        return self._drop.files

    def shown(self, name: str) -> str:
        return self._drop.shown(name)

    def notes(self, name: str) -> tuple[Note, ...]:
        with self._drop.table(name) as table:
            return table.places(COLUMNS[name])[1]

    def rows(self, name: str) -> Iterator[Row | Rejected]:
        with self._drop.table(name) as table:
            yield from table.rows(COLUMNS[name])

    def listed(self, cell: str) -> list[str]:
        """Return the parts of a cell; blanks inside an id stay."""
        return [part.strip() for part in cell.split(",") if part.strip()]

    def seen(self) -> tuple[FileSeen, ...]:
        return self._drop.seen()
