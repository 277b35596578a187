"""Writing committed facts again without some of them: what retention and erasure do to the lake.

Files never change; a file that must lose rows is written anew, and one transaction puts it in the
place of the old one. Only then is the old one removed, so a killed deletion leaves either.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from sqlalchemy import Connection

from auditor.lake import locking, manifest, reading
from auditor.lake.landing import Place
from auditor.lake.manifest import Batch
from auditor.lake.schemas import FEW_VALUES
from auditor.lake.writing import ParquetFile, Written, commit_again
from auditor.ledger import StorageBusy
from auditor.ledger.errors import storing

Change = Callable[[Batch, pa.Table], pa.Table]
"""Gives a file's rows as they shall be: the same table to leave it, one without rows to drop it."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of the files of facts."""

    dropped: int
    """Files that are gone."""
    rewritten: int
    """Files that lost rows, or have other words in them."""
    rows: int
    """Rows that are gone, of whatever relation."""
    messages: int
    """Of these, copies of messages."""
    paths: tuple[str, ...]
    """Files that must not exist any more."""


def rewrite(place: Place, change: Change, first: date, last: date, run_id: str) -> Rewritten:
    """Put each file of facts from ``first`` to ``last`` through ``change``; all or nothing.

    Raises ``StorageBusy`` while anybody else has the lake open, or another ``StorageError``.
    """
    with storing(place.root), locking.alone(place.lock) as alone:
        if not alone:
            raise StorageBusy(
                "somebody is reading or landing messages just now",
                where=str(place.root),
                cure="Wait until the other command has ended, then run again",
            )
        with place.ledger.read() as connection:
            batches = manifest.facts(connection, first, last)
        try:
            return _rewrite(place, change, batches, run_id)
        finally:
            with suppress(OSError):
                place.files.remove(place.staging)


def _rewrite(place: Place, change: Change, batches: list[Batch], run_id: str) -> Rewritten:
    place.files.make_folder(place.staging)
    rewritten: list[tuple[Written, Batch]] = []
    retired: list[Batch] = []
    rows = messages = 0
    for batch in batches:
        before = reading.table(place.root, batch)
        after = change(batch, before)
        if after is before:
            continue
        retired.append(batch)
        gone = before.num_rows - after.num_rows
        rows += gone
        messages += gone if batch.relation == "message" else 0
        if after.num_rows:
            rewritten.append((_written(place, len(rewritten), batch, after), batch))
    paths = tuple(batch.path for batch in retired)

    def retire(connection: Connection) -> None:
        manifest.retire_files(connection, paths, run_id)

    commit_again(
        place.root, rewritten, files=place.files, ledger=place.ledger, change=retire
    )
    for path in paths:
        place.files.remove(place.root / path)
    return Rewritten(len(retired) - len(rewritten), len(rewritten), rows, messages, paths)


def _written(place: Place, number: int, batch: Batch, rows: pa.Table) -> Written:
    path = place.staging / f"{number}.parquet"
    few_values = FEW_VALUES[batch.relation]
    with ParquetFile(path, rows.schema, place.files, few_values) as file:
        for some in rows.to_batches():
            file.append(some)
        size, sha = file.finish()
        named = (batch.kind, batch.relation, batch.source, batch.day)
        return Written(path, *named, file.rows, size, sha)
