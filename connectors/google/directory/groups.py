"""Mailing lists and who is on them, as Google's Directory shows them today.

Direct members only: a group inside a group stays a member, and is followed on the day a message
was sent. Nothing is read of a group but its addresses; its name and description are people's
words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.keys import canonical_email
from auditor.source import Denied, SourceError
from connectors.answers import Found
from connectors.google.asking import Api, Asking, listed
from connectors.google.directory.settings import WATCHED
from connectors.google.refusals import not_there
from connectors.google.users import addresses_of

MOST_GROUPS = MOST_MEMBERS = 200
"""On one page; Google gives no more (Directory API, groups.list and members.list)."""
_GROUP_FIELDS = "nextPageToken,groups(id,email,aliases,nonEditableAliases,directMembersCount)"
_MEMBER_FIELDS = "nextPageToken,members(id,email,type)"
_EVERYBODY = "CUSTOMER"
_INNER = "GROUP"


@dataclass(frozen=True, slots=True)
class Group:
    """One mailing list."""

    id: str
    email: str
    """Canonical, as every address here."""
    aliases: tuple[str, ...]
    size: int | None
    """Direct members by Google's own count; None where it does not say."""


@dataclass(frozen=True, slots=True)
class Member:
    """One direct member of a list."""

    id: str | None
    email: str | None
    """None: Google does not say."""
    is_group: bool
    is_everybody: bool
    """Whether it stands for every account of the district."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What one group answered."""

    members: tuple[Member, ...]
    settings: Mapping[str, str] | None
    """Name -> value, as Google writes both, none where it does not tell; None: not asked for."""
    settings_error: SourceError | None = None
    """Why it does not tell, where it said so."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why the members of a group are not known."""

    error: SourceError


def district_groups(asking: Asking, customer: str) -> Iterator[Group]:
    """Yield every group of the district once; needs ``admin.directory.group.readonly``.

    One without an address is passed over: nothing can be written to it.
    """
    seen: set[str] = set()
    records = asking.records(
        Api.DIRECTORY,
        lambda service, mark: service.groups().list(
            customer=customer, maxResults=MOST_GROUPS, pageToken=mark, fields=_GROUP_FIELDS
        ),
        items="groups",
    )
    for record in records:
        email = canonical_email(str(record.get("email") or ""))
        number = record.get("id")
        if email is None or not isinstance(number, str) or number in seen:
            continue
        seen.add(number)
        size = str(record.get("directMembersCount", ""))
        yield Group(
            number,
            email,
            addresses_of(record, beside=email),
            int(size) if size.isascii() and size.isdigit() else None,
        )


def read_group(
    members: Asking, settings: Asking | None, group: Group
) -> Listed | Unread:
    """Return who is on a group and how it is set.

    ``settings`` asks for the settings, None does not. Never raises a ``SourceError``. One that was
    listed and is gone by now is unread: if it is true, the next list says so.
    """
    try:
        found = _members(members, group)
    except SourceError as error:
        return Unread(error)
    if settings is None:
        return Listed(found, None)
    try:
        return Listed(found, _settings(settings, group))
    except SourceError as error:  # who is on the list counts for more, and that is known
        return Listed(found, {}, error)


def _members(asking: Asking, group: Group) -> tuple[Member, ...]:
    found: dict[tuple[str | None, str | None], Member] = {}
    pages = asking.pages(
        Api.DIRECTORY,
        lambda service, mark: service.members().list(
            groupKey=group.id, maxResults=MOST_MEMBERS, pageToken=mark, fields=_MEMBER_FIELDS
        ),
        items="members",
    )
    for answer in pages:
        if not isinstance(answer, Found):
            raise not_there(f"the group {group.email}", asking.where)
        for record in listed(answer.document, "members"):
            member = _member(record)
            found[member.id, member.email] = member
    if group.size and not found:
        raise Denied(
            f"Google counts {group.size} members on a group and shows none of them",
            where=asking.where,
            cure="See that the administrator in the settings may see the members of every group",
        )
    return tuple(sorted(found.values(), key=lambda one: (one.email or "", one.id or "")))


def _member(record: Mapping[str, Any]) -> Member:
    number, kind = record.get("id"), record.get("type")
    return Member(
        number if isinstance(number, str) and number else None,
        canonical_email(str(record.get("email") or "")),
        kind == _INNER,
        kind == _EVERYBODY,
    )


def _settings(asking: Asking, group: Group) -> Mapping[str, str]:
    document = asking.get(
        Api.GROUP_SETTINGS,
        lambda service: service.groups().get(groupUniqueId=group.email, fields=",".join(WATCHED)),
    )
    if not isinstance(document, dict):
        return {}
    told = ((name, document.get(name)) for name in WATCHED)
    return {name: value for name, value in told if isinstance(value, str) and value}
