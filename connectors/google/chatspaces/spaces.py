"""The named spaces of a district, each with the people in it.

Google lists named spaces to an administrator, and neither direct messages nor group conversations
without a name: who is in those shows only in the chat log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.google.asking import Api, Asking, Cost
from connectors.google.chatspaces.members import ChatMember, instant

SPACE_SCOPES = ("chat.admin.spaces.readonly",)
NAMED_SPACES = 'customer = "customers/my_customer" AND space_type = "SPACE"'
_LARGEST_PAGE = 1_000
_HISTORY = {"HISTORY_ON": True, "HISTORY_OFF": False}
_AT_ONCE = timedelta(seconds=5)
"""Whoever makes a space is in it from the first moment; the two are written one after the other."""


@dataclass(frozen=True, slots=True)
class Space:
    """One named space."""

    name: str
    """As Google's interfaces name it: ``spaces/…``."""
    title: str | None
    """What its members call it; None where names are not asked for."""
    created_at: datetime | None
    people: int | None
    """How many people are in it themselves."""
    groups: int
    """How many mailing lists were added to it."""
    history: bool | None = None
    """Whether messages in it are kept; if not, they vanish after a day. None: not told."""

    @property
    def id(self) -> str:
        """Return the id by which the chat log and the address of the space know it."""
        return self.name.removeprefix("spaces/")


def named_spaces(
    asking: Asking, *, names: bool, history: bool = False, cost: Cost = ()
) -> list[Space]:
    """Return every named space, by id; raises ``SourceError``. Needs ``SPACE_SCOPES``.

    What its members called it and whether its history is kept are asked for only if wanted.
    """
    wanted = "name,createTime,membershipCount"
    wanted += ",displayName" * names + ",spaceHistoryState" * history

    def question(service: Any, mark: str | None) -> Any:
        return service.spaces().search(
            query=NAMED_SPACES,
            useAdminAccess=True,
            pageSize=_LARGEST_PAGE,
            pageToken=mark,
            fields=f"nextPageToken,spaces({wanted})",
        )

    found: dict[str, Space] = {}
    for record in asking.records(Api.CHAT, question, items="spaces", cost=cost):
        space = _space(record)
        if space is not None:
            found.setdefault(space.name, space)
    return [found[name] for name in sorted(found)]


def space_named(asking: Asking, name: str, *, cost: Cost = ()) -> Space | None:
    """Return one space, ``spaces/…``, with how many people and lists are in it.

    None if it is not there (any more); raises ``SourceError``. Needs ``SPACE_SCOPES``.
    """
    document = asking.get(
        Api.CHAT,
        lambda service: service.spaces().get(
            name=name, useAdminAccess=True, fields="name,membershipCount"
        ),
        cost=cost,
    )
    return _space(document) if isinstance(document, dict) else None


def maker(space: Space, members: tuple[ChatMember, ...]) -> str | None:
    """Return the number of who made a space, None if that is not plain.

    Google does not say it. It is who owns the space and has been in it since it was made, if that
    is one person; an owner who came later did not make it.
    """
    if space.created_at is None:
        return None
    first = [
        one.user_id
        for one in members
        if one.owns and one.since is not None and one.since <= space.created_at + _AT_ONCE
    ]
    return first[0] if len(first) == 1 else None


def _space(record: Mapping[str, Any]) -> Space | None:
    name, title = record.get("name"), record.get("displayName")
    if not isinstance(name, str) or not name.startswith("spaces/"):
        return None
    counts = record.get("membershipCount")
    counts = counts if isinstance(counts, dict) else {}
    people, groups = (
        counts.get(one) for one in ("joinedDirectHumanUserCount", "joinedGroupCount")
    )
    return Space(
        name,
        title if isinstance(title, str) and title.strip() else None,
        instant(record.get("createTime")),
        people if isinstance(people, int) else None,
        groups if isinstance(groups, int) else 0,
        _HISTORY.get(str(record.get("spaceHistoryState"))),
    )
