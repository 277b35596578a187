"""One pull of the chats of many people, and of channels: read in threads, told in order of time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
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
from connectors.microsoft.places import Residents, deleted_since
from connectors.microsoft.teams.channels import read_team, team_ids
from connectors.microsoft.teams.gathering import Gathered, Unit
from connectors.microsoft.teams.members import Rooms, ask_rooms
from connectors.microsoft.teams.posts import NEWER, Exports, Home, Post
from connectors.microsoft.teams.settings import TeamsSettings
from connectors.microsoft.teams.telling import message_of
from connectors.microsoft.users import TenantUser
from connectors.paging import PAGE_RECORDS, FillingPage
from connectors.patience import Patience

UNCLEAR = "message in a chat whose members are not all known"
STRANGER = "neither the directory nor the chat tells the address of who wrote it"
TEAMS = "list of teams"
_DELETED = "the account was deleted, so nobody can read its chats"
_DELETED_SOMEWHERE = (
    "the account was deleted, and Microsoft does not say what groups it was in, so it may have "
    "been one of those that are read"
)


class Night:
    """Reads the chats of a tenant's people once, and the channels of its teams."""

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
        self._unclear = 0
        self._page = FillingPage()

    def pages(self, meant: Residents, deleted: Sequence[TenantUser] = ()) -> Iterator[Page]:
        """Yield all messages; raises a ``SourceError`` that concerns everybody.

        ``deleted`` are the accounts deleted of late.
        """
        found = Gathered(self._context, self._settings.threads)
        patience = Patience()
        found.take(self._people(meant), "people's chats", patience=patience)
        patience.settle()
        if self._settings.channels:
            found.take(self._teams(found), "teams", patience=Patience())
        counts: dict[str, Counter[date]] = {unit.name: Counter() for unit in found.read}
        self._page.records += found.records
        self._page.rejected += found.rejected
        readers = {unit.reader for unit in found.read}
        rooms = Rooms(self._accounts, found.moves, found.homes, readers=readers)
        said = found.said_in_order()
        rows = [row for unit, why in meant.gaps for row in self._missing(unit, why)]
        rows += self._deleted(deleted, {name_of(user) for user in meant.users})
        rows += self._ask_rooms([post for post, _ in said], rooms)
        for post, unit in said:
            if self._deliver(post, unit, rooms):
                counts[unit.name][self._day(post)] += 1
            if len(self._page.facts) >= PAGE_RECORDS:
                yield self._page.done()
                self._page = FillingPage()
        rows += [row for unit, why in found.gaps for row in self._missing(unit, why)]
        rows += [
            DayCoverage(day, DayState.READ, read[day], unit=unit)
            for unit, read in counts.items()
            for day in self._days
        ]
        yield replace(self._last(found.said, rows), over=_former_names(meant.users, deleted))

    # ---- asking ----------------------------------------------------------------------------

    def _people(self, meant: Residents) -> Iterator[Unit]:
        left_out = frozenset(self._settings.leave_out)
        for user in meant.users:
            if left_out.isdisjoint((user.user_principal_name, *user.addresses)):
                name = name_of(user)
                read = partial(self._exports.of_user, user.id)
                yield Unit(name, f"chats of {name}", read, user.id.lower())

    def _deleted(
        self, deleted: Iterable[TenantUser], in_use: Collection[str]
    ) -> Iterator[DayCoverage]:
        """Yield a gap for each account that was deleted after the days begin, until then."""
        settings = self._settings
        opens = self._exports.begins
        for user, known in deleted_since(opens, deleted, settings.users, settings.leave_out):
            name, ended = name_of(user), user.deleted_at
            last = self._days[-1] if ended is None else ended.astimezone(self._zone).date()
            yield from self._missing(
                f"{name} (deleted)" if name in in_use else name,
                _DELETED if known else _DELETED_SOMEWHERE,
                [day for day in self._days if day <= last],
            )

    def _teams(self, found: Gathered) -> list[Unit]:
        """Return the teams. That they cannot be listed is a gap beside the chats."""
        try:
            teams = team_ids(self._graph)
        except SourceError as error:
            found.gaps.append((TEAMS, error.what))
            return []
        return [
            Unit(f"team {id_}", f"channels of team {id_}", partial(read_team, self._exports, id_))
            for id_ in teams
        ]

    def _ask_rooms(self, posts: Sequence[Post], rooms: Rooms) -> Iterator[DayCoverage]:
        """Learn who is in each place; yield a gap for each day of one that could not be asked."""
        days: dict[Home, set[date]] = defaultdict(set)
        for post in posts:
            if rooms.needs_asking(post.chat):
                days[rooms.home(post.chat)].add(self._day(post))
        rules, threads = self._context.addresses, self._settings.threads
        with closing(ask_rooms(self._graph, days, rules, threads=threads)) as asked:
            for done, (home, room) in enumerate(asked, 1):
                self._context.progress(done, len(days), "chats")
                rooms.learn(home, room)
                if room.failure is not None:
                    why = f"who is in it could not be read: {room.failure.what}"
                    yield from self._missing(home.unit, why, sorted(days[home]))

    # ---- telling ---------------------------------------------------------------------------

    def _deliver(self, post: Post, unit: Unit, rooms: Rooms) -> bool:
        author = rooms.address(post.chat, post.author)
        if author is None:
            self._page.rejected.append(Rejected(unit.of, None, "from", STRANGER))
            return False
        message, present = message_of(
            post, author, rooms, source=self._context.name, tool=self._settings.tool
        )
        self._unclear += not present.complete
        self._page.facts.append(message)
        return True

    def _last(self, said: Counter[str], rows: Iterable[DayCoverage]) -> Page:
        counted = [(text, count, text == NEWER) for text, count in said.items()]
        counted.append((UNCLEAR, self._unclear, True))
        self._page.notes += [
            Note(self._context.title, text, count, lost)
            for text, count, lost in sorted(counted)
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


def _former_names(users: Iterable[TenantUser], deleted: Iterable[TenantUser]) -> frozenset[str]:
    """Return the names under which earlier nights may know accounts that are told of by another.

    An account keeps its former main address as a further one.
    """
    users = tuple(users)
    names = {name for user in users for name in (user.user_principal_name, *user.addresses)}
    return frozenset(names - {name_of(user) for user in (*users, *deleted)})


def name_of(user: TenantUser) -> str:
    """Return how an account's coverage names it."""
    return user.email or user.user_principal_name
