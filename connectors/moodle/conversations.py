"""What was said in one account's conversations: who and when, never what.

A message's text comes along with it, and the last one's with the list of conversations; both are
dropped here. Nothing is marked as read by asking: Moodle has functions of their own for that, and
the token must not even have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auditor.model import Channel, Message, Party, PartyRole
from auditor.source import Mark
from connectors.moodle.asking import PAGE, Asking, Record, listed
from connectors.moodle.presence import Room
from connectors.moodle.settings import CONVERSATIONS, MEMBERS, MESSAGES
from connectors.numbered import Addresses, id_of, moment
from connectors.retrying import Clock
from connectors.unitpages import Brought

_INDIVIDUAL, _GROUP, _SELF = "1", "2", "3"
TO_ONESELF = "notes that somebody wrote to himself"
UNKNOWN_TYPE = "conversation of a kind that Moodle's documents do not name: taken as a group"
BY_THE_SITE = "message by the site itself, no person's"
STRANGER = "member of a conversation whose address nobody knows"
EARLIER = (
    "message of a group conversation from before its members were first read: whoever came into "
    "it since counts as having been there"
)
CAME_OR_WENT = (
    "member who came into a group conversation or left it about the time of a message: not "
    "counted as its reader"
)
_KEPT = timedelta(days=100)
"""So long what was seen of a conversation's members is kept after the last message in it."""


@dataclass(slots=True)
class Reader:
    """Reads conversations account by account; a message is told of once, where it is met first."""

    asking: Asking
    addresses: Addresses
    source: str
    tool: str
    begins: datetime
    ends: datetime
    """The window, up to and not including this moment."""
    clock: Clock
    marks: Mapping[str, str] = field(default_factory=dict)
    """Conversation -> what earlier nights saw of its members."""
    _seen: set[str] = field(default_factory=set)
    """Numbers of messages that were told of."""
    _rooms: dict[str, Room] = field(default_factory=dict)
    """Conversation -> its members."""
    _groups: set[str] = field(default_factory=set)
    """Conversations whose members come and go."""

    def new_marks(self) -> tuple[Mark, ...]:
        """Return what is to be kept of members for the nights to come."""
        now = self.clock.now()
        kept = {number: Mark(number, self._rooms[number].mark) for number in self._groups}
        oldest = int((now - _KEPT).timestamp())
        for number in self.marks.keys() - kept.keys():
            if Room.of(self.marks[number]).read < oldest:
                kept[number] = Mark(number, None)
        return tuple(kept[number] for number in sorted(kept))

    def of(self, user: str) -> Brought:
        """Return what was said with this account in the window; raises a ``SourceError``."""
        found = Brought()
        for conversation in self.asking.records(CONVERSATIONS, "conversations", {"userid": user}):
            number, kind = id_of(conversation.get("id")), id_of(conversation.get("type"))
            if not number:
                found.refused.append("id")
            elif not self._is_quiet(conversation):
                if kind == _SELF:
                    found.said[TO_ONESELF, False] += 1
                    continue
                if kind not in (_INDIVIDUAL, _GROUP):
                    found.said[UNKNOWN_TYPE, False] += 1
                self._conversation(user, number, kind == _INDIVIDUAL, found)
        # Only now: what an account brought that then failed is told of with the next one in it.
        self._seen.update(message.native_id for message in found.messages)
        return found.in_order()

    def _is_quiet(self, conversation: Record) -> bool:
        """Whether the newest message, which the list tells, is older than the window."""
        moments = [moment(one.get("timecreated")) for one in listed(conversation.get("messages"))]
        return bool(moments) and all(at is not None and at < self.begins for at in moments)

    def _conversation(self, user: str, number: str, individual: bool, found: Brought) -> None:
        asked: dict[str, str | int] = {
            "currentuserid": user,
            "convid": number,
            "newest": 1,
            "timefrom": int(self.begins.timestamp()) - 1,
        }
        fresh = [
            one
            for one in self.asking.records(MESSAGES, "messages", asked)
            if id_of(one.get("id")) not in self._seen
        ]
        if fresh:
            room = self._room(user, number, individual)
            for one in fresh:
                self._take(one, number, individual, room, found)

    def _room(self, user: str, number: str, individual: bool) -> Room:
        if number not in self._rooms:
            asked: dict[str, str | int] = {"userid": user, "conversationid": number}
            rows: dict[str, None] = {user: None}
            start = 0
            while True:
                portion = {**asked, "limitfrom": start, "limitnum": PAGE}
                told = [id_of(one.get("id")) for one in self.asking.rows(MEMBERS, portion)]
                known = len(rows)
                rows.update(dict.fromkeys(filter(None, told)))
                start += PAGE
                if len(told) < PAGE or len(rows) == known:
                    break
            # Two people's conversation has them for good: whoever is in it was in it always.
            now = 0 if individual else int(self.clock.now().timestamp())
            before = Room() if individual else Room.of(self.marks.get(number))
            self._rooms[number] = before.seen(rows, now)
            if not individual:
                self._groups.add(number)
        return self._rooms[number]

    def _take(
        self,
        record: Record,
        conversation: str,
        individual: bool,
        room: Room,
        found: Brought,
    ) -> None:
        number, at = id_of(record.get("id")), moment(record.get("timecreated"))
        if at is not None and not self.begins <= at < self.ends:
            return
        found.records += 1
        writer = record.get("useridfrom")
        if isinstance(writer, int) and writer < 0:
            found.said[BY_THE_SITE, False] += 1
            return
        author = self.addresses.address(id_of(writer))
        needed = {"id": number, "timecreated": at, "useridfrom": author}
        lacking = next((name for name, value in needed.items() if not value), None)
        if lacking is not None or at is None or author is None:
            found.refused.append(lacking or "useridfrom")
            return
        present = room.present(int(at.timestamp()))
        found.said[EARLIER, True] += present.earlier
        found.said[CAME_OR_WENT, True] += present.unclear
        others = [self.addresses.address(one) for one in present.members if one != id_of(writer)]
        unknown = sum(one is None for one in others)
        if unknown:
            found.said[STRANGER, True] += unknown
        parties = {author: PartyRole.FROM}
        for address in others:
            if address is not None:
                role = PartyRole.TO if individual else PartyRole.MEMBER
                parties.setdefault(address, role)
        found.messages.append(
            Message(
                native_id=number,
                channel=Channel.LMS_MESSAGE,
                tool=self.tool,
                sent_at=at,
                parties=tuple(Party(address, role) for address, role in parties.items()),
                thread=f"{self.source}/{conversation}",
                recipients_hidden=unknown > 0 or not others or not present.complete,
            )
        )
