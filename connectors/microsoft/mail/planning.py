"""Which mailboxes a night reads, and which it cannot: each of those is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from auditor.coverage import days_between
from auditor.keys import AddressRules
from auditor.source import DayCoverage, DayState, Window
from connectors.envelope.owner import Owner
from connectors.microsoft.mail.kept import Kept, read_kept
from connectors.microsoft.mail.reading import Wanted
from connectors.microsoft.mail.settings import ExchangeSettings
from connectors.microsoft.places import Place, Tenant
from connectors.microsoft.users import TenantUser

_NO_MAILBOX = "the account has no address, so no mailbox in Exchange Online"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox that is to be read."""

    user: TenantUser
    wanted: Wanted

    @property
    def unit(self) -> str:
        """How its coverage names it."""
        return self.wanted.owner.email


@dataclass(frozen=True, slots=True)
class Gap:
    """A mailbox, or a whole place, that is not read, and why."""

    unit: str
    reason: str

    def rows(self, days: Iterable[date]) -> tuple[DayCoverage, ...]:
        missing = DayState.MISSING
        return tuple(DayCoverage(day, missing, None, self.reason, self.unit) for day in days)


@dataclass(frozen=True, slots=True)
class Plan:
    """A night's work."""

    mailboxes: tuple[Mailbox, ...]
    gaps: tuple[Gap, ...]


class Planner:
    """Sorts the tenant's accounts."""

    def __init__(
        self,
        settings: ExchangeSettings,
        rules: AddressRules,
        window: Window,
        marks: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._window = window
        self._begins = window.since or window.first
        self._kept: dict[str, dict[str, Kept | None]] = defaultdict(dict)
        for unit, value in marks.items():
            user, _, folder = unit.partition("/")
            self._kept[user][folder] = read_kept(value)

    @property
    def days(self) -> tuple[date, ...]:
        """The days that are asked for tonight."""
        return days_between(self._begins, self._window.last)

    def plan(self, tenant: Tenant) -> Plan:
        """Return all that there is to do."""
        gaps = [Gap(name, why) for name, why in tenant.gaps(self._settings.places)]
        meant = self._ids(tenant, self._settings.mailboxes)
        everything = self._ids(tenant, self._settings.received)
        mailboxes: list[Mailbox] = []
        for user in tenant.users:
            if user.id not in meant or not set(self._settings.leave_out).isdisjoint(
                (user.user_principal_name, *user.addresses)
            ):
                continue
            if user.email is None:
                gaps.append(Gap(user.user_principal_name, _NO_MAILBOX))
            else:
                wanted = self._wanted(user, user.email, everything=user.id in everything)
                mailboxes.append(Mailbox(user, wanted))
        return Plan(tuple(mailboxes), tuple(gaps))

    def _ids(self, tenant: Tenant, places: Iterable[Place]) -> frozenset[str]:
        return frozenset(user.id for place in places for user in tenant.meant(place))

    def _wanted(self, user: TenantUser, email: str, *, everything: bool) -> Wanted:
        owner = Owner.of(email, user.aliases, self._rules)
        return Wanted(
            user.id,
            # Nobody can sign in to it, so whatever it sends somebody else wrote.
            owner.used_by_others() if user.enabled is False else owner,
            everything,
            self._settings.headers,
            self._kept.get(user.id, {}),
            self._window.first,
            self._begins,
        )
