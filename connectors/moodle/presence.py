"""Who was in a group conversation when a message was written, by what earlier nights saw.

Moodle tells who is in a conversation now, and not since when. Whoever was put into a group on
Friday would count as a reader of Monday's message when Monday is read again. So each reading of the
members is kept: who was not there at a reading had not been there before it, either.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Stay:
    """One member's time in a conversation. All moments are Unix times of readings."""

    number: str
    after: int
    """The last reading without the member; 0: there was none before the first with it."""
    since: int
    until: int
    """The first and the last reading with the member."""
    gone: int = 0
    """The first reading that missed the member again; 0: still there."""


@dataclass(frozen=True, slots=True)
class Present:
    members: tuple[str, ...]
    """Numbers of those who count as there."""
    earlier: bool
    """Whether the message is from before the first reading, so that some may have come later."""
    unclear: int
    """How many came or went about that time, and are not among the members."""

    @property
    def complete(self) -> bool:
        return not (self.earlier or self.unclear)


@dataclass(frozen=True, slots=True)
class Room:
    """What is known of one conversation's members; as text it is the value of a mark."""

    read: int = 0
    """The last reading; 0: there was none."""
    stays: tuple[Stay, ...] = ()

    @classmethod
    def of(cls, mark: str | None) -> Room:
        """Return what a mark says; without one, or with one nobody can read, nothing is known."""
        try:
            read, *stays = json.loads(mark or "[0]")
            return cls(int(read), tuple(Stay(str(n), *map(int, at)) for n, *at in stays))
        except (ValueError, TypeError):
            return cls()

    @property
    def mark(self) -> str:
        stays = ([s.number, s.after, s.since, s.until, s.gone] for s in self.stays)
        return json.dumps([self.read, *stays], separators=(",", ":"))

    def seen(self, members: Collection[str], now: int) -> Room:
        """Return what is known after a reading of the members."""
        stays = [
            one
            if one.gone
            else replace(one, until=now)
            if one.number in members
            else replace(one, gone=now)
            for one in self.stays
        ]
        there = {one.number for one in stays if not one.gone}
        new = sorted(set(members) - there, key=int)
        stays += [Stay(number, self.read, now, now) for number in new]
        return Room(now, tuple(stays))

    def present(self, at: int) -> Present:
        """Return who was there at a moment."""
        sure, earlier, unclear = set(), set(), set()
        for one in self.stays:
            if one.since <= at and (at <= one.until or not one.gone):
                sure.add(one.number)
            elif at < one.since and not one.after:
                earlier.add(one.number)
            elif one.after < at < one.since or one.until < at < one.gone:
                unclear.add(one.number)
        members = sure | earlier
        return Present(tuple(sorted(members, key=int)), bool(earlier), len(unclear - members))
