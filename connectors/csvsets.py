"""Finding the set of CSV files that a drop stands for.

Where a folder holds several sets, say a zip for each night, the newest one counts and the others
are named. A newest one that is damaged is an error, never a reason to fall back on an older one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.source import Malformed, Note
from connectors.csvdrop import CsvDrop, Layout, hidden
from connectors.files import DroppedFile, denied, dropped_file, require_path


def find_drop(root: Path, layout: Layout) -> CsvDrop:
    """Return the set of files at ``root``: itself a zip, or a folder with a zip or CSV files.

    Raises ``Denied`` where there is nothing to look into, ``Malformed`` for a zip that cannot be
    used. Whether all files are there that are needed is for the caller to require.
    """
    require_path(root)
    if root.is_file():
        file = dropped_file(root, root.name)
        drop = CsvDrop(root.name, file.modified_at, ())
        return _filled_from_zip(drop, file, layout)
    sets = _sets(root, layout)
    if not sets:
        raise Malformed(
            f"there is no {' or '.join(layout.key)}, and no zip file",
            where=str(root),
            cure="Drop the roster export there, as a zip or as CSV files",
        )
    newest, *others = sets
    told = f"left alone: {newest.where} is newer"
    notes = tuple(Note(other.where, told) for other in others)
    drop = CsvDrop(newest.where, newest.modified_at, notes)
    if newest.is_zip:
        return _filled_from_zip(drop, newest.files[0], layout)
    drop.take_folder(list(newest.files), layout)
    return drop


def set_in_words(root: Path, drop: CsvDrop, what: str, timezone: ZoneInfo) -> str:
    """Return the line of ``auditor check`` about a set: where, what, of which day, which files."""
    at = "" if drop.where in (str(root), root.name) else f" in {drop.where}"
    written = drop.modified_at.astimezone(timezone)
    return f"{root}: {what}{at}, written {written:%Y-%m-%d}, with {', '.join(drop.files)}"


def _filled_from_zip(drop: CsvDrop, file: DroppedFile, layout: Layout) -> CsvDrop:
    with ExitStack() as undo:
        undo.enter_context(drop)
        drop.take_zip(file.path, file, layout)
        undo.pop_all()
    return drop


@dataclass(frozen=True, slots=True)
class _Set:
    where: str
    files: tuple[DroppedFile, ...]
    modified_at: datetime
    is_zip: bool = False


def _sets(root: Path, layout: Layout) -> list[_Set]:
    """Return every set under ``root``, the newest first; those without a key file only alone."""
    whole: list[_Set] = []
    stray: list[_Set] = []
    for folder, names in _folders(root):
        files = [dropped_file(folder / n, (folder / n).relative_to(root).as_posix()) for n in names]
        zips = [f for f in files if f.path.suffix.casefold() == ".zip"]
        whole += [_Set(f.name, (f,), f.modified_at, is_zip=True) for f in zips]
        wanted = [f for f in files if layout.name_of(f.path.name) is not None]
        if wanted:
            where = str(root) if folder == root else folder.relative_to(root).as_posix()
            newest = max(f.modified_at for f in wanted)
            plain = tuple(f for f in files if f.path.suffix.casefold() != ".zip")
            has_key = any(layout.name_of(f.path.name) in layout.key for f in wanted)
            (whole if has_key else stray).append(_Set(where, plain, newest))
    found = whole or stray
    return sorted(found, key=lambda one: (one.modified_at, one.where), reverse=True)


def _folders(root: Path) -> Iterator[tuple[Path, list[str]]]:
    def refuse(error: OSError) -> None:
        raise denied(str(error.filename or root)) from error

    for folder, inside, names in os.walk(root, onerror=refuse):
        inside[:] = sorted(name for name in inside if not hidden(name))
        yield Path(folder), sorted(name for name in names if not hidden(name))
