"""What a record of the REST binding says, in the columns of the CSV binding.

Both are bindings of one model, so the rows are read by the same reader. What is of a kind that the
model does not have is left out and counted; nothing is made of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.oneroster.api.asking import Record
from connectors.oneroster.columns import CLASSES, COLUMNS, ENROLLMENTS, ORGS, ROLES, USERS
from connectors.oneroster.settings import Version

SEPARATOR = "\x1f"
"""Between the values of one cell: a sign that no id holds, as a comma might be part of one."""


class _OtherKindError(Exception):
    """A value is not of the kind that the model gives its field."""


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.replace(SEPARATOR, " ").strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _OtherKindError


def _reference(value: object) -> str:
    """Return the id in a ``{href, sourcedId, type}``; never one made out of an address."""
    if not isinstance(value, dict):
        raise _OtherKindError
    return _text(value.get("sourcedId"))


def _identifier(value: object) -> str:
    """Return a ``{type, identifier}`` as the CSV binding writes it."""
    if not isinstance(value, dict):
        raise _OtherKindError
    return f"{{{_text(value.get('type', ''))}:{_text(value.get('identifier'))}}}"


def _several(one: Callable[[object], str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, list):
            raise _OtherKindError
        return SEPARATOR.join(filter(None, map(one, value)))

    return read


def _grades(value: object) -> str:
    """Return grades: a list, or a single one as some servers write it."""
    return _text(value) if isinstance(value, str) else _several(_text)(value)


@dataclass(frozen=True, slots=True)
class Field:
    """Where a column's value is found, and how it is written there."""

    name: str
    read: Callable[[object], str] = _text


Fields = Mapping[str, Field]
_STATE = {"sourcedId": Field("sourcedId"), "status": Field("status")}
_PERSON = {
    **_STATE,
    "username": Field("username"),
    "userIds": Field("userIds", _several(_identifier)),
    "givenName": Field("givenName"),
    "familyName": Field("familyName"),
    "identifier": Field("identifier"),
    "email": Field("email"),
    "agentSourcedIds": Field("agents", _several(_reference)),
    "grades": Field("grades", _grades),
}
_USERS: Mapping[Version, Fields] = {
    Version.V1_1: {
        **_PERSON,
        "role": Field("role"),
        "orgSourcedIds": Field("orgs", _several(_reference)),
    },
    Version.V1_2: {
        **_PERSON,
        "userMasterIdentifier": Field("userMasterIdentifier"),
        "preferredGivenName": Field("preferredFirstName"),
        "preferredFamilyName": Field("preferredLastName"),
    },
}
_OTHERS: Mapping[str, Fields] = {
    ORGS: {**_STATE, "name": Field("name"), "type": Field("type")},
    ROLES: {
        "role": Field("role"),
        "orgSourcedId": Field("org", _reference),
        "beginDate": Field("beginDate"),
        "endDate": Field("endDate"),
    },
    CLASSES: {
        **_STATE,
        "title": Field("title"),
        "schoolSourcedId": Field("school", _reference),
    },
    ENROLLMENTS: {
        **_STATE,
        "classSourcedId": Field("class", _reference),
        "userSourcedId": Field("user", _reference),
        "role": Field("role"),
        "beginDate": Field("beginDate"),
        "endDate": Field("endDate"),
    },
}
UNUSED: Mapping[str, frozenset[str]] = {
    ORGS: frozenset(("dateLastModified", "identifier", "parent", "children")),
    USERS: frozenset(
        (
            "dateLastModified", "enabledUser", "middleName", "preferredMiddleName", "pronouns",
            "sms", "phone", "password", "primaryOrg", "userProfiles", "resources", "demographics",
        )
    ),
    CLASSES: frozenset(
        (
            "dateLastModified", "classCode", "classType", "location", "grades", "subjects",
            "course", "terms", "subjectCodes", "periods", "resources",
        )
    ),
    ENROLLMENTS: frozenset(("dateLastModified", "school", "primary")),
}  # fmt: skip
"""Fields of the model that are known and dropped as they come."""
_ROLES_FIELD = "roles"


def fields_of(name: str, version: Version) -> tuple[str, ...]:
    """Return the fields of a list that are asked for, and none beside them."""
    own = [one.name for one in _fields(name, version).values()]
    return (*own, _ROLES_FIELD) if name == USERS and version is Version.V1_2 else tuple(own)


def needed_in(name: str, version: Version) -> tuple[str, ...]:
    """Return the fields without which a list is of no use, if no record of it has them."""
    needed = [c for c in COLUMNS[name].required if c in _fields(name, version)]
    needed += ["role"] if name == USERS and version is Version.V1_1 else []
    fields = [_fields(name, version)[column].name for column in needed]
    return (*fields, _ROLES_FIELD) if name == USERS and version is Version.V1_2 else tuple(fields)


def _fields(name: str, version: Version) -> Fields:
    return _USERS[version] if name == USERS else _OTHERS[name]


@dataclass(slots=True)
class Cells:
    """Turns records into rows' cells, and counts what could not be made one of."""

    version: Version
    other_kind: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(list, field) -> values that are of another kind than its."""

    def of(self, name: str, record: Record) -> dict[str, str]:
        """Return the cells of one record, in every column that is wanted of its list."""
        fields, found = _fields(name, self.version), {}
        for column in (*COLUMNS[name].required, *COLUMNS[name].optional):
            at = fields.get(column)
            found[column] = "" if at is None else self._cell(name, at, record.get(at.name))
        return found

    def roles(self, record: Record) -> Iterator[dict[str, str]]:
        """Yield the cells of each role that a user's record holds (1.2)."""
        held = record.get(_ROLES_FIELD)
        if held is None:
            return
        for one in held if isinstance(held, list) else [held]:
            if not isinstance(one, dict):
                self.other_kind[ROLES, _ROLES_FIELD] += 1
                continue
            yield self.of(ROLES, one) | {"userSourcedId": self._id(record)}

    def _id(self, record: Record) -> str:
        return self._cell(USERS, _STATE["sourcedId"], record.get("sourcedId"))

    def _cell(self, name: str, at: Field, value: Any) -> str:
        if value is None:
            return ""
        try:
            return at.read(value)
        except _OtherKindError:
            self.other_kind[name, at.name] += 1
            return ""
