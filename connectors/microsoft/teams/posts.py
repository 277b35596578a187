"""What the chats of an account or the channels of a team held: asked of Graph's export.

The export has no way to leave the texts out. They are dropped here, row by row as a page comes,
before anything else sees it: what goes on are ids and moments.

It can be asked for by the moment of the last change only. A message of last week that was edited or
deleted tonight comes again tonight, and one of the window may have been changed after it: so
everything changed since the window began is asked for, and when it was written decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from auditor.source import Denied, SourceError
from connectors.answers import Found
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.users import moment, text_of

APP = "message by an app, no person's"
NEWER = "row of a kind that is not known, so nobody knows whether somebody wrote"
TO_ONESELF = "note that somebody wrote to nobody else"
_MOST = 50
"""On one page; Graph gives no more (chats: getAllMessages)."""
_MARGIN = timedelta(hours=1)
"""Clocks here and there need not agree; nothing is written in the future."""
NEWER_KINDS = {"Prefer": "include-unknown-enum-members"}
"""Without this Graph calls every kind newer than its first version "unknownFutureValue"."""
_NOTES = "48:notes"
_NO_MESSAGES = frozenset(("systemEventMessage", "chatEvent", "typing"))
"""Kinds of rows in which nobody wrote anything (chatMessageType)."""
_MOVES: Mapping[str, bool] = {
    "membersAdded": True,
    "membersJoined": True,
    "membersDeleted": False,
    "membersLeft": False,
}
"""Event -> whether its members came (True) or went (eventMessageDetail)."""


class NotThere(Denied):
    """Teams has nothing of this account, or the team is gone."""


class Post(NamedTuple):
    """One message as its export has it, without its text."""

    at: datetime
    """When it was written, whatever became of it since."""
    chat: str
    """Id of the chat or the channel."""
    id: str
    author: str
    """Id of who wrote it."""
    answers: str = ""
    """Id of the message of a channel that it replies to."""


class Move(NamedTuple):
    """Somebody came into a chat, or went."""

    at: datetime
    chat: str
    """Whose members they are: the chat, the channel or the team."""
    user: str
    """Id, in small letters."""
    came: bool


class Home(NamedTuple):
    """Whose members read what is written in one chat or channel, and where they are asked for."""

    key: str
    path: str
    unit: str
    """How a gap names it."""


@dataclass(slots=True)
class Export:
    """What was found in the chats of one account, or in one team, or why nothing was."""

    posts: list[Post] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """For each message that cannot be used, the field that lacks."""
    said: Counter[str] = field(default_factory=Counter)
    records: int = 0
    failure: SourceError | None = None
    homes: dict[str, Home] = field(default_factory=dict)
    """Channel -> whose members read it."""
    gaps: list[tuple[str, str]] = field(default_factory=list)
    """Parts of it that could not be read: (name, why)."""


@dataclass(frozen=True, slots=True)
class Exports:
    """Asks for what was written. For any number of threads."""

    graph: Graph
    begins: datetime
    ends: datetime
    """The window, up to and not including this moment."""

    def of_user(self, user: str) -> Export:
        """Return what the account with this id was told in chats; raises ``SourceError``."""
        missing = NotThere(
            "Teams knows no such account: it may have no licence for Teams",
            where=self.graph.where,
            cure="Take it into leave_out if it writes no chats",
        )
        return self._of(f"users/{user}/chats/getAllMessages", missing)

    def of_team(self, team: str) -> Export:
        """Return what was written in all channels of a team; raises ``SourceError``."""
        return self._of(f"teams/{team}/channels/getAllMessages", no_team(self.graph.where))

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is of something that was written in the window."""
        at = moment(row.get("createdDateTime"))
        return at is not None and self.begins <= at < self.ends

    def _of(self, path: str, missing: NotThere) -> Export:
        found = Export()
        seen: set[tuple[str, str]] = set()
        for answer in self.graph.pages(path, self._asked(), headers=NEWER_KINDS):
            if not isinstance(answer, Found):
                raise missing
            for row in listed(answer.document):
                key = _place(row), text_of(row, "id")
                if not all(key) or key not in seen:
                    self._take(row, found)
                seen.add(key)
        return found

    def _asked(self) -> dict[str, str]:
        since = _written(self.begins - timedelta(milliseconds=1))
        until = _written(self.graph.clock.now() + _MARGIN)
        name = "lastModifiedDateTime"
        return {
            "$filter": f"{name} gt {since} and {name} lt {until}",
            "$top": str(_MOST),
        }

    def _take(self, row: Mapping[str, Any], found: Export) -> None:
        found.records += 1
        kind, place = text_of(row, "messageType"), _place(row)
        at = moment(row.get("createdDateTime"))
        if kind not in ("", "message"):
            if at is not None and place:
                found.moves += _moves(row, place, at)
            if kind not in _NO_MESSAGES and not isinstance(row.get("eventDetail"), dict):
                found.said[NEWER] += 1
            return
        if at is not None and not self.begins <= at < self.ends:
            return
        if place.startswith(_NOTES):
            found.said[TO_ONESELF] += 1
            return
        author, by_app = _author(row)
        if by_app:
            found.said[APP] += 1
            return
        id_ = text_of(row, "id")
        needed = {"messageType": kind, "createdDateTime": at, "chatId": place, "id": id_}
        needed["from"] = author
        lacking = next((name for name, value in needed.items() if not value), None)
        if lacking is not None or at is None:
            found.refused.append(lacking or "createdDateTime")
        else:
            answers = text_of(row, "replyToId")
            found.posts.append(Post(at, place, id_, author.lower(), answers))


def no_team(where: str) -> NotThere:
    return NotThere(
        "the team is not there any more",
        where=where,
        cure="If it was deleted, what was written in it last cannot be read again",
    )


def _place(row: Mapping[str, Any]) -> str:
    """Return the id of the chat or of the channel that a row is from."""
    channel = row.get("channelIdentity")
    within = text_of(channel, "channelId") if isinstance(channel, dict) else ""
    return text_of(row, "chatId") or within


def _author(row: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the id of who wrote a message, and whether it was an app instead."""
    by = row.get("from")
    if not isinstance(by, dict):
        return "", False
    user = by.get("user")
    author = text_of(user, "id") if isinstance(user, dict) else ""
    return author, not author and isinstance(by.get("application"), dict)


def _moves(row: Mapping[str, Any], chat: str, at: datetime) -> Iterator[Move]:
    detail = row.get("eventDetail")
    if not isinstance(detail, dict):
        return
    kind = text_of(detail, "@odata.type").removeprefix("#microsoft.graph.")
    came = _MOVES.get(kind.removesuffix("EventMessageDetail"))
    members = detail.get("members")
    for member in members if came is not None and isinstance(members, list) else ():
        user = text_of(member, "id") if isinstance(member, dict) else ""
        if user and came is not None:
            yield Move(at, chat, user.lower(), came)


def _written(at: datetime) -> str:
    text = at.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
