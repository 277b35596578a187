"""Google's accounts as a directory's: their place is a unit, and they end on a day Google tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules
from auditor.model import RosterFact
from auditor.source import Note
from connectors.accountfacts import Account, AccountFacts
from connectors.google.directory.settings import DirectorySettings
from connectors.google.users import DistrictUser
from connectors.rolemap import Worn

ID = "google:"
"""What the id of an account begins with, where it stands for a person."""
GUEST = "guest accounts, of people outside: left out"
NO_END = "suspended or archived accounts without a day on which that was done: no role"
NO_MAILBOX = "accounts in use without a mailbox"


@dataclass(slots=True)
class Accounts:
    """Turns the accounts of one reading into facts, and counts what is put up with."""

    settings: DirectorySettings
    rules: AddressRules
    zone: ZoneInfo
    now: datetime
    title: str
    said: Counter[str] = field(default_factory=Counter)
    _facts: AccountFacts = field(init=False)

    def __post_init__(self) -> None:
        self._facts = AccountFacts(
            self.settings.roster,
            self.settings.person_id,
            self.rules,
            self.zone,
            self.now,
            self.title,
            NO_END,
            no_end_lost=True,
        )

    def facts(
        self, users: Iterable[DistrictUser], by_group: Mapping[str, Sequence[Worn]]
    ) -> Iterator[RosterFact]:
        """Yield what all accounts come to; ``by_group``: account id -> roles by groups it is on."""
        found = []
        for user in users:
            if user.guest:
                self.said[GUEST] += 1
                continue
            if user.active and user.has_mailbox is False:
                self.said[NO_MAILBOX] += 1
            found.append(self._account(user, by_group.get(user.id, ())))
        yield from self._facts.facts(found)

    def notes(self) -> Iterator[Note]:
        """Yield what was put up with, how often, and what of it is missing from every check."""
        for text, count in sorted(self.said.items()):
            yield Note(self.title, text, count)
        yield from self._facts.notes()

    def ended_on(self, user: DistrictUser) -> date | None:
        """Return the last day on which anybody could act from an account no longer in use."""
        return self._facts.ended_on(self._account(user, ()))

    def _account(self, user: DistrictUser, by_group: Sequence[Worn]) -> Account:
        times = (user.deleted_at, user.suspended_at, user.archived_at)
        return Account(
            ID + user.id,
            (user.email, *user.aliases),
            user.given_name,
            user.family_name,
            user.person_id,
            self.settings.roles.of_unit(user.org_unit),
            by_group,
            link_unclear=user.link_unclear,
            in_use=user.active,
            ended_at=min((one for one in times if one is not None), default=None),
            created_at=user.created_at,
            deleted_at=user.deleted_at,
        )
