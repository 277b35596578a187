"""Defender's tables of mail and chat messages, asked in a small part of their own language.

Understood are a table's name, then ``| where Timestamp ...`` with ``between`` or comparisons,
``| project``, ``| order by Timestamp``, ``| take`` and, last of all, ``| count``; anything else is
refused as a mistake of grammar would be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from benchmarks.pretend.microsoft.calls import (
    Call,
    Document,
    Handler,
    Refused,
    read_moment,
    written_exactly,
)
from benchmarks.pretend.microsoft.chats import person_id
from benchmarks.pretend.microsoft.world import Chat, Post, guid

KEPT = timedelta(days=30)
EMAIL_EVENTS = (
    "Timestamp", "NetworkMessageId", "InternetMessageId", "SenderMailFromAddress",
    "SenderFromAddress", "SenderDisplayName", "SenderObjectId", "RecipientEmailAddress",
    "RecipientObjectId", "Subject", "EmailDirection", "DeliveryAction", "EmailSize",
)  # fmt: skip
MESSAGE_EVENTS = (
    "Timestamp", "TeamsMessageId", "SenderEmailAddress", "SenderDisplayName", "SenderObjectId",
    "SenderType", "RecipientDetails", "IsOwnedThread", "MessageId", "ParentMessageId", "GroupId",
    "GroupName", "ThreadId", "ThreadName", "ThreadType", "IsExternalThread", "MessageType",
    "Subject", "DeliveryAction",
)  # fmt: skip
_TYPES = {
    "Timestamp": "DateTime",
    "EmailSize": "Int64",
    "IsOwnedThread": "SByte",
    "IsExternalThread": "SByte",
    "RecipientDetails": "Object",
}
_MOMENT = r"datetime\(\s*([^)\s]+)\s*\)"
_BETWEEN = re.compile(rf"where\s+Timestamp\s+between\s*\(\s*{_MOMENT}\s*\.\.\s*{_MOMENT}\s*\)")
_COMPARED = re.compile(rf"Timestamp\s*(>=|>|<=|<)\s*{_MOMENT}")
_ORDER = re.compile(r"(?:order|sort) by Timestamp(?: (asc|desc))?")
_TAKE = re.compile(r"(?:take|limit) (\d+)")
_HOLDS: dict[str, Callable[[datetime, datetime], bool]] = {
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
}
_ACTIONS = {"delivered": "Delivered", "filteredAsSpam": "Junked"}
Row = tuple[datetime, Document]


def run(call: Call) -> Document:
    if not call.world.edition.hunting:
        raise Refused(403, "Forbidden", "The tenant has no licence for advanced hunting.")
    body = {name.lower(): value for name, value in call.body().items()}
    query = body.get("query")
    if not isinstance(query, str) or not query.strip():
        raise Refused(400, "BadRequest", "A query is needed.")
    table, *steps = (part.strip() for part in query.strip().split("|"))
    if table not in _TABLES:
        raise Refused(400, "BadRequest", f"'{table}' could not be resolved to a table.")
    columns, rows = _TABLES[table]
    found = [row for row in rows(call) if call.now - KEPT <= row[0] <= call.now]
    if steps and steps[-1] == "count":
        for step in steps[:-1]:
            found, columns = _step(step, found, columns)
        return {"schema": [{"name": "Count", "type": "Int64"}], "results": [{"Count": len(found)}]}
    for step in steps:
        found, columns = _step(step, found, columns)
    found = found[: call.world.edition.hunted_rows]
    return {
        "schema": [{"name": name, "type": _TYPES.get(name, "String")} for name in columns],
        "results": [{name: row[1][name] for name in columns} for row in found],
    }


def _step(
    step: str, rows: list[Row], columns: tuple[str, ...]
) -> tuple[list[Row], tuple[str, ...]]:
    between = _BETWEEN.fullmatch(step)
    if between is not None:
        first, last = (read_moment(text) for text in between.groups())
        return [row for row in rows if first <= row[0] <= last], columns
    if step.startswith("where "):
        return _compared(step.removeprefix("where "), rows), columns
    if step.startswith("project "):
        wanted = tuple(name.strip() for name in step.removeprefix("project ").split(","))
        for name in wanted:
            if name not in columns:
                raise Refused(400, "BadRequest", f"'project' has no column '{name}'.")
        return rows, wanted
    order, take = _ORDER.fullmatch(step), _TAKE.fullmatch(step)
    if order is not None:
        return sorted(rows, key=lambda row: row[0], reverse=order.group(1) != "asc"), columns
    if take is not None:
        return rows[: int(take.group(1))], columns
    raise Refused(400, "BadRequest", f"Syntax error in '{step}'.")


def _compared(text: str, rows: list[Row]) -> list[Row]:
    for part in re.split(r"\s+and\s+", text):
        match = _COMPARED.fullmatch(part.strip())
        if match is None:
            raise Refused(400, "BadRequest", f"Syntax error in 'where {text}'.")
        holds, bound = _HOLDS[match.group(1)], read_moment(match.group(2))
        rows = [row for row in rows if holds(row[0], bound)]
    return rows


# ---- tables ----------------------------------------------------------------------------------


def _mails(call: Call) -> Iterator[Row]:
    accounts = call.known.accounts
    for trace in call.known.traces:
        if trace.visible_at > call.now or trace.status_at(call.now) == "expanded":
            continue
        sender, reader = accounts.user(trace.sender), accounts.user(trace.recipient)
        inward, outward = reader is not None, sender is not None
        yield trace.at, {
            "Timestamp": written_exactly(trace.at),
            "NetworkMessageId": trace.id,
            "InternetMessageId": trace.message_id,
            "SenderMailFromAddress": trace.sender,
            "SenderFromAddress": trace.sender,
            "SenderDisplayName": sender.name if sender else "",
            "SenderObjectId": sender.id if sender else "",
            "RecipientEmailAddress": trace.recipient,
            "RecipientObjectId": reader.id if reader else "",
            "Subject": trace.subject,
            "EmailDirection": "Intra-org"
            if inward and outward
            else "Inbound"
            if inward
            else "Outbound",
            "DeliveryAction": _ACTIONS.get(trace.status_at(call.now), "Blocked"),
            "EmailSize": trace.size,
        }


def _messages(call: Call) -> Iterator[Row]:
    for chat in call.world.chats:
        for post in chat.posts:
            if post.kind == "message" and post.at <= call.now:
                yield post.at, _message(post, chat, call)


def _message(post: Post, chat: Chat, call: Call) -> Document:
    accounts = call.known.accounts
    sender = accounts.user(post.author)
    others = [s.email for s in chat.seats if s.holds(post.at) and s.email != post.author]
    outside = any(accounts.user(seat.email) is None for seat in chat.seats)
    details = [
        {
            "RecipientSmtpAddress": address,
            "RecipientDisplayName": address.partition("@")[0],
            "RecipientObjectId": person_id(address, call),
            "RecipientType": "User",
        }
        for address in others
    ]
    return {
        "Timestamp": written_exactly(post.at),
        "TeamsMessageId": guid(chat.id, post.id),
        "SenderEmailAddress": post.author,
        "SenderDisplayName": sender.name if sender else "",
        "SenderObjectId": person_id(post.author, call),
        "SenderType": "User",
        "RecipientDetails": json.dumps(details),
        "IsOwnedThread": 1,
        "MessageId": post.id,
        "ParentMessageId": post.id,
        "GroupId": "",
        "GroupName": "",
        "ThreadId": chat.id,
        "ThreadName": chat.topic,
        "ThreadType": "chat",
        "IsExternalThread": int(outside),
        "MessageType": "Text",
        "Subject": chat.topic,
        "DeliveryAction": "Delivered",
    }


_TABLES: dict[str, tuple[tuple[str, ...], Callable[[Call], Iterator[Row]]]] = {
    "EmailEvents": (EMAIL_EVENTS, _mails),
    "MessageEvents": (MESSAGE_EVENTS, _messages),
}
HANDLERS: dict[str, Handler] = {"hunting.run": run}
