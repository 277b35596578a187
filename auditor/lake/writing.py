"""The one way a file gets into the lake.

    write under a temporary name, taking the SHA-256
    -> sync the file -> give it its name -> sync the folder
    -> *one* ledger transaction that names it in the manifest

Until that transaction commits, a file is a leftover that no reader sees; from then on it never
changes. The transaction is the caller's, because more than files is committed in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection

from auditor.lake import manifest
from auditor.lake.files import FileSystem, HashingFile
from auditor.lake.manifest import Batch
from auditor.ledger import Ledger, StorageError

_ROWS_IN_A_GROUP = 122_880
"""What DuckDB takes as one unit of work."""
_LONGEST_NAME = 80


class ParquetFile:
    """A Parquet file being written under a temporary name; gone again unless it is finished."""

    def __init__(
        self, path: Path, schema: pa.Schema, files: FileSystem, few_values: list[str] | bool
    ) -> None:
        """Begin the file. ``few_values`` are the columns that repeat, or True for any."""
        self.path = path
        self.rows = 0
        self._files = files
        self._file = files.create(path)
        self._sink = HashingFile(self._file)
        self._writer = pq.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"),
            schema,
            compression="zstd",
            use_dictionary=few_values,  # type: ignore[arg-type]  # the stubs know no list
        )
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self._rows_waiting = 0

    def append(self, rows: pa.RecordBatch) -> None:
        """Add rows; small portions are gathered into row groups of a useful size."""
        self._waiting.append(rows)
        self._rows_waiting += rows.num_rows
        if self._rows_waiting >= _ROWS_IN_A_GROUP:
            self._write_group()

    def finish(self) -> tuple[int, str]:
        """Bring everything to the disk; return the file's size in bytes and its SHA-256."""
        self._write_group()
        self._writer.close()
        self._files.sync(self._file)
        self._file.close()
        return self._sink.size, self._sink.sha256()

    def _write_group(self) -> None:
        if self._rows_waiting:
            group = pa.Table.from_batches(self._waiting, schema=self._schema)
            self._writer.write_table(group, row_group_size=_ROWS_IN_A_GROUP)
        self.rows += self._rows_waiting
        self._waiting, self._rows_waiting = [], 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._file.closed:
            with suppress(OSError):  # it could not be written in full: there is nothing to save
                self._writer.close()
            with suppress(OSError):
                self._file.close()


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file that has no name in the lake yet."""

    temporary: Path
    kind: str
    relation: str
    source: str | None
    day: str | None
    rows: int
    bytes: int
    sha256: str

    @property
    def folder(self) -> str:
        """The folder of its name, relative to the lake."""
        return folder_of(self.kind, self.relation, self.source, self.day)


def commit(
    root: Path,
    written: Sequence[Written],
    *,
    files: FileSystem,
    ledger: Ledger,
    run_id: str,
    change: Callable[[Connection], None],
) -> None:
    """Make files part of the lake below ``root``, in one transaction with ``change``.

    Whatever fails, no file is left behind that the manifest does not name, unless even looking
    there failed; then it is a leftover for ``Lake.clean_orphans``.
    """
    with ledger.read() as connection:
        number = manifest.next_number(connection, run_id)
    batches = [_named(one, run_id, n) for n, one in enumerate(written, number)]
    _commit(root, written, batches, files=files, ledger=ledger, change=change)


def commit_again(
    root: Path,
    rewritten: Sequence[tuple[Written, Batch]],
    *,
    files: FileSystem,
    ledger: Ledger,
    change: Callable[[Connection], None],
) -> None:
    """Make files part of the lake in place of batches they were made from.

    Each keeps the run that brought its rows: to have been written again makes nothing newer.
    """
    next_number: dict[str, int] = {}
    batches = []
    with ledger.read() as connection:
        for one, before in rewritten:
            run_id = before.run_id
            number = next_number.get(run_id) or manifest.next_number(connection, run_id)
            batches.append(_named(one, run_id, number))
            next_number[run_id] = number + 1
    written = [one for one, _ in rewritten]
    _commit(root, written, batches, files=files, ledger=ledger, change=change)


def _commit(
    root: Path,
    written: Sequence[Written],
    batches: Sequence[Batch],
    *,
    files: FileSystem,
    ledger: Ledger,
    change: Callable[[Connection], None],
) -> None:
    try:
        _publish(root, written, batches, files)
        with ledger.begin() as connection:
            change(connection)
            manifest.add(connection, batches)
    except BaseException:
        _withdraw(root, batches, files, ledger)
        raise


def _named(one: Written, run_id: str, number: int) -> Batch:
    """Return the manifest's row; run, number and hash make a name no other content ever had."""
    return Batch(
        path=f"{one.folder}/{safe_name(run_id)}-{number}-{one.sha256[:8]}.parquet",
        kind=one.kind,
        relation=one.relation,
        source=one.source,
        day=one.day,
        rows=one.rows,
        bytes=one.bytes,
        sha256=one.sha256,
        run_id=run_id,
    )


def _publish(
    root: Path, written: Sequence[Written], batches: Sequence[Batch], files: FileSystem
) -> None:
    folders = {(root / batch.path).parent for batch in batches}
    for folder in sorted(folders):
        files.make_folder(folder)
    for one, batch in zip(written, batches, strict=True):
        files.rename(one.temporary, root / batch.path)
    # Every folder down to the file, even one that was there: whoever made it may have been
    # killed before its name was on the disk.
    above = {parent for folder in folders for parent in folder.parents}
    for folder in sorted(folders | (above - set(root.parent.parents))):
        files.sync_folder(folder)


def _withdraw(root: Path, batches: Sequence[Batch], files: FileSystem, ledger: Ledger) -> None:
    """Remove files that did not become part of the lake.

    A commit that failed may still have happened: a connection can break after the server wrote
    it. Only the manifest knows.
    """
    with suppress(StorageError, OSError):
        with ledger.read() as connection:
            live = {batch.path for batch in manifest.everything(connection)}
        for batch in batches:
            if batch.path not in live:
                files.remove(root / batch.path)


def folder_of(kind: str, relation: str, source: str | None, day: str | None) -> str:
    """Return the folder, relative to the lake, in which files of these facts or tables lie."""
    if source is None or day is None:
        return f"{safe_name(kind)}/{safe_name(relation)}"
    return f"{relation}/source={safe_name(source)}/day={day}"


def safe_name(text: str) -> str:
    """Return ``text`` as part of a path: itself if it is plain, else unmistakably another name."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", text)[:_LONGEST_NAME]
    if plain == text:
        return plain
    return f"{plain}~{sha256(text.encode('utf-8', 'backslashreplace')).hexdigest()[:8]}"
