"""A set of CSV files that belong together, dropped as a zip or in a folder.

Nothing is ever extracted to disk, so names inside a zip cannot lead anywhere; what a zip says it
unpacks to is bounded before a byte of it is read. ``connectors.csvsets`` finds the set.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self

from auditor.source import FileSeen, Malformed, Note
from connectors.csvfile import CsvTable
from connectors.files import READ_SIZE, DroppedFile, HashingReader, reading

LARGEST_FILE = 2 << 30
"""Bytes one CSV may unpack to: a roster of millions of rows stays below it."""
LARGEST_RATIO = 200
"""How many times its packed size a CSV may unpack to; real rosters reach about 30."""
_RATIO_FROM = 1 << 20
"""Bytes; below this a high ratio harms nobody."""
_MOST_ENTRIES = 10_000
ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
)
"""What zipfile raises on damaged, encrypted or unsupported archives."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of a format, as it writes their names; case does not count."""

    wanted: tuple[str, ...]
    unused: tuple[str, ...] = ()
    """Files of the format that are never opened."""
    key: tuple[str, ...] = ()
    """Files that tell a set from a stray one: a folder with one of them is preferred."""

    def name_of(self, written: str) -> str | None:
        """Return the wanted file that a name stands for."""
        return next((n for n in self.wanted if n.casefold() == written.casefold()), None)

    def is_unused(self, written: str) -> bool:
        return any(n.casefold() == written.casefold() for n in self.unused)


class GuardedStream:
    """A file's bytes, with the errors of the disk and of a zip turned into ``SourceError``."""

    def __init__(self, stream: BinaryIO, path: Path, name: str) -> None:
        self._stream = stream
        self._path = path
        self._name = name

    def readline(self, size: int = -1, /) -> bytes:
        """Return the next line, cut at ``size`` bytes."""
        try:
            return self._stream.readline(size)
        except ZIP_FAULTS as error:
            raise _damaged(self._name) from error
        except OSError as error:
            with reading(self._path, self._name):
                raise error


def _damaged(name: str) -> Malformed:
    return Malformed(
        "it is no zip file, or a damaged or encrypted one",
        where=name,
        cure="Upload it again, as a plain zip without a password",
    )


class CsvDrop:
    """One set of CSV files. Use it in ``with``; ``files`` are the wanted ones that are there."""

    def __init__(self, where: str, modified_at: datetime, notes: tuple[Note, ...]) -> None:
        self.where = where
        """What the set is called in errors and notes: the zip, or the folder."""
        self.modified_at = modified_at
        self.notes = notes
        self._files: dict[str, tuple[str, DroppedFile, zipfile.ZipInfo | None]] = {}
        self._zip: zipfile.ZipFile | None = None
        self._opened: dict[str, DroppedFile] = {}
        self._resources = ExitStack()

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(self._files)

    def shown(self, name: str) -> str:
        """Return how a file is called in notes and rejected rows."""
        return self._files[name][0]

    @contextmanager
    def table(self, name: str) -> Iterator[CsvTable]:
        """Open one of ``files`` as a table; it may be opened again. Raises ``SourceError``."""
        shown, file, entry = self._files[name]
        self._opened[file.name] = file
        with ExitStack() as opened:
            try:
                with reading(file.path, shown):
                    if entry is None:
                        stream: BinaryIO = opened.enter_context(open(file.path, "rb"))
                    else:
                        assert self._zip is not None  # noqa: S101  (entries come from it)
                        packed = opened.enter_context(self._zip.open(entry))
                        stream = io.BufferedReader(packed, READ_SIZE)  # type: ignore[type-var]  # a raw stream but in name
            except ZIP_FAULTS as error:
                raise _damaged(shown) from error
            yield CsvTable(GuardedStream(stream, file.path, shown), shown)

    def seen(self) -> tuple[FileSeen, ...]:
        """Return what was read; raises ``Transient`` if a file changed meanwhile."""
        return tuple(HashingReader(file).finish() for file in self._opened.values())

    def require(self, *names: str) -> None:
        """Raise ``Malformed`` unless all these files are there."""
        missing = [name for name in names if name not in self._files]
        if missing:
            raise Malformed(
                f"there is no {' and no '.join(missing)}",
                where=self.where,
                cure="Export the roster again with all of its files",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._resources.close()

    # ---- filling -------------------------------------------------------------------------

    def take_zip(self, path: Path, file: DroppedFile, layout: Layout) -> None:
        """Look at a zip's table of contents and keep the wanted files of one folder in it."""
        try:
            with reading(path, file.name):
                self._zip = self._resources.enter_context(zipfile.ZipFile(path))
        except ZIP_FAULTS as error:
            raise _damaged(file.name) from error
        entries = [e for e in self._zip.infolist() if not e.is_dir() and not hidden(e.filename)]
        if len(entries) > _MOST_ENTRIES:
            raise Malformed(
                f"it holds more than {_MOST_ENTRIES:,} files",
                where=file.name,
                cure="Put only the roster's own files into it",
            )
        folders: dict[str, list[zipfile.ZipInfo]] = defaultdict(list)
        for entry in entries:
            folders[str(PurePosixPath(entry.filename.replace("\\", "/")).parent)].append(entry)
        names = {at: [base_name(e.filename) for e in inside] for at, inside in folders.items()}
        folder = _best_folder(names, layout)
        if folder is None:
            return
        if folder != ".":
            self._note(file.name, "its files lie in a folder of the zip")
        others = len(entries) - len(folders[folder])
        for entry in folders[folder]:
            shown = f"{file.name}/{entry.filename}"
            others += not self._take(base_name(entry.filename), file, entry, layout, shown)
        self._note_others(others)

    def take_folder(self, files: list[DroppedFile], layout: Layout) -> None:
        """Keep the wanted ones of a folder's files."""
        self._note_others(sum(not self._take(f.path.name, f, None, layout, f.name) for f in files))

    def _note_others(self, count: int) -> None:
        if count:
            self._note(self.where, "files that are not of this format, left alone", count)

    def _take(
        self,
        written: str,
        file: DroppedFile,
        entry: zipfile.ZipInfo | None,
        layout: Layout,
        shown: str,
    ) -> bool:
        """Keep a file if it is wanted; false for one that does not belong to the format."""
        name = layout.name_of(written)
        if name is None:
            return layout.is_unused(written)
        if name in self._files:
            raise Malformed(
                f"{name} is there twice",
                where=self.where,
                cure="Leave only the newer one in it",
            )
        if entry is not None:
            _bounded(entry, shown)
        elif file.size > LARGEST_FILE:
            raise _too_large(shown)
        if written != name:
            self._note(shown, f"read as {name}")
        self._files[name] = (shown, file, entry)
        return True

    def _note(self, file: str, text: str, count: int = 1) -> None:
        self.notes = (*self.notes, Note(file, text, count))


def _best_folder(folders: Mapping[str, list[str]], layout: Layout) -> str | None:
    """Return the folder with most of the wanted files, among those with a key file if any."""

    def worth(folder: str) -> tuple[bool, int, int, str]:
        wanted = [n for n in map(layout.name_of, folders[folder]) if n is not None]
        return (any(n in layout.key for n in wanted), len(wanted), -folder.count("/"), folder)

    return max(folders, key=worth, default=None)


def base_name(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def hidden(name: str) -> bool:
    """Whether a name is a file manager's own, or an upload under way."""
    return "__MACOSX" in name or base_name(name).startswith(".")


def _bounded(entry: zipfile.ZipInfo, shown: str) -> None:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _damaged(shown)
    grown = entry.file_size > LARGEST_RATIO * max(1, entry.compress_size)
    if entry.file_size > LARGEST_FILE or (entry.file_size > _RATIO_FROM and grown):
        raise _too_large(shown)


def _too_large(shown: str) -> Malformed:
    return Malformed(
        f"it unpacks to more than {LARGEST_RATIO} times its size or to more than "
        f"{LARGEST_FILE / 2**30:.0f} GiB, which no roster does",
        where=shown,
        cure="Look at where it comes from; export the roster again",
    )
