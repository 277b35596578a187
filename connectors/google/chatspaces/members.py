"""Who is in a space of Google Chat: asked one space at a time, with an administrator's rights.

A chat log tells who wrote and to which space, but not who could read it. Google gives members'
ids alone; the directory says whose they are. A group that was added to a space is not shown to an
administrator, so what is returned are the members that are there themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.answers import Found
from connectors.google.asking import Api, Asking, Cost, listed

MEMBER_SCOPES = ("chat.admin.memberships.readonly",)
_FIELDS = "nextPageToken,memberships(name,state,role,createTime,member(name,type))"
_LARGEST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class ChatMember:
    """One human member of a space."""

    user_id: str
    """The id of the account in Google's directory."""
    since: datetime | None
    """When it joined; None where Google does not say."""
    owns: bool
    """Whether it may do everything in the space, as whoever makes one at first may."""


def members_of(asking: Asking, space: str, *, cost: Cost = ()) -> tuple[ChatMember, ...] | None:
    """Return the people who are in ``spaces/…`` now, None if there is no such space (any more).

    ``asking`` acts for an administrator with ``MEMBER_SCOPES`` and the privilege to manage Chat
    and spaces conversations. Raises ``SourceError``; of a direct message Google may answer that
    it is not allowed, or not there.
    """

    def question(service: Any, mark: str | None) -> Any:
        return service.spaces().members().list(
            parent=space,
            useAdminAccess=True,
            filter='member.type = "HUMAN"',
            pageSize=_LARGEST_PAGE,
            pageToken=mark,
            fields=_FIELDS,
        )

    found: dict[str, ChatMember] = {}
    for answer in asking.pages(Api.CHAT, question, items="memberships", cost=cost):
        if not isinstance(answer, Found):
            return None
        for membership in listed(answer.document, "memberships"):
            member = _member(membership)
            if member is not None:
                found.setdefault(member.user_id, member)
    return tuple(sorted(found.values(), key=lambda one: one.user_id))


def _member(membership: Mapping[str, Any]) -> ChatMember | None:
    """Return who a membership says is in; None for an invitation, a program or a former member."""
    user = membership.get("member")
    if not isinstance(user, dict):
        return None
    name = user.get("name")
    if not isinstance(name, str) or not name.startswith("users/") or not name[6:]:
        return None
    if user.get("type", "HUMAN") != "HUMAN" or membership.get("state", "JOINED") != "JOINED":
        return None
    return ChatMember(
        name.removeprefix("users/"),
        instant(membership.get("createTime")),
        membership.get("role") == "ROLE_MANAGER",
    )


def instant(text: object) -> datetime | None:
    """Return a moment as Google writes it (RFC 3339, up to nanoseconds), None if it is none."""
    if not isinstance(text, str):
        return None
    whole, dot, rest = text.partition(".")
    if dot:  # more digits than six are not read by every version of Python
        digits = rest.rstrip("Zz")
        text = f"{whole}.{digits[:6]}Z" if digits.isdecimal() else text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.astimezone(UTC)
