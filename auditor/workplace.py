"""What the use cases work with: the district as configured and the doors to its storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.directory import Guard
from auditor.keys import AddressRules, Keyring
from auditor.lake import Lake
from auditor.ledger import Ledger
from auditor.model import Address, AddressKind
from auditor.policy import Pack
from auditor.result import AcceptedDays, KnownLimit
from auditor.rule import Rule


@dataclass(frozen=True, slots=True)
class SchoolSettings:
    """What the district says of a school beyond the roster."""

    name: str
    short: str
    """Prefix of the school's item ids: "AH"."""
    principal: str | None = None
    """Person id or e-mail of the principal."""
    designee: str | None = None
    """Person id or e-mail of the principal's designee."""


@dataclass(frozen=True, slots=True)
class Privileged:
    """Addresses whose mail is nobody's business here: the association, counsel, hotlines, health
    portals. What goes to or from them is never stored; only its number is.
    """

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.addresses or self.domains)

    def protects(self, address: Address) -> bool:
        if address.kind is not AddressKind.EMAIL:
            return address.text in self.addresses
        domain = address.text.rpartition("@")[2]
        parents = (domain[at:] for at in range(len(domain)) if at == 0 or domain[at - 1] == ".")
        return address.text in self.addresses or any(one in self.domains for one in parents)


@dataclass(frozen=True, slots=True)
class Notice:
    """When and how staff were told that their messages are audited, as the district recorded it."""

    staff_told_on: date
    how: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Clocks:
    """Days for which each class of what is stored is kept; see ``retention.CLASSES``."""

    facts: int = 400
    directory: int = 400
    items: int = 2557
    reports: int = 1096
    runs: int = 1096


@dataclass(frozen=True, slots=True)
class Breaker:
    """How many members of staff one check may list anew in one night before a person looks."""

    staff_percent: int = 25
    staff_people: int = 20
    """A check that lists more than this share, and more than so many people, is held back."""


@dataclass(frozen=True, slots=True)
class District:
    name: str
    timezone: ZoneInfo
    addresses: AddressRules
    schools: Mapping[str, SchoolSettings] = field(default_factory=dict)
    athletic_director: str | None = None
    """Person id or e-mail."""
    designee: str | None = None
    """Name of the Superintendent's designee, who gets items about a reader first."""
    designee_person: str | None = None
    superintendent: str | None = None
    superintendent_person: str | None = None
    """Names, and person ids or e-mails where they are on a roster."""
    privileged: Privileged = Privileged()
    known_limits: tuple[KnownLimit, ...] = ()
    accepted_days: tuple[AcceptedDays, ...] = ()
    roster_guard: Guard = field(default_factory=Guard)
    breaker: Breaker = Breaker()
    lookback_days: int = 35
    """Days judged again each night, so that late mail and corrected rosters count."""
    notice: Notice | None = None
    """None: not recorded, so no person may be named to anybody."""
    clocks: Clocks = Clocks()

    def is_over(self, day: date, now: datetime) -> bool:
        """Whether a day had ended in the district by ``now``."""
        return now.astimezone(self.timezone).date() > day

    @property
    def retention(self) -> str:
        """The line at the foot of a page about how long it is kept."""
        return f"kept for {self.clocks.reports} days, unless a legal hold keeps it longer"


@dataclass(frozen=True, slots=True)
class Workplace:
    """Everything a run needs; the clock is passed to each use case."""

    district: District
    ledger: Ledger
    lake: Lake
    keyring: Keyring
    pack: Pack
    rules: Mapping[str, Rule]
    temp: Path
    software: str


class AuditError(Exception):
    """A run could not be done at all. ``cure`` says what to do."""

    def __init__(self, what: str, *, where: str, cure: str) -> None:
        super().__init__(f"{where}: {what}. {cure}")
        self.what = what
        self.where = where
        self.cure = cure
