"""The pretended Admin SDK Directory API: accounts, groups, members, org units, domains, grants."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from benchmarks.pretend.google.calls import Call, Handler, Refused, filled, page, written
from benchmarks.pretend.google.documents import Document
from benchmarks.pretend.google.world import Grant, Group, User, google_id
from benchmarks.pretend.worlds import Seat, number

TOKENS_LAST = timedelta(days=3)
_CONDITION = re.compile(r"\s*(\w+)\s*(=|:)\s*('[^']*'|\"[^\"]*\"|\S+)")


def _etag(*parts: object) -> str:
    return f'"{number(*parts):x}"'


def _customer(call: Call) -> None:
    """Raise Refused unless the customer asked for is this one."""
    asked = [call.query.get("customer"), call.path.get("customer"), call.path.get("customerId")]
    named = [one for one in asked if one is not None]
    if any(one not in ("my_customer", call.world.customer) for one in named):
        raise Refused(403)


# ---- users -----------------------------------------------------------------------------------


def users_list(call: Call) -> Document:
    call.as_admin()
    _customer(call)
    if "customer" not in call.query and "domain" not in call.query:
        raise Refused(400, "badRequest", "Bad Request")
    deleted = call.flag("showDeleted")
    shown = [
        user
        for user in call.world.users
        if user.created_at <= call.now
        and user.deleted(call.now) == deleted
        and call.query.get("domain", user.domain) == user.domain
    ]
    for wanted in _conditions(call.query.get("query", "")):
        shown = [user for user in shown if _fits(user, *wanted, call.now)]
    falling = call.query.get("sortOrder", "").upper() == "DESCENDING"
    shown.sort(key=lambda user: user.email, reverse=falling)
    items, more = page(call, shown, call.size("maxResults", 100, 500), lasts=TOKENS_LAST)
    users = [_user(user, call) for user in items]
    return {"kind": "admin#directory#users", "etag": _etag(users), **filled(users=users), **more}


def _conditions(query: str) -> list[tuple[str, str]]:
    found, rest = [], query
    while rest.strip():
        match = _CONDITION.match(rest)
        if match is None or match[1] not in ("orgUnitPath", "isSuspended", "isArchived", "email"):
            raise Refused(400, "invalid", f"Invalid Input: query {rest!r}")
        found.append((match[1], match[3].strip("'\"")))
        rest = rest[match.end() :]
    return found


def _fits(user: User, field: str, value: str, now: datetime) -> bool:
    if field == "orgUnitPath":
        return f"{user.org_unit}/".startswith(value.rstrip("/") + "/")
    if field == "isSuspended":
        return user.suspended(now) == (value.lower() == "true")
    if field == "isArchived":
        return (user.archived_at is not None) == (value.lower() == "true")
    return user.email.startswith(value.removesuffix("*"))


def users_get(call: Call) -> Document:
    call.as_admin()
    return _user(_found(call), call)


def _found(call: Call) -> User:
    user = call.known.accounts.user(call.path["userKey"])
    if user is None or user.created_at > call.now or user.deleted(call.now):
        raise Refused(404, "notFound", "Resource Not Found: userKey")
    return user


def _user(user: User, call: Call) -> Document:
    now = call.now
    gone = user.deleted(now)
    suspended = user.suspended(now)
    archived = user.archived_at is not None and user.archived_at <= now
    made = {
        "kind": "admin#directory#user",
        "id": user.id,
        "primaryEmail": user.email,
        "name": filled(givenName=user.given, familyName=user.family, fullName=user.name),
        "isAdmin": user.admin,
        "isDelegatedAdmin": False,
        "lastLoginTime": written(user.last_login or user.created_at),
        "creationTime": written(user.created_at),
        "suspended": suspended,
        "archived": archived,
        "isMailboxSetup": user.has_mailbox,
        "isGuestUser": user.guest,
        "includeInGlobalAddressList": True,
        "customerId": call.world.customer,
        "orgUnitPath": user.org_unit,
        "emails": _emails(user),
        "aliases": list(user.aliases),
        "nonEditableAliases": list(user.domain_aliases),
        "suspensionReason": "ADMIN" if suspended else "",
        "suspensionTime": written(user.suspended_at) if suspended and user.suspended_at else "",
        "archivalTime": written(user.archived_at) if archived and user.archived_at else "",
        "deletionTime": written(user.deleted_at) if gone and user.deleted_at else "",
    }
    if call.query.get("projection", "basic").lower() == "full":
        made |= _further(user)
    made = filled(**made)
    return {**made, "etag": _etag(made)}


def _emails(user: User) -> list[Document]:
    return [
        {"address": user.email, "primary": True},
        *({"address": address} for address in (*user.aliases, *user.domain_aliases)),
        *({"address": address, "type": "other"} for address in user.other_emails),
    ]


def _further(user: User) -> Document:
    """Return what only the full projection shows."""
    job = filled(title=user.title, department=user.department)
    number_at_school = [{"value": user.person_id, "type": "organization"}]
    return {
        "externalIds": number_at_school if user.person_id else [],
        "organizations": [{**job, "primary": True}] if job else [],
    }


def user_aliases(call: Call) -> Document:
    call.as_admin()
    user = _found(call)
    aliases = [
        {
            "kind": "admin#directory#alias",
            "id": user.id,
            "etag": _etag(user.id, alias),
            "primaryEmail": user.email,
            "alias": alias,
        }
        for alias in user.aliases
    ]
    return {"kind": "admin#directory#aliases", "etag": _etag(aliases), **filled(aliases=aliases)}


def tokens_list(call: Call) -> Document:
    call.as_admin()
    user = _found(call)
    items = [
        {
            "kind": "admin#directory#token",
            "etag": _etag(user.id, grant.client_id),
            "clientId": grant.client_id,
            "displayText": grant.name,
            "userKey": user.id,
            "anonymous": False,
            "nativeApp": grant.native,
            "scopes": list(grant.scopes),
        }
        for grant in user.grants
        if _holds(grant, call.now)
    ]
    return {"kind": "admin#directory#tokenList", "etag": _etag(items), **filled(items=items)}


def _holds(grant: Grant, now: datetime) -> bool:
    return grant.at <= now and (grant.revoked_at is None or now < grant.revoked_at)


# ---- groups ----------------------------------------------------------------------------------


def groups_list(call: Call) -> Document:
    call.as_admin()
    _customer(call)
    groups = sorted(call.world.groups, key=lambda group: group.email)
    if "userKey" in call.query:
        key = call.query["userKey"]
        groups = [g for g in groups if any(s.email == key for s in _seats(g, call.now))]
    elif "customer" not in call.query and "domain" not in call.query:
        raise Refused(400)
    items, more = page(call, groups, call.size("maxResults", 200, 200))
    shown = [_group(group, call) for group in items]
    return {"kind": "admin#directory#groups", "etag": _etag(shown), **filled(groups=shown), **more}


def groups_get(call: Call) -> Document:
    call.as_admin()
    return _group(_found_group(call), call)


def _found_group(call: Call) -> Group:
    group = call.known.accounts.group(call.path["groupKey"])
    if group is None:
        raise Refused(404, "notFound", "Resource Not Found: groupKey")
    return group


def _seats(group: Group, now: datetime) -> list[Seat]:
    return [seat for seat in group.seats if seat.holds(now)]


def _group(group: Group, call: Call) -> Document:
    made: dict[str, Any] = {
        "kind": "admin#directory#group",
        "id": group.id,
        "email": group.email,
        "name": group.name,
        "directMembersCount": str(len(_seats(group, call.now))),
        "description": f"{call.world.canary} {group.name}".strip(),
        "adminCreated": True,
        "aliases": list(group.aliases),
    }
    made = filled(**made)
    return {**made, "etag": _etag(made)}


def members_list(call: Call) -> Document:
    call.as_admin()
    seats = _seats(_found_group(call), call.now)
    if call.flag("includeDerivedMembership"):
        seats = _derived(call, seats)
    roles = set(filter(None, call.query.get("roles", "").split(",")))
    shown = [seat for seat in seats if not roles or seat.role in roles]
    items, more = page(call, shown, call.size("maxResults", 200, 200))
    members = [_member(seat, call) for seat in items]
    answer = {"kind": "admin#directory#members", "etag": _etag(members)}
    return {**answer, **filled(members=members), **more}


def _derived(call: Call, direct: list[Seat]) -> list[Seat]:
    """Return direct members, nested groups among them, and all who belong through those."""
    found: dict[str, Seat] = {}
    waiting = list(direct)
    while waiting:
        seat = waiting.pop(0)
        if seat.email not in found:
            found[seat.email] = seat
            inner = call.known.accounts.group(seat.email)
            waiting += _seats(inner, call.now) if inner is not None else []
    return list(found.values())


def _member(seat: Seat, call: Call) -> Document:
    group, user = call.known.accounts.group(seat.email), call.known.accounts.user(seat.email)
    made: dict[str, Any] = {
        "kind": "admin#directory#member",
        "id": google_id("outside", seat.email),
        "email": seat.email,
        "role": seat.role,
        "type": "USER",
    }
    if seat.email == call.world.customer:
        del made["email"]
        made |= {"id": call.world.customer, "type": "CUSTOMER"}
    elif group is not None:
        made |= {"id": group.id, "type": "GROUP", "status": "ACTIVE"}
    elif user is not None:
        made |= {"id": user.id, "status": "SUSPENDED" if user.suspended(call.now) else "ACTIVE"}
    return {**made, "etag": _etag(made)}


# ---- org units and domains -------------------------------------------------------------------


def orgunits_list(call: Call) -> Document:
    call.as_admin()
    _customer(call)
    under = "/" + call.query.get("orgUnitPath", "").strip("/")
    whole = call.query.get("type", "children") != "children"
    units = [
        _org_unit(path)
        for path in call.world.org_units
        if path.startswith(under.rstrip("/") + "/")
        and (whole or path.rpartition("/")[0] == under.rstrip("/"))
    ]
    answer = {"kind": "admin#directory#orgUnits", "etag": _etag(units)}
    return {**answer, **filled(organizationUnits=units)}


def _org_unit(path: str) -> Document:
    parent = path.rpartition("/")[0] or "/"
    return {
        "kind": "admin#directory#orgUnit",
        "etag": _etag(path),
        "name": path.rpartition("/")[2],
        "orgUnitPath": path,
        "orgUnitId": org_unit_id(path),
        "parentOrgUnitPath": parent,
        "parentOrgUnitId": org_unit_id(parent),
    }


def org_unit_id(path: str) -> str:
    return f"id:{number('org unit', path, bits=52):013x}"


def domains_list(call: Call) -> Document:
    call.as_admin()
    _customer(call)
    world = call.world
    domains = [
        {
            "kind": "admin#directory#domain",
            "etag": _etag(name),
            "domainName": name,
            "isPrimary": name == world.domain,
            "verified": True,
            "creationTime": "1406894400000",
            **filled(domainAliases=_domain_aliases(call, name)),
        }
        for name in (world.domain, *world.domains)
    ]
    return {"kind": "admin#directory#domains", "etag": _etag(domains), "domains": domains}


def domain_aliases_list(call: Call) -> Document:
    call.as_admin()
    _customer(call)
    found = _domain_aliases(call, call.query.get("parentDomainName"))
    answer = {"kind": "admin#directory#domainAliases", "etag": _etag(found)}
    return {**answer, **filled(domainAliases=found)}


def _domain_aliases(call: Call, parent: str | None) -> list[Document]:
    return [
        {
            "kind": "admin#directory#domainAlias",
            "etag": _etag(alias),
            "domainAliasName": alias,
            "parentDomainName": domain,
            "verified": True,
            "creationTime": "1406894400000",
        }
        for alias, domain in call.world.domain_aliases
        if parent in (None, domain)
    ]


HANDLERS: dict[str, Handler] = {
    "directory.users.list": users_list,
    "directory.users.get": users_get,
    "directory.users.aliases.list": user_aliases,
    "directory.tokens.list": tokens_list,
    "directory.groups.list": groups_list,
    "directory.groups.get": groups_get,
    "directory.members.list": members_list,
    "directory.orgunits.list": orgunits_list,
    "directory.domains.list": domains_list,
    "directory.domainAliases.list": domain_aliases_list,
}
