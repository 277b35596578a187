"""Decisions in the ledger: a row that can be read, and an entry in the chain that vouches for it.

The row holds the note, which may name somebody and may have to be erased; the chain holds a keyed
digest of it. Rows are never changed: a later decision on the item takes the place of an earlier
one, and both stay. They go with their item when its clock has run out or its person is erased, and
the chain then says which went; any other row that is missing is damage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from auditor import chain
from auditor.chain import Kind, canonical, keyed_digest
from auditor.items import Recorded
from auditor.keys import Keyring
from auditor.ledger.kept import decision as table
from auditor.result import Decision, Reason

_VOUCHED = ("item_id", "reason", "decided_by", "decided_on", "until", "hits_seen", "last_sent_us")
"""Columns that stand in the chain as they are."""


def recorded(connection: Connection) -> dict[str, tuple[Recorded, ...]]:
    """Return every decision, item id -> in the order they were recorded."""
    found: dict[str, list[Recorded]] = defaultdict(list)
    for row in connection.execute(select(table).order_by(table.c.number)).mappings():
        found[row["item_id"]].append(_recorded(row))
    return {item_id: tuple(some) for item_id, some in found.items()}


def _recorded(row: Mapping[Any, Any]) -> Recorded:
    decision = Decision(
        number=row["number"],
        at=datetime.fromisoformat(row["decided_at"]),
        on=date.fromisoformat(row["decided_on"]),
        by=row["decided_by"],
        reason=Reason(row["reason"]),
        note=row["note"],
        until=None if row["until"] is None else date.fromisoformat(row["until"]),
        came_by=row["came_by"],
    )
    return Recorded(decision, row["hits_seen"], row["last_sent_us"])


def row_digest(keyring: Keyring, parts: Sequence[str | None]) -> str:
    """Return by what a decision is known when it is entered again, from all that was written."""
    return keyed_digest(keyring, "row", canonical(list(parts)))


def known_rows(connection: Connection) -> dict[str, int]:
    """Return the rows that were recorded, also of decisions that are deleted by now, with the
    numbers of their decisions.
    """
    query = select(table.c.row, table.c.number)
    known = {str(row): int(number) for row, number in connection.execute(query)}
    return {row: number for number, row in deleted_rows(connection).items()} | known


def enter(
    connection: Connection, keyring: Keyring, item_id: str, new: Recorded, row: str
) -> int:
    """Record a decision in the caller's write transaction; return its number in the chain.

    ``row`` is the digest of what was written.
    """
    decision = new.decision
    columns: dict[str, Any] = {
        "item_id": item_id,
        "reason": decision.reason.value,
        "decided_by": decision.by,
        "decided_on": decision.on.isoformat(),
        "until": None if decision.until is None else decision.until.isoformat(),
        "hits_seen": new.hits_seen,
        "last_sent_us": new.last_sent_us,
    }
    note = None if decision.note is None else note_digest(keyring, decision.note, row)
    body = {**columns, "came_by": decision.came_by, "row": row, "note": note}
    entry = chain.append(connection, Kind.DECISION, decision.at, body)
    columns |= {"number": entry.number, "decided_at": entry.at, "note": decision.note}
    columns |= {"came_by": decision.came_by, "row": row}
    connection.execute(insert(table).values(columns))
    return entry.number


def note_digest(keyring: Keyring, note: str, row: str) -> str:
    """Return what the chain holds of a note; ``row`` makes it another for the same words."""
    return keyed_digest(keyring, f"note {row}", note)


def let_go(
    connection: Connection, items: Collection[str], *, purge_id: int, now: datetime
) -> None:
    """Delete the decisions on items, and chain which ones went, in the caller's transaction."""
    here = table.c.item_id.in_(items)
    query = select(table.c.number, table.c.row).where(here).order_by(table.c.number)
    gone = [[number, row] for number, row in connection.execute(query)]
    if gone:
        connection.execute(delete(table).where(here))
        body = {"purge": purge_id, "decisions": gone}
        chain.append(connection, Kind.PURGE, now, body)


def deleted_rows(connection: Connection) -> dict[int, str]:
    """Return the decisions that were deleted in order, number -> the digest of what was written."""
    return {
        number: row
        for entry in chain.entries(connection, Kind.PURGE)
        for number, row in entry.body.get("decisions", ())
    }


def unvouched(connection: Connection, keyring: Keyring) -> Iterator[str]:
    """Say what of the decisions is not as the chain has it. A note may be gone, not changed."""
    rows = {row["number"]: row for row in connection.execute(select(table)).mappings()}
    deleted = deleted_rows(connection)
    for entry in chain.entries(connection, Kind.DECISION):
        row = rows.pop(entry.number, None)
        if row is None:
            if deleted.get(entry.number) != entry.body.get("row"):
                yield f"the decision of entry {entry.number} is missing"
        elif entry.number in deleted:
            yield f"the decision of entry {entry.number} was deleted and is back"
        elif not _vouched(row, entry.body, entry.at, keyring):
            yield f"the decision of entry {entry.number} is not what was recorded"
    yield from (f"the decision {number} is in no entry of the chain" for number in sorted(rows))


def _vouched(row: Mapping[Any, Any], body: Mapping[str, Any], at: str, keyring: Keyring) -> bool:
    same = all(row[name] == body.get(name) for name in (*_VOUCHED, "came_by", "row"))
    note = row["note"]
    told = note is None or note_digest(keyring, note, row["row"]) == body.get("note")
    return same and told and row["decided_at"] == at
