"""What a OneRoster set is, before its rows are read: which edition, whole or only changes."""

from __future__ import annotations

from auditor.source import Malformed, Note, Rejected
from connectors.csvdrop import CsvDrop
from connectors.oneroster.columns import (
    CLASSES,
    COLUMNS,
    ENROLLMENTS,
    MANIFEST,
    MANIFEST_COLUMNS,
    ORGS,
    READ,
    ROLES,
    USERS,
)
from connectors.oneroster.settings import Version


def look_at(drop: CsvDrop, wished: Version) -> tuple[Version, tuple[Note, ...]]:
    """Return the edition of a set, and notes; reads the manifest and header rows only.

    Raises ``Malformed`` where the set cannot stand for the whole roster: files of changes
    ("delta"), a file missing that is needed or that the manifest promises, a column missing.
    """
    manifest = _manifest(drop)
    notes: list[Note] = []
    for name in READ:
        notes += _as_promised(drop, name, manifest)
    drop.require(USERS, ORGS)
    version = wished if wished is not Version.AUTO else _by_columns(drop)
    if version is Version.V1_2:
        drop.require(ROLES)
    notes += _people_columns(drop, version)
    if ENROLLMENTS in drop.files:
        drop.require(CLASSES)
    for name in READ:
        if name in drop.files:
            with drop.table(name) as table:
                table.places(COLUMNS[name])
        elif name in (CLASSES, ENROLLMENTS):
            notes.append(Note(name, "not in the roster: nothing is known of classes from it"))
    stated = manifest.get("oneroster.version", "")
    if stated and not stated.startswith(version):
        text = f"its columns are those of {version}, the manifest says otherwise"
        notes.append(Note(drop.shown(MANIFEST), text))
    return version, tuple(notes)


def _by_columns(drop: CsvDrop) -> Version:
    return Version.V1_2 if ROLES in drop.files else Version.V1_1


def _people_columns(drop: CsvDrop, version: Version) -> list[Note]:
    with drop.table(USERS) as table:
        if version is Version.V1_1 and not table.has("role"):
            raise Malformed(
                f"it has no column role and no {ROLES} is read: nobody's role would be known",
                where=table.name,
                cure=f"Export it again as OneRoster 1.1, or as 1.2 with {ROLES}",
            )
        if not table.has("agentSourcedIds"):
            return [Note(table.name, "has no column agentSourcedIds: no guardians are known")]
    return []


def _manifest(drop: CsvDrop) -> dict[str, str]:
    if MANIFEST not in drop.files:
        return {}
    stated: dict[str, str] = {}
    with drop.table(MANIFEST) as table:
        for row in table.rows(MANIFEST_COLUMNS):
            if not isinstance(row, Rejected):
                stated[row["propertyName"].casefold()] = row["value"].casefold()
    return stated


def _as_promised(drop: CsvDrop, name: str, manifest: dict[str, str]) -> list[Note]:
    promised = manifest.get(f"file.{name.removesuffix('.csv')}")
    if promised == "delta":
        raise Malformed(
            f"its {name} holds only changes (delta), and who is not in it cannot be known",
            where=drop.where,
            cure="Export the whole roster each time: set the export to bulk",
        )
    if promised == "bulk":
        drop.require(name)
    if promised == "absent" and name in drop.files:
        return [Note(drop.shown(name), "the manifest calls it absent; it is there and was read")]
    return []
