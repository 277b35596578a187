"""The source ``microsoft-apps``: which apps staff let into their accounts, read whole each time.

Only the accounts of staff are looked at: what the tenant tells of anybody else is passed over as
it arrives. What an app did is not asked for, and no permission of ours would show it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from auditor.keys import email_address
from auditor.model import PersonRef
from auditor.records import AppGrant
from auditor.source import (
    CheckResult,
    FactKind,
    Mark,
    Note,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.answers import NotAllowed
from connectors.microsoft.apps.consents import (
    Assignments,
    Consents,
    audited_consents,
    principals,
    third_party,
)
from connectors.microsoft.apps.kept import SIGN_INS, read_moment, read_shelf
from connectors.microsoft.apps.scopes import uses_of
from connectors.microsoft.apps.settings import AppSettings
from connectors.microsoft.apps.signins import PATH, SignIns, is_unlicensed
from connectors.microsoft.apps.stays import Stay, Told, unasked
from connectors.microsoft.asking import Graph
from connectors.microsoft.permissions import READING, check_permissions
from connectors.microsoft.places import Tenant, fields_of, residents
from connectors.microsoft.users import TenantUser, tenant_users, text_of
from connectors.pacing import Minute
from connectors.paging import FillingPage
from connectors.retrying import Clock, Limits

_QUESTIONS, _SECONDS = 4, 10.0
"""Of the five questions in ten seconds that the logs allow one application in a tenant."""
_PROGRAMS = "mail program or telephone that reads the district's own mail: no record"
_MICROSOFTS = "app of Microsoft's own that was let in: no record"
_OFF = "app that was let in and that nobody may sign in to any more: no record"
_OWN = "app that one account made in the district's tenant: shown by number, not by name"
_GROUPS = "group that an app is assigned to: who of it uses the app, sign-ins alone tell"
_UNDATED = (
    "app whose assignments could not be asked for: whose accounts it is in by them, and since "
    "when, is not told"
)
_UNUSABLE = "consent that does not tell who let what in"
_NO_SIGN_INS = (
    "the log of sign-ins is not in this tenant's licence (Entra ID P1): who uses an app that an "
    "administrator let in for everybody is not told"
)
_FOR_ALL = "app that an administrator let in for everybody: who uses it, sign-ins alone tell"
_FORGOTTEN = "the log of sign-ins goes no further back than what was still to be read of it"


class MicrosoftApps:
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
        self._settings, access = AppSettings.of(context)
        self._context = context
        self._zone = ZoneInfo(context.timezone)
        self._graph = Graph(
            access, where=context.title, clock=clock, random=random, limits=limits
        )
        self._logs = Minute(_QUESTIONS, clock, seconds=_SECONDS)

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.APP_GRANTS,))

    def check(self) -> list[CheckResult]:
        """Say what is granted, whom places mean, and whether there is a log of sign-ins."""
        places = self._settings.users
        try:
            results = list(check_permissions(self._graph, self._settings.permissions))
            if all(one.ok for one in results):
                users = tenant_users(self._graph, also=fields_of(places))
                results += Tenant.of(self._graph, users, places).check(places)
                results += [self._check_sign_ins()] if self._settings.sign_ins else []
        except SourceError as error:
            results = [CheckResult(False, error.what, error.cure)]
        finally:
            self._graph.close()
        return results

    def _check_sign_ins(self) -> CheckResult:
        try:
            self._graph.get(PATH, {"$top": "1"}, bucket=self._logs)
        except NotAllowed as error:
            if not is_unlicensed(self._graph, error):
                raise
            return CheckResult(True, _NO_SIGN_INS)
        return CheckResult(True, "log of sign-ins: it may be read")

    def pull(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  (the whole present state)
        """Yield every app in every account of staff; raises ``SourceError``."""
        graph, settings = self._graph, self._settings
        try:
            graph.refuse_wider(READING)
            users = list(tenant_users(graph, also=fields_of(settings.users)))
            meant = residents(graph, users, settings.users)
            title = self._context.title
            gaps = [Note(title, f"{name}: {why}", lost=True) for name, why in meant.gaps]
            looked = [user for user in meant.users if user.enabled is not False]
            yield from self._pages(looked, gaps)
        finally:
            graph.close()

    # ---- what the tenant tells ----------------------------------------------------------------

    def _read(self, said: Counter[tuple[str, bool]]) -> Told:
        """Read the tenant's apps and its logs; ``said`` takes in what is to be told of it."""
        graph, settings = self._graph, self._settings
        apps = principals(graph)
        consents = Consents.read(graph)
        asked = third_party(apps, consents.apps)
        assignments = Assignments.read(graph, asked, threads=settings.threads)
        let_in = [apps[one] for one in consents.apps if one in apps]
        said[_MICROSOFTS, False] = sum(one.by_microsoft for one in let_in)
        said[_OFF, False] = sum(not one.enabled and not one.by_microsoft for one in let_in)
        said[_UNUSABLE, True] = consents.unusable + len(consents.apps - apps.keys())
        said[_GROUPS, False] = assignments.groups
        said[_UNDATED, True] = assignments.failed
        audited = audited_consents(graph, self._logs)
        told = Told(
            {one: apps[one] for one in third_party(apps, apps)},
            consents,
            assignments,
            audited,
            self._sign_ins(said),
            self._day(graph.clock.now()),
            self._day,
        )
        if not (settings.sign_ins and told.sign_ins.licensed):
            said[_FOR_ALL, False] = sum(1 for _ in unasked(told))
        return told

    def _sign_ins(self, said: Counter[tuple[str, bool]]) -> SignIns:
        if not self._settings.sign_ins:
            return SignIns(licensed=False)
        since = read_moment(self._context.marks.get(SIGN_INS))
        found = SignIns.read(self._graph, self._logs, since)
        said[_NO_SIGN_INS, False] = not found.licensed
        said[_FORGOTTEN, True] = found.gap
        said["sign-in that does not tell who or what for", True] = found.unusable
        return found

    def _own_tenant(self) -> str:
        records = self._graph.every("organization", {"$select": "id"})
        return next((text_of(one, "id").lower() for one in records), "")

    # ---- what comes of it ---------------------------------------------------------------------

    def _pages(self, users: list[TenantUser], notes: list[Note]) -> Iterator[Page]:
        said: Counter[tuple[str, bool]] = Counter()
        began = self._graph.clock.now()
        own, told = self._own_tenant(), self._read(said)
        found = {}
        for user in users:
            id_ = user.id.lower()
            found[id_] = told.stays(id_, read_shelf(self._context.marks.get(id_)))
        have = Counter(stay.app.id for stays, _ in found.values() for stay in stays)
        page = FillingPage(notes=notes)
        for user in users:
            stays, shelf = found[user.id.lower()]
            page.records += len(stays)
            page.facts += self._facts(user, stays, have, own, said)
            value = replace(shelf, unit=user.email or user.user_principal_name).written()
            if value != self._context.marks.get(user.id.lower()):
                page.marks.append(Mark(user.id.lower(), value))
            if page.full:
                yield page.done()
                page = FillingPage()
        page.marks += self._last_marks(found, told, began)
        page.notes += [
            Note(self._context.title, text, count, lost)
            for (text, lost), count in sorted(said.items())
            if count
        ]
        page.notes += self._graph.notes()
        yield page.done()

    def _last_marks(
        self, found: Mapping[str, object], told: Told, began: datetime
    ) -> Iterator[Mark]:
        """Yield where the log is gone on from, and forget accounts that are looked at no more."""
        gone = sorted(self._context.marks.keys() - found.keys() - {SIGN_INS})
        yield from (Mark(one, None) for one in gone)
        yield Mark(SIGN_INS, began.isoformat() if told.sign_ins.licensed else None)

    def _facts(
        self,
        user: TenantUser,
        stays: list[Stay],
        have: Counter[str],
        own: str,
        said: Counter[tuple[str, bool]],
    ) -> Iterator[AppGrant]:
        programs = {name.casefold() for name in self._settings.mail_programs}
        told = user.email or user.user_principal_name
        address = email_address(told, self._context.addresses)
        for stay in stays:
            app, name = stay.app, stay.app.name
            if name.casefold() in programs:
                said[_PROGRAMS, False] += 1
                continue
            if own and app.owner == own and have[app.id] == 1:
                said[_OWN, False] += 1
                name = f"app of the district's own {app.app_id.partition('-')[0]}"
            yield AppGrant(
                PersonRef(email=told if address is None else address.text),
                app.app_id,
                name,
                uses_of(app.name, stay.scopes),
                stay.since,
            )

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()
