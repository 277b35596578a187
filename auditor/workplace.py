"""What the use cases work with: the district as configured and the doors to its storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules, Keyring
from auditor.lake import Lake
from auditor.ledger import Ledger
from auditor.policy import Pack
from auditor.result import KnownLimit
from auditor.rule import Rule


@dataclass(frozen=True, slots=True)
class SchoolSettings:
    """What the district says of a school beyond the roster."""

    name: str
    short: str
    """Prefix of the school's item ids: "AH"."""
    principal: str | None = None
    """Person id or e-mail of the principal."""


@dataclass(frozen=True, slots=True)
class District:
    name: str
    timezone: ZoneInfo
    addresses: AddressRules
    schools: Mapping[str, SchoolSettings] = field(default_factory=dict)
    athletic_director: str | None = None
    """Person id or e-mail."""
    designee: str | None = None
    """Who gets items about a reader: name of the Superintendent's designee."""
    known_limits: tuple[KnownLimit, ...] = ()
    lookback_days: int = 35
    """Days judged again each night, so that late mail and corrected rosters count."""
    retention: str = "kept until the district deletes it"


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
