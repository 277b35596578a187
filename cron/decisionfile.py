"""Files of decisions: forms that came back on paper, entered as rows and taken in whole.

A row is the same decision however often it comes, so a file may stay in its folder and be added
to. A file with a mistake in it is not taken at all, and says which lines have to be mended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

from auditor.audit import AuditError, Workplace
from auditor.deciding import Asked, Taken, Wrong, decide, desk_to_decide
from auditor.desk import Desk
from auditor.result import DoNow
from auditor.source import SourceError
from connectors.csvfile import Columns, CsvTable, Row

COLUMNS = Columns(required=("item", "reason", "by", "decided_on"), optional=("note", "until"))
_SHOWN = 5
"""Mistakes named on one card."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of one file."""

    name: str
    taken: tuple[Taken, ...]
    wrong: tuple[Wrong, ...]


def enter(desk: Desk, name: str, content: bytes, now: datetime) -> Entered:
    """Take a file in whole, or say all that is wrong with it; raises ``SourceError`` if it is no
    such table.
    """
    asked, wrong = read(name, content)
    if wrong:
        return Entered(name, (), wrong)
    return Entered(name, *decide(desk, asked, now=now, came_by="file"))


def read(name: str, content: bytes) -> tuple[tuple[Asked, ...], tuple[Wrong, ...]]:
    """Return the rows of a file and what is wrong with their form."""
    table = CsvTable(BytesIO(content), name)
    asked: list[Asked] = []
    wrong: list[Wrong] = []
    for row in table.rows(COLUMNS):
        if isinstance(row, Row):
            found = _asked(row)
            if isinstance(found, Wrong):
                wrong.append(found)
            else:
                asked.append(found)
        else:
            wrong.append(Wrong(row.line, row.field or "row", row.reason, "Correct the row"))
    return tuple(asked), tuple(wrong)


def _asked(row: Row) -> Asked | Wrong:
    for column in COLUMNS.required:
        if not row[column]:
            return Wrong(row.line, column, "it is blank", "Fill it in")
    days: dict[str, date | None] = {}
    for column in ("decided_on", "until"):
        try:
            days[column] = date.fromisoformat(row[column]) if row[column] else None
        except ValueError:
            return Wrong(row.line, column, "it is no day", "Write it like 2026-11-22")
    return Asked(
        item_id=row["item"],
        reason=row["reason"],
        by=row["by"],
        note=row["note"],
        until=days["until"],
        on=days["decided_on"],
        line=row.line,
    )


# ---- the folder ------------------------------------------------------------------------------


def take_in(place: Workplace, folder: Path | None, now: datetime) -> Iterator[DoNow]:
    """Take in every file of the folder; yield what IT has to mend, without a name."""
    files = sorted(folder.glob("*.csv")) if folder is not None else []
    if not files:
        return
    try:
        desk = desk_to_decide(place)
    except AuditError as error:
        yield _mend(files[0].name, f"{error.what}. {error.cure}")
        return
    for path in files:
        try:
            found = enter(desk, path.name, path.read_bytes(), now)
        except SourceError as error:
            yield _mend(path.name, f"{error.what}. {error.cure}")
        except OSError as error:
            yield _mend(path.name, f"it cannot be read ({error.strerror})")
        else:
            if found.wrong:
                yield _mend(path.name, told(found.wrong))


def told(wrong: tuple[Wrong, ...]) -> str:
    """Return the first mistakes of a file by line and column; never what they say."""
    lines = [f"line {one.line}, {one.field}: {one.what}" for one in wrong[:_SHOWN]]
    if len(wrong) > _SHOWN:
        lines.append(f"and {len(wrong) - _SHOWN} more")
    return "; ".join(lines)


def _mend(name: str, why: str) -> DoNow:
    return DoNow(
        what=f"Mend the file of decisions {name}",
        who="IT, with whoever entered it",
        by_when="before the next nightly run",
        why=why,
        command="auditor decide --file FILE",
        otherwise="none of its rows counts, and their items stay open",
    )
