"""One copy of a message in one mailbox becomes a ``Message``, by the reader that reads files.

What the mailbox adds to the headers stands in ``connectors.envelope.owner``, but for one thing.
When a mailbox says that it took a copy in is worth little where a mail program put it there, or
where a whole mailbox was moved from another server: then every mail would be of that day. So a
Date is only held to be too early by a Received line, which servers write as a mail arrives.

Of a journal's report three parts are asked for: its own header, its text with the recipients, and
the header of the message in it. That message's text is never asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from auditor.keys import AddressRules
from auditor.model import Message, PartyRole
from connectors.envelope.fields import WANTED, Fields
from connectors.envelope.headers import (
    NO_ENVELOPE,
    Draft,
    Envelope,
    EnvelopeReader,
    Refused,
    newest_received,
)
from connectors.envelope.owner import Owner, in_doubt, taken_in
from connectors.mail.imap.connection import Given
from connectors.mail.journal import JournalReader
from connectors.mail.mbox import LARGEST_BODY, LARGEST_HEADER

_NAMES = " ".join(sorted(name.upper() for name in WANTED - {"x-gmail-labels"}))
_HEADER, _INNER, _TEXT_HEAD, _TEXT = "BODY[HEADER", "BODY[2.HEADER", "BODY[1.MIME]", "BODY[1]"
ITEMS = ("FLAGS", "INTERNALDATE", f"BODY.PEEK[HEADER.FIELDS ({_NAMES})]")
"""What is asked for of every message. The subject is not among the fields."""
REPORT_ITEMS = (
    "BODY.PEEK[1.MIME]",
    f"BODY.PEEK[1]<0.{LARGEST_BODY}>",
    f"BODY.PEEK[2.HEADER.FIELDS ({_NAMES})]",
)
"""What is asked for besides of a message that says it is a journal's report."""
_OLD_DATE = timedelta(days=7)


class LeftOut(StrEnum):
    """Why a copy is no message of the audit, in words for a note."""

    DRAFT = "draft left out: it was never sent"
    DELETED = "deleted mail that came in, left out: only what was sent is read"


@dataclass(frozen=True, slots=True)
class Copy:
    """What the server tells of one message."""

    uid: int
    header: bytes
    is_draft: bool
    taken_in: datetime | None
    report: Given | None = None
    """The parts of a journal's report."""

    @classmethod
    def of(cls, uid: int, given: Given) -> Copy | None:
        """Return it, or None if the server told nothing of its header."""
        header = _item(given, _HEADER)
        if header is None:
            return None
        flags, moment = given.get(b"FLAGS"), given.get(b"INTERNALDATE")
        aware = isinstance(moment, datetime) and moment.tzinfo is not None
        return cls(
            uid,
            header,
            isinstance(flags, tuple) and any(_is_draft(flag) for flag in flags),
            moment.astimezone(UTC) if isinstance(moment, datetime) and aware else None,
        )


class CopyReader:
    """Reads the copies of one mailbox; without an owner, of a journal."""

    def __init__(self, owner: Owner | None, *, tool: str, rules: AddressRules) -> None:
        self._owner = owner
        self._reader = EnvelopeReader(tool=tool, addresses=rules)
        self._journal = JournalReader(self._reader)
        self.other_hands = 0
        """Copies so far that were sent in a name behind which somebody else may stand."""
        self.put_in_late = 0
        """Copies without a Received line that were put in long after their Date."""

    @property
    def resent(self) -> int:
        return self._reader.resent

    @property
    def unknown_labels(self) -> int:
        return self._journal.unknown_labels

    def is_report(self, copy: Copy) -> bool:
        """Whether a copy is a journal's report, whose parts are to be asked for."""
        return self._owner is None and self._journal.is_report(copy.header)

    def read(self, copy: Copy, *, sent: bool, only_sent: bool) -> Message | Refused | LeftOut:
        """Return what a copy says. Never raises."""
        if copy.is_draft:
            return LeftOut.DRAFT
        if len(copy.header) > LARGEST_HEADER:
            return Refused(None, f"its header is larger than {LARGEST_HEADER:,} bytes")
        if copy.report is not None:
            found = self._report(copy, copy.report)
            return LeftOut.DRAFT if isinstance(found, Draft) else found
        fields = self._reader.fields(copy.header)
        found = self._reader.read(copy.header, self._around(copy, fields))
        if isinstance(found, Draft):
            return LeftOut.DRAFT
        if isinstance(found, Refused) or self._owner is None:
            return found
        if "received" not in fields:
            late = copy.taken_in is not None and copy.taken_in - found.sent_at > _OLD_DATE
            self.put_in_late += late
        owners = _is_of(self._owner, found) and "received" not in fields
        if only_sent and not owners:
            return LeftOut.DELETED
        if not (sent or owners):
            return self._owner.received(found)
        if self._owner.wrote(found):
            return found
        self.other_hands += 1
        return in_doubt(found)

    def _report(self, copy: Copy, report: Given) -> Message | Draft | Refused:
        around = None if copy.taken_in is None else taken_in(copy.taken_in).not_after
        return self._journal.read_parts(
            copy.header,
            text_head=_item(report, _TEXT_HEAD) or b"",
            text=_item(report, _TEXT) or b"",
            inner=_item(report, _INNER),
            not_after=around,
        )

    def _around(self, copy: Copy, fields: Fields) -> Envelope:
        arrived = newest_received(fields)
        moments = [moment for moment in (arrived, copy.taken_in) if moment is not None]
        if not moments:
            return NO_ENVELOPE
        envelope = taken_in(min(moments))
        return envelope if arrived is not None else replace(envelope, not_before=None)


def _is_draft(flag: object) -> bool:
    return isinstance(flag, bytes) and flag.lower() == b"\\draft"


def _is_of(owner: Owner, message: Message) -> bool:
    """Whether a message names the owner as who wrote or sent it."""
    named = {p.address for p in message.parties if p.role is PartyRole.FROM}
    return not owner.addresses.isdisjoint({*named, message.on_behalf_of})


def _item(given: Given, beginning: str) -> bytes | None:
    """Return what was told of an item; servers spell its name back in their own way."""
    wanted = beginning.encode()
    for name, value in given.items():
        if name.upper().startswith(wanted) and isinstance(value, bytes):
            return value.replace(b"\r\n", b"\n")
    return None
