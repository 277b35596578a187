"""A whole table looked at before it is taken in, by the same reader that reads it each night.

A drop is read as it comes, bad rows aside. Who enters a table by hand is there to mend it, so it is
taken whole or not at all.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from auditor.source import Note, Rejected
from connectors.tables.cells import Cells, Form
from connectors.tables.reading import TableFile
from connectors.tables.rosters import Register


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """What a file comes to."""

    rows: int
    """Rows that say something; one given twice counts once."""
    rejected: tuple[Rejected, ...]
    notes: tuple[Note, ...]
    content: bytes
    """The file itself, or without the columns that the table does not know: nobody can tell what
    such a column holds, so it is not to be kept."""


def check_table(content: bytes, name: str, form: Form) -> CheckedTable:
    """Read a file of the table ``form.table``; raises ``SourceError`` where it is no such table."""
    register = Register(form.table)
    file = TableFile(name, io.BytesIO(content), form)
    columns = file.columns
    kept = io.StringIO(newline="")
    writer = csv.writer(kept)
    writer.writerow(columns)

    def read(cells: Cells) -> bool:
        is_new = bool(register.facts(cells))
        writer.writerow([cells.values[column] for column in columns])
        return is_new

    rows = repeated = 0
    rejected = []
    for row in file.rows(read):
        if isinstance(row, Rejected):
            rejected.append(row)
        else:
            rows += row
            repeated += not row
    notes = list(file.notes)
    if repeated:
        notes.append(Note(name, "row given before, used once", repeated))
    whole = kept.getvalue().encode() if file.has_more else content
    return CheckedTable(rows, tuple(rejected), tuple(notes), whole)
