"""The stream ``teams-audit``: messages of Teams as the unified audit log tells of them.

The log tells who wrote in which chat. The id of a chat of two names both; who is in any other one
is told by its beginning, if that is in the log as well, or by Graph, which shows the members of a
chat without its messages. A chat that stays unclear is delivered as one with members that cannot
be known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from zoneinfo import ZoneInfo

from auditor.model import Address
from auditor.source import SourceContext, SourceError
from connectors.microsoft.accounts import Accounts
from connectors.microsoft.asking import Graph
from connectors.microsoft.audit.queries import AT_ONCE, AuditLog
from connectors.microsoft.audit.records import MOVES, OPERATIONS, RECORD_TYPE, SENT, Told, take
from connectors.microsoft.audit.settings import TEAMS_AUDIT, AuditSettings
from connectors.microsoft.teams.members import Room, Rooms, ask_rooms, pair_in
from connectors.microsoft.teams.posts import Home, Post
from connectors.microsoft.teams.telling import message_of
from connectors.portions import Day, Portion, Span

_PAGE = 2_000
UNCLEAR = "messages in chats whose members are not all known"
_SET_MEMBERS = "set members = true, and Graph is asked who is there"
_ASK = "see which permissions `auditor check` lists, or ask those who wrote"
_STRANGER = "neither the directory nor the chat tells the address of who wrote it"
_NO_MESSAGES = (
    f"rows of the log, and none of a message: the licence may not have {SENT} logged, "
    "see Microsoft Purview's audit by licence"
)


class TeamsLog:
    """Reads what the unified audit log has of Teams."""

    name = TEAMS_AUDIT

    def __init__(
        self,
        graph: Graph,
        context: SourceContext,
        settings: AuditSettings,
        accounts: Callable[[], Accounts],
    ) -> None:
        self._graph = graph
        self._context = context
        self._settings = settings
        self._accounts = accounts
        self._zone = ZoneInfo(context.timezone)
        self._log = AuditLog(graph, RECORD_TYPE, OPERATIONS)

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield the messages of all days, once it is known who was in their chats.

        Raises a ``SourceError`` after what could be read before it.
        """
        accounts, told = self._accounts(), Told()
        rest = Portion(self.name, self._zone)
        read: list[Day] = []
        failure: SourceError | None = None
        try:
            read.extend(self._rows(days, told, accounts, rest))
        except SourceError as error:
            failure = error
        whole = {day.date for day in read}
        posts = [p for p in sorted(told.posts.values()) if self._day(p) in whole]
        failure = failure or self._take_later(posts, days, told, accounts)
        rooms = Rooms(accounts, told.moves, told.homes)
        self._learn(posts, rooms, told, to_the_end=failure is None)
        for start in range(0, len(posts), _PAGE):
            yield self._messages(posts[start : start + _PAGE], rooms)
        if told.other_rows and not told.posts:
            for day in read:
                rest.unclear[day.date][_NO_MESSAGES] += told.other_rows
        rest.finished = tuple(day.date for day in read)
        yield rest
        if failure is not None:
            raise failure

    def _rows(
        self, days: Sequence[Day], told: Told, accounts: Accounts, rest: Portion
    ) -> Iterator[Day]:
        """Take in the rows of each day, and yield it when it is done."""
        for start in range(0, len(days), AT_ONCE):
            begun = [(day, self._log.begin(day.span)) for day in days[start : start + AT_ONCE]]
            for day, id_ in begun:
                for row in self._log.rows(id_, day.span):
                    take(row, told, accounts, rest)
                yield day

    # ---- who was there -----------------------------------------------------------------------

    def _take_later(
        self, posts: Sequence[Post], days: Sequence[Day], told: Told, accounts: Accounts
    ) -> SourceError | None:
        """Take in who came and went after the days, where Graph is asked who is there now.

        Returns why that is not known.
        """
        rooms = Rooms(accounts, told.moves, told.homes)
        homes = _to_learn(posts, rooms)
        if not self._settings.members or all(_by_log(home, told).complete for home in homes):
            return None
        span = Span(days[-1].span.ends, self._graph.clock.now())
        later, log = Told(), AuditLog(self._graph, RECORD_TYPE, MOVES)
        try:
            for row in log.rows(log.begin(span), span) if span.begins < span.ends else ():
                take(row, later, accounts, Portion(self.name, self._zone))
        except SourceError as error:
            return error
        told.moves |= later.moves
        told.unclear |= later.unclear
        return None

    def _learn(
        self, posts: Sequence[Post], rooms: Rooms, told: Told, *, to_the_end: bool
    ) -> None:
        """Learn who is where; ``to_the_end``: whether all that came and went until now is told."""
        homes = _to_learn(posts, rooms)
        for home in homes:
            rooms.learn(home, _less_unclear(home, _by_log(home, told), told))
        if not self._settings.members:
            return
        asked = [home for home in homes if not _by_log(home, told).complete]
        rules, threads = self._context.addresses, self._settings.threads
        with closing(ask_rooms(self._graph, asked, rules, threads=threads)) as found:
            for home, room in found:
                since = replace(room, complete=room.complete and to_the_end)
                rooms.learn(home, _less_unclear(home, since, told))

    # ---- telling -----------------------------------------------------------------------------

    def _messages(self, posts: Sequence[Post], rooms: Rooms) -> Portion:
        portion = Portion(self.name, self._zone)
        for post in posts:
            author = rooms.address(post.chat, post.author)
            if author is None:
                portion.refuse("UserId", _STRANGER)
                continue
            message, present = message_of(
                post,
                author,
                rooms,
                source=self._context.name,
                tool=self._settings.tools[self.name],
            )
            portion.deliver(message, post.at)
            if not present.complete:
                self._leave_open(portion, post, author)
        return portion

    def _leave_open(self, portion: Portion, post: Post, author: Address) -> None:
        """Tell of a message that may have gone to anybody: a gap if the district's wrote it."""
        what = f"{UNCLEAR}: {_ASK if self._settings.members else _SET_MEMBERS}"
        portion.say(what, lost=True)
        if self._context.addresses.is_district(author.text):
            portion.leave_open(what, post.at)

    def _day(self, post: Post) -> object:
        return post.at.astimezone(self._zone).date()


def _to_learn(posts: Sequence[Post], rooms: Rooms) -> set[Home]:
    return {rooms.home(post.chat) for post in posts if rooms.needs_asking(post.chat)}


def _less_unclear(home: Home, room: Room, told: Told) -> Room:
    """Return who is there, as not all that is known where somebody came or went unnamed."""
    return replace(room, complete=room.complete and home.key not in told.unclear)


def _by_log(home: Home, told: Told) -> Room:
    """Return who is in a chat now, if the log told of its beginning and of all that came after."""
    ids = set(told.opened.get(home.key, ()))
    if not ids:
        return Room(pair_in(home.key), complete=False)
    for move in sorted(move for move in told.moves if move.chat == home.key):
        (ids.add if move.came else ids.discard)(move.user)
    return Room(frozenset(ids))
