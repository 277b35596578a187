"""Whose things are read: a tenant has no units, so places are told by what profiles say, or groups.

A place is a group, or one or several conditions that all have to hold of an account; a source of
mailboxes may also mean every account with a licence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.keys import canonical_email
from auditor.source import CheckResult
from connectors.answers import Found
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.users import (
    DEPARTMENT,
    EMPLOYEE_TYPE,
    LICENSES,
    OFFICE,
    TenantUser,
    text_of,
)

GROUP_PERMISSIONS = ("GroupMember.Read.All",)
NO_GROUP = "there is no such group, so whom it means is not known"
LICENSED = "licensed"
NOBODY = "no account is meant by this place"
_GROUP, _DOMAIN = "group", "domain"
_FIELDS: Mapping[str, str] = {
    "department": DEPARTMENT,
    "employee_type": EMPLOYEE_TYPE,
    "office": OFFICE,
}
"""Condition -> the field of an account's profile that it is about."""
_CONDITIONS = (*_FIELDS, _DOMAIN)
_GROUP_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST = "999"


@dataclass(frozen=True, slots=True)
class Place:
    """Who is in a group, or of whom some things hold; neither: all who have a licence."""

    group: str | None = None
    """Address of the group, canonical, or its object id."""
    conditions: tuple[tuple[str, str], ...] = ()
    """(condition, what it must be), in small letters."""

    @property
    def name(self) -> str:
        told = (f"{name} {value}" for name, value in self.conditions)
        return f"group {self.group}" if self.group else " with ".join(told) or "licensed accounts"

    def holds(self, user: TenantUser) -> bool:
        """Whether an account is meant, as far as its profile says."""
        if self.group is not None:
            return False
        if not self.conditions:
            return user.licensed is True
        told = {
            "department": user.department,
            "employee_type": user.employee_type,
            "office": user.office,
            _DOMAIN: (user.email or user.user_principal_name).rpartition("@")[2],
        }
        return all(told[name].casefold() == value for name, value in self.conditions)


def read_places(
    value: object, name: str, mistakes: list[str], *, licensed: bool = False
) -> tuple[Place, ...]:
    """Return the places that a setting lists, adding every mistake in it.

    ``licensed``: whether it may also be "licensed", for all who have a licence.
    """
    if licensed and value == LICENSED:
        return (Place(),)
    if not isinstance(value, list) or not value:
        other = f'"{LICENSED}", or ' if licensed else ""
        mistakes.append(f'{name} must be {other}a list such as [{{ department = "Alder High" }}]')
        return ()
    wrong: list[str] = []
    found = [_place(one, name, wrong) for one in value]
    mistakes += dict.fromkeys(wrong)
    return tuple(dict.fromkeys(place for place in found if place is not None))


def fields_of(places: Iterable[Place]) -> tuple[str, ...]:
    """Return the fields of an account's profile that have to be asked for."""
    places = tuple(places)
    named = {name for one in places for name, _ in one.conditions}
    licences = (LICENSES,) if Place() in places else ()
    return (*(field for name, field in _FIELDS.items() if name in named), *licences)


def groups_of(places: Iterable[Place]) -> tuple[str, ...]:
    """Return the groups that have to be asked for, each once."""
    return tuple(dict.fromkeys(one.group for one in places if one.group is not None))


@dataclass(frozen=True, slots=True)
class Tenant:
    """The accounts that places may mean. Guests are in none: theirs is another tenant's to read."""

    users: tuple[TenantUser, ...]
    """In the order of their addresses."""
    members: Mapping[str, Collection[str]]
    """Group -> ids of the accounts in it; a group that is not there is left out."""

    @classmethod
    def of(cls, graph: Graph, users: Iterable[TenantUser], places: Iterable[Place]) -> Tenant:
        """Take accounts that were read, and ask for who is in groups; raises ``SourceError``."""
        own = sorted(
            (user for user in users if not user.guest),
            key=lambda user: (user.email or user.user_principal_name, user.id),
        )
        members = {group: _members(graph, group) for group in groups_of(places)}
        return cls(tuple(own), {g: ids for g, ids in members.items() if ids is not None})

    def meant(self, place: Place) -> Iterator[TenantUser]:
        """Yield the accounts that a place means."""
        inside = self.members.get(place.group or "", ())
        for user in self.users:
            if place.holds(user) or user.id.lower() in inside:
                yield user

    def gaps(self, places: Iterable[Place]) -> Iterator[tuple[str, str]]:
        """Yield the places that mean nobody: (name, why)."""
        for place in dict.fromkeys(places):
            if place.group is not None and place.group not in self.members:
                yield place.name, NO_GROUP
            elif not any(self.meant(place)):
                yield place.name, NOBODY

    def check(self, places: Iterable[Place]) -> Iterator[CheckResult]:
        """Say how many accounts each place means."""
        for place in places:
            count = sum(1 for _ in self.meant(place))
            cure = None if count else "See how it is written in the Entra admin center"
            yield CheckResult(count > 0, f"{place.name}: {count:,} accounts", cure)


@dataclass(frozen=True, slots=True)
class Residents:
    """Who is in which place."""

    users: tuple[TenantUser, ...]
    """In the order of their addresses."""
    gaps: tuple[tuple[str, str], ...]
    """Places that mean nobody: (name, why)."""


def residents(graph: Graph, users: Iterable[TenantUser], places: Sequence[Place]) -> Residents:
    """Sort accounts into places, asking for who is in groups; raises ``SourceError``."""
    tenant = Tenant.of(graph, users, places)
    meant = {user.id for place in places for user in tenant.meant(place)}
    found = tuple(user for user in tenant.users if user.id in meant)
    return Residents(found, tuple(tenant.gaps(places)))


def deleted_since(
    opens: datetime,
    deleted: Iterable[TenantUser],
    places: Collection[Place],
    leave_out: Collection[str],
) -> Iterator[tuple[TenantUser, bool]]:
    """Yield each account deleted since a moment that places may mean, and whether they surely do.

    Which groups it was in, or what licence it had, is not told of a deleted account.
    """
    unclear = any(not place.conditions for place in places)
    for user in sorted(deleted, key=lambda user: (user.email or "", user.id)):
        named = {user.user_principal_name, *user.addresses}
        if user.guest or not named.isdisjoint(leave_out):
            continue
        known = any(place.holds(user) for place in places)
        if (user.deleted_at is None or user.deleted_at >= opens) and (known or unclear):
            yield user, known


def _place(value: object, name: str, wrong: list[str]) -> Place | None:
    if not isinstance(value, Mapping) or not _are_words(value):
        wrong.append(f"{name} must hold places in braces, each with texts in quotes")
        return None
    told = {str(key): str(one).strip().casefold() for key, one in value.items()}
    if set(told) == {_GROUP}:
        group = told[_GROUP]
        known = group if _GROUP_ID.fullmatch(group) else canonical_email(group)
        if known is not None:
            return Place(known)
        wrong.append(f"{name}: group must be the group's e-mail address or its object id")
    elif set(told) <= set(_CONDITIONS):
        return Place(None, tuple((key, told[key]) for key in _CONDITIONS if key in told))
    else:
        wrong.append(
            f"{name}: a place has either group, or one or more of {', '.join(_CONDITIONS)}"
        )
    return None


def _are_words(value: Mapping[object, object]) -> bool:
    words: Iterator[object] = iter(value.values())
    return bool(value) and all(isinstance(one, str) and one.strip() for one in words)


def _members(graph: Graph, group: str) -> frozenset[str] | None:
    """Return who is in a group, groups within it followed; None where there is none."""
    id_ = group
    if "@" in group:
        mail = group.replace("'", "''")
        asked = {"$filter": f"mail eq '{mail}'", "$select": "id"}
        id_ = next((text_of(one, "id") for one in graph.records("groups", asked)), "")
    found: set[str] = set()
    asked = {"$select": "id", "$top": _MOST}
    for answer in graph.pages(f"groups/{id_}/transitiveMembers", asked) if id_ else ():
        if not isinstance(answer, Found):
            return None
        found |= {
            text_of(one, "id").lower()
            for one in listed(answer.document)
            if text_of(one, "@odata.type") in ("", "#microsoft.graph.user")
        }
    return frozenset(found) if id_ else None
