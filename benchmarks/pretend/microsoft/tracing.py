"""Message trace: what became of every mail, one row for each recipient.

Its filter is read as was measured of the vendor's: of each property the last value counts, all of
them must hold, and what is not understood ("or", "in", "ne", "not", functions of an address) is
ignored without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta

from benchmarks.pretend.microsoft.calls import (
    Call,
    Document,
    Handler,
    Refused,
    first_moment,
    listing,
    read_moment,
    written_exactly,
)
from benchmarks.pretend.microsoft.world import Trace, guid

PRINCIPAL = "8bd644d1-64a1-4d4b-ae52-2e0cbf64e373"
"""The application whose service principal must stand in the tenant."""
FIELDS = {
    "senderAddress": "sender",
    "recipientAddress": "recipient",
    "messageId": "message_id",
    "fromIP": "from_ip",
    "toIP": "to_ip",
    "id": "id",
    "subject": "subject",
}
LONGEST, OLDEST, USUAL = timedelta(days=10), timedelta(days=90), timedelta(hours=48)
_MISSING = (
    "Service principal-less authentication failed: The service principal for App ID "
    f"{PRINCIPAL} was not found."
)
_TEXT = r"'((?:[^']|'')*)'"
_EQUAL = re.compile(rf"\b({'|'.join(FIELDS)}|status)\s+eq\s+{_TEXT}")
_PART = re.compile(rf"(?i)\b(contains|startswith|endswith)\(\s*subject\s*,\s*{_TEXT}\s*\)")
_BOUND = re.compile(r"\breceivedDateTime\s+(ge|le|gt|lt|eq)\s+([^\s()]+)")


def list_traces(call: Call) -> Document:
    _check_principal(call)
    text = call.query.get("$top", "1000")
    if not text.isdigit() or not 1 <= int(text) <= 5_000:
        raise Refused(400, "BadRequest", "ResultSize is invalid.")
    moment = first_moment(call)
    found = list(_found(call, moment))

    def told(trace: Trace) -> Document:
        return {
            "id": trace.id,
            "senderAddress": trace.sender,
            "recipientAddress": trace.recipient,
            "messageId": trace.message_id,
            "receivedDateTime": written_exactly(trace.at),
            "subject": trace.subject[:256],
            "size": trace.size,
            "fromIP": trace.from_ip,
            "toIP": trace.to_ip,
            "status": _status(trace, moment, call),
        }

    context = "admin/exchange/tracing/messageTraces"
    size = min(int(text), call.world.edition.trace_page)
    return listing(call, found, size, told, context=context)


def _check_principal(call: Call) -> None:
    if not call.world.traces_provisioned:
        raise Refused(401, "UnknownError", _MISSING)


def _status(trace: Trace, moment: datetime, call: Call) -> str:
    """Return the status; one that is newer than the API only to who says to know such."""
    status = trace.status_at(moment)
    if status == "recalled" and "include-unknown-enum-members" not in call.request.header("Prefer"):
        return "unknownFutureValue"
    return status


def _found(call: Call, moment: datetime) -> Iterator[Trace]:
    text = call.query.get("$filter", "")
    start, end = _span(text, call)
    wanted = {name: value.replace("''", "'").lower() for name, value in _EQUAL.findall(text)}
    status = wanted.pop("status", None)
    part = [(how.lower(), value.replace("''", "'").lower()) for how, value in _PART.findall(text)]
    for trace in call.known.traces:
        if trace.at > end or trace.visible_at > moment:
            continue
        if trace.at < start:
            return
        if status is not None and trace.status_at(moment).lower() != status:
            continue
        if all(_equal(name, getattr(trace, FIELDS[name]), v) for name, v in wanted.items()) and all(
            _HOLDS[how](trace.subject.lower(), value) for how, value in part[-1:]
        ):
            yield trace


def _equal(name: str, have: str, wanted: str) -> bool:
    if name.endswith("Address") and wanted.startswith("*@"):
        return have.lower().endswith(wanted[1:])
    return have.lower() == wanted


_HOLDS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}


def _span(text: str, call: Call) -> tuple[datetime, datetime]:
    bounds = dict(_BOUND.findall(text))
    if not bounds:
        return call.now - USUAL, call.now
    if "ge" not in bounds:
        raise Refused(400, "BadRequest", "StartDate is required when an EndDate is entered.")
    if "le" not in bounds:
        raise Refused(400, "BadRequest", "EndDate is required when a StartDate is entered.")
    start, end = read_moment(bounds["ge"]), read_moment(bounds["le"])
    if end < start:
        raise Refused(400, "BadRequest", "The EndDate must not be before the StartDate.")
    if end - start > LONGEST:
        what = "The interval between StartDate and EndDate can't be longer than 10 days."
        raise Refused(400, "BadRequest", what)
    if start < datetime.combine(call.now.date(), time(), call.now.tzinfo) - OLDEST:
        what = "Invalid StartDate value. The StartDate can't be older than 90 days from today."
        raise Refused(400, "BadRequest", what)
    return start, end


def details(call: Call) -> Document:
    """Return what happened on the way to one recipient; nothing for one who is not on it."""
    _check_principal(call)
    recipient = call.path["recipient"].replace("''", "'").lower()
    found = [
        trace
        for trace in call.known.traces
        if (trace.id, trace.recipient.lower()) == (call.path["trace"], recipient)
        and trace.visible_at <= call.now
    ]
    events = [event for trace in found for event in _events(trace, call)]
    return listing(call, events, 1_000, lambda event: event)


_LAST = {
    "delivered": ("Deliver", "The message was successfully delivered."),
    "failed": ("Fail", "Reason: 550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
    "expanded": ("Expand", "The distribution group was expanded."),
    "pending": ("Defer", "The message is waiting."),
}


def _events(trace: Trace, call: Call) -> Iterator[Document]:
    last = _LAST.get(trace.status_at(call.now), ("Deliver", "The message was handled."))
    steps = (("Receive", "Message received."), last)
    for number, (event, description) in enumerate(steps):
        yield {
            "id": guid(trace.id, trace.recipient, number),
            "messageId": trace.message_id,
            "dateTime": written_exactly(trace.at + timedelta(seconds=2 * number)),
            "event": event,
            "action": "",
            "description": description,
            "data": f"<root><MEP Name='Subject' String='{trace.subject}'/></root>",
        }


HANDLERS: dict[str, Handler] = {
    "messageTraces.list": list_traces,
    "messageTraces.details": details,
}
