"""The directory: users, groups and their members, the organization, its domains and licences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from benchmarks.pretend.microsoft.calls import (
    METADATA,
    Call,
    Document,
    Handler,
    Refused,
    conditions,
    listing,
    only,
    written,
)
from benchmarks.pretend.microsoft.delta import changes
from benchmarks.pretend.microsoft.edition import Edition
from benchmarks.pretend.microsoft.world import Group, User, guid

USUAL = (
    "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone",
    "officeLocation", "preferredLanguage", "surname", "userPrincipalName", "id",
)  # fmt: skip
"""What is told of a user where nothing is asked for."""
USUAL_OF_GROUP = (
    "id", "classification", "createdDateTime", "description", "displayName",
    "expirationDateTime", "groupTypes", "isAssignableToRole", "mail", "mailEnabled", "mailNickname",
    "membershipRule", "proxyAddresses", "renewedDateTime", "resourceProvisioningOptions",
    "securityEnabled", "theme", "visibility",
)  # fmt: skip
_MOST = 999
_IN_BIN = timedelta(days=30)


def user_document(user: User, call: Call) -> Document:
    """Return everything that is known of a user."""
    name = user.address.partition("@")[0]
    addresses = [f"SMTP:{user.address}", *(f"smtp:{a}" for a in user.aliases)]
    # a deleted account's sign-in name is free for others, so its own id stands before it
    freed = "" if user.here(call.now) else user.id.replace("-", "")
    return {
        "id": user.id,
        "deletedDateTime": written(user.deleted_at) if freed and user.deleted_at else None,
        "userPrincipalName": freed + user.upn,
        "mail": user.address if user.has_mailbox else (user.mail or None),
        "mailNickname": name,
        "proxyAddresses": addresses if user.has_mailbox else [],
        "otherMails": list(user.other_mails),
        "displayName": user.name,
        "givenName": user.given or None,
        "surname": user.family or None,
        "userType": user.kind,
        "accountEnabled": user.enabled(call.now),
        "employeeId": user.person_id or None,
        "employeeType": user.employee_type or None,
        "department": user.department or None,
        "jobTitle": user.title or None,
        "officeLocation": user.office or None,
        "legalAgeGroupClassification": user.age_group or None,
        "createdDateTime": written(user.created_at),
        "businessPhones": [],
        "mobilePhone": None,
        "preferredLanguage": None,
        "assignedLicenses": [{"disabledPlans": [], "skuId": sku} for sku in _licences(user, call)],
        "onPremisesSyncEnabled": None,
        "onPremisesExtensionAttributes": {
            name: user.extensions.get(name)
            for name in (f"extensionAttribute{n}" for n in range(1, 16))
        },
        **{name: v for name, v in user.extensions.items() if name.startswith("extension_")},
        "schools": [],
    }


def _licences(user: User, call: Call) -> list[str]:
    return [] if user.licence is None else [user.licence or call.world.edition.sku]


def _users(call: Call) -> list[User]:
    return [user for user in call.world.users if user.here(call.now)]


def list_users(call: Call) -> Document:
    found = [user for user in _users(call) if _fits(user_document(user, call), call)]
    names = call.selected("user") or USUAL
    size = call.size(call.world.edition.page, _MOST)
    return listing(
        call, found, size, lambda u: only(user_document(u, call), names), context="users"
    )


def _fits(document: Document, call: Call) -> bool:
    for name, operator, value in conditions(call):
        have = document.get(name)
        told = str(have).lower() if isinstance(have, bool | str) else ""
        if operator not in ("eq", "ne") or (told == value.lower()) != (operator == "eq"):
            return False
    return True


def get_user(call: Call) -> Document:
    found = only(user_document(call.user(), call), call.selected("user") or USUAL)
    return {"@odata.context": f"{METADATA}users/$entity", **found}


def users_delta(call: Call) -> Document:
    def there(call: Call) -> dict[str, Document]:
        names = call.selected("user") or USUAL
        return {u.id: only(user_document(u, call), names, "id") for u in _users(call)}

    edition = call.world.edition
    size = call.size(edition.page, _MOST)
    return changes(call, there, size, lasts=edition.tokens_last, gone="changed", context="users")


def deleted_users(call: Call) -> Document:
    """Return what the directory's bin holds: accounts deleted in the last thirty days."""
    found = [
        user
        for user in call.world.users
        if user.deleted_at is not None and user.deleted_at <= call.now < user.deleted_at + _IN_BIN
    ]
    names = call.selected("user") or USUAL
    size = call.size(call.world.edition.page, _MOST)
    return listing(
        call, found, size, lambda u: only(user_document(u, call), names), context="users"
    )


# ---- groups ----------------------------------------------------------------------------------


def group_document(group: Group, call: Call) -> Document:
    """Return everything that is known of a group but its members."""
    by_mail = bool(group.email)
    return {
        "id": group.id,
        "displayName": group.name,
        "description": f"{group.name} {call.world.canary}".strip(),
        "mail": group.email or None,
        "mailEnabled": by_mail,
        "mailNickname": group.email.partition("@")[0] or group.id[:8],
        "securityEnabled": not by_mail,
        "groupTypes": ["Unified"] if group.unified else [],
        "proxyAddresses": [f"SMTP:{group.email}", *(f"smtp:{a}" for a in group.aliases)]
        if by_mail
        else [],
        "visibility": "HiddenMembership" if group.hidden else None,
        "createdDateTime": written(group.created_at),
        "resourceProvisioningOptions": ["Team"]
        if any(team.id == group.id for team in call.world.teams)
        else [],
        "onPremisesSyncEnabled": None,
        "classification": None,
        "theme": None,
        "membershipRule": None,
    }


def _groups(call: Call) -> list[Group]:
    return [group for group in call.world.groups if group.here(call.now)]


def list_groups(call: Call) -> Document:
    names = call.selected("group") or USUAL_OF_GROUP
    found = [group for group in _groups(call) if _fits(group_document(group, call), call)]
    size = call.size(call.world.edition.page, _MOST)
    return listing(
        call, found, size, lambda g: only(group_document(g, call), names), context="groups"
    )


def get_group(call: Call) -> Document:
    found = only(group_document(_group(call), call), call.selected("group") or USUAL_OF_GROUP)
    return {"@odata.context": f"{METADATA}groups/$entity", **found}


def groups_delta(call: Call) -> Document:
    def there(call: Call) -> dict[str, Document]:
        selected = call.selected("group")
        names = selected or USUAL_OF_GROUP
        with_members = selected is not None and "members" in selected
        names = tuple(name for name in names if name not in ("members", "owners"))
        found = {}
        for group in _groups(call):
            told = only(group_document(group, call), names, "id")
            if with_members and _may_see(group, call):
                told["members@delta"] = list(_members(group, call))
            found[group.id] = told
        return found

    edition = call.world.edition
    size = call.size(edition.page, _MOST)
    return changes(
        call,
        there,
        size,
        lasts=edition.tokens_last,
        pieces=edition.members_at_once,
        context="groups",
    )


def _may_see(group: Group, call: Call) -> bool:
    return not group.hidden or call.may("Member.Read.Hidden")


def _group(call: Call) -> Group:
    found = call.known.accounts.groups.get(call.path["group"].lower())
    if found is None or not found.here(call.now) or found.id != call.path["group"]:
        raise Refused(404, "", f"Resource '{call.path['group']}' does not exist.")
    return found


def _members(group: Group, call: Call) -> Iterator[Document]:
    """Yield type and id of every member; one from outside is a contact of the organization."""
    accounts = call.known.accounts
    for seat in group.seats:
        if not seat.holds(call.now):
            continue
        user, inner = accounts.user(seat.email), accounts.group(seat.email)
        if user is not None:
            if user.here(call.now):
                yield {"@odata.type": "#microsoft.graph.user", "id": user.id}
        elif inner is not None:
            yield {"@odata.type": "#microsoft.graph.group", "id": inner.id}
        else:
            contact = guid("contact", seat.email.lower())
            yield {"@odata.type": "#microsoft.graph.orgContact", "id": contact}


def members(call: Call) -> Document:
    group = _group(call)
    found = list(_members(group, call)) if _may_see(group, call) else []
    return _told(call, found)


def transitive_members(call: Call) -> Document:
    """Return people and groups at any depth, each once."""
    found: dict[str, Document] = {}
    waiting = [_group(call)]
    while waiting:
        group = waiting.pop(0)
        for member in _members(group, call) if _may_see(group, call) else ():
            if member["id"] not in found:
                found[member["id"]] = member
                inner = call.known.accounts.groups.get(member["id"])
                waiting += [inner] if inner is not None else []
    return _told(call, list(found.values()))


def owners(call: Call) -> Document:
    users = [call.known.accounts.user(address) for address in _group(call).owners]
    kind = "#microsoft.graph.user"
    return _told(call, [{"@odata.type": kind, "id": user.id} for user in users if user is not None])


def _told(call: Call, found: list[Document]) -> Document:
    """Return members in full, or by id only where the token may not read people."""
    names = call.selected("user")
    people = call.may("User.Read.All", "Directory.Read.All")

    def told(member: Document) -> Document:
        kind = member["@odata.type"].rpartition(".")[2]
        if kind == "user":
            user = call.known.accounts.users[member["id"]]
            full = user_document(user, call) if people else {"id": user.id, "businessPhones": []}
            return {**member, **only(full, names or USUAL, "id")}
        if kind == "group":
            group = call.known.accounts.groups[member["id"]]
            return {**member, **only(group_document(group, call), names or USUAL_OF_GROUP, "id")}
        return {**member, **only(_contact(member["id"], call), names, "id")}

    size = call.size(call.world.edition.page, _MOST)
    return listing(call, found, size, told, context="directoryObjects")


def _contact(key: str, call: Call) -> Document:
    def contacts() -> dict[str, str]:
        addresses = {s.email.lower() for group in call.world.groups for s in group.seats}
        return {guid("contact", address): address for address in addresses}

    address = call.known.once("contacts", contacts)[key]
    return {"id": key, "displayName": address.partition("@")[0], "mail": address}


# ---- the tenant ------------------------------------------------------------------------------


def _domains(call: Call) -> list[str]:
    return [call.world.domain, *call.world.domains]


def organization(call: Call) -> Document:
    world = call.world
    told = {
        "id": world.tenant,
        "displayName": world.name,
        "countryLetterCode": "US",
        "tenantType": "AAD",
        "onPremisesSyncEnabled": None,
        "verifiedDomains": [
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": domain == world.domain,
                "isInitial": False,
                "name": domain,
                "type": "Managed",
            }
            for domain in _domains(call)
        ],
        "assignedPlans": [],
    }
    return listing(call, [told], 100, lambda one: only(one, call.selected("organization")))


def domains(call: Call) -> Document:
    def told(domain: str) -> Document:
        return {
            "id": domain,
            "authenticationType": "Managed",
            "isAdminManaged": True,
            "isDefault": domain == call.world.domain,
            "isInitial": False,
            "isRoot": True,
            "isVerified": True,
            "supportedServices": ["Email", "OfficeCommunicationsOnline"],
        }

    return listing(call, _domains(call), 100, told)


def _plans(edition: Edition) -> list[str]:
    bought = {
        "SCHOOL_DATA_SYNC_P1": edition.classes,
        "AAD_PREMIUM": edition.premium,
        "MTP": edition.hunting,
    }
    return ["EXCHANGE_S_ENTERPRISE", "TEAMS1", *(name for name, has in bought.items() if has)]


def subscribed_skus(call: Call) -> Document:
    used = Counter(sku for user in _users(call) for sku in _licences(user, call))

    def told(sku: str) -> Document:
        units = {"enabled": used[sku] + 100, "suspended": 0, "warning": 0, "lockedOut": 0}
        return {
            "id": f"{call.world.tenant}_{sku}",
            "skuId": sku,
            "skuPartNumber": call.world.edition.name,
            "appliesTo": "User",
            "capabilityStatus": "Enabled",
            "consumedUnits": used[sku],
            "prepaidUnits": units,
            "servicePlans": [
                {
                    "servicePlanId": guid("plan", name),
                    "servicePlanName": name,
                    "provisioningStatus": "Success",
                    "appliesTo": "User",
                }
                for name in _plans(call.world.edition)
            ],
        }

    return listing(call, sorted(used), 100, told)


HANDLERS: dict[str, Handler] = {
    "users.list": list_users,
    "users.get": get_user,
    "users.delta": users_delta,
    "deletedItems.users": deleted_users,
    "groups.list": list_groups,
    "groups.get": get_group,
    "groups.delta": groups_delta,
    "groups.members": members,
    "groups.transitiveMembers": transitive_members,
    "groups.owners": owners,
    "organization.list": organization,
    "domains.list": domains,
    "subscribedSkus.list": subscribed_skus,
}
