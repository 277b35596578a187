"""The stream ``chat``: every message posted in Google Chat, with who was in the room.

What was posted is read first, then what the log tells of the members of those rooms, and last, if
the district allows it, who is in them now. A room that stays unclear is delivered all the same,
as one with members that cannot be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from auditor.model import Address, Channel, Message, Party, PartyRole
from connectors.google.activities import Activity, Event, Row
from connectors.google.flattening import Parameters, text_of, texts_of
from connectors.google.logs.occupants import Occupants
from connectors.google.logs.reading import Reading, in_order
from connectors.google.logs.rooms import Rooms, Sign
from connectors.portions import Day, Portion, Span, whole

POSTED = "message_posted"
STARTED, CREATED = "direct_message_started", "room_created"
ADDED, REMOVED = "add_room_member", "remove_room_member"
ACCEPTED, LEFT = "invite_accept", "room_left"
MEMBERSHIP = (STARTED, CREATED, ADDED, ACCEPTED, REMOVED, LEFT)
"""The events that tell who came and went."""
HISTORY_OFF = "history_turned_off"
KEPT = timedelta(days=180) - timedelta(hours=1)
"""How far back Google keeps its logs, less a margin."""
_DIRECT, _WITH_APP = "USER_TO_USER_DIRECT_MESSAGE", "USER_TO_APP_DIRECT_MESSAGE"
_KEEP = frozenset(
    {
        "room_id",
        "message_id",
        "message_type",
        "actor",
        "target_users",
        "conversation_type",
        "conversation_ownership",
        "retention_state",
    }
)
"""All that is read of a row; a room's name and an attachment's are not among it."""
_PAGE = 2_000
_OTHER_UNKNOWN = "direct message whose other person is not known"
_MEMBERS_UNKNOWN = "message in a room whose members are not all known"
_SET_MEMBERS = "set chat_members = true, and Google is asked who is there"
_ASK_PEOPLE = "Google did not show who is there; ask those who wrote"


class _Post(NamedTuple):
    """What is held of a message until its room is known."""

    at: datetime
    native_id: str
    room: str
    author: Address
    outside: bool


class ChatLog:
    """Reads the log of Google Chat."""

    name = "chat"

    def __init__(self, reading: Reading, tool: str, occupants: Occupants | None) -> None:
        self._reading = reading
        self._tool = tool
        self._occupants = occupants

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield the messages of all days, once the members of their rooms are known."""
        posts, rooms = list[_Post](), Rooms()
        span = whole(days)
        for gathered in self._posted(span, rooms):
            posts += gathered.posts
            yield gathered.portion
        wanted = {post.room for post in posts}
        self._membership(Span(span.ends - KEPT, span.ends), wanted, rooms)
        last = self._reading.portion(self.name)
        if self._occupants is not None:
            unclear = {p.room for p in posts if not rooms.members(p.room, p.at).complete}
            self._occupants.tell(sorted(unclear), rooms, last)
        for start in range(0, len(posts), _PAGE):
            yield self._messages(posts[start : start + _PAGE], rooms)
        last.say("room in which history was switched off", self._histories_off(span))
        last.finished = tuple(day.date for day in days)
        yield last

    # ---- what was posted -------------------------------------------------------------------

    def _posted(self, span: Span, rooms: Rooms) -> Iterator[_Gathered]:
        log = self._reading.log(self.name, event=POSTED, keep=_KEEP)

        def read(rows: Iterator[Row]) -> _Gathered:
            found = _Gathered(self._reading.portion(self.name), [], [])
            for row in in_order(rows, found.portion):
                for event in row.events:
                    if event.name == POSTED:
                        self._post(found, row, event)
            return found

        for found in self._reading.results(log, span, read):
            for room, address, at, direct in found.seen:
                rooms.sign(room, address, at, Sign.SEEN)
                if direct:
                    rooms.direct(room)
            yield found

    def _post(self, found: _Gathered, row: Activity, event: Event) -> None:
        told, portion = event.parameters, found.portion
        kind, room = text_of(told, "conversation_type"), text_of(told, "room_id")
        if kind == _WITH_APP or row.caller == "KEY":
            portion.leave_out("message between a person and an app")
            return
        author = self._reading.address(text_of(told, "actor") or row.email)
        if author is None or room is None:
            field, word = ("actor", "who wrote") if author is None else ("room_id", "in which room")
            portion.refuse(field, f"it does not tell {word}")
            return
        room = room.removeprefix("spaces/")
        outside = text_of(told, "conversation_ownership") == "EXTERNALLY_OWNED"
        if outside:
            portion.say("message in a room of another organization, whose log tells its members")
        if (text_of(told, "retention_state") or "").startswith("EPHEMERAL"):
            portion.say("message in a room without history, which is gone from Chat after a day")
        found.posts.append(_Post(row.at, _native_id(room, told, row), room, author, outside))
        others = (self._reading.address(text) for text in texts_of(told, "target_users"))
        for address in (author, *others):
            if address is not None:
                found.seen.append((room, address, row.at, kind == _DIRECT))

    # ---- who was there ---------------------------------------------------------------------

    def _membership(self, span: Span, wanted: set[str], rooms: Rooms) -> None:
        for name in MEMBERSHIP if wanted else ():
            log = self._reading.log(self.name, event=name, keep=_KEEP)

            def read(rows: Iterator[Row], name: str = name) -> list[_Change]:
                return list(self._changes(rows, name, wanted))

            for changes in self._reading.results(log, span, read):
                for change in changes:
                    _enter(rooms, change, name)

    def _changes(self, rows: Iterable[Row], name: str, wanted: set[str]) -> Iterator[_Change]:
        for row in rows:
            for event in row.events if isinstance(row, Activity) else ():
                room = (text_of(event.parameters, "room_id") or "").removeprefix("spaces/")
                if event.name == name and room in wanted and isinstance(row, Activity):
                    yield self._change(row, event.parameters, room)

    def _change(self, row: Activity, told: Parameters, room: str) -> _Change:
        targets = [self._reading.address(text) for text in texts_of(told, "target_users")]
        actor = self._reading.address(text_of(told, "actor") or row.email)
        direct = text_of(told, "conversation_type") == _DIRECT
        named = tuple(address for address in targets if address is not None)
        return _Change(row.at, room, actor, named, direct)

    def _histories_off(self, span: Span) -> int:
        log = self._reading.log(self.name, event=HISTORY_OFF, keep=_KEEP)
        return len(
            {
                room
                for row in log.rows(span)
                if isinstance(row, Activity)
                for event in row.events
                if (room := text_of(event.parameters, "room_id")) is not None
            }
        )

    # ---- the two together ------------------------------------------------------------------

    def _messages(self, posts: Iterable[_Post], rooms: Rooms) -> Portion:
        portion = self._reading.portion(self.name)
        for post in posts:
            members = rooms.members(post.room, post.at)
            if not members.complete:
                self._leave_open(portion, post, rooms)
            others = (one for one in members.addresses if one != post.author)
            message = Message(
                native_id=post.native_id,
                channel=Channel.CHAT,
                tool=self._tool,
                sent_at=post.at,
                parties=(
                    Party(post.author, PartyRole.FROM),
                    *(Party(one, PartyRole.MEMBER) for one in others),
                ),
                thread=f"{self._reading.source}/{post.room}",
                container=post.room,
                recipients_hidden=post.outside or not members.complete,
            )
            portion.deliver(message, post.at)
        return portion


    def _leave_open(self, portion: Portion, post: _Post, rooms: Rooms) -> None:
        """Tell of a message that may have gone to anybody: a gap if the district's wrote it.

        Where Google did tell its members, those who are not known have no account of the district.
        """
        direct = rooms.is_direct(post.room)
        what = _OTHER_UNKNOWN if direct else _MEMBERS_UNKNOWN
        if rooms.is_listed(post.room):
            portion.say(what, lost=True)
            return
        cure = _SET_MEMBERS if self._occupants is None else _ASK_PEOPLE
        portion.say(f"{what}: {cure}", lost=True)
        if self._reading.is_district(post.author):
            many = what.replace("message", "messages", 1).replace(" a room", " rooms")
            portion.leave_open(f"{many}: {cure}", post.at)


class _Gathered(NamedTuple):
    portion: Portion
    posts: list[_Post]
    seen: list[tuple[str, Address, datetime, bool]]


class _Change(NamedTuple):
    """One event about who is in a room."""

    at: datetime
    room: str
    actor: Address | None
    targets: tuple[Address, ...]
    direct: bool


def _enter(rooms: Rooms, change: _Change, name: str) -> None:
    """Take in what one event says."""
    about: tuple[Address | None, ...]
    if name in (ADDED, REMOVED):
        about = change.targets or (None,)
    elif name == STARTED:
        rooms.direct(change.room)
        about = (change.actor, *change.targets)
    else:
        about = (change.actor,)
        if change.direct:
            rooms.direct(change.room)
    if name == CREATED:
        rooms.opened(change.room, change.at)
    sign = Sign.WENT if name in (REMOVED, LEFT) else Sign.CAME
    for address in about:
        if address is None:
            rooms.unclear(change.room)
        else:
            rooms.sign(change.room, address, change.at, sign)


def _native_id(room: str, told: Parameters, row: Activity) -> str:
    """Return the name by which Chat knows the message, as its exports write it."""
    stated = text_of(told, "message_id")
    if stated is None:
        return f"spaces/{room}/log/{row.qualifier}"
    return stated if stated.startswith("spaces/") else f"spaces/{room}/messages/{stated}"
