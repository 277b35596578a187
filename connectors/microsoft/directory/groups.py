"""Groups and who is in them, as Microsoft's directory shows them today.

Direct members only: a group inside a group stays a member, and is followed on the day a message
was sent. Nothing is read of a group but its addresses and its kind; its name and description are
people's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.source import Denied, SourceError
from connectors.answers import Found
from connectors.microsoft.asking import Graph, NoList, is_list, listed
from connectors.microsoft.users import addresses_of, text_of

MOST = 999
"""Groups, or members, on one page; Graph gives no more."""
_GROUP_FIELDS = "id,mail,proxyAddresses,mailEnabled,groupTypes,visibility"
_MEMBER_FIELDS = "id,mail"
_KIND = "@odata.type"
_NOBODY = frozenset(("device", "servicePrincipal", "application"))


@dataclass(frozen=True, slots=True)
class Group:
    """One group: a mailing list, a team's, or one that only gives rights."""

    id: str
    addresses: tuple[str, ...]
    """Canonical, the main one first; none for a group that gets no mail."""
    managed: bool
    """Whether only administrators or a rule put people in it: a security group, a dynamic one."""
    hidden: bool
    """Whether its members are shown only with a permission of its own."""

    @property
    def name(self) -> str:
        """What tells it from others in order: its address, else its id."""
        return self.addresses[0] if self.addresses else self.id


@dataclass(frozen=True, slots=True)
class Member:
    """One direct member."""

    id: str
    email: str | None
    """None: Microsoft does not say, or there is none."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why the members of a group are not known."""

    error: SourceError


Answer = tuple[Member, ...] | Unread
"""Who is in a group, or why that is not known: it may be gone by now."""


def tenant_groups(graph: Graph) -> Iterator[Group]:
    """Yield every group of the tenant once; needs ``GroupMember.Read.All``."""
    told = {"$select": _GROUP_FIELDS, "$top": str(MOST)}
    seen: set[str] = set()
    for record in graph.every("groups", told):
        id_ = text_of(record, "id").lower()
        if not id_ or id_ in seen:
            continue
        seen.add(id_)
        by_mail = record.get("mailEnabled") is not False
        kinds = record.get("groupTypes")
        kinds = kinds if isinstance(kinds, list) else []
        yield Group(
            id_,
            addresses_of(record) if by_mail else (),
            managed="DynamicMembership" in kinds or not (by_mail or "Unified" in kinds),
            hidden=record.get("visibility") == "HiddenMembership",
        )


def read_group(graph: Graph, group: Group, *, sees_hidden: bool) -> Answer:
    """Return who is in a group. Never raises a ``SourceError``."""
    try:
        if group.hidden and not sees_hidden:
            # Graph answers that nobody is in it.
            raise Denied(
                "a group hides its members",
                where=graph.where,
                cure="Grant the application permission Member.Read.Hidden",
            )
        return _members(graph, group)
    except SourceError as error:
        return Unread(error)


def _members(graph: Graph, group: Group) -> tuple[Member, ...]:
    found: dict[str, Member] = {}
    told = {"$select": _MEMBER_FIELDS, "$top": str(MOST)}
    for answer in graph.pages(f"groups/{group.id}/members", told):
        if not isinstance(answer, Found) or not is_list(answer.document):
            raise NoList(
                "a group that was listed is not there, or its members are no list",
                where=graph.where,
                cure="If it was deleted, the next night does not list it any more",
            )
        for record in listed(answer.document):
            member = _member(record)
            if member is not None:
                found[member.id] = member
    return tuple(found[id_] for id_ in sorted(found))


def _member(record: Mapping[str, Any]) -> Member | None:
    kind = text_of(record, _KIND).rpartition(".")[2]
    if kind in _NOBODY:
        return None
    addresses = addresses_of(record)
    return Member(text_of(record, "id").lower(), addresses[0] if addresses else None)
