"""Which mailboxes a night reads, and which it cannot: each of those is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from auditor.coverage import days_between
from auditor.keys import AddressRules
from auditor.source import DayCoverage, DayState, Window
from connectors.answers import Found
from connectors.envelope.owner import Owner
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.mail.kept import Kept, read_kept
from connectors.microsoft.mail.reading import Wanted
from connectors.microsoft.mail.settings import ExchangeSettings, Place
from connectors.microsoft.users import LICENSES, TenantUser, tenant_users, text_of

_NO_MAILBOX = "the account has no address, so no mailbox in Exchange Online"
_NO_GROUP = "there is no such group, so whose mailboxes it means is not known"
_NOBODY = "no account is meant by this place"
_MOST = "999"


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


@dataclass(frozen=True, slots=True)
class Tenant:
    """The accounts that places may mean."""

    users: tuple[TenantUser, ...]
    members: Mapping[str, Collection[str]]
    """Group -> ids of the accounts in it; a group that is not there is left out."""

    @classmethod
    def read(cls, graph: Graph, settings: ExchangeSettings) -> Tenant:
        """Ask for the accounts, and for who is in the groups; raises ``SourceError``."""
        also = (*settings.fields, LICENSES)
        users = sorted(
            (user for user in tenant_users(graph, also=also) if not user.guest),
            key=lambda user: (user.email or user.user_principal_name, user.id),
        )
        members = {group: _members(graph, group) for group in settings.groups}
        return cls(tuple(users), {g: ids for g, ids in members.items() if ids is not None})

    def meant(self, place: Place) -> Iterator[TenantUser]:
        """Yield the accounts that a place means."""
        inside = self.members.get(place.group or "", ())
        for user in self.users:
            if place.holds(user) or user.id.lower() in inside:
                yield user


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
        gaps = []
        for place in dict.fromkeys((*self._settings.mailboxes, *self._settings.received)):
            if place.group is not None and place.group not in tenant.members:
                gaps.append(Gap(place.name, _NO_GROUP))
            elif not any(tenant.meant(place)):
                gaps.append(Gap(place.name, _NOBODY))
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


def _members(graph: Graph, group: str) -> frozenset[str] | None:
    """Return who is in a group, groups within it followed; None where there is none."""
    id_ = group
    if "@" in group:
        mail = group.replace("'", "''")
        asked = {"$filter": f"mail eq '{mail}'", "$select": "id"}
        id_ = next((text_of(one, "id") for one in graph.records("groups", asked)), "")
    found: set[str] = set()
    asked = {"$select": "id", "$top": _MOST}
    for answer in graph.pages(f"groups/{id_}/transitiveMembers", asked) if id_ else ():
        if not isinstance(answer, Found):
            return None
        found |= {
            text_of(one, "id").lower()
            for one in listed(answer.document)
            if text_of(one, "@odata.type") in ("", "#microsoft.graph.user")
        }
    return frozenset(found) if id_ else None
