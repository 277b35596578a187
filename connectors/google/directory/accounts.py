"""What each account comes to: a person of the roster's with more addresses, or one of our own.

Where a student information system is the roster, an account only says which addresses belong
together; whose they are is found by the id it bears or by its first address. Where the directory
is the roster itself, every account in a unit with a role is a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules, email_address
from auditor.model import (
    Address,
    AddressUse,
    DirectoryAccount,
    Hat,
    Person,
    PersonAddress,
    PersonRef,
    RosterFact,
)
from auditor.source import Note
from connectors.google.directory.roles import Worn, clash
from connectors.google.directory.settings import DirectorySettings
from connectors.google.users import DistrictUser

ID = "google:"
"""What the id of an account begins with, where it stands for a person."""
RECENT = timedelta(days=45)
"""So long an account's beginning is told. Of an older one its addresses may be older or newer."""
_SHOWN_DOMAINS = 5

GUEST = "guest accounts, of people outside: left out"
UNMAPPED = (
    "accounts without a link, in units that no entry of roles names: people only if a roster lists "
    "their address"
)
UNMAPPED_ROSTER = "accounts in units that no entry of roles names: no people"
UNCLEAR = "accounts that name several ids of the student information system: linked by none"
SHARED = "accounts of different names with the same id: linked by none"
NO_LINKS = "accounts are found by address alone; see person_id in the settings"
NO_END = "suspended or archived accounts without a day on which that was done: no role"
NO_MAILBOX = "accounts in use without a mailbox"
CLASH = "accounts on a group of another side than their unit (student or adult): the unit counts"
GROUP_ONLY = "accounts on a group with a role whose own unit has none: no role by the group"


@dataclass(slots=True)
class Accounts:
    """Turns the accounts of one reading into facts, and counts what is put up with."""

    settings: DirectorySettings
    rules: AddressRules
    zone: ZoneInfo
    now: datetime
    title: str
    said: Counter[str] = field(default_factory=Counter)
    elsewhere: Counter[str] = field(default_factory=Counter)
    """Domain that the settings do not name -> addresses in it."""
    _shared: frozenset[str] = frozenset()

    def facts(
        self, users: Sequence[DistrictUser], by_group: Mapping[str, Sequence[Worn]]
    ) -> Iterator[RosterFact]:
        """Yield what all accounts come to; ``by_group``: account id -> roles by groups it is on."""
        self._shared = _shared_ids(users)
        link = self.settings.person_id
        if link is not None and not any(u.person_id or u.link_unclear for u in users):
            self.said[f"no account has an id as {link}: {NO_LINKS}"] += 1
        for user in users:
            if user.guest:
                self.said[GUEST] += 1
                continue
            if user.active and user.has_mailbox is False:
                self.said[NO_MAILBOX] += 1
            yield from self._facts(user, by_group.get(user.id, ()))

    def notes(self) -> Iterator[Note]:
        """Yield what was put up with, how often, and what of it is missing from every check."""
        lost = (UNCLEAR, SHARED, NO_END, CLASH, GROUP_ONLY)
        for text, count in sorted(self.said.items()):
            yield Note(self.title, text, count, lost=text in lost)
        if self.elsewhere:
            domains = sorted(self.elsewhere)
            more = f" and {len(domains) - _SHOWN_DOMAINS} more" * (len(domains) > _SHOWN_DOMAINS)
            named = ", ".join(domains[:_SHOWN_DOMAINS]) + more
            text = f"addresses in domains that the settings do not name ({named}): not used"
            yield Note(self.title, text, self.elsewhere.total(), lost=True)

    def addresses(self, user: DistrictUser) -> tuple[Address, ...]:
        """Return a user's district addresses, the primary one first, each once."""
        found: dict[Address, None] = {}
        for written in (user.email, *user.aliases):
            address = email_address(written, self.rules)
            if address is None:
                continue
            if self.rules.is_district(address.text):
                found[address] = None
            else:
                # Taken for somebody's own, it would look as if they wrote from a private mailbox.
                self.elsewhere[address.text.rpartition("@")[2]] += 1
        return tuple(found)

    def ended_on(self, user: DistrictUser) -> date | None:
        """Return the last day on which anybody could act from an account no longer in use."""
        times = (user.deleted_at, user.suspended_at, user.archived_at)
        days = [self._day(one) for one in times if one is not None]
        return None if user.active else min(days, default=None)

    # ---- one account -----------------------------------------------------------------------

    def _facts(self, user: DistrictUser, by_group: Sequence[Worn]) -> Iterator[RosterFact]:
        roles = self.settings.roles.of_unit(user.org_unit)
        link = self._link(user)
        if roles is None and user.deleted_at is None and (link is None or self.settings.roster):
            self.said[UNMAPPED_ROSTER if self.settings.roster else UNMAPPED] += 1
        worn = (*(roles or ()), *self._by_group(roles, by_group))
        dated = worn if self._has_end(user, worn) else ()
        if self.settings.roster:
            if worn:
                yield from self._person(user, link, dated)
            return
        account_id = ID + user.id
        yield DirectoryAccount(
            account_id,
            self.addresses(user),
            user.given_name,
            user.family_name,
            link,
            tuple(one for one in dated if one in (roles or ())),
            self._start(user),
            None if user.deleted_at is None else self._day(user.deleted_at),
            self.ended_on(user),
        )
        yield from self._hats(account_id, user, (one for one in dated if one not in (roles or ())))

    def _person(
        self, user: DistrictUser, link: str | None, roles: Iterable[Worn]
    ) -> Iterator[RosterFact]:
        person_id = link or ID + user.id
        yield Person(person_id, user.given_name, user.family_name)
        end = None if user.deleted_at is None else self._day(user.deleted_at)
        for address in self.addresses(user):
            ref = PersonRef(person_id=person_id)
            yield PersonAddress(ref, address, AddressUse.ROSTER, self._start(user), end)
        yield from self._hats(person_id, user, roles)

    def _hats(
        self, person_id: str, user: DistrictUser, roles: Iterable[Worn]
    ) -> Iterator[RosterFact]:
        for role, school in dict.fromkeys(roles):
            ref = PersonRef(person_id=person_id)
            yield Hat(ref, role, school, self._start(user), self.ended_on(user))

    def _link(self, user: DistrictUser) -> str | None:
        if user.link_unclear:
            self.said[UNCLEAR] += 1
            return None
        if user.person_id in self._shared:
            self.said[SHARED] += 1
            return None
        return user.person_id

    def _by_group(
        self, roles: Sequence[Worn] | None, by_group: Sequence[Worn]
    ) -> tuple[Worn, ...]:
        """Return what groups add to a unit's roles. A list by itself makes nobody an adult."""
        if not by_group:
            return ()
        if not roles:
            self.said[GROUP_ONLY] += 1
            return ()
        fitting = tuple(one for one in by_group if not clash((one[0], *(r for r, _ in roles))))
        if len(fitting) < len(by_group):
            self.said[CLASH] += 1
        return fitting

    def _has_end(self, user: DistrictUser, roles: Sequence[Worn]) -> bool:
        """Whether it is known until when an account's roles hold, if they do not hold today."""
        if user.active or not roles or self.ended_on(user) is not None:
            return True
        self.said[NO_END] += 1
        return False

    def _start(self, user: DistrictUser) -> date | None:
        if user.created_at is None or self.now - user.created_at > RECENT:
            return None
        return self._day(user.created_at)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


def _shared_ids(users: Iterable[DistrictUser]) -> frozenset[str]:
    """Return the ids that accounts of quite different names have; two of one name are one's."""
    names: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for user in users:
        if user.person_id is not None:
            name = (user.given_name.strip().casefold(), user.family_name.strip().casefold())
            names[user.person_id].add(name)
    return frozenset(person_id for person_id, several in names.items() if _differ(several))


def _differ(names: Iterable[tuple[str, str]]) -> bool:
    several = list(names)
    return any(
        all(a and b and a != b for a, b in zip(one, other, strict=True))
        for at, one in enumerate(several)
        for other in several[at + 1 :]
    )
