"""Which role an account has: by the organizational unit it is in, or a group it is on.

The district says both in its settings. Nothing is read from a unit's name: "Staff" may be where
the student teachers are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from auditor.keys import canonical_email
from auditor.model import HatRole
from connectors.google.users import nearest_unit

Worn = tuple[HatRole, str | None]
"""A role, and the school it is worn at; None: of no single school."""
NOBODY = "none"
"""Written for a unit whose accounts are nobody's to audit, so that they are not reported."""
_ROLES = {role.value: role for role in HatRole if role is not HatRole.GUARDIAN}
_NO_PERSON = (HatRole.STUDENT, HatRole.SYSTEM)
_KEYS = frozenset(("ou", "group", "role", "school"))


@dataclass(frozen=True, slots=True)
class RoleEntry:
    """One line of the settings: who is in a unit, or on a list, is what."""

    unit: str | None
    """Path of the organizational unit; those below it are meant too."""
    group: str | None
    """Address of the group, canonical."""
    role: HatRole | None
    """None: nobody's to audit."""
    school: str | None

    @property
    def place(self) -> str:
        return self.unit or self.group or ""


@dataclass(frozen=True, slots=True)
class Roles:
    """All that the settings say of roles."""

    entries: tuple[RoleEntry, ...] = ()

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.unit for one in self.entries if one.unit is not None))

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.group for one in self.entries if one.group is not None))

    def of_unit(self, org_unit: str) -> tuple[Worn, ...] | None:
        """Return the roles in a unit, by the entry that names it most closely.

        Empty where its accounts are nobody's to audit; None where no entry names it.
        """
        nearest = nearest_unit(org_unit, self.units)
        if nearest is None:
            return None
        return _worn(one for one in self.entries if one.unit and _same(one.unit, nearest))

    def of_group(self, group: str) -> tuple[Worn, ...]:
        return _worn(one for one in self.entries if one.group == group)


def clash(roles: Iterable[HatRole]) -> bool:
    """Whether one account cannot be all of these: a student is no adult, a machine is nobody."""
    sides = {role if role in _NO_PERSON else None for role in roles}
    return len(sides) > 1


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
    mistakes += _contradictions(entries)
    return Roles(tuple(entries))


def _entry(number: int, value: object, mistakes: list[str]) -> RoleEntry | None:
    here = f"roles entry {number}"
    if not isinstance(value, Mapping):
        mistakes.append(f"{here} must have ou or group, and role")
        return None
    wrong = [f"{here}: {name} is no part of it" for name in sorted(set(value) - _KEYS)]
    texts = {name: value[name] for name in _KEYS if name in value}
    wrong += [
        f"{here}: {name} must be text in quotes, and not empty"
        for name, text in sorted(texts.items())
        if not isinstance(text, str) or not text.strip()
    ]
    if ("ou" in texts) == ("group" in texts):
        wrong.append(f"{here} must have either ou or group")
    role = texts.get("role")
    if role not in (*_ROLES, NOBODY):
        wrong.append(f"{here}: role must be one of {', '.join(_ROLES)}, or {NOBODY}")
    unit, group, school = (_text(texts.get(name)) for name in ("ou", "group", "school"))
    if unit is not None and not unit.startswith("/"):
        wrong.append(f'{here}: ou must be the whole path, such as "/Staff/Alder High"')
    if group is not None and (group := canonical_email(group)) is None:
        wrong.append(f"{here}: group must be the group's e-mail address")
    mistakes += wrong
    if wrong:
        return None
    path = None if unit is None else "/" + unit.strip("/")
    return RoleEntry(path, group, _ROLES.get(str(role)), school)


def _contradictions(entries: Sequence[RoleEntry]) -> list[str]:
    """Return a mistake for each unit or group that is said to be what nobody can be at once."""
    by_place: dict[str, list[RoleEntry]] = defaultdict(list)
    for entry in entries:
        by_place[entry.place.casefold()].append(entry)
    found = []
    for several in by_place.values():
        roles = [entry.role for entry in several if entry.role is not None]
        if clash(roles) or 0 < len(roles) < len(several):
            words = " and ".join(dict.fromkeys(e.role.value if e.role else NOBODY for e in several))
            found.append(f"roles say of {several[0].place} both {words}")
    return found


def _worn(entries: Iterable[RoleEntry]) -> tuple[Worn, ...]:
    return tuple(dict.fromkeys((e.role, e.school) for e in entries if e.role is not None))


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _text(value: object) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None
