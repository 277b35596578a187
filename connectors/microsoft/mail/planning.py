"""Which mailboxes a night reads, and which it cannot: each of those is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.keys import AddressRules
from auditor.source import DayCoverage, DayState, Window
from connectors.envelope.owner import Owner
from connectors.microsoft.mail.kept import Kept, read_kept
from connectors.microsoft.mail.reading import Wanted
from connectors.microsoft.mail.settings import ExchangeSettings
from connectors.microsoft.places import Place, Tenant, deleted_since
from connectors.microsoft.users import TenantUser

_DELETED = "the account was deleted, so nobody can read what its mailbox held"
_DELETED_SOMEWHERE = (
    "the account was deleted, and Microsoft does not say what groups or licences it had, so it may "
    "have been one of those that are read"
)
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
    until: date | None = None
    """The last day of the gap; None: it goes on."""

    def rows(self, days: Iterable[date]) -> tuple[DayCoverage, ...]:
        missing = DayState.MISSING
        return tuple(
            DayCoverage(day, missing, None, self.reason, self.unit)
            for day in days
            if self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A night's work."""

    mailboxes: tuple[Mailbox, ...]
    gaps: tuple[Gap, ...]
    over: frozenset[str] = frozenset()
    """Names that earlier nights may know and this one rightly does not tell of."""
    forgotten: tuple[str, ...] = ()
    """Folders of which something is kept, of accounts that are planned no longer."""
    moved: int = 0
    """How many of these accounts are still there: they are meant no longer, or left out."""


class Planner:
    """Sorts the tenant's accounts."""

    def __init__(
        self,
        settings: ExchangeSettings,
        rules: AddressRules,
        zone: ZoneInfo,
        window: Window,
        marks: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._zone = zone
        self._opens = datetime.combine(window.first, datetime.min.time(), zone)
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

    def plan(self, tenant: Tenant, deleted: Sequence[TenantUser] = ()) -> Plan:
        """Return all that there is to do; ``deleted`` are the accounts deleted of late."""
        gaps = [Gap(name, why) for name, why in tenant.gaps(self._settings.places)]
        meant = self._ids(tenant, self._settings.mailboxes)
        everything = self._ids(tenant, self._settings.received)
        planned = [u for u in tenant.users if u.id in meant and not self._is_left_out(u)]
        mailboxes: list[Mailbox] = []
        for user in planned:
            if user.email is None:
                gaps.append(Gap(user.user_principal_name, _NO_MAILBOX))
            else:
                wanted = self._wanted(user, user.email, everything=user.id in everything)
                mailboxes.append(Mailbox(user, wanted))
        gaps += self._deleted(deleted, {user.email for user in tenant.users})
        forgotten = sorted({*self._kept} - {user.id for user in planned})
        return Plan(
            tuple(mailboxes),
            tuple(gaps),
            _other_names(planned, (*tenant.users, *deleted)),
            tuple(f"{user}/{folder}" for user in forgotten for folder in self._kept[user]),
            len({user.id for user in tenant.users}.intersection(forgotten)),
        )

    def _deleted(
        self, deleted: Iterable[TenantUser], in_use: Collection[str | None]
    ) -> Iterator[Gap]:
        """Yield a gap for each account that was deleted after the window began."""
        settings = self._settings
        for user, known in deleted_since(
            self._opens, deleted, settings.mailboxes, settings.leave_out
        ):
            if user.email is None:
                continue
            ended = user.deleted_at
            yield Gap(
                f"{user.email} (deleted)" if user.email in in_use else user.email,
                _DELETED if known else _DELETED_SOMEWHERE,
                None if ended is None else ended.astimezone(self._zone).date(),
            )

    def _is_left_out(self, user: TenantUser) -> bool:
        named = {user.user_principal_name, *user.addresses}
        return not named.isdisjoint(self._settings.leave_out)

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


def _other_names(
    planned: Iterable[TenantUser], everybody: Iterable[TenantUser]
) -> frozenset[str]:
    """Return every address that is the name of no mailbox that is planned.

    An account keeps its former names as further addresses.
    """
    names = {name for user in everybody for name in (user.user_principal_name, *user.addresses)}
    return frozenset(names - {user.email or user.user_principal_name for user in planned})
