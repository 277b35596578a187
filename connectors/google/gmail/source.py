"""The source ``gmail``: what stands on the envelopes in the mailboxes of a Google Workspace.

Each mailbox is read by itself, with a token of its own, and answers for itself: one that cannot be
read is named as a gap, and the others are read all the same. What concerns all of them raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from zoneinfo import ZoneInfo

from auditor.source import CheckResult, FactKind, Page, SourceContext, SourceError, Window
from connectors.google.access import Access
from connectors.google.asking import Api, Google
from connectors.google.gmail.automatic import SCOPE as SETTINGS_SCOPE
from connectors.google.gmail.firsttier import SCOPE as LOG_SCOPE
from connectors.google.gmail.firsttier import Contacts, FirstTier
from connectors.google.gmail.night import SCOPE, Night
from connectors.google.gmail.planning import Planner, accounts_in
from connectors.google.gmail.settings import GmailSettings
from connectors.google.scopes import check_scopes
from connectors.google.users import check_unit, district_users
from connectors.retrying import Clock, Limits

USERS = "admin.directory.user.readonly"


class Gmail:
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
        mistakes: list[str] = []
        self._access = Access.of(context, mistakes)
        self._settings = GmailSettings.of(context.settings, mistakes)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        self._context = context
        self._clock = clock
        self._random = random
        self._limits = limits

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        more = {FactKind.MAILBOX_SETTINGS} if self._settings.settings else set[FactKind]()
        return frozenset({FactKind.MESSAGES, *more})

    def check(self) -> list[CheckResult]:
        """Say what is delegated, and how many accounts stand where mailboxes are looked for."""
        google = self._google()
        try:
            return list(self._checked(google))
        finally:
            google.close()

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield the mailboxes' messages, and on the last page each mailbox's days."""
        google = self._google()
        zone = ZoneInfo(self._context.timezone)
        planner = Planner(
            self._settings,
            self._context.addresses,
            zone,
            window,
            self._context.marks,
            where=self._context.title,
        )
        try:
            users = list(district_users(google.admin([USERS]), self._access.customer))
            gone = list(
                district_users(google.admin([USERS]), self._access.customer, deleted=True)
            )
            plan = planner.plan(users, gone)
            night = Night(google, self._context, self._settings, planner.days)
            if self._settings.first_tier is not None:
                contacts = Contacts.among(
                    (*gone, *users), self._settings.students, self._context.addresses
                )
                log = FirstTier(google, self._context, self._settings, contacts)
                yield from log.pages(window.span(zone))
                plan = plan.only(contacts.senders)
                night.told_by_log(contacts.messages, log.rows(planner.days))
            yield from night.pages(planner.within_units(plan))
        finally:
            google.close()

    def _google(self) -> Google:
        return Google(
            self._access,
            where=self._context.title,
            clock=self._clock,
            random=self._random,
            limits=self._limits,
        )

    def _checked(self, google: Google) -> Iterator[CheckResult]:
        whole = (USERS, LOG_SCOPE) if self._settings.first_tier else (USERS,)
        of_users = list(check_scopes(google, self._access.admin, whole))
        of_mail = list(check_scopes(google, self._access.admin, self._mailbox_scopes()))
        yield from (*of_users, *of_mail)
        try:
            if of_users[0].ok:
                yield from self._reach(google, probe=of_mail[0].ok)
        except SourceError as error:
            yield CheckResult(False, f"{self._context.title}: {error.what}", error.cure)

    def _reach(self, google: Google, *, probe: bool) -> Iterator[CheckResult]:
        """Say how many accounts there are; with ``probe``, ask one mailbox how far it goes."""
        users = list(district_users(google.admin([USERS]), self._access.customer))
        for setting, unit, there in accounts_in(self._settings, users):
            inside = " inside mailboxes" if setting == "received" else ""
            yield check_unit(f"{setting}: {unit}", there, inside)
        if self._settings.first_tier is not None:
            contacts = Contacts({})
            FirstTier(google, self._context, self._settings, contacts).preflight(self._clock.now())
            yield CheckResult(True, "gmail log: it may be read")
        first = next((u for u in users if u.active and u.has_mailbox is not False), None)
        if first is not None and probe:
            google.user(first.email, (SCOPE,)).ask(
                Api.GMAIL, lambda gmail: gmail.users().getProfile(userId="me", fields="historyId")
            )

    def _mailbox_scopes(self) -> tuple[str, ...]:
        return (SCOPE, SETTINGS_SCOPE) if self._settings.settings else (SCOPE,)
