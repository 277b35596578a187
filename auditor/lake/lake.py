"""The lake: committed facts and snapshots of tables on disk, and their upkeep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import islice
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pyarrow as pa
from sqlalchemy import Connection

from auditor.keys import Keyring
from auditor.lake import compacting, consistency, locking, manifest, reading, rewriting
from auditor.lake.compacting import Compacted
from auditor.lake.files import Disk, FileSystem
from auditor.lake.landing import Landed, Landing, Place
from auditor.lake.manifest import Batch
from auditor.lake.rewriting import Change, Rewritten
from auditor.lake.staging import MESSAGES_IN_MEMORY
from auditor.lake.writing import ParquetFile, Written, commit, safe_name
from auditor.ledger import Ledger, LedgerDamaged
from auditor.ledger.errors import storing
from auditor.model import Message
from auditor.source import Page

_STAGING = ".staging"
_LOCK = ".lock"
_PAGE = 10_000


class Lake:
    """Immutable Parquet files below one folder; the ledger says which of them exist."""

    def __init__(
        self,
        root: Path,
        ledger: Ledger,
        *,
        files: FileSystem | None = None,
        messages_in_memory: int = MESSAGES_IN_MEMORY,
    ) -> None:
        """Use the folder ``root``, which is made when something is first written.

        ``files`` is the disk, if not the real one; about ``messages_in_memory`` messages wait in
        memory before they go to a staging file.
        """
        self._root = root
        self._ledger = ledger
        self._files: FileSystem = Disk() if files is None else files
        self._messages_in_memory = messages_in_memory

    # ---- writing --------------------------------------------------------------------------

    def landing(self, *, source: str, run_id: str, keyring: Keyring, timezone: ZoneInfo) -> Landing:
        """Return a landing for one pull of ``source``; ``timezone`` decides what a day is."""
        return Landing(
            self._place(run_id),
            source=source,
            run_id=run_id,
            keyring=keyring,
            timezone=timezone,
            messages_in_memory=self._messages_in_memory,
        )

    def land(
        self,
        messages: Iterable[Message],
        *,
        source: str,
        run_id: str,
        keyring: Keyring,
        timezone: ZoneInfo,
    ) -> Landed:
        """Land messages that no connector delivers: a benchmark's, a test's, an import's."""
        landing = self.landing(source=source, run_id=run_id, keyring=keyring, timezone=timezone)
        with landing:
            remaining = iter(messages)
            while some := tuple(islice(remaining, _PAGE)):
                landing.add(Page(facts=some, records_read=len(some)))
            return landing.commit()

    def write_tables(self, tables: Mapping[str, pa.Table], *, kind: str, run_id: str) -> None:
        """Replace the snapshot ``kind`` by ``tables``, all at once; raises ``StorageError``."""
        if kind == manifest.FACTS:
            raise ValueError(f"{kind!r} is the name of the facts, not of a snapshot")
        place = self._place(run_id)

        def change(connection: Connection) -> None:
            manifest.retire(connection, kind, run_id)

        with storing(self._root):
            place.files.make_folder(place.root)
            with locking.shared(place.lock):
                try:
                    place.files.make_folder(place.staging)
                    written = [self._write_table(place, kind, n, t) for n, t in tables.items()]
                    commit(
                        place.root,
                        written,
                        files=place.files,
                        ledger=place.ledger,
                        run_id=run_id,
                        change=change,
                    )
                finally:
                    with suppress(OSError):
                        place.files.remove(place.staging)

    def _write_table(self, place: Place, kind: str, name: str, table: pa.Table) -> Written:
        path = place.staging / f"{safe_name(name)}.parquet"
        with ParquetFile(path, table.schema, place.files, few_values=True) as file:
            for rows in table.to_batches():
                file.append(rows)
            size, sha = file.finish()
            return Written(path, kind, name, None, None, file.rows, size, sha)

    def _place(self, run_id: str) -> Place:
        # Runs may share a process or a second; the name never shows in anything that is kept.
        staging = self._root / _STAGING / f"{safe_name(run_id)}-{uuid4().hex}"
        return Place(self._root, staging, self._root / _LOCK, self._files, self._ledger)

    # ---- reading --------------------------------------------------------------------------

    def message_files(
        self, first_day: date, last_day: date, *, intact: bool = False
    ) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """Return the files of ``message`` and of ``message_party`` of some local days.

        Both ends are included. Raises ``BatchDamaged`` if a file is missing, cut short or of
        another form; if it must be ``intact``, also if a single byte of it has changed.
        """
        with self._ledger.read() as connection:
            batches = manifest.facts(connection, first_day, last_day)
        with storing(self._root):
            present = reading.present(self._root, batches)
            if intact:
                reading.intact(self._root, batches)
        found = list(zip(batches, present, strict=True))
        return (
            tuple(path for batch, path in found if batch.relation == "message"),
            tuple(path for batch, path in found if batch.relation == "message_party"),
        )

    def read_tables(self, kind: str) -> dict[str, pa.Table]:
        """Return the newest snapshot ``kind``, table by name; empty if there is none yet."""
        if not self._root.is_dir():
            return {}
        with (
            storing(self._root),
            # Otherwise a snapshot replaced while we read could be cleared away under our hands.
            locking.shared(self._root / _LOCK),
        ):
            with self._ledger.read() as connection:
                batches = manifest.snapshot(connection, kind)
            reading.intact(self._root, batches)
            return {batch.relation: reading.table(self._root, batch) for batch in batches}

    # ---- upkeep ---------------------------------------------------------------------------

    def verify_manifest(self) -> None:
        """Hold the manifest's rows against each other; raises ``LedgerDamaged``.

        Every file's name says what is in it, so a row that was changed no longer fits its name;
        and a day has messages and their parties, or neither.
        """
        with self._ledger.read() as connection:
            batches = manifest.everything(connection)
        misfits = consistency.misfits(batches)
        if misfits:
            others = f" and {len(misfits) - 1} more" if len(misfits) > 1 else ""
            raise LedgerDamaged(
                f"the list of files contradicts itself: {misfits[0]}{others}",
                where=self._ledger.where,
            )

    def verify(self) -> int:
        """Read every committed file against its SHA-256; return how many there are.

        Raises ``BatchDamaged``, which names all that are missing or changed.
        """
        with self._ledger.read() as connection:
            batches = manifest.everything(connection)
        with storing(self._root):
            return reading.intact(self._root, batches)

    def rewrite(self, change: Change, *, first: date, last: date, run_id: str) -> Rewritten:
        """Put each file of facts of some days through ``change``; see ``rewriting.rewrite``."""
        return rewriting.rewrite(self._place(run_id), change, first, last, run_id)

    def compact(self, *, run_id: str, upto: str) -> Compacted:
        """Merge small files of facts of runs up to ``upto``; see ``compacting.compact``."""
        return compacting.compact(self._place(run_id), run_id, upto)

    def fact_tables(
        self, first: date, last: date, relation: str, columns: Sequence[str] | None = None
    ) -> Iterator[tuple[Batch, pa.Table]]:
        """Yield each committed file of ``relation`` of some days with its rows."""
        with self._ledger.read() as connection:
            batches = manifest.facts(connection, first, last, relation=relation)
        for batch in batches:
            yield batch, reading.table(self._root, batch, columns)

    @property
    def root(self) -> Path:
        """The folder below which everything lies."""
        return self._root

    def clean_orphans(self) -> int:
        """Remove what killed runs and replaced snapshots left over; return how many files.

        Does nothing while anybody lands or reads a snapshot: some of it could be theirs.
        """
        if not self._root.is_dir():
            return 0
        with storing(self._root), locking.alone(self._root / _LOCK) as alone:
            if not alone:
                return 0
            with self._ledger.read() as connection:
                live = {batch.path for batch in manifest.everything(connection)}
            staged = [p for p in (self._root / _STAGING).rglob("*") if p.is_file()]
            orphans = [
                path
                for path in self._root.rglob("*.parquet")
                if path.relative_to(self._root).as_posix() not in live and path not in staged
            ]
            for path in orphans:
                self._files.remove(path)
            self._files.remove(self._root / _STAGING)
            return len(orphans) + len(staged)
