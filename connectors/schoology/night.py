"""One pull of Schoology's messages: posts place by place, private messages token by token.

Whoever is on the faculty and has granted no token is a gap with a name: Schoology shows a
district's key nobody's private messages, and a night silent on it would be clean by silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.source import Page, SourceContext, SourceError, Window
from connectors.numbered import BY_NUMBER, Addresses, apart
from connectors.patience import Patience
from connectors.schoology.access import VENDOR, Granted, Token, granted
from connectors.schoology.asking import Asking, Schoology
from connectors.schoology.places import read_groups, read_sections
from connectors.schoology.posts import PostReader, each_once
from connectors.schoology.sent import OtherToken, SentReader
from connectors.schoology.settings import SCHOOL_UID, SchoologySettings
from connectors.schoology.users import Role, User, read_roles, read_users
from connectors.unitpages import Brought, UnitPages

NO_TOKEN_GIVEN = (
    "private messages are not read: the user has granted no token, and since 25 June 2025 "
    "Schoology shows a district's key nobody else's"
)
NOT_IN_SCHOOL = "token of a user whom Schoology does not list in the school any more"


class Night:
    """Reads the messages of a school once."""

    def __init__(
        self,
        schoology: Schoology,
        context: SourceContext,
        settings: SchoologySettings,
        window: Window,
    ) -> None:
        zone = ZoneInfo(context.timezone)
        self._schoology = schoology
        self._context = context
        self._settings = settings
        self._span = window.span(zone)
        days = days_between(window.since or window.first, window.last)
        self._pages = UnitPages(context.title, zone, days)
        self._units: dict[str, str] = {}
        """User's number -> what the user is called where messages are a gap."""

    def pages(self) -> Iterator[Page]:
        """Yield all messages; raises a ``SourceError`` that concerns everybody."""
        with self._schoology.asking() as asking:
            users = read_users(asking)
            self._units = apart({user.uid: user.unit for user in users}, VENDOR)
            roles = read_roles(asking)
            addresses = Addresses(
                (user.holder for user in users),
                self._context.addresses,
                by_id=self._settings.person_id == SCHOOL_UID,
                vendor=VENDOR,
            )
            if self._settings.posts:
                yield from self._posts(asking, addresses)
            yield from self._sent(users, roles, addresses)
            # Not lost: the source of rosters knows its accounts by their numbers, parents' too.
            self._pages.said[BY_NUMBER, False] += len(addresses.by_number)
            self._pages.notes += asking.notes()
        yield self._pages.last()

    # ---- posts -----------------------------------------------------------------------------

    def _posts(self, asking: Asking, addresses: Addresses) -> Iterator[Page]:
        name, tool = self._context.name, self._settings.tool
        reader = PostReader(asking, addresses, name, tool, *self._span)
        places = each_once([*read_sections(asking), *read_groups(asking)])
        patience = Patience()
        for done, place in enumerate(places, 1):
            unit = f"{place.realm.removesuffix('s')} {place.id}"
            failure = patience.given_up()
            if failure is None:
                try:
                    self._pages.deliver(unit, reader.of(place))
                except SourceError as error:
                    failure = error
                patience.saw(failure)
            if failure is not None:
                self._pages.missing(unit, failure.what)
            self._context.progress(done, len(places), "sections and groups")
            yield from self._pages.full()
        patience.settle()

    # ---- private messages ------------------------------------------------------------------

    def _sent(
        self, users: Iterable[User], roles: Mapping[str, Role], addresses: Addresses
    ) -> Iterator[Page]:
        reader = SentReader(addresses, self._context.name, self._settings.tool, *self._span)
        tokens = {one.uid: one for one in granted(self._schoology.access, self._context.title)}
        planned = [user for user in users if user.uid in tokens or self._planned(user, roles)]
        known = {user.uid for user in planned}
        self._pages.said[NOT_IN_SCHOOL, False] += len(tokens.keys() - known)
        patience = Patience()
        for done, user in enumerate(planned, 1):
            self._read(user, tokens.get(user.uid), reader, patience)
            self._context.progress(done, len(planned), "users' messages")
            yield from self._pages.full()

    def _planned(self, user: User, roles: Mapping[str, Role]) -> bool:
        role = roles.get(user.role_id)
        if user.inactive or user.uid in self._settings.leave_out or role is None:
            return False
        titles = self._settings.messages_of
        return role.title.casefold() in titles if titles else role.faculty

    def _read(
        self, user: User, token: Granted | None, reader: SentReader, patience: Patience
    ) -> None:
        unit = self._units[user.uid]
        if token is None:
            self._pages.missing(unit, NO_TOKEN_GIVEN)
            return
        failure = token.failure or patience.given_up()
        if failure is None and token.token is not None:
            try:
                sent = self._ask(user.uid, token.token, reader)
                self._pages.read(unit, self._pages.deliver(unit, sent))
            except SourceError as error:
                failure = error
            patience.saw(failure, of_one=isinstance(failure, OtherToken))
        if failure is not None:
            self._pages.missing(unit, f"private messages are not read: {failure.what}")

    def _ask(self, uid: str, token: Token, reader: SentReader) -> Brought:
        with self._schoology.asking(token) as asking:
            sent = reader.of(uid, asking)
            self._pages.notes += asking.notes()
            return sent
