"""Teams: chats with their members and messages, teams, channels and what was said there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from benchmarks.pretend.microsoft.calls import (
    METADATA,
    Call,
    Document,
    Handler,
    Refused,
    listing,
    only,
    within,
    written_exactly,
)
from benchmarks.pretend.microsoft.world import Channel, Chat, Post, Team, User, guid
from benchmarks.pretend.worlds import Seat

MOST = 50
"""Chats or messages on a page, at the most."""
ELSEWHERE = "0c5e8b7a-4d21-4f3b-8a69-1e2d3c4b5a60"
"""The tenant of everybody who is not of ours."""
KEPT = timedelta(days=21)
"""How long a deleted message may still be read."""
Place = tuple[Post, Chat | None, tuple[Team, Channel] | None]


def person_id(address: str, call: Call) -> str:
    """Return somebody's id: an account's, or one of another tenant."""
    user = call.known.accounts.user(address)
    return guid("outside", address.lower()) if user is None else user.id


# ---- chats -----------------------------------------------------------------------------------


def _touched(chat: Chat, now: datetime) -> datetime:
    """Return when the chat itself last changed: messages do not count."""
    moments = [m for s in chat.seats for m in (s.since, s.until) if m is not None and m <= now]
    return max(moments, default=chat.created_at)


def chat_document(chat: Chat, call: Call) -> Document:
    return {
        "id": chat.id,
        "topic": chat.topic or None,
        "createdDateTime": written_exactly(chat.created_at),
        "lastUpdatedDateTime": written_exactly(_touched(chat, call.now)),
        "chatType": chat.kind,
        "webUrl": f"https://teams.microsoft.com/l/chat/{chat.id}/0",
        "tenantId": call.world.tenant,
        "onlineMeetingInfo": None,
        "viewpoint": None,
        "isHiddenForAllMembers": False,
    }


def _is_in(address: str, seats: tuple[Seat, ...], at: datetime, call: Call) -> bool:
    key = person_id(address, call)
    return any(person_id(seat.email, call) == key and seat.holds(at) for seat in seats)


def _chats_of(user: User, call: Call) -> list[Chat]:
    return [
        chat
        for chat in call.world.chats
        if chat.created_at <= call.now and _is_in(user.id, chat.seats, call.now, call)
    ]


def list_chats(call: Call) -> Document:
    found = _chats_of(call.user(code="NotFound"), call)
    expanded = call.query.get("$expand", "")
    if "lastMessagePreview" in expanded and not call.may("Chat.Read.All", "Chat.ReadWrite.All"):
        raise Refused(403, "Forbidden", "Missing role permissions on the request.")

    def told(chat: Chat) -> Document:
        document = only(chat_document(chat, call), call.selected("chat"), "id")
        if "members" in expanded:
            document["members"] = [_member(seat, chat, call) for seat in _seats(chat, call)]
        return document

    return listing(call, found, call.size(20, MOST), told, context="chats")


def _seats(chat: Chat, call: Call) -> list[Seat]:
    return [seat for seat in chat.seats if seat.holds(call.now)]


def _member(seat: Seat, chat: Chat | None, call: Call) -> Document:
    """Return a membership; in a chat of two nobody's address is told."""
    user = call.known.accounts.user(seat.email)
    alone = chat is not None and chat.kind == "oneOnOne"
    name = seat.email.partition("@")[0] if user is None else user.name
    key = person_id(seat.email, call)
    return {
        "@odata.type": "#microsoft.graph.aadUserConversationMember",
        "id": f"MCMj{guid(key, chat.id if chat else '').replace('-', '')}",
        "roles": ["owner"] if alone or seat.role == "OWNER" else [],
        "displayName": name,
        "visibleHistoryStartDateTime": written_exactly(seat.since),
        "userId": key,
        "email": None if alone else seat.email if user is None else user.address,
        "tenantId": ELSEWHERE if user is None else call.world.tenant,
    }


def _chat(call: Call) -> Chat:
    for chat in call.world.chats:
        if chat.id == call.path["chat"] and chat.created_at <= call.now:
            return chat
    raise Refused(404, "NotFound", "Chat not found.")


def get_chat(call: Call) -> Document:
    told = only(chat_document(_chat(call), call), call.selected("chat"), "id")
    return {"@odata.context": f"{METADATA}chats/$entity", **told}


def chat_members(call: Call) -> Document:
    chat = _chat(call)
    size = call.size(100, 100)
    return listing(call, _seats(chat, call), size, lambda seat: _member(seat, chat, call))


def chat_messages(call: Call) -> Document:
    """Return the messages of a chat, newest first."""
    chat = _chat(call)
    found: list[Place] = [(post, chat, None) for post in _here(chat.posts, call)]
    return _messages(call, found[::-1])


def all_messages(call: Call) -> Document:
    """Return every message of every chat that somebody was in when it was said.

    What several people were in, each one's export tells.
    """
    user = call.user(code="NotFound")
    found: list[Place] = [
        (post, chat, None)
        for chat in call.world.chats
        if chat.created_at <= call.now
        for post in _here(chat.posts, call)
        if _is_in(user.id, chat.seats, post.at, call)
    ]
    return _messages(call, found)


# ---- messages --------------------------------------------------------------------------------


def _here(posts: tuple[Post, ...], call: Call) -> Iterator[Post]:
    for post in posts:
        gone = _holds(post.deleted_at, call.now - KEPT) is not None
        if post.at <= call.now and not gone:
            yield post


def _holds(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment <= now else None


def _modified(post: Post, now: datetime) -> datetime:
    return _holds(post.deleted_at, now) or _holds(post.edited_at, now) or post.at


def _messages(call: Call, found: list[Place]) -> Document:
    passes = within(call, "lastModifiedDateTime")
    kept = [place for place in found if passes(_modified(place[0], call.now))]
    size = call.size(20, MOST)
    return listing(call, kept, size, lambda place: message_document(*place, call), context="chats")


def message_document(
    post: Post, chat: Chat | None, place: tuple[Team, Channel] | None, call: Call
) -> Document:
    """Return a message with all that its export has, what was said included."""
    deleted, edited = _holds(post.deleted_at, call.now), _holds(post.edited_at, call.now)
    system = post.kind != "message"
    text = "<systemEventMessage/>" if system else "" if deleted else f"<p>{post.text}</p>"
    return {
        "id": post.id,
        "replyToId": post.answers or None,
        "etag": post.id,
        "messageType": _kind(post, call),
        "createdDateTime": written_exactly(post.at),
        "lastModifiedDateTime": written_exactly(_modified(post, call.now)),
        "lastEditedDateTime": written_exactly(edited) if edited else None,
        "deletedDateTime": written_exactly(deleted) if deleted else None,
        "subject": None,
        "summary": None,
        "chatId": chat.id if chat else None,
        "importance": "normal",
        "locale": "en-us",
        "webUrl": None,
        "channelIdentity": {"teamId": place[0].id, "channelId": place[1].id} if place else None,
        "policyViolation": None,
        "eventDetail": _event(post, call) if post.kind == "systemEventMessage" else None,
        "from": _from(post, call),
        "body": {"contentType": "html", "content": text},
        "attachments": [],
        "mentions": [],
        "reactions": [],
    }


def _kind(post: Post, call: Call) -> str:
    """Return the kind; one that is newer than the API only to who says to know such."""
    if post.kind == "message" or "include-unknown-enum-members" in call.request.header("Prefer"):
        return post.kind
    return "unknownFutureValue"


def _from(post: Post, call: Call) -> Document | None:
    if post.app:
        return _by_app(post)
    return _author(post.author, call) if post.author else None


def _author(address: str, call: Call) -> Document:
    user = call.known.accounts.user(address)
    return {
        "application": None,
        "device": None,
        "user": {
            "@odata.type": "#microsoft.graph.teamworkUserIdentity",
            "id": person_id(address, call),
            "displayName": address.partition("@")[0] if user is None else user.name,
            "userIdentityType": "aadUser",
            "tenantId": ELSEWHERE if user is None else call.world.tenant,
        },
    }


def _by_app(post: Post) -> Document:
    return {"application": {"id": post.app, "displayName": "Polls"}, "device": None, "user": None}


def _event(post: Post, call: Call) -> Document:
    kind = "membersDeleted" if post.left else "membersAdded"
    people = [
        {"id": person_id(address, call), "displayName": None, "userIdentityType": "aadUser"}
        for address in post.left or post.joined
    ]
    initiator = {"application": None, "device": None, "user": None}
    return {
        "@odata.type": f"#microsoft.graph.{kind}EventMessageDetail",
        "members": people,
        "initiator": initiator,
    }


# ---- teams -----------------------------------------------------------------------------------


def _teams(call: Call) -> list[Team]:
    return [team for team in call.world.teams if team.created_at <= call.now]


def list_teams(call: Call) -> Document:
    def told(team: Team) -> Document:
        document = {
            "id": team.id,
            "displayName": team.name,
            "description": team.name,
            "visibility": "private",
            "createdDateTime": written_exactly(team.created_at),
            "isArchived": False,
            "tenantId": call.world.tenant,
        }
        return only(document, call.selected("team"), "id")

    return listing(call, _teams(call), call.size(100, 999), told)


def _team(call: Call) -> Team:
    found = next((team for team in _teams(call) if team.id == call.path["team"]), None)
    if found is None:
        raise Refused(404, "NotFound", "No team found with this group id.")
    return found


def team_members(call: Call) -> Document:
    """Return who is in a team: the members of its group."""
    return _in_team(_team(call), None, call)


def channel_members(call: Call) -> Document:
    team = _team(call)
    for channel in _channels(team, call):
        if channel.id == call.path["channel"]:
            return _in_team(team, channel, call)
    raise Refused(404, "NotFound", "No channel found with this id.")


def _in_team(team: Team, channel: Channel | None, call: Call) -> Document:
    group = call.known.accounts.groups.get(team.id)
    seats = () if group is None else group.seats
    if channel is not None and channel.kind != "standard":
        seats = channel.seats
    here = [seat for seat in seats if seat.holds(call.now)]
    return listing(call, here, call.size(100, 999), lambda seat: _member(seat, None, call))


def _channels(team: Team, call: Call) -> list[Channel]:
    return [channel for channel in team.channels if channel.created_at <= call.now]


def list_channels(call: Call) -> Document:
    def told(channel: Channel) -> Document:
        document = {
            "id": channel.id,
            "displayName": channel.name,
            "description": None,
            "membershipType": channel.kind,
            "createdDateTime": written_exactly(channel.created_at),
            "tenantId": call.world.tenant,
            "isArchived": False,
        }
        return only(document, call.selected("channel"), "id")

    return listing(call, _channels(_team(call), call), call.size(100, 100), told)


def channel_messages(call: Call) -> Document:
    """Return what was said in one channel, answers left out, or in all of a team."""
    team = _team(call)
    found: list[Place] = [
        (post, None, (team, channel))
        for channel in _channels(team, call)
        if _is_told(channel, call)
        for post in _here(channel.posts, call)
        if "channel" not in call.path or not post.answers
    ]
    return _messages(call, found)


def _is_told(channel: Channel, call: Call) -> bool:
    if "channel" in call.path:
        return call.path["channel"] == channel.id
    return channel.kind == "standard" or call.world.exports_own_channels


HANDLERS: dict[str, Handler] = {
    "chats.ofUser": list_chats,
    "chats.get": get_chat,
    "chats.members": chat_members,
    "chats.messages": chat_messages,
    "chats.getAllMessages": all_messages,
    "teams.list": list_teams,
    "teams.members": team_members,
    "channels.list": list_channels,
    "channels.members": channel_members,
    "channels.allMembers": channel_members,
    "channels.messages": channel_messages,
    "channels.getAllMessages": channel_messages,
}
