"""One pull of the chats of many people: read in threads, told in the order of time.

A message is in the export of everybody who was in its chat, so it is counted once, for whom it was
found with first. All exports come before the first message goes out: who came and went is told in
whichever of them its reader was there for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.model import Channel, Message, Party, PartyRole
from auditor.source import (
    DayCoverage,
    DayState,
    Note,
    Page,
    Rejected,
    SourceContext,
    SourceError,
    Window,
)
from connectors.microsoft.accounts import Accounts
from connectors.microsoft.asking import Graph
from connectors.microsoft.places import Residents
from connectors.microsoft.teams.members import Room, Rooms, ask_room, pair_in
from connectors.microsoft.teams.posts import Export, Exports, Move, NotThere, Post
from connectors.microsoft.teams.settings import TeamsSettings
from connectors.microsoft.users import TenantUser
from connectors.paging import PAGE_RECORDS, FillingPage
from connectors.patience import Patience
from connectors.pool import in_threads

UNCLEAR = "message in a chat whose members are not all known"
STRANGER = "neither the directory nor the chat tells the address of who wrote it"
LACKING = "without it nobody knows who wrote, where or when"


class Night:
    """Reads the chats of a tenant's people once."""

    def __init__(
        self,
        graph: Graph,
        context: SourceContext,
        settings: TeamsSettings,
        window: Window,
        accounts: Accounts,
    ) -> None:
        self._graph = graph
        self._context = context
        self._settings = settings
        self._accounts = accounts
        self._zone = ZoneInfo(context.timezone)
        self._days = days_between(window.since or window.first, window.last)
        self._exports = Exports(graph, *window.span(self._zone))
        self._said: Counter[tuple[str, bool]] = Counter()
        self._page = FillingPage()
        self._patience = Patience()

    def pages(self, meant: Residents) -> Iterator[Page]:
        """Yield all messages; raises a ``SourceError`` that concerns everybody."""
        rows = [row for unit, why in meant.gaps for row in self._missing(unit, why)]
        posts: dict[tuple[str, str], tuple[Post, str]] = {}
        counts: dict[str, Counter[date]] = {}
        moves: set[Move] = set()
        for unit, export in self._read(meant):
            moves.update(export.moves)
            if export.failure is not None:
                rows += self._missing(unit, export.failure.what)
                continue
            counts[unit] = Counter()
            for post in export.posts:
                posts.setdefault((post.chat, post.id), (post, unit))
        self._patience.settle()
        said = [posts[key] for key in sorted(posts, key=lambda key: posts[key][0])]
        rooms = Rooms(self._accounts, moves)
        rows += self._ask_rooms([post for post, _ in said], rooms)
        for post, unit in said:
            if self._deliver(post, unit, rooms):
                counts[unit][self._day(post)] += 1
            if len(self._page.facts) >= PAGE_RECORDS:
                yield self._page.done()
                self._page = FillingPage()
        rows += [
            DayCoverage(day, DayState.READ, found[day], unit=unit)
            for unit, found in counts.items()
            for day in self._days
        ]
        yield self._last(rows)

    # ---- asking ----------------------------------------------------------------------------

    def _read(self, meant: Residents) -> Iterator[tuple[str, Export]]:
        left_out = frozenset(self._settings.leave_out)
        users = [
            user
            for user in meant.users
            if left_out.isdisjoint((user.user_principal_name, *user.addresses))
        ]
        threads = self._settings.threads
        with closing(in_threads(users, self._export, threads=threads)) as exports:
            for done, (user, export) in enumerate(exports, 1):
                unit = user.email or user.user_principal_name
                self._context.progress(done, len(users), "people's chats")
                self._page.records += export.records
                self._page.rejected += [
                    Rejected(f"chats of {unit}", None, name, LACKING) for name in export.refused
                ]
                for text, count in export.said.items():
                    self._said[text, False] += count
                yield unit, export

    def _export(self, user: TenantUser) -> Export:
        """Read what one account was told, in one of the threads."""
        failure = self._patience.given_up()
        if failure is not None:
            return Export(failure=failure)
        try:
            found = self._exports.of(user.id)
        except SourceError as error:
            found = Export(failure=error)
        self._patience.saw(found.failure, of_one=isinstance(found.failure, NotThere))
        return found

    def _ask_rooms(self, posts: Sequence[Post], rooms: Rooms) -> Iterator[DayCoverage]:
        """Learn who is in each chat; yield a gap for each day of one that could not be asked."""
        days: dict[str, set[date]] = defaultdict(set)
        for post in posts:
            if rooms.needs_asking(post.chat):
                days[post.chat].add(self._day(post))
        patience = Patience()

        def ask(chat: str) -> Room:
            failure = patience.given_up()
            if failure is not None:
                return Room(pair_in(chat), complete=False, failure=failure)
            try:
                room = ask_room(self._graph, chat, self._context.addresses)
            except SourceError as error:
                room = Room(pair_in(chat), complete=False, failure=error)
            patience.saw(room.failure)
            return room

        chats = sorted(days)
        with closing(in_threads(chats, ask, threads=self._settings.threads)) as asked:
            for done, (chat, room) in enumerate(asked, 1):
                self._context.progress(done, len(chats), "chats")
                rooms.learn(chat, room)
                if room.failure is not None:
                    why = f"who is in it could not be read: {room.failure.what}"
                    yield from self._missing(f"chat {chat}", why, sorted(days[chat]))

    # ---- telling ---------------------------------------------------------------------------

    def _deliver(self, post: Post, unit: str, rooms: Rooms) -> bool:
        author = rooms.address(post.chat, post.author)
        if author is None:
            self._page.rejected.append(Rejected(f"chats of {unit}", None, "from", STRANGER))
            return False
        present = rooms.present(post.chat, post.at)
        self._said[UNCLEAR, True] += not present.complete
        others = (one for one in present.addresses if one != author)
        self._page.facts.append(
            Message(
                native_id=f"{post.chat}/{post.id}",
                channel=Channel.CHAT,
                tool=self._settings.tool,
                sent_at=post.at,
                parties=(
                    Party(author, PartyRole.FROM),
                    *(Party(one, PartyRole.MEMBER) for one in others),
                ),
                thread=f"{self._context.name}/{post.chat}",
                container=post.chat,
                recipients_hidden=not present.complete,
            )
        )
        return True

    def _last(self, rows: Iterable[DayCoverage]) -> Page:
        self._page.notes += [
            Note(self._context.title, text, count, lost)
            for (text, lost), count in sorted(self._said.items())
            if count
        ]
        self._page.notes += self._graph.notes()
        return replace(self._page.done(), coverage=tuple(rows))

    def _missing(
        self, unit: str, reason: str, days: Iterable[date] | None = None
    ) -> Iterator[DayCoverage]:
        for day in self._days if days is None else days:
            yield DayCoverage(day, DayState.MISSING, None, reason, unit)

    def _day(self, post: Post) -> date:
        return post.at.astimezone(self._zone).date()
