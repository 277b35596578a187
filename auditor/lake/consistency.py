"""Whether the list of files agrees with itself, before anything is read or cleared away by it.

A ledger can be a sound database and yet not say what was committed: edited by hand, or restored
from two backups. Each file's name holds its facts, day, run and hash, so both can be compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from auditor.lake.manifest import Batch
from auditor.lake.schemas import SCHEMAS
from auditor.lake.writing import folder_of, safe_name


def misfits(batches: Sequence[Batch]) -> list[str]:
    """Return the paths that contradict their own row, and days of which half is missing."""
    found = [batch.path for batch in batches if not _fits(batch)]
    relations: dict[tuple[str | None, str], set[str]] = defaultdict(set)
    for batch in batches:
        if batch.day is not None:
            relations[batch.source, batch.day].add(batch.relation)
    halves = [
        f"{folder_of('facts', relation, source, day)} is not listed"
        for (source, day), there in relations.items()
        for relation in sorted(SCHEMAS.keys() - there)
    ]
    return [*found, *halves]


def _fits(batch: Batch) -> bool:
    folder, _, name = batch.path.rpartition("/")
    return (
        folder == folder_of(batch.kind, batch.relation, batch.source, batch.day)
        and name.startswith(f"{safe_name(batch.run_id)}-")
        and name.endswith(f"-{batch.sha256[:8]}.parquet")
        and batch.rows >= 0
    )
