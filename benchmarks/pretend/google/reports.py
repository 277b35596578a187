"""The pretended Admin SDK Reports API: what each application's log shows, and when.

Common rules: newest first, ``items`` absent when empty, 64-bit integers as strings, unknown filters
ignored, the last of two filters of one name, page tokens bound to their query.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.pretend.google.calls import (
    Call,
    Handler,
    Refused,
    filled,
    moment_of,
    page,
    written,
)
from benchmarks.pretend.google.directory import org_unit_id
from benchmarks.pretend.google.documents import Document
from benchmarks.pretend.google.world import LogRow, User
from benchmarks.pretend.worlds import number

KEPT = timedelta(days=180)
LONGEST_MAIL_WINDOW = timedelta(days=30)
SENSITIVE = ("rules", "chat", "workspace_studio")
"""Applications that may be asked for content; any other refuses."""
FILTERS = ("actorIpAddress", "eventName", "filters", "orgUnitID", "groupIdFilter")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "<>": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_FILTER = re.compile(r"([\w.]+)(==|<>|<=|>=|<|>)(.*)")


def activities_list(call: Call) -> Document:
    call.as_admin()
    application = call.path["applicationName"]
    if application not in call.world.edition.applications:
        raise Refused(403, "forbidden", f"Not authorized: no edition with {application} activities")
    if call.flag("includeSensitiveData") and application not in SENSITIVE:
        raise Refused(403, "forbidden", "includeSensitiveData is not supported here")
    since, until = _window(call, application)
    now = moment_of(call)
    fits = _chosen(call)
    rows = [
        row
        for row in call.known.rows.get(application, ())
        if since <= row.at < until and row.visible_at <= now and fits(row)
    ]
    shown, more = page(call, rows, call.size("maxResults", 1000, 1000))
    items = [activity(row, call) for row in shown]
    answer = {"kind": "admin#reports#activities", "etag": _etag(items)}
    return {**answer, **filled(items=items), **more}


def _etag(items: list[Document]) -> str:
    return f'"{number(*(item["etag"] for item in items)):x}"'


def _window(call: Call, application: str) -> tuple[datetime, datetime]:
    now = moment_of(call)
    start, end = call.query.get("startTime"), call.query.get("endTime")
    if application == "gmail":
        if start is None or end is None:
            raise Refused(400, "invalid", "startTime and endTime are required for gmail")
        if _time(end) - _time(start) > LONGEST_MAIL_WINDOW:
            raise Refused(400, "invalid", "The span may not be longer than 30 days for gmail")
    since = max(_time(start) if start else now - KEPT, now - KEPT)
    until = _time(end) if end else now
    if since > until and start is not None and _time(start) > until:
        raise Refused(400, "invalid", "Start time must be before end time")
    return since, until


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(400, "invalid", f"Invalid time {text!r}") from None
    if moment.tzinfo is None:
        raise Refused(400, "invalid", f"Invalid time {text!r}")
    return moment.astimezone(UTC)


# ---- filters ---------------------------------------------------------------------------------


def is_filtered(call: Call) -> bool:
    """Tell whether a query counts against the smaller quota."""
    return call.path["userKey"] != "all" or any(name in call.query for name in FILTERS)


def _chosen(call: Call) -> Callable[[LogRow], bool]:
    user = _asked_user(call)
    event = call.query.get("eventName")
    address = call.query.get("actorIpAddress")
    known = call.known.parameters(call.path["applicationName"])
    # a parameter that the application does not know is ignored, and lets everything through
    wanted = [one for one in _filters(call.query.get("filters", "")) if one[0] in known]
    unit = call.query.get("orgUnitID")

    def fits(row: LogRow) -> bool:
        if user is not None and not _is_actor(call, row, user):
            return False
        if event is not None and row.name != event:
            return False
        if address is not None and row.extra.get("ipAddress") != address:
            return False
        if unit is not None and not _in_unit(call, row, unit):
            return False
        return all(_passes(row, *one) for one in wanted)

    return fits


def _asked_user(call: Call) -> User | None:
    key = call.path["userKey"]
    if key == "all":
        return None
    user = call.known.accounts.user(key)
    if user is None or (user.deleted(call.now) and key != user.id):
        raise Refused(400, "invalid", f"Bad Request: no user {key}")
    return user


def _is_actor(call: Call, row: LogRow, user: User) -> bool:
    actor = call.known.accounts.user(row.actor)
    return actor is not None and actor.id == user.id


def _in_unit(call: Call, row: LogRow, unit: str) -> bool:
    actor = call.known.accounts.user(row.actor)
    path = "" if actor is None else actor.org_unit
    steps = path.split("/")
    return unit in {org_unit_id("/".join(steps[:n])) for n in range(2, len(steps) + 1)}


def _filters(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (name, operator, value): of two with one name only the last."""
    last: dict[str, tuple[str, str]] = {}
    for part in filter(None, text.split(",")):
        match = _FILTER.fullmatch(part)
        if match is None:
            raise Refused(400, "invalid", f"Invalid filter {part!r}")
        last[match[1]] = (match[2], match[3])
    for name, (how, value) in last.items():
        yield name, how, value


def _passes(row: LogRow, name: str, how: str, value: str) -> bool:
    held = list(_at(row.parameters, name.split(".")))
    if held and all(isinstance(one, int) and not isinstance(one, bool) for one in held):
        if not re.fullmatch(r"-?\d+", value):
            raise Refused(400, "invalid", f"Invalid filter value {value!r}")
        return any(_OPERATORS[how](one, int(value)) for one in held)
    return any(_OPERATORS[how](_text(one), value) for one in held)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _at(one, path)
    elif isinstance(value, Mapping):
        if path and path[0] in value:
            yield from _at(value[path[0]], path[1:])
    elif not path:
        yield value


# ---- what an activity looks like -------------------------------------------------------------


def activity(row: LogRow, call: Call) -> Document:
    actor = call.known.accounts.user(row.actor)
    caller = "USER" if actor is not None or not row.actor else "EXTERNAL_USER"
    parameters = row.parameters
    if row.application == "gmail" and not call.world.edition.nested_details:
        parameters = _flat(parameters)
    return {
        "kind": "admin#reports#activity",
        "id": {
            "time": written(row.at),
            "uniqueQualifier": str(row.qualifier),
            "applicationName": row.application,
            "customerId": call.world.customer,
        },
        "etag": f'"{number(row.application, row.qualifier):x}"',
        "actor": filled(
            callerType=caller,
            email=row.actor,
            profileId="" if actor is None else actor.id,
        ),
        "ownerDomain": call.world.domain,
        **row.extra,
        "events": [
            {
                "type": row.type,
                "name": row.name,
                "parameters": [parameter(n, v) for n, v in parameters.items()],
            }
        ],
    }


def _flat(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return mail parameters without what is nested more than once."""
    return {
        name: {n: v for n, v in inner.items() if not isinstance(v, (dict, list))}
        for name, inner in parameters.items()
    }


def parameter(name: str, value: Any) -> Document:
    """Return a plain value in the manner of the Reports API."""
    if isinstance(value, bool):
        return {"name": name, "boolValue": value}
    if isinstance(value, int):
        return {"name": name, "intValue": str(value)}
    if isinstance(value, Mapping):
        return {"name": name, "messageValue": _message(value)}
    if isinstance(value, list):
        if value and isinstance(value[0], Mapping):
            return {"name": name, "multiMessageValue": [_message(one) for one in value]}
        if value and isinstance(value[0], int):
            return {"name": name, "multiIntValue": [str(one) for one in value]}
        return {"name": name, "multiValue": list(value)}
    return {"name": name, "value": str(value)}


def _message(values: Mapping[str, Any]) -> Document:
    return {"parameter": [parameter(n, v) for n, v in values.items()]}


HANDLERS: dict[str, Handler] = {"reports.activities.list": activities_list}
