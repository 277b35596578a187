"""The sample's chat posts as Google Chat has them: spaces with members, and rows of its log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from benchmarks.pretend.google.accounts import Accounts
from benchmarks.pretend.google.everyday import activity
from benchmarks.pretend.google.world import LogRow, Space
from benchmarks.pretend.worlds import Seat
from benchmarks.sample.calendar import TIMEZONE
from benchmarks.sample.envelope import Post
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY

LAG = timedelta(minutes=3)
CONVERSATIONS = {
    "SPACE": "SPACE",
    "GROUP_CHAT": "GROUP_DIRECT_MESSAGE",
    "DIRECT_MESSAGE": "USER_TO_USER_DIRECT_MESSAGE",
}
"""A space's type in the Chat API -> its name in the log."""


def chat_of(stage: Stage, accounts: Accounts) -> tuple[tuple[Space, ...], list[LogRow]]:
    """Return the spaces with their members, and every row of the chat log."""
    posts: dict[str, list[Post]] = defaultdict(list)
    for post in stage.outbox.posts:
        posts[post.space].append(post)
    spaces = [_space(name, said, accounts) for name, said in posts.items()]
    spaces += _silent_spaces(stage)
    rows = [row for space in spaces for row in _opening(space)]
    for space in spaces:
        said = posts[space.name.removeprefix("spaces/")]
        rows += [_posted(space, post, accounts) for post in said]
    return tuple(spaces), rows


def _space(name: str, said: list[Post], accounts: Accounts) -> Space:
    created = min(p.sent_at for p in said).astimezone(UTC) - timedelta(days=20)
    members = list(dict.fromkeys(m for p in said for m in p.members))
    kind = "SPACE" if said[0].group else "DIRECT_MESSAGE"
    return Space(
        f"spaces/{name}",
        kind,
        f"Room {CANARY} {name[-4:]}" if kind == "SPACE" else "",
        tuple(Seat(m, since=created) for m in members),
        created,
        creator=next((m for m in members if accounts.user(m)), members[0]),
        external=any(accounts.user(m) is None for m in members),
    )


def _silent_spaces(stage: Stage) -> list[Space]:
    """Return the spaces on record, in which nobody has written: their table's id is their name."""
    seats: dict[str, list[Seat]] = defaultdict(list)
    about: dict[str, tuple[str, datetime]] = {}
    by_id = stage.people.by_id
    for row in stage.records.get("spaces", ()):
        space_id, _, _, creator, member, start, end = row
        since = _moment(start) or _moment(stage.period.first)
        if since is not None:
            about.setdefault(str(space_id), (by_id[str(creator)].mail, since))
            seat = Seat(by_id[str(member)].mail, "MEMBER", since, _moment(end))
            seats[str(space_id)].append(seat)
    return [
        Space(
            f"spaces/{space_id}",
            "SPACE",
            f"Room {CANARY} {space_id}",
            tuple(seats[space_id]),
            created,
            creator,
        )
        for space_id, (creator, created) in about.items()
    ]


def _moment(day: object) -> datetime | None:
    return datetime.combine(day, time(12), TIMEZONE) if isinstance(day, date) else None


# ---- the log ---------------------------------------------------------------------------------


def _opening(space: Space) -> Iterator[LogRow]:
    created = space.created_at.astimezone(UTC)
    others = [seat.email for seat in space.seats if seat.email != space.creator]
    if space.kind == "DIRECT_MESSAGE":
        yield row(space, created, space.creator, "direct_message_started", target_users=others)
        return
    yield row(space, created, space.creator, "room_created")
    for seat in space.seats:
        if seat.email != space.creator:
            at = seat.since.astimezone(UTC) + timedelta(seconds=5)
            yield row(space, at, space.creator, "add_room_member", target_users=[seat.email])
        if seat.until is not None:
            at = seat.until.astimezone(UTC)
            yield row(space, at, space.creator, "remove_room_member", target_users=[seat.email])


def _posted(space: Space, post: Post, accounts: Accounts) -> LogRow:
    outside = accounts.user(post.author) is None
    return row(
        space,
        post.sent_at.astimezone(UTC),
        post.author,
        "message_posted",
        actor_type="NON_ADMIN",
        message_id=post.external_id,
        message_type="REGULAR_MESSAGE",
        attachment_status="NO_ATTACHMENT",
        conversation_ownership="EXTERNALLY_OWNED" if outside else "INTERNALLY_OWNED",
    )


def row(space: Space, at: datetime, actor: str, event: str, **more: object) -> LogRow:
    """Return one row of the chat log; ``more`` are parameters beside the room's own."""
    parameters: dict[str, object] = {
        "room_id": space.name.removeprefix("spaces/"),
        "actor": actor,
        "conversation_type": CONVERSATIONS[space.kind],
        "external_room": "ENABLED" if space.external else "DISABLED",
        "retention_state": "PERMANENT" if space.history else "EPHEMERAL_ONE_DAY",
    }
    if space.title:
        parameters["room_name"] = space.title
    told = {**parameters, **more}
    return activity("chat", at, actor, "user_action", event, told, LAG)
