"""Mailboxes: folders, changes of a folder, what a mailbox does by itself, and sending."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from email import message_from_bytes

from benchmarks.pretend.microsoft.calls import (
    METADATA,
    Call,
    Document,
    Handler,
    Refused,
    Sent,
    conditions,
    denied,
    listing,
    only,
    read_moment,
    within,
    written,
)
from benchmarks.pretend.microsoft.delta import changes
from benchmarks.pretend.microsoft.world import Box, Message, User, guid
from benchmarks.pretend.worlds import in_force

FOLDERS = {
    "inbox": "Inbox",
    "sentitems": "Sent Items",
    "drafts": "Drafts",
    "deleteditems": "Deleted Items",
    "archive": "Archive",
    "junkemail": "Junk Email",
    "outbox": "Outbox",
}
"""Well-known name -> what the mailbox calls it."""
CONTENT = ("body", "bodyPreview", "uniqueBody")
"""What is never told to who may read only the basics."""
_NO_MAILBOX = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
_MOST_FILTERED = 5_000


def mailbox_owner(call: Call) -> User:
    """Return whose mailbox is asked about.

    Raises Refused: 404 where there is no such account or it has no mailbox here, 403 where the
    application was given other mailboxes only.
    """
    user = call.user(code="ErrorInvalidUser")
    if not user.has_mailbox or user.kind == "Guest":
        raise Refused(404, "MailboxNotEnabledForRESTAPI", _NO_MAILBOX)
    opened = call.world.mailboxes_opened
    if opened is not None and user.id not in opened:
        raise denied()
    return user


def folder_id(user: User, name: str) -> str:
    return "AAMk" + guid(user.id, name).replace("-", "")


def list_folders(call: Call) -> Document:
    """Return one folder, the folders inside of one, or those at the top."""
    user = mailbox_owner(call)
    folders = _folders(user, call)

    def told(name: str) -> Document:
        here = [m for m in _messages(user, call) if m.folder == name]
        document = {
            "id": folder_id(user, name),
            "displayName": FOLDERS.get(name, f"{name.rpartition('/')[2]} {call.world.canary}"),
            "parentFolderId": folder_id(user, name.rpartition("/")[0] or "root"),
            "childFolderCount": len(_inside(name, folders)),
            "unreadItemCount": 0,
            "totalItemCount": len(here),
            "isHidden": False,
        }
        return only(document, call.selected("mailFolder"), "id")

    if call.endpoint == "mailFolders.get":
        name = _folder(user, call)
        return {"@odata.context": f"{METADATA}mailFolders/$entity", **told(name)}
    parent = _folder(user, call) if "folder" in call.path else ""
    return listing(call, _inside(parent, folders), call.size(10, 1_000), told)


def _folders(user: User, call: Call) -> list[str]:
    """Return every folder of a mailbox, those of its owner's own making by their paths."""
    own = {message.folder for message in _messages(user, call)}
    above = {"/".join(path.split("/")[: n + 1]) for path in own for n in range(path.count("/"))}
    return [*FOLDERS, *sorted({*own, *above} - set(FOLDERS))]


def _inside(parent: str, folders: list[str]) -> list[str]:
    return [name for name in folders if name.rpartition("/")[0] == parent]


def _folder(user: User, call: Call) -> str:
    asked = call.path["folder"]
    name = asked.lower()
    if name in FOLDERS:
        return name
    for known in _folders(user, call):
        if folder_id(user, known) == asked:
            return known
    raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def _messages(user: User, call: Call) -> list[Message]:
    copies = call.world.mailboxes.get(user.id, ())
    return [message for message in copies if message.here(call.now)]


def _person(box: Box) -> Document:
    return {"emailAddress": {"name": box[1] or box[0], "address": box[0]}}


def _people(boxes: Sequence[Box]) -> list[Document]:
    return [_person(box) for box in boxes]


def message_document(message: Message, user: User, call: Call) -> Document:
    """Return everything a token may know of a mail."""
    text = f"Body {call.world.canary} of {message.id}"
    told: Document = {
        "@odata.etag": f'W/"{message.id[:12]}"',
        "id": message.id,
        "createdDateTime": written(message.at),
        "lastModifiedDateTime": written(message.at),
        "changeKey": message.id[:8],
        "categories": [],
        "receivedDateTime": written(message.at),
        "sentDateTime": written(message.sent_at),
        "hasAttachments": False,
        "internetMessageId": message.message_id,
        "subject": message.subject,
        "bodyPreview": text,
        "importance": "normal",
        "parentFolderId": folder_id(user, message.folder),
        "conversationId": message.conversation,
        "conversationIndex": message.index or None,
        "isDeliveryReceiptRequested": None,
        "isReadReceiptRequested": False,
        "isRead": True,
        "isDraft": message.draft,
        "webLink": f"https://outlook.office365.com/owa/?ItemID={message.id}",
        "inferenceClassification": "focused",
        "body": {"contentType": "text", "content": text},
        "sender": _person(message.sender),
        "from": _person(message.on_behalf_of or message.sender),
        "toRecipients": _people(message.to),
        "ccRecipients": _people(message.cc),
        "bccRecipients": _people(message.bcc),
        "replyTo": [],
    }
    told |= _only_asked_for(message, told["body"]) if call.query.get("$select") else {}
    if message.meeting:
        told["@odata.type"] = "#microsoft.graph.eventMessageRequest"
    if not call.may("Mail.Read", "Mail.ReadWrite"):
        for name in CONTENT:
            told.pop(name, None)
    return told


def _only_asked_for(message: Message, body: Document) -> Document:
    """Return what is told only where properties are named."""
    headers = [{"name": name, "value": value} for name, value in message.headers]
    return {"uniqueBody": body} | ({"internetMessageHeaders": headers} if headers else {})


def _told(message: Message, user: User, call: Call) -> Document:
    document = message_document(message, user, call)
    names = call.selected("message")
    if names is not None and not call.may("Mail.Read", "Mail.ReadWrite"):
        names = tuple(name for name in names if name not in CONTENT)
    if names is not None:
        names = tuple(n for n in names if n != "internetMessageHeaders" or n in document)
    return only(document, names, "id")


def messages_delta(call: Call) -> Document:
    user = mailbox_owner(call)
    folder = _folder(user, call)

    def there(call: Call) -> dict[str, Document]:
        after = _received_after(call)
        here = [m for m in _messages(user, call) if m.folder == folder and after(m)]
        if "$filter" in call.query:
            here = here[-_MOST_FILTERED:]
        return {m.id: _told(m, user, call) for m in here}

    kind = call.query.get("changeType")
    if kind not in (None, "created", "updated", "deleted"):
        raise Refused(400, "ErrorInvalidUrlQuery", f"The changeType '{kind}' is not supported.")
    only_new = kind == "created" or _kept_kind(call) == "created"
    size = call.size(10, 1_000)
    return changes(call, there, size, context="message", only_new=only_new, filtered=True)


def _kept_kind(call: Call) -> str | None:
    """Return the changeType that the first round of a kept link was asked with."""
    kept = call.state.rounds.get(call.query.get("$deltatoken", ""))
    return None if kept is None else kept.query.get("changeType")


def _received_after(call: Call) -> Callable[[Message], bool]:
    allowed = {("receivedDateTime", "ge"), ("receivedDateTime", "gt")}
    if {(name, operator) for name, operator, _ in conditions(call)} - allowed:
        raise Refused(400, "ErrorInvalidUrlQuery", "The query filter is not supported.")
    holds = within(call, "receivedDateTime")
    return lambda message: holds(message.at)


def list_messages(call: Call) -> Document:
    user = mailbox_owner(call)
    folder = _folder(user, call) if "folder" in call.path else None
    found = [m for m in _messages(user, call) if folder in (None, m.folder)]
    for name, operator, value in conditions(call):
        if name == "internetMessageId" and operator == "eq":
            found = [m for m in found if m.message_id == value]
        elif name in ("receivedDateTime", "sentDateTime"):
            bound, late = read_moment(value), name == "receivedDateTime"
            keep = {"ge": 1, "gt": 1, "le": -1, "lt": -1}[operator]
            found = [
                m
                for m in found
                if keep * ((m.at if late else m.sent_at) - bound).total_seconds() >= 0
            ]
        else:
            raise Refused(400, "ErrorInvalidUrlQuery", "The query filter is not supported.")
    if "$search" in call.query and not call.may("Mail.Read", "Mail.ReadWrite"):
        raise denied()
    found.reverse()
    return listing(call, found, call.size(10, 1_000), lambda m: _told(m, user, call))


def get_message(call: Call) -> Document:
    user = mailbox_owner(call)
    found = next((m for m in _messages(user, call) if m.id == call.path["message"]), None)
    if found is None:
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    return {"@odata.context": f"{METADATA}messages/$entity", **_told(found, user, call)}


# ---- what a mailbox does by itself -----------------------------------------------------------


def mailbox_settings(call: Call) -> Document:
    user = mailbox_owner(call)
    text = next(iter(in_force(user.settings.vacation, call.now)), None)
    ends = {"dateTime": "2026-01-01T00:00:00.0000000", "timeZone": "UTC"}
    replies = {
        "status": "disabled" if text is None else "alwaysEnabled",
        "externalAudience": "all",
        "internalReplyMessage": text or "",
        "externalReplyMessage": text or "",
        "scheduledStartDateTime": ends,
        "scheduledEndDateTime": ends,
    }
    document = {
        "archiveFolder": folder_id(user, "archive"),
        "timeZone": "Eastern Standard Time",
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "dateFormat": "M/d/yyyy",
        "timeFormat": "h:mm tt",
        "userPurpose": "user",
        "automaticRepliesSetting": replies,
        "language": {"locale": "en-US", "displayName": "English (United States)"},
    }
    return only(document, call.selected("mailboxSettings"))


def message_rules(call: Call) -> Document:
    """Return the rules of the inbox: forwarding is one of them, as there is no setting for it."""
    user = mailbox_owner(call)
    if _folder(user, call) != "inbox":
        raise Refused(400, "ErrorInvalidRequest", "Rules are of the inbox only.")

    def told(address: str) -> Document:
        return {
            "id": "AQAA" + guid(user.id, address)[:8],
            "displayName": f"Forward {call.world.canary}",
            "sequence": 1,
            "isEnabled": True,
            "hasError": False,
            "isReadOnly": False,
            "actions": {"forwardTo": [_person((address, ""))], "stopProcessingRules": True},
        }

    rules = in_force(user.settings.forwarding, call.now)
    return listing(call, rules, 100, told)


# ---- sending ---------------------------------------------------------------------------------


def send_mail(call: Call) -> Document:
    """Take a mail as MIME (base64, text/plain); it is kept, and enters no mailbox."""
    user = mailbox_owner(call)
    if not call.may("Mail.Send") and user.id not in call.world.sends_as:
        raise denied()
    if not call.request.header("Content-Type").lower().startswith("text/plain"):
        if "message" not in {name.lower() for name in call.body()}:
            raise Refused(400, "ErrorInvalidRequest", "The request has no message.")
        call.state.sent.append(Sent(user, call.request.body))
        return {}
    try:
        raw = base64.b64decode(call.request.body, validate=True)
    except binascii.Error:
        raise Refused(400, "ErrorMimeContentInvalidBase64String", "Invalid base64.") from None
    if not raw.strip():
        raise Refused(400, "ErrorMimeContentInvalid", "The MIME content is empty.")
    mail = message_from_bytes(raw)
    if not any(mail.get(name) for name in ("To", "Cc", "Bcc")):
        raise Refused(400, "ErrorInvalidRecipients", "At least one recipient is not valid.")
    call.state.sent.append(Sent(user, raw))
    return {}


HANDLERS: dict[str, Handler] = {
    "mailFolders.list": list_folders,
    "mailFolders.get": list_folders,
    "mailFolders.childFolders": list_folders,
    "messages.delta": messages_delta,
    "messages.list": list_messages,
    "messages.ofFolder": list_messages,
    "messages.get": get_message,
    "mailboxSettings.get": mailbox_settings,
    "messageRules.list": message_rules,
    "sendMail": send_mail,
}
