"""The source ``exchange-mail``: what stands on the envelopes in an Exchange Online tenant.

Each mailbox answers for itself: one that cannot be read is named as a gap, and the others are read
all the same. What concerns all of them raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

from auditor.source import (
    CheckResult,
    FactKind,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.answers import Found, NotAllowed
from connectors.microsoft.asking import Graph
from connectors.microsoft.mail.automatic import PERMISSION as SETTINGS_PERMISSION
from connectors.microsoft.mail.folders import SENT
from connectors.microsoft.mail.night import Night
from connectors.microsoft.mail.planning import Planner
from connectors.microsoft.mail.settings import ExchangeSettings
from connectors.microsoft.permissions import READING, check_permissions
from connectors.microsoft.places import GROUP_PERMISSIONS, Tenant, fields_of, groups_of
from connectors.microsoft.users import USER_PERMISSIONS, TenantUser, tenant_users
from connectors.retrying import Clock, Limits

PERMISSION = "Mail.ReadBasic.All"
_TRIED = 5
"""Mailboxes that are knocked at where the token does not say that any is open."""
_ROLE = f"{PERMISSION} is not consented to: a role of Exchange's opens mailboxes, as is better"
_NEITHER = (
    f"Give {PERMISSION} for these mailboxes by RBAC for Applications in Exchange, or for the whole "
    "tenant: Entra admin center > App registrations > API permissions, then grant admin consent"
)


class ExchangeMail:
    """One configured set of mailboxes."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; reads nothing."""
        self._settings, access = ExchangeSettings.of(context)
        self._context = context
        self._graph = Graph(
            access, where=context.title, clock=clock, random=random, limits=limits
        )

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        more = {FactKind.MAILBOX_SETTINGS} if self._settings.settings else set[FactKind]()
        return frozenset({FactKind.MESSAGES, *more})

    def check(self) -> list[CheckResult]:
        """Say what is granted, and how many accounts each place means."""
        try:
            return list(self._checked())
        except SourceError as error:
            return [CheckResult(False, f"{self._context.title}: {error.what}", error.cure)]
        finally:
            self._graph.close()

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield the mailboxes' messages, and on the last page each mailbox's days."""
        context = self._context
        try:
            self._graph.refuse_wider(READING)
            zone = ZoneInfo(context.timezone)
            planner = Planner(self._settings, context.addresses, zone, window, context.marks)
            tenant = self._tenant()
            also = fields_of(self._settings.places)
            deleted = list(tenant_users(self._graph, also=also, deleted=True))
            plan = planner.plan(tenant, deleted)
            yield from Night(self._graph, context, self._settings, planner.days).pages(plan)
        finally:
            self._graph.close()

    def _checked(self) -> Iterator[CheckResult]:
        carried = self._graph.identity.permissions()
        needed = [one for one in self._permissions() if one != PERMISSION or one in carried]
        results = list(check_permissions(self._graph, needed))
        yield from results
        if not all(result.ok for result in results):
            return
        tenant = self._tenant()
        yield from tenant.check(self._settings.mailboxes)
        meant = (user for place in self._settings.mailboxes for user in tenant.meant(place))
        with_mailbox = (user for user in meant if user.email is not None)
        if PERMISSION not in carried:
            yield self._by_role(islice(with_mailbox, _TRIED))
            return
        for first in islice(with_mailbox, 1):
            self._graph.get(f"users/{first.id}/mailFolders/{SENT}", {"$select": "id"})

    def _by_role(self, some: Iterable[TenantUser]) -> CheckResult:
        """Say whether a role of Exchange's lets us in, which no token shows."""
        for user in some:
            try:
                path = f"users/{user.id}/mailFolders/{SENT}"
                if isinstance(self._graph.get(path, {"$select": "id"}), Found):
                    return CheckResult(True, _ROLE)
            except NotAllowed:
                continue
        return CheckResult(False, f"permissions not granted: {PERMISSION}", _NEITHER)

    def _tenant(self) -> Tenant:
        places = self._settings.places
        users = tenant_users(self._graph, also=fields_of(places))
        return Tenant.of(self._graph, users, places)

    def _permissions(self) -> tuple[str, ...]:
        return (
            *USER_PERMISSIONS,
            PERMISSION,
            *(GROUP_PERMISSIONS if groups_of(self._settings.places) else ()),
            *((SETTINGS_PERMISSION,) if self._settings.settings else ()),
        )
