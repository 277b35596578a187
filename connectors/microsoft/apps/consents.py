"""Which apps a tenant knows, who let which in, and what the logs tell of when.

A consent (oauth2PermissionGrant) is one account's own or an administrator's for everybody, and has
no date. An assignment of the app to the account, which consenting usually makes, has one; the
audit log tells of consents too, for a week or a month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from auditor.source import SourceError
from connectors.appnames import shown_name
from connectors.microsoft.asking import Graph
from connectors.microsoft.users import moment, text_of
from connectors.pacing import Pace
from connectors.pool import in_threads

_MICROSOFT = frozenset(
    {"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"}
)
"""Tenants that own Microsoft's own services and programs."""
_CONSENT = "Consent to application"
_AUDITED = timedelta(days=30)
"""How far back the audit log goes at most; 7 days without Entra ID P1."""
_MOST = "999"


@dataclass(frozen=True, slots=True)
class Principal:
    """An app as the tenant knows it (servicePrincipal)."""

    id: str
    app_id: str
    name: str
    owner: str
    """Id of the tenant that made it; blank where that is not told."""
    enabled: bool
    """Whether anybody may sign in to it."""

    @property
    def by_microsoft(self) -> bool:
        return self.owner in _MICROSOFT


def principals(graph: Graph) -> dict[str, Principal]:
    """Return every app that the tenant knows, by its id there; raises ``SourceError``."""
    names = "id,appId,displayName,appOwnerOrganizationId,accountEnabled"
    found = {}
    for record in graph.every("servicePrincipals", {"$select": names, "$top": _MOST}):
        id_, app_id = text_of(record, "id").lower(), text_of(record, "appId").lower()
        if id_:
            name = shown_name(text_of(record, "displayName")) or app_id or id_
            owner = text_of(record, "appOwnerOrganizationId").lower()
            enabled = record.get("accountEnabled") is not False
            found[id_] = Principal(id_, app_id or id_, name, owner, enabled)
    return found


@dataclass(slots=True)
class Consents:
    """Which scopes which app was let in with."""

    own: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """(id of the account, id of the app)."""
    everybody: dict[str, frozenset[str]] = field(default_factory=dict)
    """By app, of those that an administrator let in for the whole tenant."""
    unusable: int = 0
    """Consents that do not tell who or which app."""

    @classmethod
    def read(cls, graph: Graph) -> Consents:
        """Ask for every consent; raises ``SourceError``."""
        found = cls()
        for record in graph.every("oauth2PermissionGrants", {"$top": _MOST}):
            app, who = text_of(record, "clientId").lower(), text_of(record, "principalId").lower()
            scopes = frozenset(text_of(record, "scope").split())
            kind = text_of(record, "consentType")
            if app and kind == "AllPrincipals":
                found.everybody[app] = found.everybody.get(app, frozenset()) | scopes
            elif app and who and kind == "Principal":
                found.own[who, app] = found.own.get((who, app), frozenset()) | scopes
            else:
                found.unusable += 1
        return found

    @property
    def apps(self) -> frozenset[str]:
        """Every app that was let in by or for anybody."""
        return frozenset({*self.everybody, *(app for _, app in self.own)})


@dataclass(slots=True)
class Assignments:
    """To whom apps are assigned, and since when."""

    since: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    """(id of the account, id of the app); None: since when is not told."""
    groups: int = 0
    """Groups that an app is assigned to: they do not tell who uses it."""
    failed: int = 0
    """Apps of which it could not be asked."""

    @classmethod
    def read(cls, graph: Graph, apps: Sequence[str], *, threads: int) -> Assignments:
        """Ask app by app; raises a ``SourceError`` if none could be asked."""

        def ask(app: str) -> list[dict[str, Any]] | SourceError:
            path = f"servicePrincipals/{app}/appRoleAssignedTo"
            try:
                return list(graph.every(path, {"$top": _MOST}))
            except SourceError as error:
                return error

        found, failure = cls(), None
        with closing(in_threads(apps, ask, threads=threads)) as asked:
            for app, answer in asked:
                if isinstance(answer, SourceError):
                    failure = answer
                    found.failed += 1
                else:
                    found._take(app, answer)
        if failure is not None and found.failed == len(apps):
            raise failure
        return found

    def _take(self, app: str, records: Sequence[Mapping[str, Any]]) -> None:
        for record in records:
            if text_of(record, "principalType") == "Group":
                self.groups += 1
                continue
            key = text_of(record, "principalId").lower(), app
            at = moment(record.get("createdDateTime"))
            known = self.since.get(key)
            self.since[key] = at if known is None else known if at is None else min(at, known)


def audited_consents(graph: Graph, pace: Pace) -> dict[tuple[str, str], datetime]:
    """Return when the audit log says that accounts last let apps in; raises ``SourceError``.

    By (id of the account, id of the app); of an administrator's consent for everybody the
    administrator is the account.
    """
    since = written(graph.clock.now() - _AUDITED)
    asked = {
        "$filter": f"activityDateTime ge {since} and activityDisplayName eq '{_CONSENT}'",
        "$top": "1000",
    }
    found: dict[tuple[str, str], datetime] = defaultdict(lambda: datetime.min.replace(tzinfo=UTC))
    for record in graph.every("auditLogs/directoryAudits", asked, bucket=pace):
        at = moment(record.get("activityDateTime"))
        by = record.get("initiatedBy")
        user = by.get("user") if isinstance(by, dict) else None
        who = text_of(user, "id").lower() if isinstance(user, dict) else ""
        if at is None or not who or text_of(record, "activityDisplayName") != _CONSENT:
            continue
        if text_of(record, "result") in ("", "success"):
            for app in _targets(record):
                found[who, app] = max(found[who, app], at)
    return dict(found)


def written(at: datetime) -> str:
    """Return a moment as the logs' filters want it, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _targets(record: Mapping[str, Any]) -> Iterator[str]:
    targets = record.get("targetResources")
    for one in targets if isinstance(targets, list) else ():
        if isinstance(one, dict) and text_of(one, "id"):
            yield text_of(one, "id").lower()


def third_party(apps: Mapping[str, Principal], let_in: Collection[str]) -> list[str]:
    """Return the ids, in order, of what was let in, may be signed in to and is not Microsoft's."""
    return sorted(
        one for one in let_in if one in apps and apps[one].enabled and not apps[one].by_microsoft
    )
