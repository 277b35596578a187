"""Which role an account has by the district's own word: one line of the settings for each place.

A place is whatever a directory sorts accounts by: a unit, a group, a department. Nothing is read
from its name: "Staff" may be where the student teachers are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from auditor.model import HatRole

Worn = tuple[HatRole, str | None]
"""A role, and the school it is worn at; None: of no single school."""
NOBODY = "none"
"""Written for a place whose accounts are nobody's to audit, so that they are not reported."""
ROLES: Mapping[str, HatRole] = {
    role.value: role for role in HatRole if role is not HatRole.GUARDIAN
}
"""Roles that an account of a directory may give, by the word for each."""
_NO_PERSON = (HatRole.STUDENT, HatRole.SYSTEM)


def clash(roles: Iterable[HatRole]) -> bool:
    """Whether one account cannot be all of these: a student is no adult, a machine is nobody."""
    sides = {role if role in _NO_PERSON else None for role in roles}
    return len(sides) > 1


def entry_texts(
    number: int, value: object, places: Iterable[str], wrong: list[str]
) -> dict[str, str] | None:
    """Return what one entry of ``roles`` holds, trimmed, adding every mistake in its form.

    ``places`` are the keys by which it may name a place, beside ``role`` and ``school``; an entry
    has all of its texts or is None. The role is one of ``ROLES``, or ``NOBODY``.
    """
    here = f"roles entry {number}"
    if not isinstance(value, Mapping):
        wrong.append(f"{here} must have {' or '.join(places)}, and role")
        return None
    keys = (*places, "role", "school")
    before = len(wrong)
    wrong += [f"{here}: {name} is no part of it" for name in sorted(set(value) - {*keys})]
    texts = {name: value[name] for name in keys if name in value}
    wrong += [
        f"{here}: {name} must be text in quotes, and not empty"
        for name, text in sorted(texts.items())
        if not isinstance(text, str) or not text.strip()
    ]
    if texts.get("role") not in (*ROLES, NOBODY):
        wrong.append(f"{here}: role must be one of {', '.join(ROLES)}, or {NOBODY}")
    return None if len(wrong) > before else {name: text.strip() for name, text in texts.items()}


def contradictions(said: Mapping[str, Iterable[HatRole | None]]) -> list[str]:
    """Return a mistake for each place that is said to be what nobody can be at once.

    ``said``: place -> the roles of all its entries; None is ``NOBODY``.
    """
    found = []
    for place, several in said.items():
        words = list(several)
        roles = [role for role in words if role is not None]
        if clash(roles) or 0 < len(roles) < len(words):
            told = " and ".join(dict.fromkeys(r.value if r else NOBODY for r in words))
            found.append(f"roles say of {place} both {told}")
    return found


def worn(entries: Iterable[tuple[HatRole | None, str | None]]) -> tuple[Worn, ...]:
    """Return the roles that several entries give, each once; ``NOBODY`` gives none."""
    return tuple(dict.fromkeys((role, school) for role, school in entries if role is not None))
