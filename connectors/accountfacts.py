"""What an account of a directory comes to: a person of the roster's, or one of our own.

Where a student information system is the roster, an account only says which addresses belong
together; whose they are is found by the id it bears or by its first address. Where the directory
is the roster itself, every account that the settings give a role is a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
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
from connectors.rolemap import Worn, clash

RECENT = timedelta(days=45)
"""So long an account's beginning is told. Of an older one its addresses may be older or newer."""
_SHOWN_DOMAINS = 5

UNMAPPED = (
    "accounts without a link that no entry of roles names: people only if a roster lists their "
    "address"
)
UNMAPPED_ROSTER = "accounts that no entry of roles names: no people"
UNCLEAR = "accounts that name several ids of the student information system: linked by none"
SHARED = "accounts of different names with the same id: linked by none"
NO_LINKS = "accounts are found by address alone; see person_id in the settings"
CLASH = (
    "accounts on a group of another side (student or adult) than the rest of roles says: the group "
    "does not count"
)
GROUP_ONLY = "accounts that nothing but a mailing list gives a role: no role by the list"


@dataclass(frozen=True, slots=True)
class Account:
    """One account, in no vendor's words."""

    id: str
    """The directory's own id, with the vendor's name before it: "google:1088"."""
    addresses: tuple[str, ...]
    """As they are written, the main one first."""
    given_name: str
    family_name: str
    person_id: str | None
    """The id of the student information system that it bears."""
    roles: tuple[Worn, ...] | None
    """By its place; empty for nobody's to audit, None where no entry of the settings places it."""
    by_group: Sequence[Worn] = ()
    """By mailing lists it is on, which add to its place."""
    link_unclear: bool = False
    in_use: bool = True
    ended_at: datetime | None = None
    """The last moment anybody could act from it; None: not known, or still in use."""
    created_at: datetime | None = None
    deleted_at: datetime | None = None
    grade: str | None = None


@dataclass(slots=True)
class AccountFacts:
    """Turns the accounts of one reading into facts, and counts what is put up with."""

    roster: bool
    """Whether the directory is the roster."""
    link: str | None
    """Where an account has its id in the student information system; None: nowhere."""
    rules: AddressRules
    zone: ZoneInfo
    now: datetime
    title: str
    no_end: str
    """What is said of accounts out of use of which no day tells since when."""
    no_end_lost: bool
    said: Counter[str] = field(default_factory=Counter)
    elsewhere: Counter[str] = field(default_factory=Counter)
    """Domain that the settings do not name -> addresses in it."""
    _shared: frozenset[str] = frozenset()

    def facts(self, accounts: Sequence[Account]) -> Iterator[RosterFact]:
        """Yield what all accounts come to."""
        self._shared = shared((a.person_id, a.given_name, a.family_name) for a in accounts)
        if self.link is not None and not any(a.person_id or a.link_unclear for a in accounts):
            self.said[f"no account has an id as {self.link}: {NO_LINKS}"] += 1
        for account in accounts:
            yield from self._facts(account)

    def notes(self) -> Iterator[Note]:
        """Yield what was put up with, how often, and what of it is missing from every check."""
        lost = {UNCLEAR, SHARED, CLASH, GROUP_ONLY}
        lost |= {self.no_end} if self.no_end_lost else set()
        for text, count in sorted(self.said.items()):
            yield Note(self.title, text, count, lost=text in lost)
        if self.elsewhere:
            domains = sorted(self.elsewhere)
            more = f" and {len(domains) - _SHOWN_DOMAINS} more" * (len(domains) > _SHOWN_DOMAINS)
            named = ", ".join(domains[:_SHOWN_DOMAINS]) + more
            text = f"addresses in domains that the settings do not name ({named}): not used"
            yield Note(self.title, text, self.elsewhere.total(), lost=True)

    def addresses(self, account: Account) -> tuple[Address, ...]:
        """Return an account's district addresses, the main one first, each once."""
        found: dict[Address, None] = {}
        for written in account.addresses:
            address = email_address(written, self.rules)
            if address is None:
                continue
            if self.rules.is_district(address.text):
                found[address] = None
            else:
                # Taken for somebody's own, it would look as if they wrote from a private mailbox.
                self.elsewhere[address.text.rpartition("@")[2]] += 1
        return tuple(found)

    def ended_on(self, account: Account) -> date | None:
        """Return the last day on which anybody could act from an account no longer in use."""
        if account.in_use or account.ended_at is None:
            return None
        return self._day(account.ended_at)

    def ref(self, account: Account) -> PersonRef:
        """Return how facts of the same source name whoever has an account."""
        if not self.roster:
            return PersonRef(person_id=account.id)
        return PersonRef(person_id=self._link(account) or account.id)

    # ---- one account -----------------------------------------------------------------------

    def _facts(self, account: Account) -> Iterator[RosterFact]:
        link = self._link(account)
        self._say_link(account)
        placed = account.roles
        if placed is None and account.deleted_at is None and (link is None or self.roster):
            self.said[UNMAPPED_ROSTER if self.roster else UNMAPPED] += 1
        all_roles = (*(placed or ()), *self._by_group(placed, account.by_group))
        dated = all_roles if self._has_end(account, all_roles) else ()
        if self.roster:
            if all_roles:
                yield from self._person(account, link, dated)
            return
        yield DirectoryAccount(
            account.id,
            self.addresses(account),
            account.given_name,
            account.family_name,
            link,
            tuple(one for one in dated if one in (placed or ())),
            self._start(account),
            None if account.deleted_at is None else self._day(account.deleted_at),
            self.ended_on(account),
        )
        added = (one for one in dated if one not in (placed or ()))
        yield from self._hats(account.id, account, added)

    def _person(
        self, account: Account, link: str | None, roles: Iterable[Worn]
    ) -> Iterator[RosterFact]:
        person_id = link or account.id
        yield Person(person_id, account.given_name, account.family_name, account.grade)
        end = None if account.deleted_at is None else self._day(account.deleted_at)
        for address in self.addresses(account):
            ref = PersonRef(person_id=person_id)
            yield PersonAddress(ref, address, AddressUse.ROSTER, self._start(account), end)
        yield from self._hats(person_id, account, roles)

    def _hats(
        self, person_id: str, account: Account, roles: Iterable[Worn]
    ) -> Iterator[RosterFact]:
        for role, school in dict.fromkeys(roles):
            ref = PersonRef(person_id=person_id)
            yield Hat(ref, role, school, self._start(account), self.ended_on(account))

    def _link(self, account: Account) -> str | None:
        if account.link_unclear or account.person_id in self._shared:
            return None
        return account.person_id

    def _say_link(self, account: Account) -> None:
        if account.link_unclear:
            self.said[UNCLEAR] += 1
        elif account.person_id in self._shared:
            self.said[SHARED] += 1

    def _by_group(
        self, placed: Sequence[Worn] | None, by_group: Sequence[Worn]
    ) -> tuple[Worn, ...]:
        """Return what groups add to a place's roles. A list by itself makes nobody an adult."""
        if not by_group:
            return ()
        if not placed:
            self.said[GROUP_ONLY] += 1
            return ()
        fitting = tuple(one for one in by_group if not clash((one[0], *(r for r, _ in placed))))
        if len(fitting) < len(by_group):
            self.said[CLASH] += 1
        return fitting

    def _has_end(self, account: Account, roles: Sequence[Worn]) -> bool:
        """Whether it is known until when an account's roles hold, if they do not hold today."""
        if account.in_use or not roles or account.ended_at is not None:
            return True
        self.said[self.no_end] += 1
        return False

    def _start(self, account: Account) -> date | None:
        if account.created_at is None or self.now - account.created_at > RECENT:
            return None
        return self._day(account.created_at)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


def shared(bearers: Iterable[tuple[str | None, str, str]]) -> frozenset[str]:
    """Return the ids that accounts of quite different names have; two of one name are one's.

    Each bearer is an id (None: none), a given name and a family name.
    """
    names: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for id_, given, family in bearers:
        if id_ is not None:
            names[id_].add((given.strip().casefold(), family.strip().casefold()))
    return frozenset(id_ for id_, several in names.items() if _differ(several))


def _differ(names: Iterable[tuple[str, str]]) -> bool:
    several = list(names)
    return any(
        all(a and b and a != b for a, b in zip(one, other, strict=True))
        for at, one in enumerate(several)
        for other in several[at + 1 :]
    )
