"""The source ``google-apps``: which apps staff let into their accounts, read whole each time.

Only accounts below the units of staff are looked at: rows of anybody else are passed over as they
arrive. What an app did is not asked for; Google's log has a row for it, and it is never read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from auditor.keys import email_address
from auditor.model import PersonRef
from auditor.records import AppGrant
from auditor.source import (
    CheckResult,
    FactKind,
    Note,
    Page,
    Rejected,
    SourceContext,
    SourceError,
    Window,
)
from connectors.google.access import Access
from connectors.google.accounts import ACCOUNT_SCOPES
from connectors.google.activities import Activity, Log, Quota, Row, Unusable
from connectors.google.apps.settings import AppSettings
from connectors.google.apps.stays import Stay, Step, held_now, stays_of
from connectors.google.apps.tokens import TOKEN_SCOPES, TokenLists
from connectors.google.appuse import (
    GRANTED,
    KEEP,
    REVOKED,
    TOKEN_LOG,
    is_script,
    logged_app,
    uses_of,
)
from connectors.google.asking import Google
from connectors.google.scopes import check_scopes
from connectors.google.users import DistrictUser, check_units, district_users, is_below
from connectors.paging import FillingPage
from connectors.portions import Span
from connectors.retrying import Clock, Limits

LOG_SCOPES = ("admin.reports.audit.readonly",)
KEPT = timedelta(days=180) - timedelta(hours=1)
"""How far back Google keeps its logs, less a margin."""
_PREFLIGHT = timedelta(hours=1)
_OTHERS = "app let in or shut out by an account that is not of staff: not looked at"
_PROGRAMS = "mail program or telephone that reads the district's own mail: no record"
_GONE = "app that the log shows as let in and the account no longer holds"
_OWN = "app of one account that may be a script of its own: shown by number, not by name"


class GoogleApps:
    """The apps in the accounts of one district's staff."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; connects to nothing."""
        mistakes: list[str] = []
        access = Access.of(context, mistakes)
        self._settings = AppSettings.of(context.settings, mistakes)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        self._context = context
        self._google = Google(
            access, where=context.title, clock=clock, random=random, limits=limits
        )
        self._quota = Quota.of(clock)

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.APP_GRANTS,))

    def check(self) -> list[CheckResult]:
        """Say what is delegated, which units there are, and whether the log may be read."""
        scopes = (*ACCOUNT_SCOPES, *LOG_SCOPES, *(TOKEN_SCOPES if self._settings.tokens else ()))
        try:
            results = list(check_scopes(self._google, self._google.access.admin, scopes))
            if results[0].ok:
                results += check_units(self._users(), self._settings.staff)
                now = self._google.clock.now()
                self._log(GRANTED).preflight(Span(now - _PREFLIGHT, now))
                results.append(CheckResult(True, f"{TOKEN_LOG} log: it may be read"))
        except SourceError as error:
            results.append(CheckResult(False, error.what, error.cure))
        finally:
            self._google.close()
        return results

    def pull(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  (the whole present state)
        """Yield every app in every account of staff; raises ``SourceError``."""
        try:
            users = [user for user in self._users() if self._is_looked_at(user)]
            yield from self._pages(users)
        finally:
            self._google.close()

    # ---- whose ------------------------------------------------------------------------------

    def _users(self) -> list[DistrictUser]:
        asking = self._google.admin(ACCOUNT_SCOPES)
        return list(district_users(asking, self._google.access.customer, link=None))

    def _is_looked_at(self, user: DistrictUser) -> bool:
        return user.active and not user.guest and is_below(user.org_unit, self._settings.staff)

    # ---- what the log tells -------------------------------------------------------------------

    def _log(self, event: str) -> Log:
        customer = self._google.access.customer
        return Log(
            self._google.admin(LOG_SCOPES),
            TOKEN_LOG,
            self._quota,
            event,
            keep=KEEP,
            customer=None if customer == "my_customer" else customer,
        )

    def _steps(self, users: list[DistrictUser]) -> _Steps:
        """Return what staff let in and shut out in all the time of which the log tells."""
        of_number = {user.id: user.id for user in users}
        of_address = {address: user.id for user in users for address in (user.email, *user.aliases)}
        known = {**of_address, **of_number}
        now, found = self._google.clock.now(), _Steps([], [], Counter())
        for event in (GRANTED, REVOKED):

            def read(rows: Iterator[Row], event: str = event) -> _Steps:
                return _read(rows, event, known)

            spans = [Span(now - KEPT, now)]
            for _, part in self._log(event).in_spans(spans, read, threads=self._settings.threads):
                found.add(part)
        return found

    # ---- what comes of it ---------------------------------------------------------------------

    def _pages(self, users: list[DistrictUser]) -> Iterator[Page]:
        found = self._steps(users)
        stays: Mapping[str, list[Stay]] = stays_of(found.steps)
        said, notes = found.said, list[Note]()
        if self._settings.tokens:
            lists = TokenLists(self._google, self._settings.threads, self._context)
            listed = lists.of(users)
            notes += lists.notes()
            merged = {}
            for user in users:
                merged[user.id] = stays.get(user.id, [])
                if user.id in listed:
                    merged[user.id], gone = held_now(merged[user.id], listed[user.id])
                    said[_GONE] += gone
            stays = merged
        page = FillingPage(rejected=found.rejected, records=len(found.steps))
        have = Counter(app for some in stays.values() for app in {s.app.client_id for s in some})
        for user in users:
            page.facts += self._facts(user, stays.get(user.id, []), have, said)
            if page.full:
                yield page.done()
                page = FillingPage()
        notes += [Note(self._context.title, text, count) for text, count in sorted(said.items())]
        page.notes += (*notes, *self._google.notes())
        yield page.done()

    def _facts(
        self, user: DistrictUser, stays: list[Stay], have: Counter[str], said: Counter[str]
    ) -> Iterator[AppGrant]:
        address = email_address(user.email, self._context.addresses)
        programs = {name.casefold() for name in self._settings.mail_programs}
        for stay in stays:
            app, name = stay.app, stay.app.name
            if name.casefold() in programs:
                said[_PROGRAMS] += 1
                continue
            if is_script(app.scopes) and have[app.client_id] == 1:
                said[_OWN] += 1
                name = f"Apps Script project {app.client_id.partition('-')[0]}"
            yield AppGrant(
                PersonRef(email=user.email if address is None else address.text),
                app.client_id,
                name,
                uses_of(app.name, app.scopes),
                self._day(stay.since),
                self._day(stay.until),
            )

    def _day(self, moment: datetime | None) -> date | None:
        zone = ZoneInfo(self._context.timezone)
        return None if moment is None else moment.astimezone(zone).date()


class _Steps(NamedTuple):
    steps: list[Step]
    rejected: list[Rejected]
    said: Counter[str]

    def add(self, other: _Steps) -> None:
        self.steps.extend(other.steps)
        self.rejected.extend(other.rejected)
        self.said.update(other.said)


def _read(rows: Iterator[Row], event: str, known: Mapping[str, str]) -> _Steps:
    """Return the steps of one kind that accounts of staff took; ``known`` has their numbers."""
    found = _Steps([], [], Counter())
    for row in rows:
        if isinstance(row, Unusable):
            reason = "a row of the log cannot be read without it"
            found.rejected.append(Rejected(f"{TOKEN_LOG} log", None, row.field, reason))
            continue
        account = _account(row, known)
        apps = [logged_app(one.parameters) for one in row.events if one.name == event]
        if account is None:
            found.said[_OTHERS] += len(apps)
            continue
        for app in apps:
            if app is None:
                reason = "it does not tell which app"
                found.rejected.append(Rejected(f"{TOKEN_LOG} log", None, "client_id", reason))
            else:
                step = Step(row.at, row.qualifier, account, app, event == GRANTED)
                found.steps.append(step)
    return found


def _account(row: Activity, known: Mapping[str, str]) -> str | None:
    """Return whose of staff a row is: Google's number outlives every change of address."""
    if row.profile_id is not None:
        return known.get(row.profile_id)
    return known.get((row.email or "").casefold())
