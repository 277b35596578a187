"""One reading of a school's accounts, sections, groups and families, told as roster facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from auditor.keys import email_address
from auditor.model import (
    ClassMember,
    ClassRole,
    DirectoryAccount,
    GuardianLink,
    HatRole,
    PersonRef,
    School,
    SchoolClass,
)
from auditor.records import Fact, SpaceMember
from auditor.source import Denied, Note, Page, SourceContext
from connectors.accountfacts import Account, AccountFacts
from connectors.paging import PAGE_RECORDS, FillingPage
from connectors.rolemap import Worn
from connectors.schoology.asking import Asking, NotThere
from connectors.schoology.places import (
    Building,
    Place,
    Seat,
    read_buildings,
    read_groups,
    read_seats,
    read_sections,
)
from connectors.schoology.settings import SCHOOL_UID, SchoologySettings
from connectors.schoology.users import User, read_roles, read_users

NO_END = "accounts that were switched off: Schoology does not tell since when"
UNREAD = "sections or groups whose members Schoology does not show to this key"
GONE = "sections or groups that were deleted while they were read"
STRANGER = "members of sections or groups who have no account of the school's, left out"
PAST = "sections of past grading periods, whose members are not told of"
NO_ADDRESS = "parents' accounts without an e-mail address, left out"


class RosterReading:
    """Everything that one pull of rosters asks and tells."""

    def __init__(
        self,
        context: SourceContext,
        settings: SchoologySettings,
        asking: Asking,
        now: datetime,
    ) -> None:
        """``now`` is the moment of the reading."""
        self._context = context
        self._settings = settings
        self._asking = asking
        self._page = FillingPage()
        self._said: Counter[str] = Counter()
        self._facts = AccountFacts(
            settings.roster,
            settings.person_id,
            context.addresses,
            ZoneInfo(context.timezone),
            now,
            context.title,
            NO_END,
            no_end_lost=True,
        )

    def pages(self) -> Iterator[Page]:
        """Yield all pages; raises a ``SourceError`` where they cannot stand for everybody."""
        users = read_users(self._asking)
        buildings = {one.id: one for one in read_buildings(self._asking)}
        accounts = self._accounts(users, buildings)
        self._page.records = len(users)
        if self._settings.roster:
            yield from self._full(School(one.school_id, one.title) for one in buildings.values())
        yield from self._full(self._facts.facts(list(accounts.values())))
        yield from self._full(self._places(accounts, buildings))
        if self._settings.guardians:
            yield from self._full(self._families(users, accounts))
        lost = {UNREAD, GONE, STRANGER, NO_ADDRESS}
        self._page.notes += (
            *self._facts.notes(),
            *(
                Note(self._context.title, text, count, text in lost)
                for text, count in sorted(self._said.items())
            ),
            *self._asking.notes(),
        )
        yield self._page.done()

    def _full(self, facts: Iterable[Fact]) -> Iterator[Page]:
        for fact in facts:
            self._page.facts.append(fact)
            if len(self._page.facts) >= PAGE_RECORDS:
                yield self._page.done()
                self._page = FillingPage()

    # ---- accounts --------------------------------------------------------------------------

    def _accounts(
        self, users: Iterable[User], buildings: dict[str, Building]
    ) -> dict[str, Account]:
        roles = read_roles(self._asking)
        titles = {id_: role.title.casefold() for id_, role in roles.items()}
        faculty = {id_ for id_, role in roles.items() if role.faculty}
        by_id = self._settings.person_id == SCHOOL_UID
        return {
            user.uid: Account(
                user.account_id,
                (user.email,) if user.email else (),
                user.given,
                user.family,
                (user.school_uid or None) if by_id else None,
                self._worn(user, titles.get(user.role_id, ""), buildings),
                in_use=not user.inactive,
            )
            for user in users
            # A parent is told of as one, with an address of home, or not at all; a teacher is both.
            if not user.children or user.role_id in faculty
        }

    def _worn(
        self, user: User, title: str, buildings: dict[str, Building]
    ) -> tuple[Worn, ...] | None:
        roles = self._settings.roles.get(title)
        if roles is None:
            return None
        at = buildings.get(user.building)
        own = None if at is None else at.school_id
        return tuple((role, school or own) for role, school in roles)

    # ---- sections and groups ---------------------------------------------------------------

    def _places(
        self, accounts: dict[str, Account], buildings: dict[str, Building]
    ) -> Iterator[Fact]:
        """Yield classes and spaces with their members; raises ``Denied`` if none could be read."""
        denied: Denied | None = None
        read = 0
        places = [*read_sections(self._asking), *read_groups(self._asking)]
        for done, place in enumerate(places, 1):
            self._context.progress(done, len(places), "sections and groups")
            if not place.active:
                self._said[PAST] += 1
                continue
            try:
                seats = read_seats(self._asking, place, self._said)
            except NotThere:
                self._said[GONE] += 1
                continue
            except Denied as error:
                denied = error
                self._said[UNREAD] += 1
                continue
            read += 1
            self._page.records += 1 + len(seats)
            yield from self._place(place, seats, accounts, buildings)
        if denied is not None and not read:
            raise denied

    def _place(
        self,
        place: Place,
        seats: Iterable[Seat],
        accounts: dict[str, Account],
        buildings: dict[str, Building],
    ) -> Iterator[Fact]:
        at = buildings.get(place.building)
        if place.realm == "sections":
            yield SchoolClass(place.key, place.title, None if at is None else at.school_id)
        for seat in seats:
            account = accounts.get(seat.uid)
            if account is None:
                self._said[STRANGER] += 1
            elif place.realm == "sections":
                role = ClassRole.TEACHER if seat.leads else ClassRole.STUDENT
                yield ClassMember(place.key, self._facts.ref(account), role)
            else:
                ref = self._facts.ref(account)
                yield SpaceMember(place.key, self._settings.tool, place.title, None, ref)

    # ---- families --------------------------------------------------------------------------

    def _families(
        self, users: Iterable[User], accounts: dict[str, Account]
    ) -> Iterator[Fact]:
        for user in users:
            children = [accounts[uid] for uid in user.children if uid in accounts]
            if not children or user.inactive:
                continue
            if user.uid in accounts:
                own = self._facts.ref(accounts[user.uid])
                yield from (GuardianLink(self._facts.ref(child), own) for child in children)
                continue
            address = email_address(user.email, self._context.addresses)
            if address is None:
                self._said[NO_ADDRESS] += 1
                continue
            yield DirectoryAccount(
                user.account_id,
                (address,),
                user.given,
                user.family,
                roles=((HatRole.GUARDIAN, None),),
            )
            guardian = PersonRef(person_id=user.account_id)
            for child in children:
                yield GuardianLink(self._facts.ref(child), guardian)
