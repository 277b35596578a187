"""The sample's chat posts as Teams has them: chats with members and messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from benchmarks.pretend.microsoft.world import Chat, Group, Post, User, guid
from benchmarks.pretend.worlds import Accounts, Seat
from benchmarks.sample import envelope
from benchmarks.sample.calendar import TIMEZONE
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY

Known = Accounts[User, Group]


def chats_of(stage: Stage, accounts: Known) -> tuple[Chat, ...]:
    """Return every chat with its messages; those on record in which nobody wrote come last."""
    said: dict[str, list[envelope.Post]] = defaultdict(list)
    for post in sorted(stage.outbox.posts, key=lambda post: post.sent_at):
        said[chat_id(post, accounts)].append(post)
    places = places_of(stage, accounts)
    return (*(_chat(key, posts, places) for key, posts in said.items()), *_silent_chats(stage))


def places_of(stage: Stage, accounts: Known) -> Mapping[str, tuple[str, str]]:
    """Return where Teams has each post of the sample: its id there -> (chat, message)."""
    places: dict[str, tuple[str, str]] = {}
    taken: set[tuple[str, str]] = set()
    for post in sorted(stage.outbox.posts, key=lambda post: (post.sent_at, post.external_id)):
        key, number = chat_id(post, accounts), int(post.sent_at.timestamp() * 1_000)
        while (key, str(number)) in taken:
            number += 1
        places[post.external_id] = (key, str(number))
        taken.add(places[post.external_id])
    return places


def chat_id(post: envelope.Post, accounts: Known) -> str:
    """Return Teams' id of a chat: that of two people names them both."""
    if post.group:
        return f"19:{post.space}@thread.v2"
    return pair_id(*post.members[:2], accounts=accounts)


def pair_id(one: str, other: str, *, accounts: Known) -> str:
    """Return the id of the chat that two people have with each other."""
    ids = []
    for address in (one, other):
        user = accounts.user(address)
        ids.append(guid("outside", address.lower()) if user is None else user.id)
    return f"19:{'_'.join(sorted(ids))}@unq.gbl.spaces"


def _chat(key: str, said: list[envelope.Post], places: Mapping[str, tuple[str, str]]) -> Chat:
    created = said[0].sent_at.astimezone(UTC) - timedelta(days=20)
    members = list(dict.fromkeys(m for post in said for m in post.members))
    group = said[0].group
    posts = [
        Post(places[post.external_id][1], post.sent_at.astimezone(UTC), post.author, _text(post))
        for post in said
    ]
    if group:
        opened = str(int(created.timestamp() * 1_000))
        posts.insert(0, Post(opened, created, "", "", "systemEventMessage", tuple(members)))
    return Chat(
        key,
        "group" if group else "oneOnOne",
        tuple(Seat(member, since=created) for member in members),
        created,
        f"Room {CANARY} {key[-14:-10]}" if group else "",
        tuple(posts),
    )


def _text(post: envelope.Post) -> str:
    return f"Said {CANARY} {post.external_id[-4:]}"


def _silent_chats(stage: Stage) -> Iterable[Chat]:
    """Return the chats on record: their table's id is in theirs."""
    by_id = stage.people.by_id
    chats: dict[str, Chat] = {}
    for row in stage.records.get("spaces", ()):
        space_id, _, _, creator, member, start, end = row
        since = _moment(start) or _moment(stage.period.first)
        assert since is not None
        chat = chats.setdefault(
            str(space_id),
            Chat(f"19:{space_id}@thread.v2", "group", (), since, f"Room {CANARY} {space_id}"),
        )
        role = "OWNER" if member == creator else "MEMBER"
        seat = Seat(by_id[str(member)].mail, role, since, _moment(end))
        chats[str(space_id)] = replace(chat, seats=(*chat.seats, seat))
    return chats.values()


def _moment(day: object) -> datetime | None:
    return datetime.combine(day, time(12), TIMEZONE) if isinstance(day, date) else None
