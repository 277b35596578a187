"""Microsoft's accounts as a directory's: their place is what the settings read from a profile.

Microsoft does not tell on which day an account was disabled. So one that is disabled has no role
from the night on in which that is seen, and the snapshots of every night date its end. An account
that the settings call a system's keeps its role: a shared mailbox is a disabled account by design.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules, canonical_email
from auditor.model import HatRole, PersonRef, RosterFact
from auditor.source import Note
from connectors.accountfacts import Account, AccountFacts
from connectors.microsoft.directory.education import Pupil
from connectors.microsoft.directory.lists import ID
from connectors.microsoft.directory.roles import unclear
from connectors.microsoft.directory.settings import BY_EDUCATION, DirectorySettings
from connectors.microsoft.users import TenantUser
from connectors.rolemap import Worn

GUEST = "guest accounts, of people outside: left out"
DISABLED = "accounts that nobody can sign in to any more: no role from tonight on"
NOT_ONE_SIDE = "accounts that entries of roles make both student and adult: no role"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of accounts beside their profiles, each by account id."""

    pupils: Mapping[str, Pupil] = field(default_factory=dict)
    schools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Schools an account is at, by the school's records."""
    managed: Mapping[str, Sequence[Worn]] = field(default_factory=dict)
    """Roles by groups that administrators or a rule put people in."""
    listed: Mapping[str, Sequence[Worn]] = field(default_factory=dict)
    """Roles by mailing lists and other groups that their owners may fill."""


@dataclass(slots=True)
class Accounts:
    """Turns the accounts of one reading into facts, and counts what is put up with."""

    settings: DirectorySettings
    rules: AddressRules
    zone: ZoneInfo
    now: datetime
    title: str
    said: Counter[str] = field(default_factory=Counter)
    by_id: dict[str, Account] = field(default_factory=dict)
    """The accounts of the district's own people, by Microsoft's id in lower case."""
    _facts: AccountFacts = field(init=False)

    def __post_init__(self) -> None:
        self._facts = AccountFacts(
            self.settings.roster,
            self.settings.person_id,
            self.rules,
            self.zone,
            self.now,
            self.title,
            DISABLED,
            no_end_lost=False,
        )

    def facts(self, users: Sequence[TenantUser], known: Known) -> Iterator[RosterFact]:
        """Yield what all accounts come to."""
        taken = {canonical_email(one, self.rules) for user in users for one in user.addresses}
        for user in users:
            if user.guest:
                self.said[GUEST] += 1
            else:
                self.by_id[user.id.lower()] = self._account(user, known, taken)
        yield from self._facts.facts([*self.by_id.values()])

    def notes(self) -> Iterator[Note]:
        """Yield what was put up with, how often, and what of it is missing from every check."""
        for text, count in sorted(self.said.items()):
            yield Note(self.title, text, count, lost=text == NOT_ONE_SIDE)
        yield from self._facts.notes()

    def ref(self, account: Account) -> PersonRef:
        """Return how other facts of this source name whoever has an account."""
        return self._facts.ref(account)

    def _account(self, user: TenantUser, known: Known, taken: Set[str | None]) -> Account:
        id_ = user.id.lower()
        pupil = known.pupils.get(id_)
        roles, by_group = self._roles(user, known)
        enabled = user.enabled is not False and user.deleted_at is None
        machine = bool(roles) and all(role is HatRole.SYSTEM for role, _ in roles or ())
        by_education = self.settings.person_id == BY_EDUCATION
        return Account(
            ID + id_,
            self._addresses(user, taken),
            user.given_name,
            user.family_name,
            (pupil.external_id if pupil else None) if by_education else user.person_id,
            roles,
            by_group,
            in_use=enabled or (machine and user.deleted_at is None),
            ended_at=user.deleted_at,
            created_at=user.created_at,
            deleted_at=user.deleted_at,
            grade=pupil.grade if pupil else None,
        )

    def _addresses(self, user: TenantUser, taken: Set[str | None]) -> tuple[str, ...]:
        """Return an account's addresses, and what it signs in with if that is like one.

        Logs of Teams name people by it. It is nobody's where another mailbox has it as an address.
        """
        name = canonical_email(user.user_principal_name, self.rules)
        if name is None or name in taken or not self.rules.is_district(name):
            return user.addresses
        return (*user.addresses, name)

    def _roles(
        self, user: TenantUser, known: Known
    ) -> tuple[tuple[Worn, ...] | None, Sequence[Worn]]:
        """Return the roles by an account's place, and those that groups add to them."""
        id_ = user.id.lower()
        managed, listed = known.managed.get(id_, ()), known.listed.get(id_, ())
        placed = self.settings.roles.placed(_told(user, known.pupils.get(id_)))
        if placed is None and managed:
            placed, managed = tuple(managed), ()
        if placed and unclear(placed):
            self.said[NOT_ONE_SIDE] += 1
            return (), ()
        schools = known.schools.get(id_, ())
        by_group = _at_schools((*managed, *listed), schools)
        return None if placed is None else _at_schools(placed, schools), by_group


def _told(user: TenantUser, pupil: Pupil | None) -> Mapping[str, str]:
    """Return what conditions of ``roles`` may be about."""
    return {
        "department": user.department,
        "employee_type": user.employee_type,
        "office": user.office,
        "domain": (user.email or user.user_principal_name).rpartition("@")[2],
        "education": pupil.role if pupil else "",
    }


def _at_schools(roles: Iterable[Worn], schools: Sequence[str]) -> tuple[Worn, ...]:
    """Return roles at the school of their entry, else at those that the school's records name."""
    found: dict[Worn, None] = {}
    for role, school in roles:
        for at in (school,) if school is not None or not schools else schools:
            found[role, at] = None
    return tuple(found)
