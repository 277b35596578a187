"""Reading committed files, where a file that is gone or changed is an error that names it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.lake import schemas
from auditor.lake.files import sha256_of
from auditor.lake.manifest import Batch
from auditor.ledger import BatchDamaged


def present(root: Path, batches: Iterable[Batch]) -> tuple[Path, ...]:
    """Return the paths of ``batches``; raise ``BatchDamaged`` if one is missing or cut short.

    Looks at sizes and, of facts, at the columns: an engine that is given files of two forms does
    not refuse them, it silently widens a column until both fit.
    """
    paths: list[Path] = []
    bad: list[str] = []
    for batch in batches:
        path = root / batch.path
        paths.append(path)
        if _size(path) != batch.bytes or not _has_its_form(path, batch):
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


def _has_its_form(path: Path, batch: Batch) -> bool:
    """Whether a file of facts has the columns of its version, of their types and in order."""
    form = schemas.of_version(batch.relation, batch.schema_version) if batch.day else None
    if form is None:
        return True
    try:
        return bool(pq.read_schema(path).equals(form))
    except pa.ArrowException:
        return False
    except OSError as error:
        _pass_on(error)
        return False


def table(root: Path, batch: Batch, columns: Sequence[str] | None = None) -> pa.Table:
    """Return one file's rows; raises ``BatchDamaged``."""
    present(root, [batch])
    try:
        # Not read_table: that one would add columns from the names of the folders.
        with pq.ParquetFile(root / batch.path) as file:
            return file.read(columns=None if columns is None else list(columns))
    except pa.ArrowInvalid as error:
        raise _damaged(root, (batch.path,)) from error
    except OSError as error:
        _pass_on(error)
        raise _damaged(root, (batch.path,)) from error


def _pass_on(error: OSError) -> None:
    """Raise what the operating system said; Arrow uses the same error for a file that is bad."""
    if error.errno is not None:
        raise error


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
