"""Which role an account has: by the organizational unit it is in, or a group it is on.

The district says both in its settings. Nothing is read from a unit's name: "Staff" may be where
the student teachers are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.keys import canonical_email
from auditor.model import HatRole
from connectors.google.users import nearest_unit
from connectors.rolemap import ROLES, Worn, contradictions, entry_texts, worn


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
        return worn(
            (one.role, one.school)
            for one in self.entries
            if one.unit and _same(one.unit, nearest)
        )

    def of_group(self, group: str) -> tuple[Worn, ...]:
        return worn((one.role, one.school) for one in self.entries if one.group == group)


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
    wrong: list[str] = []
    texts = entry_texts(number, value, ("ou", "group"), wrong)
    here = f"roles entry {number}"
    if isinstance(value, dict) and ("ou" in value) == ("group" in value):
        wrong.append(f"{here} must have either ou or group")
    unit, group = (None, None) if texts is None else (texts.get("ou"), texts.get("group"))
    if unit is not None and not unit.startswith("/"):
        wrong.append(f'{here}: ou must be the whole path, such as "/Staff/Alder High"')
    if group is not None and (group := canonical_email(group)) is None:
        wrong.append(f"{here}: group must be the group's e-mail address")
    mistakes += wrong
    if wrong or texts is None:
        return None
    path = None if unit is None else "/" + unit.strip("/")
    return RoleEntry(path, group, ROLES.get(texts["role"]), texts.get("school"))


def _contradictions(entries: Sequence[RoleEntry]) -> list[str]:
    by_place: dict[str, list[RoleEntry]] = defaultdict(list)
    for entry in entries:
        by_place[entry.place.casefold()].append(entry)
    return contradictions(
        {several[0].place: [one.role for one in several] for several in by_place.values()}
    )


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
