"""One copy of a message in one mailbox becomes a ``Message``, by the reader that reads files.

What the mailbox adds to the headers stands in ``connectors.envelope.owner``.

Trash is read: to delete is not to unsend. Spam is left out: senders there are forged more often
than not, and a forged teacher must not become an item about the teacher.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from auditor.keys import AddressRules
from auditor.model import Message
from connectors.envelope.fields import WANTED, fields_of
from connectors.envelope.headers import Draft, EnvelopeReader, Refused
from connectors.envelope.owner import Owner, in_doubt, taken_in

HEADERS = tuple(
    sorted(WANTED - {"received", "x-gmail-labels", "x-unsent", "x-ms-journal-report"})
)
"""The headers that are asked for: those the reader uses, less what stands only in files."""
SENT = "SENT"


class LeftOut(StrEnum):
    """Why a copy is no message of the audit, in words for a note."""

    DRAFT = "draft left out: it was never sent"
    CHAT = "chat message in a mailbox left out: the chat sources read those"
    SPAM = "message in Spam left out: senders are forged there"


@dataclass(frozen=True, slots=True)
class Copy:
    """What Gmail answers about one message, before its headers are read."""

    id: str
    labels: frozenset[str]
    taken_in: datetime
    record: int
    """The last record of the mailbox's history in which it stands."""
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, document: dict[str, Any]) -> Copy | None:
        """Return it, or None if the answer lacks what every message has."""
        try:
            milliseconds = int(document["internalDate"])
            taken_in = datetime.fromtimestamp(milliseconds // 1000, UTC)
            record = int(document.get("historyId") or 0)
        except (KeyError, ValueError, TypeError, OverflowError, OSError):
            return None
        payload = document.get("payload")
        pairs = payload.get("headers", []) if isinstance(payload, dict) else []
        return cls(
            str(document.get("id")),
            labels_of(document),
            taken_in,
            record,
            tuple(_pairs(pairs if isinstance(pairs, list) else [])),
        )


def labels_of(message: dict[str, Any]) -> frozenset[str]:
    """Return a message's labels; Gmail leaves an empty list out."""
    found = message.get("labelIds")
    if not isinstance(found, list):
        return frozenset()
    return frozenset(one for one in found if isinstance(one, str))


def _pairs(headers: Iterable[object]) -> Iterable[tuple[str, str]]:
    for one in headers:
        if isinstance(one, dict):
            name, value = one.get("name"), one.get("value")
            if isinstance(name, str) and isinstance(value, str):
                yield name, value


def left_out(labels: frozenset[str]) -> LeftOut | None:
    """Return why a message with these labels is left out, None if it is not."""
    if "DRAFT" in labels:
        return LeftOut.DRAFT
    if "CHAT" in labels:
        return LeftOut.CHAT
    if "SPAM" in labels and SENT not in labels:
        return LeftOut.SPAM
    return None


class CopyReader:
    """Reads the copies of one mailbox."""

    def __init__(self, owner: Owner, *, tool: str, rules: AddressRules) -> None:
        self._owner = owner
        self._reader = EnvelopeReader(tool=tool, addresses=rules)
        self.other_hands = 0
        """Copies so far that were sent in a name behind which somebody else may stand."""

    @property
    def resent(self) -> int:
        return self._reader.resent

    def read(self, copy: Copy) -> Message | Refused:
        """Return what a copy says. Never raises."""
        found = self._reader.read_fields(fields_of(copy.headers), taken_in(copy.taken_in))
        if isinstance(found, Draft):
            return Refused(None, "it is marked as a draft, but not by Gmail")
        if isinstance(found, Refused):
            return found
        if SENT not in copy.labels:
            return self._owner.received(found)
        if self._owner.wrote(found):
            return found
        self.other_hands += 1
        return in_doubt(found)
