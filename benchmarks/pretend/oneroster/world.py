"""What a pretended OneRoster server holds: a roster's lists, made of the files that say the same.

The REST and CSV bindings are two ways of writing one model, so records are made of CSV rows.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.sample.planted import Stage
from benchmarks.sample.rosters import oneroster

Record = dict[str, Any]
Rows = list[dict[str, str]]
_LISTS = ("orgs", "users", "roles", "classes", "enrollments")
_REFERENCES = {
    "parentSourcedId": ("parent", "org"),
    "schoolSourcedId": ("school", "org"),
    "courseSourcedId": ("course", "course"),
    "classSourcedId": ("class", "class"),
    "userSourcedId": ("user", "user"),
    "orgSourcedId": ("org", "org"),
    "primaryOrgSourcedId": ("primaryOrg", "org"),
}
_SEVERAL = {
    "orgSourcedIds": ("orgs", "org"),
    "agentSourcedIds": ("agents", "user"),
    "termSourcedIds": ("terms", "academicSession"),
}
_ALWAYS = ("email", "givenName", "familyName")
_RENAMED = {
    "preferredGivenName": "preferredFirstName",
    "preferredMiddleName": "preferredMiddleName",
    "preferredFamilyName": "preferredLastName",
}


@dataclass(frozen=True)
class World:
    """One district's lists, as records of the REST binding."""

    version: str
    """1.1 or 1.2."""
    lists: Mapping[str, tuple[Record, ...]]
    """Name of an endpoint -> its records."""

    def changed(self, name: str, records: tuple[Record, ...]) -> World:
        return World(self.version, {**self.lists, name: records})


def world_of(stage: Stage) -> World:
    """Return the sample district's roster."""
    with zipfile.ZipFile(io.BytesIO(oneroster(stage))) as zipped:
        files = {name: zipped.read(name).decode("utf-8-sig") for name in zipped.namelist()}
    return world_of_files(files, "1.2")


def world_of_files(files: Mapping[str, str], version: str) -> World:
    """Return the roster that CSV files (name -> text) hold, in the same edition."""
    rows = {name: _rows(files.get(f"{name}.csv", "")) for name in _LISTS}
    roles: dict[str, list[Record]] = defaultdict(list)
    for role in rows["roles"]:
        held = _record(role, drop=("sourcedId", "status", "dateLastModified"))
        roles[role["userSourcedId"]].append({k: v for k, v in held.items() if k != "user"})
    lists = {name: tuple(map(_record, rows[name])) for name in _LISTS if name != "roles"}
    if version == "1.2":
        lists["users"] = tuple(
            {**user, "roles": roles[user["sourcedId"]]} for user in lists["users"]
        )
    return World(version, lists)


def _rows(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def _record(row: Mapping[str, str], drop: tuple[str, ...] = ()) -> Record:
    return {name: value for name, value in _fields(row) if name not in drop}


def _fields(row: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    extended = {n.partition(".")[2]: v for n, v in row.items() if n.startswith("metadata.")}
    for column, cell in row.items():
        if column in _REFERENCES:
            name, kind = _REFERENCES[column]
            if cell:
                yield name, reference(cell, kind)
        elif column in _SEVERAL:
            name, kind = _SEVERAL[column]
            yield name, [reference(part, kind) for part in _listed(cell)]
        elif column in _OTHERWISE:
            yield column, _OTHERWISE[column](cell)
        elif not column.startswith("metadata.") and (cell or column in _ALWAYS):
            yield _RENAMED.get(column, column), cell
    if extended:
        yield "metadata", extended


def _user_ids(cell: str) -> list[Record]:
    parts = [part.strip("{} ").partition(":") for part in _listed(cell)]
    return [{"type": kind, "identifier": id_ or kind} for kind, _, id_ in parts]


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(",") if part.strip()]


def reference(sourced_id: str, kind: str) -> Record:
    plural = "classes" if kind == "class" else f"{kind}s"
    href = f"https://sis.example/{plural}/{sourced_id}"
    return {"href": href, "sourcedId": sourced_id, "type": kind}


_OTHERWISE: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("grades", "subjects", "subjectCodes", "periods"), _listed),
    "userIds": _user_ids,
    "enabledUser": lambda cell: cell.casefold() != "false",
}
