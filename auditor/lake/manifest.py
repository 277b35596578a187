"""The list of files that exist, as questions and changes within a ledger transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from auditor.lake.schemas import VERSION
from auditor.ledger import TooNew
from auditor.ledger.tables import batch

FACTS = "facts"
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Batch:
    """One file of the lake. ``path`` is relative to it; ``bytes`` and ``rows`` are counts."""

    path: str
    kind: str
    relation: str
    source: str | None
    day: str | None
    rows: int
    bytes: int
    sha256: str
    run_id: str
    schema_version: int = VERSION


def facts(
    connection: Connection,
    first: date,
    last: date,
    *,
    source: str | None = None,
    relation: str | None = None,
) -> list[Batch]:
    """Return the live files of facts of some days, in order of path."""
    query = _live().where(
        batch.c.kind == FACTS, batch.c.day.between(first.isoformat(), last.isoformat())
    )
    if source is not None:
        query = query.where(batch.c.source == source)
    if relation is not None:
        query = query.where(batch.c.relation == relation)
    return _batches(connection.execute(query).mappings())


def snapshot(connection: Connection, kind: str) -> list[Batch]:
    """Return the live files of a snapshot of tables."""
    return _batches(connection.execute(_live().where(batch.c.kind == kind)).mappings())


def everything(connection: Connection) -> list[Batch]:
    """Return every live file."""
    return _batches(connection.execute(_live()).mappings())


def live_digests(connection: Connection) -> list[str]:
    """Return the SHA-256 of every live file."""
    query = select(batch.c.sha256).where(batch.c.retired_by.is_(None))
    return [str(digest) for digest in connection.execute(query).scalars()]


def next_number(connection: Connection, run_id: str) -> int:
    """Return the first number that none of a run's files bears."""
    query = select(func.count()).select_from(batch).where(batch.c.run_id == run_id)
    return int(connection.execute(query).scalar_one())


def add(connection: Connection, batches: Sequence[Batch]) -> None:
    """Make files part of the lake."""
    if batches:
        connection.execute(insert(batch), [asdict(b) for b in batches])


def retire(connection: Connection, kind: str, run_id: str) -> None:
    """Take every live file of a snapshot out of the lake; ``run_id`` replaces them."""
    live = (batch.c.kind == kind) & batch.c.retired_by.is_(None)
    connection.execute(update(batch).where(live).values(retired_by=run_id))


def retire_files(connection: Connection, paths: Sequence[str], run_id: str) -> None:
    """Take some files out of the lake; ``run_id`` names what did it."""
    for at in range(0, len(paths), _AT_ONCE):
        those = batch.c.path.in_(paths[at : at + _AT_ONCE])
        connection.execute(update(batch).where(those).values(retired_by=run_id))


def _live() -> Select[tuple[object, ...]]:
    columns = [batch.c[field.name] for field in fields(Batch)]
    return select(*columns).where(batch.c.retired_by.is_(None)).order_by(batch.c.path)


def _batches(rows: Iterable[RowMapping]) -> list[Batch]:
    found = [Batch(**row) for row in rows]
    for one in found:
        if one.schema_version > VERSION:
            raise TooNew(
                f"it holds facts of version {one.schema_version}, and this program knows {VERSION}",
                where=one.path,
            )
    return found
