"""Which role an account has: by what its profile says, by the school's records, or by a group.

Microsoft has no units, so a place is told by one or several conditions that all have to hold. The
entry with the most of them counts, as it says most closely who is meant.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.keys import canonical_email
from auditor.model import HatRole
from connectors.microsoft.users import DEPARTMENT, EMPLOYEE_TYPE, OFFICE
from connectors.rolemap import ROLES, Worn, clash, contradictions, entry_texts, worn

EDUCATION_ROLES = ("student", "teacher")
"""Words of ``primaryRole`` that say something (educationUserRole)."""
FIELDS: Mapping[str, str] = {
    "department": DEPARTMENT,
    "employee_type": EMPLOYEE_TYPE,
    "office": OFFICE,
}
"""Condition -> the field of an account's profile that it is about."""
_CONDITIONS = (*FIELDS, "domain", "education")
_PLACES = ("group", *_CONDITIONS)
GROUP_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DOMAIN = re.compile(r"[^\s@]+\.[^\s@]+")


@dataclass(frozen=True, slots=True)
class RoleEntry:
    """One line of the settings: who is in a place is what."""

    group: str | None
    """Address of the group, canonical, or its object id."""
    conditions: tuple[tuple[str, str], ...]
    """(condition, what it must be), both in lower case."""
    role: HatRole | None
    """None: nobody's to audit."""
    school: str | None

    @property
    def place(self) -> str:
        told = (f"{name} {value}" for name, value in self.conditions)
        return self.group or " with ".join(told)


@dataclass(frozen=True, slots=True)
class Roles:
    """All that the settings say of roles."""

    entries: tuple[RoleEntry, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.group for one in self.entries if one.group is not None))

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of an account's profile that have to be asked for."""
        named = {name for one in self.entries for name, _ in one.conditions}
        return tuple(field for name, field in FIELDS.items() if name in named)

    @property
    def of_education(self) -> bool:
        return any(name == "education" for one in self.entries for name, _ in one.conditions)

    def placed(self, told: Mapping[str, str]) -> tuple[Worn, ...] | None:
        """Return the roles of an account, by the entries that say most closely who is meant.

        ``told``: condition -> what holds of the account. Empty where it is nobody's to audit,
        None where no entry fits. Several entries may contradict each other: see ``clash``.
        """
        fitting = [
            one
            for one in self.entries
            if one.group is None
            and all(told.get(name, "").casefold() == value for name, value in one.conditions)
        ]
        if not fitting:
            return None
        most = max(len(one.conditions) for one in fitting)
        return worn((one.role, one.school) for one in fitting if len(one.conditions) == most)

    def of_group(self, group: str) -> tuple[Worn, ...]:
        return worn((one.role, one.school) for one in self.entries if one.group == group)


def unclear(roles: Sequence[Worn]) -> bool:
    """Whether several entries make one account what nobody can be at once."""
    return clash(role for role, _ in roles)


def read_roles(value: object, mistakes: list[str]) -> Roles:
    """Return the entries of the setting ``roles``, adding every mistake in them."""
    if value is None:
        return Roles()
    if not isinstance(value, (list, tuple)):
        mistakes.append("roles must be a list of entries, each [[sources.<name>.roles]]")
        return Roles()
    entries = [
        entry
        for number, one in enumerate(value, 1)
        if (entry := _entry(number, one, mistakes)) is not None
    ]
    by_place: dict[str, list[HatRole | None]] = defaultdict(list)
    for one in entries:
        by_place[one.place].append(one.role)
    mistakes += contradictions(by_place)
    return Roles(tuple(entries))


def _entry(number: int, value: object, mistakes: list[str]) -> RoleEntry | None:
    wrong: list[str] = []
    texts = entry_texts(number, value, _PLACES, wrong)
    here = f"roles entry {number}"
    if texts is not None:
        conditions = tuple((n, texts[n].casefold()) for n in _CONDITIONS if n in texts)
        group = _group(texts.get("group"))
        if ("group" in texts) == bool(conditions):
            wrong.append(
                f"{here} must have either group, or one or more of {', '.join(_CONDITIONS)}"
            )
        wrong += [f"{here}: {text}" for text in _wrong_values(texts, group)]
        if not wrong:
            return RoleEntry(group, conditions, ROLES.get(texts["role"]), texts.get("school"))
    mistakes += wrong
    return None


def _wrong_values(texts: Mapping[str, str], group: str | None) -> list[str]:
    wrong = []
    if "group" in texts and group is None:
        wrong.append("group must be the group's e-mail address or its object id")
    if texts.get("education", EDUCATION_ROLES[0]) not in EDUCATION_ROLES:
        wrong.append(f"education must be one of {', '.join(EDUCATION_ROLES)}")
    if not _DOMAIN.fullmatch(texts.get("domain", "a.b")):
        wrong.append('domain must be a domain, such as "students.marlow.example"')
    return wrong


def _group(text: str | None) -> str | None:
    lower = (text or "").lower()
    return lower if GROUP_ID.fullmatch(lower) else canonical_email(lower)
