"""Whether a person or a machine wrote a message, from what its envelope declares.

The order matters where software sets several signs at once. What the software says outright
(Auto-Submitted, RFC 3834; a delivery report; a calendar part) counts first. A mailing list comes
next: what a person sends through a list carries List-Unsubscribe, Precedence and sometimes
Feedback-ID as well, and must stay a person's message. Only then come the signs of bulk mail and
of senders that take no answer. X-Auto-Response-Suppress alone says nothing: people's mail
carries it too.
"""

from __future__ import annotations

import re

from auditor.model import Automation
from connectors.envelope.fields import Fields, decoded, first

_CALENDAR_SENDERS = re.compile(r"^(?:.*<)?calendar-(?:notification|server)@google\.com\b")
_CALENDAR_METHOD = re.compile(
    r';\s*method\s*=\s*"?(?:request|reply|cancel|publish|counter|refresh|add|declinecounter)\b'
)
_NO_ANSWER = re.compile(
    r"(?:^|[._+-])(?:no|do[._-]?not)[._-]?reply(?:$|[._+\d-])"
)
_LIST_SOFTWARE = re.compile(
    r"^(?:owner|request|bounces?)[-+=]"
    r"|[-+](?:bounces?|admin|owner|request|errors?|return|bnc\w*)(?:[-+=]|$)"
    r"|^(?:listserv|majordomo|mailman|sympa|listmaster)\b"
)
_DECLARED_LIST = frozenset(("list-id", "mailing-list"))
_DECLARED_ANSWER = frozenset(("x-autoreply", "x-autorespond"))


def automation(fields: Fields, sender: str) -> Automation:
    """Say who wrote: ``sender`` is the canonical address of the From party."""
    kind = (first(fields, "content-type") or "").lower()
    if _is_calendar(fields, kind):
        return Automation.CALENDAR
    submitted = _word(first(fields, "auto-submitted"))
    if _is_answer(fields, kind, submitted):
        return Automation.AUTO_REPLY
    if submitted not in ("", "no"):
        return Automation.NOTIFICATION
    precedence = _word(first(fields, "precedence"))
    if _is_list(fields, precedence):
        return Automation.LIST
    if precedence in ("bulk", "junk") or "list-unsubscribe" in fields:
        return Automation.BULK
    if "feedback-id" in fields or takes_no_answer(sender):
        return Automation.NOTIFICATION
    return Automation.NO


def takes_no_answer(address: str) -> bool:
    """Whether an address says of itself that nobody reads it."""
    return _NO_ANSWER.search(address.partition("@")[0]) is not None


def is_list_software(address: str) -> bool:
    """Whether an address is a list manager's own: bounces, requests, owners."""
    return _LIST_SOFTWARE.search(address.partition("@")[0]) is not None


def _is_calendar(fields: Fields, kind: str) -> bool:
    return (
        kind.startswith(("text/calendar", "application/ics"))
        or _CALENDAR_METHOD.search(kind) is not None
        or "calendarmessage" in (first(fields, "content-class") or "").lower()
        or _CALENDAR_SENDERS.match((first(fields, "sender") or "").lower()) is not None
        or _CALENDAR_SENDERS.match((first(fields, "from") or "").lower()) is not None
    )


def _is_answer(fields: Fields, kind: str, submitted: str) -> bool:
    """Vacation notes, delivery reports, read receipts: sent without anybody's doing."""
    return (
        submitted == "auto-replied"
        or not _DECLARED_ANSWER.isdisjoint(fields)
        or kind.startswith("multipart/report")
        or _word(first(fields, "precedence")) == "auto_reply"
        or any(decoded(value) == "<>" for value in fields.get("return-path", ()))
    )


def _is_list(fields: Fields, precedence: str) -> bool:
    post = first(fields, "list-post")
    return (
        precedence == "list"
        or not _DECLARED_LIST.isdisjoint(fields)
        # RFC 2369: "NO" says that the list takes no postings, so nobody wrote through it.
        or (post is not None and _word(post) != "no")
    )


def _word(value: str | None) -> str:
    """Return the first word of a field's value in lower case, without parameters or comments."""
    if not value:
        return ""
    return re.split(r"[\s;(]", value.lower(), maxsplit=1)[0]
