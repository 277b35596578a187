"""Small pretended APIs: groups' settings, licences, and a service account without a key."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from benchmarks.pretend.google.calls import Call, Handler, Refused, filled, page, written
from benchmarks.pretend.google.documents import Document
from benchmarks.pretend.google.tokens import LIFETIME, ServiceAccount, signed
from benchmarks.pretend.google.world import User
from benchmarks.pretend.worlds import number

SETTINGS = {
    "whoCanPostMessage": "ALL_IN_DOMAIN_CAN_POST",
    "whoCanJoin": "INVITED_CAN_JOIN",
    "whoCanViewGroup": "ALL_MEMBERS_CAN_VIEW",
    "whoCanViewMembership": "ALL_MEMBERS_CAN_VIEW",
    "allowExternalMembers": "false",
    "isArchived": "true",
    "membersCanPostAsTheGroup": "false",
    "messageModerationLevel": "MODERATE_NONE",
    "includeInGlobalAddressList": "true",
}
"""As a group is made; truth values are written as words."""


def group_settings(call: Call) -> Document:
    call.as_admin()
    group = call.known.accounts.group(call.path["groupUniqueId"])
    if group is None:
        raise Refused(404)
    outside = any(call.known.accounts.user(s.email) is None for s in group.seats)
    own = {"allowExternalMembers": "true"} if outside and group.seats else {}
    return {
        "kind": "groupsSettings#groups",
        "email": group.email,
        "name": group.name,
        "description": f"{call.world.canary} {group.name}".strip(),
        **SETTINGS,
        **own,
        **group.settings,
    }


# ---- licences --------------------------------------------------------------------------------


def licences_of_product(call: Call) -> Document:
    return _licences(call, [sku for sku in _skus(call) if sku[:6] == call.path["productId"]])


def licences_of_sku(call: Call) -> Document:
    return _licences(call, [sku for sku in _skus(call) if sku == call.path["skuId"]])


def _skus(call: Call) -> list[str]:
    return sorted({_sku(call, user) for user in call.world.users})


def _sku(call: Call, user: User) -> str:
    return user.licence or call.world.edition.sku


def _licences(call: Call, skus: list[str]) -> Document:
    call.as_admin()
    if call.query.get("customerId") not in (call.world.customer, call.world.domain):
        raise Refused(400, "invalid", "Invalid value for customerId")
    found = [
        user
        for user in call.world.users
        if user.created_at <= call.now and not user.deleted(call.now) and _sku(call, user) in skus
    ]
    items, more = page(call, found, call.size("maxResults", 100, 1000))
    told = [_licence(call, user, _sku(call, user)) for user in items]
    answer = {"kind": "licensing#licenseAssignmentList", "etag": f'"{number(*told):x}"'}
    return {**answer, **filled(items=told), **more}


def _licence(call: Call, user: User, sku: str) -> Document:
    return {
        "kind": "licensing#licenseAssignment",
        "etags": f'"{number(user.id, sku):x}"',
        "productId": sku[:6],
        "userId": user.email,
        "skuId": sku,
        "skuName": call.world.edition.name,
    }


# ---- without a key ---------------------------------------------------------------------------


def _may_sign(call: Call) -> None:
    """Raise Refused unless this account may act as the service account named."""
    asked = call.path["name"].rpartition("/")[2]
    if asked not in (ServiceAccount.email, ServiceAccount.client_id) or call.access.subject:
        message = f"Permission 'iam.serviceAccounts.getAccessToken' denied on resource {asked}"
        raise Refused(403, "forbidden", message)


def sign_jwt(call: Call) -> Document:
    _may_sign(call)
    try:
        claims = json.loads(call.body.get("payload", ""))
    except ValueError:
        raise Refused(400, "badRequest", "payload is no JSON") from None
    return {"keyId": ServiceAccount.key_id, "signedJwt": signed(claims)}


def generate_access_token(call: Call) -> Document:
    _may_sign(call)
    scopes = frozenset(call.body.get("scope", ()))
    if not scopes:
        raise Refused(400, "badRequest", "scope is missing")
    lifetime = min(int(str(call.body.get("lifetime", LIFETIME)).rstrip("s")), LIFETIME)
    expires = call.seconds + lifetime
    told = written(datetime.fromtimestamp(expires, UTC))
    return {"accessToken": call.state.give(None, scopes, expires), "expireTime": told}


HANDLERS: dict[str, Handler] = {
    "groupsSettings.groups.get": group_settings,
    "licensing.licenseAssignments.listForProduct": licences_of_product,
    "licensing.licenseAssignments.listForProductAndSku": licences_of_sku,
    "iamcredentials.projects.serviceAccounts.signJwt": sign_jwt,
    "iamcredentials.projects.serviceAccounts.generateAccessToken": generate_access_token,
}
