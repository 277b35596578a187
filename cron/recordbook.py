"""Versions of the tables that people enter: none is ever changed, and one of each is in force.

A version's file is written first, then its row in the ledger, which is what makes it a version, and
last the file in force that the nightly run reads. Each appears whole under its name or not at all,
so a run killed in between leaves the old table in force or the new one; entering the same file
again does what is left to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import insert, select

from auditor.lake.files import Disk, FileSystem
from auditor.ledger import Ledger
from auditor.ledger.tables import record_import

VERSIONS = "versions"
_DRAFT = ".entering.draft"
"""One name for all, so that what a killed import left is cleared away by the next."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one table, as the ledger has it."""

    kind: str
    number: int
    sha256: str
    rows: int
    entered_by: str
    entered_at: datetime
    file: str
    """Below the folder of records."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What entering a file came to."""

    version: Version
    is_new: bool
    mended: bool = False
    """The file in force was not this version, and is again."""
    set_aside: Path | None = None
    """Where a file in force that nobody had entered was put."""


class RecordBook:
    """The folder of records, and the ledger's word on it."""

    def __init__(self, folder: Path, ledger: Ledger, disk: FileSystem | None = None) -> None:
        self._folder = folder
        self._ledger = ledger
        self._disk = disk or Disk()

    def versions(self) -> dict[str, tuple[Version, ...]]:
        """Return every version of every table that was ever entered, the latest last."""
        order = (record_import.c.record, record_import.c.version)
        found: dict[str, tuple[Version, ...]] = {}
        with self._ledger.read() as connection:
            for row in connection.execute(select(record_import).order_by(*order)).mappings():
                version = Version(
                    kind=row["record"],
                    number=row["version"],
                    sha256=row["sha256"],
                    rows=row["rows"],
                    entered_by=row["entered_by"],
                    entered_at=datetime.fromisoformat(row["entered_at"]),
                    file=row["file"],
                )
                found[version.kind] = (*found.get(version.kind, ()), version)
        return found

    def in_force(self, kind: str) -> Path:
        return self._folder / f"{kind}.csv"

    def is_in_force(self, version: Version) -> bool:
        return _imprint(self.in_force(version.kind)) == version.sha256

    def enter(self, kind: str, content: bytes, *, rows: int, by: str, at: datetime) -> Entered:
        """Take a table in as its next version, unless it is the latest already.

        ``at`` is aware and in UTC. Raises ``OSError`` or ``StorageError``; the table in force is
        then whole.
        """
        known = self.versions().get(kind, ())
        digest = sha256(content).hexdigest()
        if known and known[-1].sha256 == digest:
            return self._enter_again(known, content)
        number = known[-1].number + 1 if known else 1
        file = f"{VERSIONS}/{kind}/{number:04}-{digest[:8]}.csv"
        version = Version(kind, number, digest, rows, by, at, file)
        self._write(self._folder / file, content)
        self._record(version)
        aside = self._put_in_force(version, known, content)
        return Entered(version, is_new=True, set_aside=aside)

    def _enter_again(self, known: tuple[Version, ...], content: bytes) -> Entered:
        """Do what an import that was killed has left to do, or undo what a hand has done."""
        version = known[-1]
        if _imprint(self._folder / version.file) != version.sha256:
            self._write(self._folder / version.file, content)
        if self.is_in_force(version):
            return Entered(version, is_new=False)
        aside = self._put_in_force(version, known, content)
        return Entered(version, is_new=False, mended=True, set_aside=aside)

    def _record(self, version: Version) -> None:
        row: Mapping[str, object] = {
            "record": version.kind,
            "version": version.number,
            "sha256": version.sha256,
            "rows": version.rows,
            "entered_by": version.entered_by,
            "entered_at": version.entered_at.isoformat(),
            "file": version.file,
        }
        with self._ledger.begin() as connection:
            connection.execute(insert(record_import), row)

    def _put_in_force(
        self, version: Version, known: tuple[Version, ...], content: bytes
    ) -> Path | None:
        """Replace the file in force; one that was never entered is kept beside the versions."""
        path = self.in_force(version.kind)
        found = _imprint(path)
        aside = None
        if found is not None and found not in {one.sha256 for one in (*known, version)}:
            aside = self._folder / VERSIONS / version.kind / f"by-hand-{found[:8]}.csv"
            self._write(aside, path.read_bytes())
        self._write(path, content)
        return aside

    def _write(self, path: Path, content: bytes) -> None:
        draft = self._folder / _DRAFT
        self._disk.make_folder(path.parent)
        self._disk.remove(draft)
        with self._disk.create(draft) as file:
            file.write(content)
            self._disk.sync(file)
        self._disk.rename(draft, path)
        self._disk.sync_folder(path.parent)


def _imprint(path: Path) -> str | None:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
