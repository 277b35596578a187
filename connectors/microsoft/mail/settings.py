"""The settings of the source ``exchange-mail``, checked all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from auditor.keys import canonical_email
from auditor.source import SourceContext
from connectors.microsoft.access import Access, unknown_settings
from connectors.microsoft.asking import IN_FLIGHT
from connectors.microsoft.users import DEPARTMENT, EMPLOYEE_TYPE, OFFICE, TenantUser
from connectors.options import flag, number, text, texts

LICENSED = "licensed"
_GROUP, _DOMAIN = "group", "domain"
_FIELDS: Mapping[str, str] = {
    "department": DEPARTMENT, "employee_type": EMPLOYEE_TYPE, "office": OFFICE,
}  # fmt: skip
"""Condition -> the field of an account's profile that it is about."""
_CONDITIONS = (*_FIELDS, _DOMAIN)
_GROUP_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Place:
    """Whose mailboxes: who is in a group, or of whom some things hold; neither: all licensed."""

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


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Which mailboxes are read, what of them, and how fast."""

    mailboxes: tuple[Place, ...]
    """Whose are read: "licensed", or a list of { department = "..." }, { group = "..." } ..."""
    received: tuple[Place, ...] = ()
    """Of these, those in whose mailboxes everything is read, and not only what was sent."""
    leave_out: tuple[str, ...] = ()
    """Addresses of mailboxes that are not planned: help desks, former staff."""
    headers: bool = True
    """Whether the headers of what came in are asked for, which tell machines from people."""
    settings: bool = False
    """Whether automatic replies and rules that forward are looked at."""
    threads: int = IN_FLIGHT
    """Mailboxes read at the same time."""
    tool: str = "outlook"
    """Name of the mail system in the district's tool catalogue."""

    @property
    def groups(self) -> tuple[str, ...]:
        both = (*self.mailboxes, *self.received)
        return tuple(dict.fromkeys(one.group for one in both if one.group is not None))

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of an account's profile that have to be asked for."""
        named = {name for one in (*self.mailboxes, *self.received) for name, _ in one.conditions}
        return tuple(field for name, field in _FIELDS.items() if name in named)

    @classmethod
    def of(cls, context: SourceContext) -> tuple[ExchangeSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        mistakes = unknown_settings(settings, (f.name for f in fields(cls)), "exchange-mail")
        access = Access.of(context, mistakes)
        mailboxes = _places(settings.get("mailboxes"), "mailboxes", mistakes)
        received = settings.get("received", True)
        found = cls(
            mailboxes,
            (mailboxes if received else ())
            if isinstance(received, bool)
            else _places(received, "received", mistakes),
            _addresses(settings, mistakes),
            flag(settings, "headers", mistakes, default=True),
            flag(settings, "settings", mistakes, default=False),
            number(settings, "threads", IN_FLIGHT, IN_FLIGHT, mistakes),
            text(settings, "tool", mistakes) or "outlook",
        )
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _places(value: object, name: str, mistakes: list[str]) -> tuple[Place, ...]:
    if value == LICENSED:
        return (Place(),)
    if not isinstance(value, list) or not value:
        mistakes.append(
            f'{name} must be "licensed", or a list such as [{{ department = "Alder High" }}]'
        )
        return ()
    wrong: list[str] = []
    found = [_place(one, name, wrong) for one in value]
    mistakes += dict.fromkeys(wrong)
    return tuple(place for place in found if place is not None)


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
    words: Iterable[object] = value.values()
    return bool(value) and all(isinstance(one, str) and one.strip() for one in words)


def _addresses(settings: Mapping[str, object], mistakes: list[str]) -> tuple[str, ...]:
    found = [canonical_email(one) for one in texts(settings, "leave_out", mistakes)]
    if None in found:
        mistakes.append("leave_out must list e-mail addresses")
    return tuple(address for address in found if address is not None)
