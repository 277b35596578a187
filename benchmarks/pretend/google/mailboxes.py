"""The pretended Gmail API: one mailbox at a time, headers only where the token allows no more.

Facts of the history: chronological; too old a start is refused with 404; a message erased since is
still named there, and getting it is refused with 404.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from benchmarks.pretend.google.calls import Call, Handler, Refused, Sent, filled, page
from benchmarks.pretend.google.documents import SCOPE, Document
from benchmarks.pretend.google.world import Message, User
from benchmarks.pretend.worlds import Settings, in_force, number

READING = {SCOPE + "gmail.readonly", SCOPE + "gmail.modify", "https://mail.google.com/"}
"""Scopes that open bodies."""
FIRST_HISTORY, STEP = 100_000, 17
"""Numbers of the history rise from the first in steps, per mailbox."""
UNITS = {
    "gmail.users.getProfile": 1,
    "gmail.users.history.list": 2,
    "gmail.users.messages.list": 5,
    "gmail.users.messages.get": 20,
    "gmail.users.messages.send": 100,
}
"""Quota units of a call, where they are not 1."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a mailbox's history."""

    id: int
    at: datetime
    message: Message
    added: bool


def _changes(call: Call) -> tuple[Change, ...]:
    return call.known.once(("changes", mailbox_owner(call).id), lambda: _history_of(_box(call)))


def _history_of(box: tuple[Message, ...]) -> tuple[Change, ...]:
    events = [(m.at, True, m) for m in box]
    events += [(m.purged_at, False, m) for m in box if m.purged_at is not None]
    events.sort(key=lambda event: (event[0], not event[1], event[2].id))
    return tuple(
        Change(FIRST_HISTORY + STEP * n, at, message, added)
        for n, (at, added, message) in enumerate(events, start=1)
    )


def mailbox_owner(call: Call) -> User:
    """Return whose mailbox is asked for. Raises Refused for anybody else's than the token's."""
    key = call.path["userId"]
    own = call.known.accounts.user(call.access.subject or "")
    if own is None:
        raise Refused(400, "failedPrecondition", "Precondition check failed.")
    asked = own if key == "me" else call.known.accounts.user(key)
    if asked is None or asked.id != own.id:
        raise Refused(403, "forbidden", f"Delegation denied for {own.email}")
    if not own.has_mailbox:
        raise Refused(400, "failedPrecondition", "Mail service not enabled")
    return own


def _box(call: Call) -> tuple[Message, ...]:
    return call.world.mailboxes.get(mailbox_owner(call).id, ())


def _seen(call: Call) -> list[Change]:
    return [change for change in _changes(call) if change.at <= call.now]


def _latest(call: Call) -> int:
    seen = _seen(call)
    return seen[-1].id if seen else FIRST_HISTORY


def _metadata_only(call: Call) -> bool:
    """Tell whether bodies are shut: the narrow scope narrows a wide one beside it, too."""
    return SCOPE + "gmail.metadata" in call.access.scopes or not READING & call.access.scopes


def profile(call: Call) -> Document:
    here = [m for m in _box(call) if m.here(call.now)]
    return {
        "emailAddress": mailbox_owner(call).email,
        "messagesTotal": len(here),
        "threadsTotal": len({m.thread_id for m in here}),
        "historyId": str(_latest(call)),
    }


# ---- history ---------------------------------------------------------------------------------


def history(call: Call) -> Document:
    seen = _seen(call)
    start = call.query.get("startHistoryId", "")
    if not start.isdigit():
        raise Refused(400, "invalidArgument", "Invalid value for startHistoryId")
    after = [change for change in seen if change.id > int(start)]
    oldest_kept = call.now - call.world.edition.history_kept
    if int(start) < FIRST_HISTORY or (after and after[0].at < oldest_kept):
        raise Refused(404)
    label = call.query.get("labelId")
    kinds = set(call.query.all("historyTypes")) or {"messageAdded", "messageDeleted"}
    shown = [
        change
        for change in after
        if ("messageAdded" if change.added else "messageDeleted") in kinds
        and (label is None or label in change.message.labels)
    ]
    items, more = page(call, shown, call.size("maxResults", 100, 500))
    told = [_entry(change) for change in items]
    return {**filled(history=told), **more, "historyId": str(_latest(call))}


def _entry(change: Change) -> Document:
    brief = {"id": change.message.id, "threadId": change.message.thread_id}
    whole = {**brief, "labelIds": list(change.message.labels)}
    kind = "messagesAdded" if change.added else "messagesDeleted"
    return {"id": str(change.id), "messages": [brief], kind: [{"message": whole}]}


# ---- messages --------------------------------------------------------------------------------


def messages_list(call: Call) -> Document:
    if "q" in call.query and _metadata_only(call):
        raise Refused(403, "forbidden", "Metadata scope does not support 'q' parameter")
    labels = set(call.query.all("labelIds"))
    hidden = set() if call.flag("includeSpamTrash") else {"TRASH", "SPAM"} - labels
    here = [
        m
        for m in reversed(_box(call))
        if m.here(call.now) and labels <= set(m.labels) and not hidden & set(m.labels)
    ]
    items, more = page(call, here, call.size("maxResults", 100, 500))
    told = [{"id": m.id, "threadId": m.thread_id} for m in items]
    return {**filled(messages=told), **more, "resultSizeEstimate": len(here)}


def messages_get(call: Call) -> Document:
    form = call.query.get("format", "full").lower()
    if _metadata_only(call) and form in ("full", "raw"):
        raise Refused(403, "forbidden", f"Metadata scope doesn't allow format {form.upper()}")
    change = _arrivals(call).get(call.path["id"])
    if change is None or not change.message.here(call.now):
        raise Refused(404)
    message = change.message
    told = {
        "id": message.id,
        "threadId": message.thread_id,
        "labelIds": list(message.labels),
        "internalDate": str(int(message.at.timestamp() * 1000)),
        "sizeEstimate": message.size,
        "historyId": str(change.id),
    }
    if form == "raw":
        return {**told, "snippet": _snippet(call), "raw": _raw(message, call)}
    if not _metadata_only(call):
        told["snippet"] = _snippet(call)
    if form in ("full", "metadata"):
        told["payload"] = _payload(message, call, whole=form == "full")
    return told


def _arrivals(call: Call) -> dict[str, Change]:
    """Return the arrival of each message of the mailbox by the message's id."""
    key = ("arrivals", mailbox_owner(call).id)
    return call.known.once(key, lambda: {c.message.id: c for c in _changes(call) if c.added})


def _snippet(call: Call) -> str:
    return f"Dear all, {call.world.canary}"


def _raw(message: Message, call: Call) -> str:
    lines = [f"{name}: {value}" for name, value in message.headers]
    text = "\r\n".join([*lines, "", _snippet(call), ""])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _payload(message: Message, call: Call, *, whole: bool) -> Document:
    wanted = {name.lower() for name in call.query.all("metadataHeaders")}
    headers = [
        {"name": name, "value": value}
        for name, value in message.headers
        if whole or not wanted or name.lower() in wanted
    ]
    kind = next((v for n, v in message.headers if n == "Content-Type"), "text/plain")
    payload: Document = {"mimeType": kind.partition(";")[0], "headers": headers}
    if whole:
        body = base64.urlsafe_b64encode(_snippet(call).encode()).decode()
        payload |= {"partId": "", "filename": "", "body": {"size": len(body), "data": body}}
    return payload


def messages_send(call: Call) -> Document:
    """Keep a mail in memory. It is in no mailbox: what the world holds does not change."""
    user = mailbox_owner(call)
    try:
        raw = base64.urlsafe_b64decode(str(call.body["raw"]))
    except (KeyError, ValueError):
        raise Refused(400, "invalidArgument", "'raw' RFC822 payload message string") from None
    call.state.sent.append(Sent(user, raw))
    name = f"{number(user.id, len(call.state.sent), raw):016x}"
    return {"id": name, "threadId": name, "labelIds": ["SENT"]}


# ---- settings --------------------------------------------------------------------------------


def _now(values: Settings, call: Call) -> list[str]:
    return in_force(values, call.now)


def send_as(call: Call) -> Document:
    user = mailbox_owner(call)
    signature = " ".join(_now(user.settings.signature, call))
    own = {
        "sendAsEmail": user.email,
        "displayName": user.name,
        "isPrimary": True,
        "isDefault": True,
        **filled(signature=signature),
    }
    others = [
        {
            "sendAsEmail": address,
            "displayName": user.name,
            "treatAsAlias": True,
            "verificationStatus": "accepted",
        }
        for address in _now(user.settings.send_as, call)
    ]
    return {"sendAs": [own, *others]}


def forwarding_addresses(call: Call) -> Document:
    user = mailbox_owner(call)
    found = [
        {"forwardingEmail": address, "verificationStatus": "accepted"}
        for address in _now(user.settings.forwarding, call)
    ]
    return filled(forwardingAddresses=found)


def auto_forwarding(call: Call) -> Document:
    address = next(iter(_now(mailbox_owner(call).settings.forwarding, call)), None)
    if address is None:
        return {"enabled": False}
    return {"enabled": True, "emailAddress": address, "disposition": "leaveInInbox"}


def delegates(call: Call) -> Document:
    user = mailbox_owner(call)
    found = [
        {"delegateEmail": address, "verificationStatus": "accepted"}
        for address in _now(user.settings.delegates, call)
    ]
    return filled(delegates=found)


def vacation(call: Call) -> Document:
    text = next(iter(_now(mailbox_owner(call).settings.vacation, call)), None)
    if text is None:
        return {"enableAutoReply": False, "restrictToContacts": False, "restrictToDomain": False}
    return {
        "enableAutoReply": True,
        "responseSubject": f"Away {call.world.canary}",
        "responseBodyPlainText": f"I am away. {text} {call.world.canary}",
        "restrictToContacts": False,
        "restrictToDomain": False,
    }


HANDLERS: dict[str, Handler] = {
    "gmail.users.getProfile": profile,
    "gmail.users.history.list": history,
    "gmail.users.messages.list": messages_list,
    "gmail.users.messages.get": messages_get,
    "gmail.users.messages.send": messages_send,
    "gmail.users.settings.sendAs.list": send_as,
    "gmail.users.settings.forwardingAddresses.list": forwarding_addresses,
    "gmail.users.settings.getAutoForwarding": auto_forwarding,
    "gmail.users.settings.delegates.list": delegates,
    "gmail.users.settings.getVacation": vacation,
}
