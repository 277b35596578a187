"""What apps were let in, who signed in to them, and the unified audit log."""

from __future__ import annotations

from datetime import datetime, timedelta

from benchmarks.pretend.microsoft.calls import (
    METADATA,
    Call,
    Document,
    Handler,
    Refused,
    listing,
    only,
    read_moment,
    within,
    written,
)
from benchmarks.pretend.microsoft.delta import changes
from benchmarks.pretend.microsoft.world import App, Grant, Record, SignIn, guid

GRAPH_APP = "00000003-0000-0000-c000-000000000000"
"""Microsoft Graph itself, which scopes are of."""
_PREMIUM = "Neither tenant is B2C or tenant doesn't have premium license"
_LOOKS = 2
"""How often one has to look until a query of the audit log has run."""
_KEPT = timedelta(days=30)


# ---- grants ----------------------------------------------------------------------------------


def _graph_id(call: Call) -> str:
    found = (app.id for app in call.world.apps if app.app_id == GRAPH_APP)
    return next(found, guid(GRAPH_APP))


def grant_document(grant: Grant, call: Call) -> Document:
    user = call.known.accounts.user(grant.user) if grant.user else None
    return {
        "id": _grant_id(grant),
        "clientId": grant.app,
        "consentType": "Principal" if grant.user else "AllPrincipals",
        "principalId": None if user is None else user.id,
        "resourceId": _graph_id(call),
        "scope": " ".join(grant.scopes),
    }


def _grant_id(grant: Grant) -> str:
    return guid("grant", grant.app, grant.user).replace("-", "")


def list_grants(call: Call) -> Document:
    here = [grant for grant in call.world.grants if grant.here(call.now)]
    return listing(call, here, call.size(100, 999), lambda grant: grant_document(grant, call))


def grants_delta(call: Call) -> Document:
    def there(call: Call) -> dict[str, Document]:
        here = (grant for grant in call.world.grants if grant.here(call.now))
        return {_grant_id(grant): grant_document(grant, call) for grant in here}

    edition = call.world.edition
    return changes(call, there, call.size(edition.page, 999), lasts=edition.tokens_last)


def list_apps(call: Call) -> Document:
    def told(app: App) -> Document:
        document = {
            "id": app.id,
            "appId": app.app_id,
            "displayName": app.name,
            "appDisplayName": app.name,
            "appOwnerOrganizationId": app.owner_tenant,
            "accountEnabled": app.enabled,
            "servicePrincipalType": "Application",
            "verifiedPublisher": {"displayName": app.publisher or None},
            "homepage": None,
            "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        }
        return only(document | {"publisherName": app.publisher or None}, names, "id")

    names = _app_names(call)
    here = [app for app in call.world.apps if app.created_at <= call.now]
    return listing(call, here, call.size(100, 999), told)


def _app_names(call: Call) -> tuple[str, ...] | None:
    """Return what is asked for; "publisherName" is answered though no document of v1.0 has it."""
    asked = call.query.get("$select", "")
    plain = ",".join(n for n in asked.split(",") if n.strip() != "publisherName")
    if plain == asked:
        return call.selected("servicePrincipal")
    return ("publisherName", *(name.strip() for name in plain.split(",") if name))


def list_assigned(call: Call) -> Document:
    """Return whom one app is assigned to: users, and groups that an administrator chose."""
    app = next((one for one in call.world.apps if one.id == call.path["app"]), None)
    if app is None:
        raise Refused(404, "Request_ResourceNotFound", "Resource does not exist.")
    by_consent = (
        (grant.user, grant.at)
        for grant in call.world.grants
        if grant.app == app.id and grant.user and grant.assigned and grant.here(call.now)
    )

    def told(one: tuple[str, datetime]) -> Document:
        user = call.known.accounts.user(one[0])
        group = None if user else call.known.accounts.group(one[0])
        return {
            "id": guid("assigned", app.id, one[0]).replace("-", ""),
            "deletedDateTime": None,
            "appRoleId": "00000000-0000-0000-0000-000000000000",
            "createdDateTime": written(one[1]),
            "principalDisplayName": user.name if user else one[0],
            "principalId": user.id if user else group.id if group else guid(one[0]),
            "principalType": "User" if user else "Group",
            "resourceDisplayName": app.name,
            "resourceId": app.id,
        }

    here = [one for one in (*by_consent, *app.assigned) if one[1] <= call.now]
    return listing(call, here, call.size(100, 999), told)


# ---- sign-ins and audits ---------------------------------------------------------------------


def list_sign_ins(call: Call) -> Document:
    if not call.world.edition.premium:
        raise Refused(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", _PREMIUM)
    passes = within(call, "createdDateTime")

    def told(one: SignIn) -> Document:
        user = call.known.accounts.user(one.user)
        app = next(app for app in call.world.apps if app.id == one.app)
        return {
            "id": guid("sign-in", one.user, one.app, one.at.isoformat()),
            "createdDateTime": written(one.at),
            "userId": user.id if user else guid("outside", one.user),
            "userPrincipalName": one.user,
            "userDisplayName": user.name if user else "",
            "appId": app.app_id,
            "appDisplayName": app.name,
            "ipAddress": "203.0.113.7",
            "clientAppUsed": "Browser",
            "isInteractive": True,
            "resourceDisplayName": "Microsoft Graph",
            "resourceId": GRAPH_APP,
            "status": {"errorCode": one.error, "failureReason": None, "additionalDetails": None},
        }

    here = [s for s in call.world.sign_ins if call.now - _KEPT <= s.at <= call.now and passes(s.at)]
    here.sort(key=lambda s: s.at, reverse=True)
    return listing(call, here, call.size(1_000, 1_000), told, context="auditLogs/signIns")


def list_audits(call: Call) -> Document:
    """Return what was done in the directory: here, who let which app in."""
    passes = within(call, "activityDateTime", ("activityDisplayName", "Consent to application"))
    kept = _KEPT if call.world.edition.premium else timedelta(days=7)
    here = [g for g in call.world.grants if call.now - kept <= g.at <= call.now and passes(g.at)]
    here.sort(key=lambda g: g.at, reverse=True)
    size = call.size(1_000, 1_000)
    context = "auditLogs/directoryAudits"
    return listing(call, here, size, lambda g: _consent(g, call), context=context)


def _consent(grant: Grant, call: Call) -> Document:
    user = call.known.accounts.user(grant.user)
    app = next(app for app in call.world.apps if app.id == grant.app)
    by = {
        "id": user.id if user else None,
        "displayName": None,
        "userPrincipalName": grant.user or None,
        "ipAddress": "203.0.113.7",
    }
    change = {
        "displayName": "ConsentAction.Permissions",
        "oldValue": None,
        "newValue": f'"[] => [[Scope: {" ".join(grant.scopes)}]]"',
    }
    target = {
        "id": grant.app,
        "displayName": app.name,
        "type": "ServicePrincipal",
        "modifiedProperties": [change],
    }
    return {
        "id": f"Directory_{_grant_id(grant)}",
        "category": "ApplicationManagement",
        "correlationId": guid("audit", grant.app, grant.user),
        "result": "success",
        "resultReason": "",
        "activityDisplayName": "Consent to application",
        "activityDateTime": written(grant.at),
        "loggedByService": "Core Directory",
        "operationType": "Assign",
        "initiatedBy": {"app": None, "user": by},
        "targetResources": [target],
        "additionalDetails": [],
    }


# ---- the unified audit log -------------------------------------------------------------------


def create_query(call: Call) -> Document:
    """Take a question; it runs in its own time."""
    asked = call.body()
    for name in ("filterStartDateTime", "filterEndDateTime"):
        if not isinstance(asked.get(name), str):
            raise Refused(400, "BadRequest", f"{name} is needed.")
        read_moment(asked[name])
    key = guid("query", len(call.state.queries), call.now.isoformat())
    call.state.queries[key] = {
        "displayName": asked.get("displayName"),
        "filterStartDateTime": asked["filterStartDateTime"],
        "filterEndDateTime": asked["filterEndDateTime"],
        "recordTypeFilters": asked.get("recordTypeFilters") or [],
        "operationFilters": asked.get("operationFilters") or [],
        "userPrincipalNameFilters": asked.get("userPrincipalNameFilters") or [],
    }
    return _query_document(key, call)


def _query_document(key: str, call: Call) -> Document:
    looked = call.state.looked[key]
    failing = key in list(call.state.queries)[: call.world.edition.failing_queries]
    done = "failed" if failing else "succeeded"
    status = done if looked >= _LOOKS else "running" if looked else "notStarted"
    document = {"id": key, **call.state.queries[key], "status": status}
    return {"@odata.context": f"{METADATA}security/auditLog/queries/$entity", **document}


def get_query(call: Call) -> Document:
    key = _query(call)
    call.state.looked[key] += 1
    return _query_document(key, call)


def _query(call: Call) -> str:
    key = call.path["query"]
    if key not in call.state.queries:
        raise Refused(404, "NotFound", "The query does not exist.")
    return key


def list_records(call: Call) -> Document:
    key = _query(call)
    if call.state.looked[key] < _LOOKS:
        raise Refused(400, "BadRequest", "The query is not ready.")
    asked = call.state.queries[key]
    start, end = read_moment(asked["filterStartDateTime"]), read_moment(asked["filterEndDateTime"])
    kinds = {kind.lower() for kind in asked["recordTypeFilters"]}
    operations = {operation.lower() for operation in asked["operationFilters"]}
    found = [
        record
        for record in call.world.records
        if start <= record.at <= end
        and record.visible_at <= call.now
        and (not kinds or record.kind.lower() in kinds)
        and (not operations or record.operation.lower() in operations)
    ]
    return listing(call, found, call.size(150, 1_000), lambda record: _record(record, call))


def _record(record: Record, call: Call) -> Document:
    user = call.known.accounts.user(record.user)
    key = guid("record", record.kind, record.operation, record.user, record.at.isoformat())
    service = "MicrosoftTeams" if record.kind.startswith("MicrosoftTeams") else "Exchange"
    return {
        "id": key,
        "createdDateTime": written(record.at),
        "auditLogRecordType": record.kind,
        "operation": record.operation,
        "organizationId": call.world.tenant,
        "userType": "Regular",
        "userId": user.id if user else record.user,
        "userPrincipalName": record.user,
        "service": service,
        "objectId": None,
        "clientIp": "203.0.113.7",
        "administrativeUnits": [],
        "auditData": {
            "Id": key,
            "CreationTime": _without_zone(record.at),
            "Operation": record.operation,
            "Workload": service,
            "UserId": record.user,
            **record.data,
        },
    }


def _without_zone(moment: datetime) -> str:
    return written(moment).removesuffix("Z")


HANDLERS: dict[str, Handler] = {
    "oauth2PermissionGrants.list": list_grants,
    "oauth2PermissionGrants.delta": grants_delta,
    "servicePrincipals.list": list_apps,
    "servicePrincipals.appRoleAssignedTo": list_assigned,
    "signIns.list": list_sign_ins,
    "directoryAudits.list": list_audits,
    "auditQueries.create": create_query,
    "auditQueries.get": get_query,
    "auditQueries.records": list_records,
}
