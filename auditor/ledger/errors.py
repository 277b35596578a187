"""How storage says that it cannot go on: what happened, where, and what a person can do.

Errors are grouped by what the caller does with them::

    StorageError
      StorageFull    make room, then run again; nothing half done is left behind
      StorageBusy    somebody else is writing; try again later
      Damaged        stop, keep the evidence, restore or rebuild
        LedgerDamaged
        BatchDamaged
      TooNew         written by a newer program; upgrade
      KeyCollision   two addresses share one key; nothing may be joined on it
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StorageError(Exception):
    """The lake or the ledger could not be used. ``cure`` says what to do."""

    def __init__(self, what: str, *, where: str, cure: str) -> None:
        super().__init__(f"{where}: {what}. {cure}")
        self.what = what
        self.where = where
        self.cure = cure


class StorageFull(StorageError):
    """The disk, the quota or the largest allowed file is full."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "no room left on the disk",
            where=where,
            cure="Make room there, then run again: everything committed before is whole",
        )


class StorageBusy(StorageError):
    """Another process held the ledger for longer than we waited."""


class Damaged(StorageError):
    """Something that was stored is no longer what was stored."""


class LedgerDamaged(Damaged):
    """The ledger is not a database, or not a whole one."""

    def __init__(self, what: str, *, where: str) -> None:
        super().__init__(
            what,
            where=where,
            cure="Keep this file for a look and restore the ledger from its last backup",
        )


class BatchDamaged(Damaged):
    """Committed files are gone or changed. ``paths`` names every one that was found so."""

    def __init__(self, what: str, *, where: str, paths: tuple[str, ...]) -> None:
        super().__init__(what, where=where, cure="Restore them from the last backup of the lake")
        self.paths = paths


class TooNew(StorageError):
    """Written by a newer version of this program."""

    def __init__(self, what: str, *, where: str) -> None:
        super().__init__(what, where=where, cure="Run the newer version of the program")


class KeyCollision(StorageError):
    """One key stands for two addresses, so rows of two people would become one."""

    def __init__(self, key: int, *, where: str) -> None:
        super().__init__(
            f"the key {key} stands for two different addresses",
            where=where,
            cure="Nothing was stored under it; begin a new lake and ledger with a new pepper",
        )


@contextmanager
def storing(where: Path | str) -> Iterator[None]:
    """Turn an ``OSError`` of the enclosed file work into a ``StorageError``."""
    try:
        yield
    except OSError as error:
        place = str(error.filename or where)
        if error.errno in _FULL:
            raise StorageFull(place) from error
        what = error.strerror or str(error)
        raise StorageError(
            what, where=place, cure="Check that the disk is there and may be written to"
        ) from error
