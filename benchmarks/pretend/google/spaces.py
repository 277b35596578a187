"""The pretended Chat API: which spaces there are and who is in them. It never serves a message."""

from __future__ import annotations

import re
from collections.abc import Mapping

from benchmarks.pretend.google.calls import Call, Handler, Refused, filled, page, written
from benchmarks.pretend.google.documents import SCOPE, Document
from benchmarks.pretend.google.world import Space, google_id
from benchmarks.pretend.worlds import Seat

_TYPE = re.compile(r'(?:spaceType|space_type)\s*=\s*"(\w+)"')
_HUMANS = re.compile(r'member\.type\s*(?:=\s*"HUMAN"|!=\s*"BOT")')


def _as_admin(call: Call, what: str) -> bool:
    """Tell whether administrator's access is asked for. Raises Refused unless it may be had.

    The scopes of administrators and those of members do not stand in for one another.
    """
    wanted = f"{SCOPE}chat.admin.{what}" if call.flag("useAdminAccess") else f"{SCOPE}chat.{what}"
    if not any(scope.startswith(wanted) for scope in call.access.scopes):
        message = "Request had insufficient authentication scopes."
        raise Refused(403, "insufficientPermissions", message)
    if call.flag("useAdminAccess"):
        call.as_admin()
    return call.flag("useAdminAccess")


_HISTORY = {None: "", True: "HISTORY_ON", False: "HISTORY_OFF"}


def _here(call: Call) -> list[Space]:
    return [space for space in call.world.spaces if space.created_at <= call.now]


def _seats(space: Space, call: Call) -> list[Seat]:
    return [seat for seat in space.seats if seat.holds(call.now)]


def _people(space: Space, call: Call) -> list[Seat]:
    """Return the seats that are no mailing list's: those are counted and not shown."""
    seats = _seats(space, call)
    return [seat for seat in seats if call.known.accounts.group(seat.email) is None]


def _is_member(space: Space, call: Call) -> bool:
    return call.subject().email in {seat.email for seat in _seats(space, call)}


def spaces_search(call: Call) -> Document:
    if not _as_admin(call, "spaces"):
        raise Refused(400, "invalidArgument", "Only searches as an administrator are served here")
    query = call.query.get("query", "")
    kind = _TYPE.search(query)
    if 'customer = "customers/my_customer"' not in query or kind is None or kind[1] != "SPACE":
        raise Refused(400, "invalidArgument", f"Invalid query {query!r}")
    found = [space for space in _here(call) if space.kind == "SPACE"]
    items, more = page(call, found, call.size("pageSize", 100, 1000))
    told = [_space(space, call) for space in items]
    return {**filled(spaces=told), **more, "totalSize": len(found)}


def spaces_list(call: Call) -> Document:
    """Return the asking user's own spaces, of every type."""
    _as_admin(call, "spaces")
    kinds = set(_TYPE.findall(call.query.get("filter", "")))
    found = [
        space
        for space in _here(call)
        if _is_member(space, call) and (not kinds or space.kind in kinds)
    ]
    items, more = page(call, found, call.size("pageSize", 100, 1000))
    return {**filled(spaces=[_space(space, call) for space in items]), **more}


def spaces_get(call: Call) -> Document:
    return _space(_found(call, "name", "spaces"), call)


def _found(call: Call, name: str, what: str) -> Space:
    admin = _as_admin(call, what)
    space = next((s for s in _here(call) if s.name == call.path[name]), None)
    if space is None:
        raise Refused(404)
    if not admin and not _is_member(space, call):
        raise Refused(403, "forbidden", "The caller is not a member of the space")
    if admin and space.kind != "SPACE" and not call.world.edition.admin_sees_direct:
        raise Refused(403, "forbidden", "This is not supported for direct messages")
    return space


def _space(space: Space, call: Call) -> Document:
    return {
        "name": space.name,
        "spaceType": space.kind,
        "type": "DM" if space.kind == "DIRECT_MESSAGE" else "ROOM",
        **filled(spaceHistoryState=_HISTORY[space.history]),
        "spaceThreadingState": "UNTHREADED_MESSAGES",
        "createTime": written(space.created_at),
        "membershipCount": filled(
            joinedDirectHumanUserCount=len(_people(space, call)),
            joinedGroupCount=len(_seats(space, call)) - len(_people(space, call)),
        ),
        **filled(displayName=space.title, externalUserAllowed=space.external),
    }


def members_list(call: Call) -> Document:
    space = _found(call, "parent", "memberships")
    if call.flag("useAdminAccess") and not _HUMANS.search(call.query.get("filter", "")):
        raise Refused(400, "invalidArgument", 'filter must say member.type = "HUMAN"')
    items, more = page(call, _people(space, call), call.size("pageSize", 100, 1000))
    return {**filled(memberships=[_membership(space, seat, call) for seat in items]), **more}


def _membership(space: Space, seat: Seat, call: Call) -> Mapping[str, object]:
    user = call.known.accounts.user(seat.email)
    number = google_id("outside", seat.email) if user is None else user.id
    return {
        "name": f"{space.name}/members/{number}",
        "state": "JOINED",
        "role": "ROLE_MANAGER" if seat.email == space.creator else "ROLE_MEMBER",
        "affiliation": "EXTERNAL" if user is None else "INTERNAL",
        "createTime": written(seat.since),
        "member": {"name": f"users/{number}", "type": "HUMAN"},
    }


HANDLERS: dict[str, Handler] = {
    "chat.spaces.search": spaces_search,
    "chat.spaces.list": spaces_list,
    "chat.spaces.get": spaces_get,
    "chat.spaces.members.list": members_list,
}
