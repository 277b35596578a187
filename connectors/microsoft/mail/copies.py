"""One copy of a message in one mailbox becomes a ``Message``, by the reader that reads files.

Graph tells who wrote and to whom as values of their own, and the headers of what came in beside
them; what was sent from the mailbox itself has no headers. What that means:

* **Person or machine.** The headers tell, where there are any. A meeting request is known by its
  kind. Else only an address gives a machine away.
* **Conversation.** In Outlook's ``conversationIndex`` stand sixteen bytes that every answer takes
  over, in whatever mailbox; References stands in headers alone, and Graph's ``conversationId`` is
  another in each mailbox. So the sixteen bytes are the conversation, and References where there
  are none.

What a mailbox adds beyond that stands in ``connectors.envelope.owner``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Any

from auditor.keys import AddressRules, email_address
from auditor.model import Message
from connectors.envelope.addresses import addr_spec, read_addresses
from connectors.envelope.fields import WANTED, fields_of
from connectors.envelope.headers import Draft, EnvelopeReader, Refused
from connectors.envelope.owner import Owner, in_doubt, taken_in

HEADERS = "internetMessageHeaders"
PROPERTIES = (
    "internetMessageId", "conversationIndex", "sentDateTime", "receivedDateTime", "from", "sender",
    "toRecipients", "ccRecipients", "bccRecipients", "isDraft", "parentFolderId",
)  # fmt: skip
"""All that is asked for beside the headers: no subject, no body, no preview."""
_ADDRESSED = {
    "from": "from", "sender": "sender",
    "to": "toRecipients", "cc": "ccRecipients", "bcc": "bccRecipients",
}  # fmt: skip
"""Header -> Graph's name for the people in it."""
_BESIDE = WANTED - {
    *_ADDRESSED, "date", "message-id", "received", "x-gmail-labels", "x-unsent",
    "x-ms-journal-report",
}  # fmt: skip
"""Headers that are read where there are any; the subject among them is passed over."""
_MEETING = "#microsoft.graph.eventMessage"
_INDEX = slice(6, 22)
"""Where in a conversation index the bytes stand that all its messages share (MS-OXOMSG)."""


class LeftOut(StrEnum):
    """Why a record is no message of the audit, in words for a note."""

    DRAFT = "draft left out: it was never sent"
    CHANGE = "change of a message that was read before"


@dataclass(frozen=True, slots=True)
class Copy:
    """What Graph answers about one message."""

    id: str
    taken_in: datetime | None
    record: Mapping[str, Any]
    folder: str
    """Exchange's id of the folder it lies in; no two mailboxes have the same."""
    people: Mapping[str, tuple[str, ...]]
    """Header -> the addresses in it as Graph has them."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Copy | LeftOut | None:
        """Return it, or why it is left out; None for what is no message or is gone."""
        found = record.get("id")
        if not isinstance(found, str) or not found or "@removed" in record:
            return None
        if record.get("isDraft") is True:
            return LeftOut.DRAFT
        # Graph names only what changed of a message that was there before.
        if not any(name in record for name in ("from", "sender", "sentDateTime")):
            return LeftOut.CHANGE
        moment = _moment(record.get("receivedDateTime")) or _moment(record.get("sentDateTime"))
        people = {header: tuple(_people(record.get(n))) for header, n in _ADDRESSED.items()}
        folder = record.get("parentFolderId")
        return cls(found, moment, record, folder if isinstance(folder, str) else "", people)

    def is_before(self, moment: datetime) -> bool:
        """Whether it is known to have been taken in before a moment."""
        return self.taken_in is not None and self.taken_in < moment

    @property
    def has_headers(self) -> bool:
        return bool(self.record.get(HEADERS))


class CopyReader:
    """Reads the copies of one mailbox."""

    def __init__(self, owner: Owner, *, tool: str, rules: AddressRules) -> None:
        self._owner = owner
        self._rules = rules
        self._reader = EnvelopeReader(tool=tool, addresses=rules)
        self.other_hands = 0
        """Copies so far that were sent in a name behind which somebody else may stand."""

    @property
    def resent(self) -> int:
        return self._reader.resent

    def is_owners(self, copy: Copy) -> bool:
        """Whether a copy names the owner as who wrote or sent it."""
        named = (*copy.people["from"], *copy.people["sender"])
        return any(email_address(one, self._rules) in self._owner.addresses for one in named)

    def read(self, copy: Copy, *, sent: bool) -> Message | Refused:
        """Return what a copy says; ``sent``: it was sent from the mailbox. Never raises."""
        if copy.taken_in is None:
            return Refused("sentDateTime", "it does not tell when it was sent")
        unparsed: list[str] = []
        fields = fields_of(_pairs(copy, unparsed))
        around = replace(taken_in(copy.taken_in), native_id=copy.id, unparsed=tuple(unparsed))
        found = self._reader.read_fields(fields, around)
        if isinstance(found, Draft):
            return Refused(None, "it is marked as a draft, but not by Exchange")
        if isinstance(found, Refused):
            return found
        shared = _conversation(copy.record.get("conversationIndex"))
        found = found if shared is None else replace(found, thread=shared)
        if not sent:
            return self._owner.received(found)
        if self._owner.wrote(found):
            return found
        self.other_hands += 1
        return in_doubt(found)


def _pairs(copy: Copy, unparsed: list[str]) -> Iterator[tuple[str, str]]:
    """Yield a copy as headers; ``unparsed`` is added those of which a part cannot be used."""
    told = [
        (str(one.get("name")).lower(), str(one.get("value")))
        for one in _records(copy.record.get(HEADERS))
    ]
    for header, people in copy.people.items():
        usable = [address for one in people if (address := addr_spec(one)) is not None]
        if len(usable) == len(people):
            if people:
                yield header, ", ".join(f"<{one}>" for one in usable)
            continue
        # Exchange has its own names for people it once knew: the header has what was written.
        written = [value for name, value in told if name == header]
        if written:
            yield from ((header, value) for value in written)
            continue
        hidden = [one for one in people if read_addresses(one).hidden]
        if len(usable) + len(hidden) < len(people):
            unparsed.append(header)
        yield header, ", ".join([*(f"<{one}>" for one in usable), *hidden[:1]])
    sent_at = _moment(copy.record.get("sentDateTime"))
    if sent_at is not None:
        yield "date", format_datetime(sent_at)
    stated = copy.record.get("internetMessageId")
    if isinstance(stated, str):
        yield "message-id", stated
    if str(copy.record.get("@odata.type")).startswith(_MEETING):
        yield "content-type", "text/calendar"
    yield from ((name, value) for name, value in told if name in _BESIDE)


def _people(value: object) -> Iterable[str]:
    """Yield the addresses of one person or of a list of them."""
    for one in value if isinstance(value, list) else [value]:
        inner = one.get("emailAddress") if isinstance(one, dict) else None
        if isinstance(inner, dict):
            address = inner.get("address") or inner.get("name")
            if isinstance(address, str) and address.strip():
                yield address.strip()


def _records(value: object) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in (value if isinstance(value, list) else []) if isinstance(one, dict))


def _conversation(index: object) -> str | None:
    """Return what all messages of a conversation share."""
    if not isinstance(index, str):
        return None
    try:
        shared = base64.b64decode(index, validate=True)[_INDEX]
    except (binascii.Error, ValueError):
        return None
    return f"conversation/{shared.hex()}" if len(shared) == _INDEX.stop - _INDEX.start else None


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
