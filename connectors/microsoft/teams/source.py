"""The source ``microsoft-teams``: what the people of a tenant wrote to each other in Teams."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

from auditor.source import CheckResult, FactKind, Page, SourceContext, SourceError, Window
from connectors.microsoft.accounts import Accounts
from connectors.microsoft.asking import Graph
from connectors.microsoft.permissions import READING, check_permissions
from connectors.microsoft.places import Tenant, fields_of, residents
from connectors.microsoft.teams.night import Night
from connectors.microsoft.teams.policies import policy_page
from connectors.microsoft.teams.settings import TeamsSettings
from connectors.microsoft.users import tenant_users
from connectors.retrying import Clock, Limits

NO_CHANNELS = "what is written in channels of teams is not read: channels = true reads it, too"


class MicrosoftTeams:
    """The chats of one district's tenant, and the channels of its teams."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; connects to nothing."""
        self._settings, access = TeamsSettings.of(context)
        self._context = context
        self._graph = Graph(
            access, where=context.title, clock=clock, random=random, limits=limits
        )

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        more = (FactKind.SYSTEM_SETTINGS,) if self._settings.policies is not None else ()
        return frozenset((FactKind.MESSAGES, *more))

    def check(self) -> list[CheckResult]:
        """Say what is granted, and how many accounts each place means; asks for no chat."""
        places = self._settings.users
        try:
            results = list(check_permissions(self._graph, self._settings.permissions))
            if all(one.ok for one in results):
                users = tenant_users(self._graph, also=fields_of(places))
                results += Tenant.of(self._graph, users, places).check(places)
            if not self._settings.channels:
                results.append(CheckResult(True, NO_CHANNELS))
            return results
        except SourceError as error:
            return [CheckResult(False, error.what, error.cure)]
        finally:
            self._graph.close()

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield what was written in the window; the last page says whose chats were read.

        Raises a ``SourceError`` that concerns them all.
        """
        graph, settings = self._graph, self._settings
        try:
            graph.refuse_wider(READING)
            users = list(tenant_users(graph, also=fields_of(settings.users)))
            also = fields_of(settings.users)
            deleted = list(tenant_users(graph, also=also, deleted=True))
            accounts = Accounts.of(self._context.addresses, users, deleted)
            meant = residents(graph, users, settings.users)
            if settings.policies is not None:
                yield policy_page(
                    self._context, settings.policies, settings.expected, self._today()
                )
            night = Night(graph, self._context, settings, window, accounts)
            yield from night.pages(meant, deleted)
        finally:
            graph.close()

    def _today(self) -> date:
        return self._graph.clock.now().astimezone(ZoneInfo(self._context.timezone)).date()
