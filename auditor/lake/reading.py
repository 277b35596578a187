"""Reading committed files, where a file that is gone or changed is an error that names it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.lake.files import sha256_of
from auditor.lake.manifest import Batch
from auditor.ledger import BatchDamaged


def present(root: Path, batches: Iterable[Batch]) -> tuple[Path, ...]:
    """Return the paths of ``batches``; raise ``BatchDamaged`` if one is missing or cut short."""
    paths: list[Path] = []
    bad: list[str] = []
    for batch in batches:
        path = root / batch.path
        paths.append(path)
        if _size(path) != batch.bytes:
            bad.append(batch.path)
    _refuse(root, bad)
    return tuple(paths)


def intact(root: Path, batches: Sequence[Batch]) -> int:
    """Read every file, and return how many there are; raise ``BatchDamaged`` naming the bad."""
    bad: list[str] = []
    for batch in batches:
        path = root / batch.path
        if _size(path) != batch.bytes or sha256_of(path) != batch.sha256:
            bad.append(batch.path)
    _refuse(root, bad)
    return len(batches)


def table(root: Path, batch: Batch, columns: Sequence[str] | None = None) -> pa.Table:
    """Return one file's rows; raises ``BatchDamaged``."""
    present(root, [batch])
    try:
        # Not read_table: that one would add columns from the names of the folders.
        with pq.ParquetFile(root / batch.path) as file:
            return file.read(columns=None if columns is None else list(columns))
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(root, (batch.path,)) from error


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _refuse(root: Path, bad: Sequence[str]) -> None:
    if bad:
        raise _damaged(root, tuple(bad))


def _damaged(root: Path, paths: tuple[str, ...]) -> BatchDamaged:
    others = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return BatchDamaged(
        f"{paths[0]}{others} missing, cut short or changed since it was committed",
        where=str(root),
        paths=paths,
    )
