"""Everything the lake does to a disk, as a port of six verbs.

The order in which a file becomes durable is the lake's whole promise, so that order is written in
one place (``auditor.lake.writing``) against this port; a test can make any single verb fail, record
the order, or lose whatever was not synced.
"""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from io import BufferedIOBase, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class FileSystem(Protocol):
    """What the lake asks of a disk. Every verb may raise ``OSError``."""

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it; one that exists is fine."""
        ...

    def create(self, path: Path) -> BufferedIOBase:
        """Open a file that must not exist yet for writing."""
        ...

    def sync(self, file: BufferedIOBase) -> None:
        """Return once everything written to ``file`` is on the disk."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its name within the same file system, at once or not at all."""
        ...

    def sync_folder(self, path: Path) -> None:
        """Return once the names in a folder are on the disk."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file, or a folder with all that is in it; a missing one is fine."""
        ...


class Disk:
    """The real one. What it makes can be read by its owner alone."""

    def make_folder(self, path: Path) -> None:
        if path.is_dir():
            return
        self.make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)

    def create(self, path: Path) -> BufferedIOBase:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
        return os.fdopen(os.open(path, flags, 0o600), "wb")

    def sync(self, file: BufferedIOBase) -> None:
        file.flush()
        os.fsync(file.fileno())

    def rename(self, old: Path, new: Path) -> None:
        old.rename(new)

    def sync_folder(self, path: Path) -> None:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, path: Path) -> None:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


class HashingFile(RawIOBase):
    """A file being written that knows the SHA-256 and the number of its bytes."""

    def __init__(self, file: BufferedIOBase) -> None:
        self._file = file
        self._hash = sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        self._file.write(data)
        self._hash.update(data)
        count = memoryview(data).nbytes
        self.size += count
        return count

    def tell(self) -> int:
        return self.size

    def sha256(self) -> str:
        return self._hash.hexdigest()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, reading it in portions."""
    state = sha256()
    with path.open("rb") as file:
        while portion := file.read(1 << 20):
            state.update(portion)
    return state.hexdigest()
