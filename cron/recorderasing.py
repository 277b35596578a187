"""Taking one person out of the tables that were entered here, every version of them.

A version is never changed by anybody else. Where a person was erased it is, and the ledger's row
of it then speaks of what is left, so that it still verifies.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import select, update

from auditor.lake.files import Disk
from auditor.ledger import Ledger
from auditor.ledger.tables import record_import
from auditor.traces import Traces
from cron.scanning import side_by_side

_ACTING = frozenset(
    {
        *("granted_by", "requested_by", "approved_by", "decided_by", "set_by", "authorized_by"),
        *("noticed_to", "reported_to", "confirmed_by", "created_by", "delivered_to"),
        *("second_owner", "owner"),
    }
)
"""Columns of who granted or was told: the row is about somebody else and stays without them."""

_NAME = ("first_name", "last_name")


@dataclass(frozen=True, slots=True)
class Mended:
    files: int
    rows: int
    """Rows that are gone from all versions together."""


def erase_from_records(folder: Path, ledger: Ledger, traces: Traces) -> Mended:
    """Rewrite every table below ``folder`` that names somebody; raises ``OSError``."""
    disk = Disk()
    files = rows = 0
    for path in sorted(folder.rglob("*.csv")):
        before = path.read_bytes()
        after, gone, left = without(before, traces)
        if after == before:
            continue
        files, rows = files + 1, rows + gone
        place = _named_anew(path, before, after)
        draft = folder / ".erasing.draft"
        disk.remove(draft)
        with disk.create(draft) as file:
            file.write(after)
            disk.sync(file)
        _tell_ledger(ledger, folder, path, place, after, left)
        disk.rename(draft, place)
        if place != path:
            disk.remove(path)
        disk.sync_folder(place.parent)
    for draft in folder.glob(".*.draft"):
        disk.remove(draft)
    return Mended(files, rows)


def rows_name_both(folder: Path, traces: Traces, held: Traces) -> bool:
    """Whether a row of a table below ``folder`` names somebody and what is held in one."""
    return any(
        _is_on(row, traces) and _is_on(row, held)
        for path in folder.rglob("*.csv")
        for row in csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    )


def _is_on(row: list[str], traces: Traces) -> bool:
    cells = (part.strip() for cell in row for part in (cell, *cell.split(";")))
    return any(traces.in_text(cell) for cell in (*cells, *side_by_side(row)))


def _named_anew(path: Path, before: bytes, after: bytes) -> Path:
    """Return the path with the beginning of the new digest, where it bore that of the old."""
    old, new = (sha256(content).hexdigest()[:8] for content in (before, after))
    return path.with_name(path.name.replace(old, new))


def _tell_ledger(
    ledger: Ledger, folder: Path, old: Path, new: Path, content: bytes, rows: int
) -> None:
    values = {
        "file": new.relative_to(folder).as_posix(),
        "sha256": sha256(content).hexdigest(),
        "rows": rows,
    }
    here = record_import.c.file == old.relative_to(folder).as_posix()
    with ledger.begin() as connection:
        if connection.execute(select(record_import.c.id).where(here)).first() is not None:
            connection.execute(update(record_import).where(here).values(**values))


def without(content: bytes, traces: Traces) -> tuple[bytes, int, int]:
    """Return a table without somebody's rows, how many are gone and how many are left."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    if not rows:
        return content, 0, 0
    headings, *body = rows
    kept = [_row(headings, row, traces) for row in body]
    left = [row for row in kept if row is not None]
    if left == body:
        return content, 0, len(body)
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows([headings, *left])
    return written.getvalue().encode(), len(body) - len(left), len(left)


def _row(headings: list[str], row: list[str], traces: Traces) -> list[str] | None:
    """Return a row without somebody who granted or was told; None if it is about them."""
    mended = list(row)
    for at, cell in enumerate(row):
        named = any(traces.in_text(part.strip()) for part in (cell, *cell.split(";")))
        if not named:
            continue
        if at >= len(headings) or headings[at].strip().lower() not in _ACTING:
            return None
        mended[at] = ""
    pairs = zip(headings, row, strict=False)
    names = [cell for heading, cell in pairs if heading.strip() in _NAME]
    return None if any(map(traces.in_text, side_by_side(names))) else mended
