"""What was written, gathered from many exports before anything of it goes out.

A message is in the export of everybody who was in its chat, so it is counted once, for whom it was
found with first. All exports come before the first message goes out: who came and went is told in
whichever of them its reader was there for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import NamedTuple

from auditor.source import Rejected, SourceContext, SourceError
from connectors.microsoft.teams.posts import Export, Home, Move, NotThere, Post
from connectors.patience import Patience
from connectors.pool import in_threads

LACKING = "without it nobody knows who wrote, where or when"


class Unit(NamedTuple):
    """An account whose chats are read, or a team whose channels are."""

    name: str
    """How its coverage names it."""
    of: str
    """Where a message is, of which nothing can be made: "chats of ..."."""
    read: Callable[[], Export]
    """Raises ``SourceError``."""
    reader: str = ""
    """Id of the account, in small letters; none for a team."""


class Gathered:
    """Exports as they come in."""

    def __init__(self, context: SourceContext, threads: int) -> None:
        self._context = context
        self._threads = threads
        self.posts: dict[tuple[str, str], tuple[Post, Unit]] = {}
        """(chat or channel, id) -> the message, and with whom it was found."""
        self.moves: set[Move] = set()
        self.homes: dict[str, Home] = {}
        self.read: list[Unit] = []
        self.gaps: list[tuple[str, str]] = []
        """What could not be read: (name, why)."""
        self.said: Counter[str] = Counter()
        self.rejected: list[Rejected] = []
        self.records = 0

    def take(self, units: Iterable[Unit], noun: str, *, patience: Patience) -> None:
        """Read units side by side. Those that cannot be read are gaps, not errors."""
        units = list(units)
        for done, (unit, export) in enumerate(self._exports(units, patience), 1):
            self._context.progress(done, len(units), noun)
            self._enter(unit, export)

    def said_in_order(self) -> list[tuple[Post, Unit]]:
        return [self.posts[key] for key in sorted(self.posts, key=lambda key: self.posts[key][0])]

    def _exports(self, units: list[Unit], patience: Patience) -> Iterator[tuple[Unit, Export]]:
        def read(unit: Unit) -> Export:
            failure = patience.given_up()
            if failure is not None:
                return Export(failure=failure)
            try:
                found = unit.read()
            except SourceError as error:
                found = Export(failure=error)
            patience.saw(found.failure, of_one=isinstance(found.failure, NotThere))
            return found

        with closing(in_threads(units, read, threads=self._threads)) as exports:
            yield from exports

    def _enter(self, unit: Unit, export: Export) -> None:
        self.moves.update(export.moves)
        self.homes |= export.homes
        self.records += export.records
        self.gaps += export.gaps
        self.said += export.said
        self.rejected += [Rejected(unit.of, None, name, LACKING) for name in export.refused]
        if export.failure is not None:
            self.gaps.append((unit.name, export.failure.what))
            return
        self.read.append(unit)
        for post in export.posts:
            self.posts.setdefault((post.chat, post.id), (post, unit))
