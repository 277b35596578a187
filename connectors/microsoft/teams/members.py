"""Who was in a chat, or could read a channel, when something was said in it.

The id of a chat of two people names them both. Of any other chat, and of a team or a channel with
members of its own, Graph tells who is in it now; who came or went since a message was written is
told by its events, which come with its messages, and is taken back here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from auditor.keys import AddressRules, email_address
from auditor.model import Address
from auditor.source import SourceError
from connectors.answers import Found
from connectors.microsoft.accounts import Accounts
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.teams.posts import Home, Move, NotThere
from connectors.microsoft.users import text_of
from connectors.patience import Patience
from connectors.pool import in_threads

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


def home_of(chat: str) -> Home:
    """Return where the members of a chat are asked for."""
    return Home(chat, f"chats/{quote(chat, safe='')}/members", f"chat {chat}")


def ask_room(graph: Graph, home: Home, rules: AddressRules) -> Room:
    """Return who is in there, as far as it is still there; raises ``SourceError``."""
    ids: set[str] = set(pair_in(home.key))
    told: dict[str, Address] = {}
    complete = True
    for answer in graph.pages(home.path):
        if not isinstance(answer, Found):
            return Room(frozenset(ids), {}, complete=False, failure=_gone(graph.where))
        for member in listed(answer.document):
            id_ = text_of(member, "userId").lower()
            complete = complete and bool(id_)
            address = email_address(text_of(member, "email"), rules)
            if id_:
                ids.add(id_)
            if id_ and address is not None:
                told.setdefault(id_, address)
    return Room(frozenset(ids), told, complete and bool(ids))


def _gone(where: str) -> NotThere:
    return NotThere(
        "it is not there any more", where=where, cure="Ask those who wrote in it who was there"
    )


def ask_rooms(
    graph: Graph, homes: Iterable[Home], rules: AddressRules, *, threads: int
) -> Generator[tuple[Home, Room], None, None]:
    """Yield who is in each place, in order; one that cannot be asked about says why."""
    patience = Patience()

    def ask(home: Home) -> Room:
        failure = patience.given_up()
        if failure is None:
            try:
                return ask_room(graph, home, rules)
            except SourceError as error:
                failure = error
        return Room(pair_in(home.key), complete=False, failure=failure)

    def patiently(home: Home) -> Room:
        room = ask(home)
        patience.saw(room.failure)
        return room

    with closing(in_threads(sorted(homes), patiently, threads=threads)) as asked:
        yield from asked


@dataclass(frozen=True, slots=True)
class Present:
    """Who was in a chat at some moment."""

    addresses: tuple[Address, ...]
    complete: bool


class Rooms:
    """What is known of all who read along, for any moment since the window began."""

    def __init__(
        self, accounts: Accounts, moves: Iterable[Move], homes: Mapping[str, Home] | None = None
    ) -> None:
        """``homes`` are those of channels; every other place is a chat."""
        self._accounts = accounts
        self._homes = homes or {}
        self._rooms: dict[str, Room] = {}
        self._moves: dict[str, list[Move]] = defaultdict(list)
        for move in sorted(set(moves), reverse=True):
            self._moves[move.chat].append(move)

    @property
    def channels(self) -> Collection[str]:
        return self._homes.keys()

    def home(self, place: str) -> Home:
        """Return whose members read what is written in a chat or channel."""
        return self._homes.get(place) or home_of(place)

    def needs_asking(self, chat: str) -> bool:
        """Whether a chat's id does not already say who is in it."""
        pair = pair_in(chat)
        return not pair or any(self._accounts.address(id_) is None for id_ in pair)

    def learn(self, home: Home, room: Room) -> None:
        self._rooms[home.key] = room

    def address(self, place: str, id_: str) -> Address | None:
        """Return whose id it is, by the directory or else by the chat; None if neither says."""
        room = self._rooms.get(self.home(place).key)
        told = room.told.get(id_) if room else None
        return self._accounts.address(id_) or told or self._accounts.named(id_)

    def present(self, place: str, at: datetime) -> Present:
        """Return who was in a chat or channel at a moment of the window, or after it."""
        chat = self.home(place).key
        room = self._rooms.get(chat) or Room(pair_in(chat))
        ids = set(room.ids)
        for move in () if pair_in(chat) else self._moves.get(chat, ()):
            if move.at <= at:
                break
            if move.came:
                ids.discard(move.user)
            else:
                ids.add(move.user)
        found = {self.address(place, id_) for id_ in ids}
        known = sorted((one for one in found if one is not None), key=lambda one: one.text)
        return Present(tuple(known), room.complete and None not in found)
