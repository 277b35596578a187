"""Who was in a chat when something was said in it.

The id of a chat of two people names them both. Of any other chat Graph tells who is in it now; who
came or went since a message was written is told by the events of the chat, which come with its
messages, and is taken back here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from auditor.keys import AddressRules, email_address
from auditor.model import Address
from auditor.source import SourceError
from connectors.answers import Found
from connectors.microsoft.accounts import Accounts
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.teams.posts import Move
from connectors.microsoft.users import text_of

_ID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_PAIR = re.compile(rf"19:({_ID})_({_ID})@unq\.gbl\.spaces", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Room:
    """Who is in one chat now."""

    ids: frozenset[str] = frozenset()
    told: Mapping[str, Address] = field(default_factory=dict)
    """Id -> the address that the chat itself tells of somebody."""
    complete: bool = True
    """Whether all members are told of, and each by an id."""
    failure: SourceError | None = None
    """Why the chat could not be asked about."""


def pair_in(chat: str) -> frozenset[str]:
    """Return the ids of the two people of a chat of two; none of any other chat."""
    found = _PAIR.fullmatch(chat)
    return frozenset() if found is None else frozenset(id_.lower() for id_ in found.groups())


def ask_room(graph: Graph, chat: str, rules: AddressRules) -> Room:
    """Return who is in a chat, as far as it is still there; raises ``SourceError``."""
    ids: set[str] = set(pair_in(chat))
    told: dict[str, Address] = {}
    complete = True
    for answer in graph.pages(f"chats/{quote(chat, safe='')}/members"):
        if not isinstance(answer, Found):
            return Room(frozenset(ids), {}, complete=False)
        for member in listed(answer.document):
            id_ = text_of(member, "userId").lower()
            complete = complete and bool(id_)
            address = email_address(text_of(member, "email"), rules)
            if id_:
                ids.add(id_)
            if id_ and address is not None:
                told.setdefault(id_, address)
    return Room(frozenset(ids), told, complete and bool(ids))


@dataclass(frozen=True, slots=True)
class Present:
    """Who was in a chat at some moment."""

    addresses: tuple[Address, ...]
    complete: bool


class Rooms:
    """What is known of the members of all chats, for any moment since the window began."""

    def __init__(self, accounts: Accounts, moves: Iterable[Move]) -> None:
        self._accounts = accounts
        self._rooms: dict[str, Room] = {}
        self._moves: dict[str, list[Move]] = defaultdict(list)
        for move in sorted(set(moves), reverse=True):
            self._moves[move.chat].append(move)

    def needs_asking(self, chat: str) -> bool:
        """Whether a chat's id does not already say who is in it."""
        pair = pair_in(chat)
        return not pair or any(self._accounts.address(id_) is None for id_ in pair)

    def learn(self, chat: str, room: Room) -> None:
        self._rooms[chat] = room

    def address(self, chat: str, id_: str) -> Address | None:
        """Return whose id it is, by the directory or else by the chat; None if neither says."""
        told = self._rooms[chat].told if chat in self._rooms else {}
        return self._accounts.address(id_) or told.get(id_)

    def present(self, chat: str, at: datetime) -> Present:
        """Return who was in a chat at a moment of the window, or after it."""
        room = self._rooms.get(chat) or Room(pair_in(chat))
        ids = set(room.ids)
        for move in () if pair_in(chat) else self._moves.get(chat, ()):
            if move.at <= at:
                break
            if move.came:
                ids.discard(move.user)
            else:
                ids.add(move.user)
        found = {self.address(chat, id_) for id_ in ids}
        known = sorted((one for one in found if one is not None), key=lambda one: one.text)
        return Present(tuple(known), room.complete and None not in found)
