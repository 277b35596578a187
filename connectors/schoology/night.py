"""One pull of Schoology's messages: posts place by place, private messages token by token.

Whoever is on the faculty and has granted no token is a gap with a name: Schoology shows a
district's key nobody's private messages, and a night silent on it would be clean by silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.model import Message
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
from connectors.paging import FillingPage
from connectors.patience import Patience
from connectors.schoology.access import Granted, Token, granted
from connectors.schoology.asking import Asking, Schoology
from connectors.schoology.places import read_groups, read_sections
from connectors.schoology.posts import PostReader, each_once
from connectors.schoology.sent import Sent, SentReader
from connectors.schoology.settings import SCHOOL_UID, SchoologySettings
from connectors.schoology.users import Addresses, Role, User, read_roles, read_users

NO_TOKEN_GIVEN = (
    "private messages are not read: the user has granted no token, and since 25 June 2025 "
    "Schoology shows a district's key nobody else's"
)
NOT_IN_SCHOOL = "token of a user whom Schoology does not list in the school any more"
LACKING = "without it nobody knows who wrote, or when"


class Night:
    """Reads the messages of a school once."""

    def __init__(
        self,
        schoology: Schoology,
        context: SourceContext,
        settings: SchoologySettings,
        window: Window,
    ) -> None:
        self._schoology = schoology
        self._context = context
        self._settings = settings
        self._zone = ZoneInfo(context.timezone)
        self._days = days_between(window.since or window.first, window.last)
        self._begins, self._ends = window.span(self._zone)
        self._page = FillingPage()
        self._said: Counter[tuple[str, bool]] = Counter()
        self._whole: Counter[date] = Counter()
        """Messages of each day, whoever's they are."""
        self._rows: list[DayCoverage] = []
        self._notes: list[Note] = []

    def pages(self) -> Iterator[Page]:
        """Yield all messages; raises a ``SourceError`` that concerns everybody."""
        with self._schoology.asking() as asking:
            users = read_users(asking)
            roles = read_roles(asking)
            by_id = self._settings.person_id == SCHOOL_UID
            addresses = Addresses(users, self._context.addresses, by_id=by_id)
            if self._settings.posts:
                yield from self._posts(asking, addresses)
            yield from self._sent(users, roles, addresses)
            self._notes += asking.notes()
        yield self._last()

    # ---- posts -----------------------------------------------------------------------------

    def _posts(self, asking: Asking, addresses: Addresses) -> Iterator[Page]:
        span = (self._begins, self._ends)
        name, tool = self._context.name, self._settings.tool
        reader = PostReader(asking, addresses, name, tool, *span)
        places = each_once([*read_sections(asking), *read_groups(asking)])
        patience = Patience()
        for done, place in enumerate(places, 1):
            failure = patience.given_up()
            unit = f"{place.realm.removesuffix('s')} {place.id}"
            if failure is None:
                posted = reader.of(place)
                failure = posted.failure
                patience.saw(failure)
                self._deliver(unit, posted.messages, posted.refused, posted.records)
                self._said.update(posted.said)
            if failure is not None:
                self._missing(unit, failure.what)
            self._context.progress(done, len(places), "sections and groups")
            yield from self._full()
        patience.settle()

    # ---- private messages ------------------------------------------------------------------

    def _sent(
        self, users: Iterable[User], roles: Mapping[str, Role], addresses: Addresses
    ) -> Iterator[Page]:
        reader = SentReader(
            addresses, self._context.name, self._settings.tool, self._begins, self._ends
        )
        tokens = {one.uid: one for one in granted(self._schoology.access, self._context.title)}
        planned = [user for user in users if user.uid in tokens or self._planned(user, roles)]
        known = {user.uid for user in planned}
        self._said[NOT_IN_SCHOOL, False] += len(tokens.keys() - known)
        patience = Patience()
        for done, user in enumerate(planned, 1):
            self._read(user, tokens.get(user.uid), reader, patience)
            self._context.progress(done, len(planned), "users' messages")
            yield from self._full()

    def _planned(self, user: User, roles: Mapping[str, Role]) -> bool:
        role = roles.get(user.role_id)
        if user.inactive or user.uid in self._settings.leave_out or role is None:
            return False
        titles = self._settings.messages_of
        return role.title.casefold() in titles if titles else role.faculty

    def _read(
        self, user: User, token: Granted | None, reader: SentReader, patience: Patience
    ) -> None:
        if token is None:
            self._missing(user.unit, NO_TOKEN_GIVEN)
            return
        failure = token.failure or patience.given_up()
        sent = Sent()
        if failure is None and token.token is not None:
            try:
                sent = self._ask(user.uid, token.token, reader)
            except SourceError as error:
                failure = error
            patience.saw(failure)
        if failure is not None:
            self._missing(user.unit, f"private messages are not read: {failure.what}")
            return
        counts = self._deliver(user.unit, sent.messages, sent.refused, sent.records)
        self._said.update(sent.said)
        self._rows += [
            DayCoverage(day, DayState.READ, counts[day], unit=user.unit) for day in self._days
        ]

    def _ask(self, uid: str, token: Token, reader: SentReader) -> Sent:
        with self._schoology.asking(token) as asking:
            sent = reader.of(uid, asking)
            self._notes += asking.notes()
            return sent

    # ---- telling ---------------------------------------------------------------------------

    def _deliver(
        self, unit: str, messages: Iterable[Message], refused: Iterable[str], records: int
    ) -> Counter[date]:
        counts: Counter[date] = Counter()
        for message in messages:
            counts[self._day(message.sent_at)] += 1
            self._page.facts.append(message)
        self._whole.update(counts)
        self._page.rejected += [Rejected(unit, None, field, LACKING) for field in refused]
        self._page.records += records
        return counts

    def _missing(self, unit: str, reason: str) -> None:
        self._rows += [
            DayCoverage(day, DayState.MISSING, None, reason, unit) for day in self._days
        ]

    def _full(self) -> Iterator[Page]:
        if self._page.full:
            yield self._page.done()
            self._page = FillingPage()

    def _last(self) -> Page:
        counted: Counter[Note] = Counter()
        for note in self._notes:
            counted[replace(note, count=1)] += note.count
        self._page.notes += [
            Note(self._context.title, text, count, lost)
            for (text, lost), count in sorted(self._said.items())
            if count
        ]
        self._page.notes += [replace(note, count=count) for note, count in counted.items()]
        whole = [DayCoverage(day, DayState.READ, self._whole[day]) for day in self._days]
        return replace(self._page.done(), coverage=(*whole, *self._rows))

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


