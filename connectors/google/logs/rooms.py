"""Who was in a room of Google Chat at a given moment, from who came, went and spoke.

The log of a message tells the room and not its members. They follow from the events of the room
as far back as Google keeps them (180 days), which are read anew each night: nothing of ours has to
be kept, and what comes late is there the next time. A room that is older than that is known in
full only if Google also tells who is in it now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from auditor.model import Address


class Sign(IntEnum):
    """What an event says of one person; the order is that of events of one moment."""

    CAME = 0
    SEEN = 1
    """Spoke there, or is there by Google's word."""
    WENT = 2


@dataclass(frozen=True, slots=True)
class Members:
    """Who was there; ``complete`` says whether that is surely all."""

    addresses: tuple[Address, ...]
    complete: bool


@dataclass(slots=True)
class _Room:
    direct: bool = False
    opened_at: datetime | None = None
    listed: bool = False
    """Whether Google told everybody who is in it now."""
    unclear: bool = False
    """Whether somebody came, went or is in it whom nothing names."""
    signs: dict[Address, list[tuple[datetime, Sign]]] = field(
        default_factory=lambda: defaultdict(list)
    )


class Rooms:
    """Collects signs of membership, in any order, and then answers."""

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = defaultdict(_Room)

    def direct(self, room: str) -> None:
        """Say that a room is a conversation of two, who never change."""
        self._rooms[room].direct = True

    def is_direct(self, room: str) -> bool:
        return self._rooms[room].direct

    def is_listed(self, room: str) -> bool:
        """Whether Google told everybody who is in it, people of elsewhere by number only."""
        return self._rooms[room].listed

    def opened(self, room: str, at: datetime) -> None:
        """Say that a room began then, with nobody in it but who is told of."""
        known = self._rooms[room]
        known.opened_at = at if known.opened_at is None else min(at, known.opened_at)

    def sign(self, room: str, address: Address, at: datetime, sign: Sign) -> None:
        self._rooms[room].signs[address].append((at, sign))

    def unclear(self, room: str) -> None:
        """Say that somebody is or was in a room whom nothing names."""
        self._rooms[room].unclear = True

    def listed(
        self,
        room: str,
        members: Iterable[tuple[Address, datetime | None]],
        now: datetime,
        *,
        whole: bool = True,
    ) -> None:
        """Say who is in a room now, and since when where told; ``whole``: and nobody else."""
        self._rooms[room].listed = whole
        self._rooms[room].unclear |= not whole
        for address, since in members:
            self.sign(room, address, since or now, Sign.SEEN if since is None else Sign.CAME)

    def members(self, room: str, at: datetime) -> Members:
        """Return who was in a room at a moment, in order of their addresses."""
        known = self._rooms[room]
        if known.direct:
            both = tuple(sorted(known.signs, key=_text))
            return Members(both, len(both) > 1)
        whole = known.listed or (known.opened_at is not None and known.opened_at <= at)
        there = []
        for address, signs in known.signs.items():
            if not _was_there(signs, at):
                continue
            there.append(address)
            if known.opened_at is not None and min(signs)[1] is not Sign.CAME:
                whole = whole and known.listed  # it is not told since when: others may be missing
        return Members(tuple(sorted(there, key=_text)), whole and not known.unclear)


def _text(address: Address) -> str:
    return address.text


def _was_there(signs: list[tuple[datetime, Sign]], at: datetime) -> bool:
    before = [one for one in signs if one[0] <= at]
    if before:
        return max(before)[1] is not Sign.WENT
    # Nothing of then: who only came later was not there, who spoke or went later was.
    return min(signs)[1] is not Sign.CAME
