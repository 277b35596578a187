"""The log of what was done under people's rights: holds, deletions and exports.

Each is written here and nowhere else, inside the transaction of its caller: in its table, and in
the chain, which holds its number and digests and never a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Table, insert, update

from auditor import chain
from auditor.chain import Kind
from auditor.ledger.kept import hold, purge, subject_export


def note_hold(connection: Connection, values: Mapping[str, Any]) -> int:
    """Write a hold that was set; return its number."""
    number = _added(connection, hold, values)
    at = datetime.fromisoformat(values["set_at"])
    chain.append(connection, Kind.HOLD, at, {"hold": number, "kind": values["kind"], "set": True})
    return number


def note_lifted(connection: Connection, hold_id: int, values: Mapping[str, Any]) -> None:
    """Write that a hold was lifted."""
    connection.execute(update(hold).where(hold.c.hold_id == hold_id).values(**values))
    at = datetime.fromisoformat(values["lifted_at"])
    chain.append(connection, Kind.HOLD, at, {"hold": hold_id, "set": False})


def begin_purge(
    connection: Connection, kind: str, *, by: str, now: datetime, facts_before: date | None = None
) -> int:
    """Write that a deletion begins; return its number. One left "begun" was killed: do it again.

    From here on no day before ``facts_before`` is judged, for its messages may be half gone.
    """
    values = {
        "kind": kind,
        "state": "begun",
        "asked_by": by,
        "asked_at": now.isoformat(),
        "facts_before": None if facts_before is None else facts_before.isoformat(),
    }
    return _added(connection, purge, values)


def note_purge(
    connection: Connection,
    purge_id: int,
    *,
    proven: bool,
    certificate_json: str,
    now: datetime,
) -> None:
    """Write what a deletion came to. ``proven`` is whether nothing was found afterwards."""
    connection.execute(
        update(purge)
        .where(purge.c.purge_id == purge_id)
        .values(
            state="done" if proven else "not proven",
            ended_at=now.isoformat(),
            certificate_json=certificate_json,
        )
    )
    digest = sha256(certificate_json.encode()).hexdigest()
    body = {"purge": purge_id, "proven": proven, "certificate": digest}
    chain.append(connection, Kind.PURGE, now, body)


def note_export(
    connection: Connection,
    student_key: int,
    *,
    by: str,
    reason: str,
    document_sha256: str,
    now: datetime,
) -> int:
    """Write that somebody was given what is held about a student; return its number."""
    values = {
        "student_key": student_key,
        "reason": reason,
        "asked_by": by,
        "asked_at": now.isoformat(),
        "sha256": document_sha256,
    }
    number = _added(connection, subject_export, values)
    body = {"export": number, "document": document_sha256}
    chain.append(connection, Kind.EXPORT, now, body)
    return number


def _added(connection: Connection, table: Table, values: Mapping[str, Any]) -> int:
    key = connection.execute(insert(table).values(**values)).inserted_primary_key
    assert key is not None  # noqa: S101  (each of these tables counts for itself)
    return int(key[0])
