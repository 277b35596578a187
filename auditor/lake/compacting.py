"""Many small files of facts made into few: each night adds some, and every night reads them all.

What is committed stays as it is until one transaction puts the new file in the place of the old
ones. Those are cleared away with other leftovers by the next night, so whoever is reading them
just now reads on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from auditor.lake import locking, manifest, reading
from auditor.lake.landing import Place
from auditor.lake.manifest import FACTS, Batch
from auditor.lake.schemas import FEW_VALUES
from auditor.lake.writing import ParquetFile, Written, commit_again
from auditor.ledger.errors import storing

LEAST = 4
"""Files of one source, day and relation from which it is worth the writing."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """How many files of facts there were, and how many there are now."""

    before: int
    after: int


def compact(place: Place, run_id: str, upto: str) -> Compacted:
    """Merge the files of each source, day and relation; all or nothing. Raises ``StorageError``.

    Only files of runs up to ``upto`` are touched: what no finished night has judged yet is told
    by the run that brought it. A merged file counts as of the newest of its runs.
    """
    with storing(place.root), locking.shared(place.lock):
        with place.ledger.read() as connection:
            every = [b for b in manifest.everything(connection) if b.kind == FACTS]
        groups = _groups(b for b in every if b.run_id <= upto)
        retired = [batch.path for group in groups for batch in group]
        if not retired:
            return Compacted(len(every), len(every))
        try:
            place.files.make_folder(place.staging)
            merged = [(_merged(place, n, group), group[-1]) for n, group in enumerate(groups)]

            def retire(connection: Connection) -> None:
                manifest.retire_files(connection, retired, run_id)

            commit_again(
                place.root, merged, files=place.files, ledger=place.ledger, change=retire
            )
        finally:
            with suppress(OSError):
                place.files.remove(place.staging)
        return Compacted(len(every), len(every) - len(retired) + len(merged))


def _groups(batches: Iterable[Batch]) -> list[list[Batch]]:
    """Return what is to become one file, oldest first; one form of file each."""
    by_place: dict[tuple[str, str | None, str | None, int], list[Batch]] = defaultdict(list)
    for batch in batches:
        by_place[batch.relation, batch.source, batch.day, batch.schema_version].append(batch)
    ordered = (sorted(group, key=lambda b: (b.run_id, b.path)) for group in by_place.values())
    return [group for group in ordered if len(group) >= LEAST]


def _merged(place: Place, number: int, group: list[Batch]) -> Written:
    first = group[0]
    path = place.staging / f"{number}.parquet"
    table = reading.table(place.root, first)
    with ParquetFile(path, table.schema, place.files, FEW_VALUES[first.relation]) as file:
        for batch in group:
            for some in reading.table(place.root, batch).to_batches():
                file.append(some)
        size, sha = file.finish()
        named = (first.kind, first.relation, first.source, first.day)
        return Written(path, *named, file.rows, size, sha)
