"""What lies in a drop of tables, and which file is which table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.source import Malformed, Note, Rejected, SourceError
from connectors.csvfile import plain_heading
from connectors.files import DroppedFile, dropped_file, reading
from connectors.tables.layout import ROSTER_TABLES

_TABLE_NAMES = (".csv", ".tsv", ".txt")
_UNREADABLE = (".xlsx", ".xls", ".xlsm", ".ods", ".zip", ".gz", ".7z")


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in a drop, in the order of the names."""

    tables: tuple[DroppedFile, ...]
    unreadable: tuple[str, ...]
    """Names of files that may hold tables in a form that is not read."""
    others: tuple[str, ...]


def look_into(root: Path, *, below: bool) -> Folder:
    """List a drop's files, those in folders ``below`` it too if wanted; raises ``SourceError``.

    A ``root`` that is a file is taken for a table whatever its name.
    """
    if not root.is_dir():
        return Folder((dropped_file(root, root.name),), (), ())
    tables, unreadable, others = [], [], []
    for path in _files(root, below=below):
        name = path.relative_to(root).as_posix()
        if path.suffix.lower() in _TABLE_NAMES:
            tables.append(dropped_file(path, name))
        elif path.suffix.lower() in _UNREADABLE:
            unreadable.append(name)
        else:
            others.append(name)
    return Folder(tuple(tables), tuple(unreadable), tuple(others))


def _files(root: Path, *, below: bool) -> Iterator[Path]:
    """Yield files in name order, without hidden ones and those an open program leaves."""

    def refuse(error: OSError) -> None:
        raise error

    with reading(root, root.name):
        for folder, folders, names in os.walk(root, onerror=refuse):
            folders[:] = sorted(n for n in folders if below and not n.startswith("."))
            for name in sorted(n for n in names if not n.startswith((".", "~"))):
                yield Path(folder, name)


def left_alone(folder: Folder) -> tuple[list[Rejected], list[Note]]:
    """Say which files of a drop were not read: those that may hold tables, and all others."""
    reason = "a file of this form is not read; save it as CSV"
    return (
        [Rejected(name, None, None, reason) for name in folder.unreadable],
        [Note(name, "not a CSV file, left alone") for name in folder.others],
    )


def table_of(name: str) -> str | None:
    """Return the table that a file's name names; case and ``-``, ``_``, blanks do not count."""
    plain = plain_heading(Path(name).stem)
    return next((table for table in ROSTER_TABLES if plain_heading(table) == plain), None)


def by_table(root: Path, folder: Folder) -> dict[str, DroppedFile]:
    """Return table -> its file, in the order in which they are read."""
    found: dict[str, DroppedFile] = {}
    for file in folder.tables:
        table = table_of(file.name)
        if table is None:
            continue
        if table in found:
            raise Malformed(
                f"both {found[table].name} and {file.name} are the table {table}",
                where=str(root),
                cure="Keep one of them there",
            )
        found[table] = file
    return {name: found[name] for name in ROSTER_TABLES if name in found}


def names_in(root: Path) -> set[str]:
    """Return the tables a folder has files of; none where it cannot be looked into."""
    try:
        tables = look_into(root, below=False).tables if root.exists() else ()
    except (SourceError, OSError):
        return set()
    return {name for file in tables if (name := table_of(file.name)) is not None}
