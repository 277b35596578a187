"""Mail inside the zips of an export, read as a stream: nothing is ever unpacked to disk.

What a zip says it unpacks to is bounded before a byte of it is read, and no more than it said is
read; a name inside leads nowhere, for nothing is written under it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from auditor.source import Malformed
from connectors.csvdrop import ZIP_FAULTS
from connectors.files import READ_SIZE, DroppedFile, reading
from connectors.mail.archives import Form

LARGEST_MAIL = 64 << 30
"""Bytes that one zip may unpack to; Vault begins a new one after 10 GB of mbox."""
LARGEST_RATIO = 200
"""How many times its packed size a zip may unpack to; mail reaches about 10."""
_RATIO_FROM = 1 << 20
"""Bytes; below this a high ratio harms nobody."""
_MOST_ENTRIES = 100_000
_FORMS = {".mbox": Form.MBOX, ".mbx": Form.MBOX, ".eml": Form.MESSAGE, ".pst": Form.ARCHIVE}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a zip."""

    number: int
    """1-based place in the zip's table of contents."""
    name: str
    """Without folders."""
    form: Form
    _info: zipfile.ZipInfo


class MailZip:
    """The files in one zip. Use it in ``with``; raises ``Malformed`` for what is no good zip."""

    def __init__(self, file: DroppedFile) -> None:
        self._file = file

    def __enter__(self) -> MailZip:
        with self._guarded():
            self._zip = zipfile.ZipFile(self._file.path)
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def entries(self) -> list[Entry]:
        """Return what is in it, by name; raises ``Malformed`` if it would unpack to too much."""
        inside = [info for info in self._zip.infolist() if not info.is_dir()]
        size = sum(info.file_size for info in inside)
        grown = size > LARGEST_RATIO * max(1, self._file.size)
        if len(inside) > _MOST_ENTRIES or size > LARGEST_MAIL or (size > _RATIO_FROM and grown):
            raise Malformed(
                f"it unpacks to more than {LARGEST_RATIO} times its size, to more than "
                f"{LARGEST_MAIL / 2**30:.0f} GiB or to more than {_MOST_ENTRIES:,} files",
                where=self._file.name,
                cure="Look at where it comes from; download the export again",
            )
        found = []
        for number, info in enumerate(sorted(inside, key=lambda one: one.filename), start=1):
            name = PurePosixPath(info.filename.replace("\\", "/")).name
            form = _FORMS.get(PurePosixPath(name).suffix.lower(), Form.OTHER)
            found.append(Entry(number, name, form, info))
        return found

    @contextmanager
    def open(self, entry: Entry) -> Iterator[_Unpacking]:
        """Open one of ``entries`` for reading, once from start to end."""
        with self._guarded():
            stream = self._zip.open(entry._info)
        try:
            yield _Unpacking(stream, self)
        finally:
            stream.close()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            with reading(self._file.path, self._file.name):
                yield
        except ZIP_FAULTS as error:
            raise Malformed(
                "it is no zip file, or a damaged or encrypted one",
                where=self._file.name,
                cure="Download it from Vault again",
            ) from error

    def read(self, stream: IO[bytes], size: int) -> bytes:
        with self._guarded():
            return stream.read(size)


class _Unpacking:
    """The bytes of one file in a zip, as mail is read: in portions, an empty one at the end."""

    def __init__(self, stream: IO[bytes], owner: MailZip) -> None:
        self._stream = stream
        self._owner = owner

    def read(self, size: int = READ_SIZE) -> bytes:
        return self._owner.read(self._stream, size)
