"""Whose things are read: a tenant has no units, so places are told by what profiles say, or groups.

A place is a group, or one or several conditions that all have to hold of an account.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.keys import canonical_email
from connectors.answers import Found
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.users import DEPARTMENT, EMPLOYEE_TYPE, OFFICE, TenantUser, text_of

GROUP_PERMISSIONS = ("GroupMember.Read.All",)
NO_GROUP = "there is no such group, so whom it means is not known"
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
    """Who is in a group, or of whom some things hold."""

    group: str | None
    """Address of the group, canonical, or its object id."""
    conditions: tuple[tuple[str, str], ...] = ()
    """(condition, what it must be), in small letters."""

    @property
    def name(self) -> str:
        told = (f"{name} {value}" for name, value in self.conditions)
        return f"group {self.group}" if self.group else " with ".join(told)

    def holds(self, user: TenantUser) -> bool:
        """Whether an account is meant, as far as its profile says."""
        told = {
            "department": user.department,
            "employee_type": user.employee_type,
            "office": user.office,
            _DOMAIN: (user.email or user.user_principal_name).rpartition("@")[2],
        }
        return self.group is None and all(
            told[name].casefold() == value for name, value in self.conditions
        )


def read_places(value: object, name: str, mistakes: list[str]) -> tuple[Place, ...]:
    """Return the places that a setting lists, adding every mistake in it."""
    if not isinstance(value, list) or not value:
        mistakes.append(f'{name} must be a list such as [{{ department = "Alder High" }}]')
        return ()
    wrong: list[str] = []
    found = [_place(one, name, wrong) for one in value]
    mistakes += dict.fromkeys(wrong)
    return tuple(dict.fromkeys(place for place in found if place is not None))


def fields_of(places: Iterable[Place]) -> tuple[str, ...]:
    """Return the fields of an account's profile that have to be asked for."""
    named = {name for one in places for name, _ in one.conditions}
    return tuple(field for name, field in _FIELDS.items() if name in named)


@dataclass(frozen=True, slots=True)
class Residents:
    """Who is in which place. Guests are in none: what is theirs is another tenant's to read."""

    users: tuple[TenantUser, ...]
    """In the order of their addresses."""
    gaps: tuple[tuple[str, str], ...]
    """Places that mean nobody: (name, why)."""


def residents(graph: Graph, users: Iterable[TenantUser], places: Sequence[Place]) -> Residents:
    """Sort accounts into places, asking for who is in groups; raises ``SourceError``."""
    own = sorted(
        (user for user in users if not user.guest),
        key=lambda user: (user.email or user.user_principal_name, user.id),
    )
    meant: set[str] = set()
    gaps: list[tuple[str, str]] = []
    for place in places:
        members = None if place.group is None else _members(graph, place.group)
        if place.group is not None and members is None:
            gaps.append((place.name, NO_GROUP))
            continue
        inside = {user.id for user in own if _is_in(user, place, members or ())}
        if not inside:
            gaps.append((place.name, NOBODY))
        meant |= inside
    return Residents(tuple(user for user in own if user.id in meant), tuple(gaps))


def _is_in(user: TenantUser, place: Place, members: Collection[str]) -> bool:
    return place.holds(user) or user.id.lower() in members


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
