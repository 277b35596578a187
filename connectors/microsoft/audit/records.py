"""The rows of the unified audit log about Teams: what was written, and who came and went.

What a row tells beside its own fields stands in ``auditData``, whose names Microsoft documents for
another way of asking; capitals are therefore not relied on, and a row of a message that does not
tell where it was written, or by whom, is counted as one that cannot be used. No text is in any of
it; the names of chats, teams and channels are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.microsoft.accounts import Accounts
from connectors.microsoft.teams.channels import home_of_channel
from connectors.microsoft.teams.posts import Home, Move, Post
from connectors.microsoft.users import moment, text_of
from connectors.portions import Portion

RECORD_TYPE = "microsoftTeams"
SENT, CREATED, ADDED, REMOVED = "MessageSent", "ChatCreated", "MemberAdded", "MemberRemoved"
OPERATIONS = (SENT, CREATED, ADDED, REMOVED)
MOVES = (ADDED, REMOVED)
_NO_PERSON = frozenset(("application", "serviceprincipal", "system"))
_UNUSABLE = "a row of the log cannot be used without it"
APP = "message by an app, no person's"
OPENED = "chat that was opened"


@dataclass(slots=True)
class Told:
    """What rows tell, until it is known who was there."""

    posts: dict[tuple[str, str], Post] = field(default_factory=dict)
    moves: set[Move] = field(default_factory=set)
    opened: dict[str, frozenset[str]] = field(default_factory=dict)
    """Chat -> ids of those who were in it from its beginning."""
    unclear: set[str] = field(default_factory=set)
    """Chats, channels and teams into which somebody came, or out of which, who is not named."""
    homes: dict[str, Home] = field(default_factory=dict)
    """Channel -> whose members read it."""
    other_rows: int = 0
    """Rows that are not of a message: the log tells of Teams at all."""


def take(row: Mapping[str, Any], told: Told, accounts: Accounts, portion: Portion) -> None:
    """Take in one row; of a message that comes twice the first one counts."""
    at = moment(row.get("createdDateTime"))
    data = _lowered(row.get("auditData"))
    operation = text_of(row, "operation") or text_of(data, "operation")
    chat = text_of(data, "chatthreadid") or text_of(data, "aadgroupid")
    if operation == SENT:
        _take_post(row, data, told, accounts, portion)
        return
    told.other_rows += 1
    if operation not in OPERATIONS or at is None or not chat:
        portion.leave_out("row that tells of no chat")
        return
    people, all_named = _people(data, accounts)
    if operation == CREATED:
        if all_named:
            told.opened.setdefault(chat, people | _author(row, data, accounts))
        portion.leave_out(OPENED)
        return
    if not all_named:
        told.unclear.add(chat)
    told.moves |= {Move(at, chat, one, operation == ADDED) for one in people}
    portion.leave_out("row of who came into a chat, or went")


def _take_post(
    row: Mapping[str, Any],
    data: Mapping[str, object],
    told: Told,
    accounts: Accounts,
    portion: Portion,
) -> None:
    if text_of(row, "userType").casefold() in _NO_PERSON:
        portion.leave_out(APP)
        return
    channel = text_of(data, "channelguid")
    place = channel or text_of(data, "chatthreadid")
    found: dict[str, object] = {
        "createdDateTime": moment(row.get("createdDateTime")),
        "ChatThreadId": place,
        "MessageId": text_of(data, "messageid"),
        "UserId": next(iter(_author(row, data, accounts)), ""),
    }
    lacking = next((name for name, value in found.items() if not value), None)
    at = found["createdDateTime"]
    if lacking is not None or not isinstance(at, datetime):
        portion.refuse(lacking or "createdDateTime", _UNUSABLE)
        return
    answers = text_of(data, "parentmessageid") if channel else ""
    post = Post(at, place, str(found["MessageId"]), str(found["UserId"]), answers)
    if (post.chat, post.id) in told.posts:
        portion.leave_out("row that came twice")
        return
    told.posts[post.chat, post.id] = post
    team = text_of(data, "aadgroupid")
    if channel and team:
        kind = text_of(data, "channeltype").casefold() or None
        told.homes[channel] = home_of_channel(team, channel, kind)


def _author(
    row: Mapping[str, Any], data: Mapping[str, object], accounts: Accounts
) -> frozenset[str]:
    """Return the id of who did it, or else the name; nobody if the row does not say."""
    id_ = text_of(row, "userId").lower()
    if accounts.address(id_) is not None:
        return frozenset((id_,))
    name = text_of(row, "userPrincipalName") or text_of(data, "userid")
    return frozenset((accounts.id_of(name),)) if name else frozenset()


def _people(data: Mapping[str, object], accounts: Accounts) -> tuple[frozenset[str], bool]:
    """Return the ids of the members that a row is about, and whether that is all of them."""
    told = data.get("members")
    members = told if isinstance(told, list) else ()
    names = [text_of(_lowered(member), "upn") for member in members]
    found = frozenset(accounts.id_of(name) for name in names if name)
    return found, bool(names) and all(names)


def _lowered(value: object) -> Mapping[str, object]:
    return {str(k).casefold(): v for k, v in value.items()} if isinstance(value, dict) else {}
