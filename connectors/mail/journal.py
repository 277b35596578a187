"""Exchange journal reports: a message about a message.

The outer message comes from the system. Its text part lists, line by line, who really sent the
message and everybody it went to, Bcc and expanded distribution lists included; the message itself
is attached whole. Microsoft does not document the labels firmly, so they are read tolerantly:
upper or lower case, any order, and a line whose label is not known is counted, not guessed.

Of the text part only these lines are looked at, never Subject; of the attached message only the
header block.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from datetime import datetime

from auditor.model import Address, Message, Party, PartyRole
from connectors.envelope.dates import read_date
from connectors.envelope.fields import Fields, decoded, first
from connectors.envelope.headers import (
    Draft,
    Envelope,
    EnvelopeReader,
    Refused,
    newest_received,
)
from connectors.envelope.identity import digest_of, message_id

_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE)
_BLANK = re.compile(rb"\n\r?\n")
_LINE = re.compile(r"[ \t]*([A-Za-z][A-Za-z -]{1,38}?)[ \t]*:[ \t]*(.*)")
_SUFFIX = re.compile(r"[,;]?[ \t]*\b(Expanded|Forwarded)[ \t]*:[ \t]*", re.IGNORECASE)
_TRANSFER = re.compile(rb"(?im)^content-transfer-encoding[ \t]*:[ \t]*([\w-]+)")
_TYPE = re.compile(rb"(?im)^content-type[ \t]*:[ \t]*([\w/+.-]+)")
_REPORT = re.compile(rb"(?im)^x-ms-journal-report[ \t]*:")
_ROLES = {
    "to": PartyRole.TO,
    "cc": PartyRole.CC,
    "bcc": PartyRole.BCC,
    "recipient": PartyRole.UNKNOWN,
    "recipients": PartyRole.UNKNOWN,
}
_NO_MESSAGE = b"X-MS-Journal-Report:"
_PASSED_OVER = frozenset(("subject", "label", "sent", "sentutc", "receivedutc"))


@dataclass(slots=True)
class _Report:
    """What the lines of a report say."""

    sender: Address | None = None
    on_behalf_of: Address | None = None
    message_id: str | None = None
    parties: list[Party] | None = None
    unread: bool = False
    unknown_labels: int = 0

    def digest(self, arrival: datetime | None) -> str:
        """Return an id for the message of a report that came without it."""
        parties = sorted(f"{p.role}:{p.address.text}" for p in self.parties or ())
        sender = self.sender.text if self.sender else ""
        return digest_of(line.encode() for line in (sender, str(arrival), *parties))


class JournalReader:
    """Reads journal reports by way of the reader of ordinary messages."""

    def __init__(self, reader: EnvelopeReader) -> None:
        self._reader = reader
        self.unknown_labels = 0
        """Lines so far whose label is not known."""

    def is_report(self, header: bytes) -> bool:
        """Whether a header block says that the message is a journal report."""
        return b"journal" in header.lower() and _REPORT.search(header) is not None

    def read(
        self, header: bytes, body: bytes, not_after: datetime | None
    ) -> Message | Draft | Refused:
        """Return the message that a report is about. Never raises."""
        outer = self._reader.fields(header)
        text, inner = _parts(outer, body)
        return self._about(outer, text, inner, not_after)

    def read_parts(
        self,
        header: bytes,
        *,
        text_head: bytes,
        text: bytes,
        inner: bytes | None,
        not_after: datetime | None,
    ) -> Message | Draft | Refused:
        """Return the same of a report that a server has cut into its parts already.

        ``text`` is the first part, encoded as its own header ``text_head`` says; ``inner`` is the
        header of the message that is attached.
        """
        told = decoded(_plain(text_head, text))
        return self._about(self._reader.fields(header), told, inner, not_after)

    def _about(
        self, outer: Fields, text: str, inner: bytes | None, not_after: datetime | None
    ) -> Message | Draft | Refused:
        report = self._report(text)
        if report.sender is None:
            return Refused("Sender", "the journal report has no Sender line that can be read")
        self.unknown_labels += report.unknown_labels
        arrival = _arrival(outer)
        usable = inner is not None and b":" in inner
        unread = report.unread or (inner is not None and not usable)
        envelope = Envelope(
            not_after=not_after,
            sender=report.sender,
            on_behalf_of=report.on_behalf_of,
            message_id=report.message_id,
            sent_at=arrival,
            recipients=tuple(report.parties or ()),
            unparsed=("journal-report",) if unread else (),
            native_id=None if usable else report.digest(arrival),
        )
        # Without its attachment a report still tells who wrote to whom, and when it was taken.
        return self._reader.read(inner if inner and usable else _NO_MESSAGE, envelope)

    def _report(self, text: str) -> _Report:
        report = _Report(parties=[])
        for line in text.splitlines():
            match = _LINE.fullmatch(line)
            if match is None:
                continue
            label, value = match[1].lower(), " ".join(match[2].split())
            if label in _ROLES:
                self._recipient(report, _ROLES[label], value)
            elif label == "sender":
                report.sender = self._one(report, value)
            elif label == "on-behalf-of":
                report.on_behalf_of = self._one(report, value)
            elif label == "message-id":
                report.message_id = message_id(value)
                report.unread = report.unread or report.message_id is None
            elif label not in _PASSED_OVER:
                report.unknown_labels += 1
        return report

    def _one(self, report: _Report, value: str) -> Address | None:
        addresses, complete, _ = self._reader.addresses(value.encode())
        report.unread = report.unread or (not complete and bool(value))
        return addresses[0] if addresses else None

    def _recipient(self, report: _Report, role: PartyRole, value: str) -> None:
        """Read ``member@x.org, Expanded: list@x.org`` and lines of one or more plain addresses."""
        named, *suffixes = _SUFFIX.split(value)
        addresses, complete, _ = self._reader.addresses(named.encode())
        report.unread = report.unread or not complete
        via = None
        for kind, group in zip(suffixes[::2], suffixes[1::2], strict=False):
            origin = self._one(report, group)
            # A forward is an individual's mailbox, not a list: it received the message too.
            if kind.lower() == "expanded":
                via = origin
            elif origin is not None and report.parties is not None:
                report.parties.append(Party(origin, role))
        if report.parties is not None:
            report.parties.extend(Party(address, role, via) for address in addresses)


def _parts(outer: Fields, body: bytes) -> tuple[str, bytes | None]:
    """Return the report's text and the attached message's header block."""
    boundary = _BOUNDARY.search(first(outer, "content-type") or "")
    if boundary is None:
        return decoded(body), None
    mark = b"--" + (boundary[1] or boundary[2]).encode("utf-8", "surrogateescape")
    text: str | None = None
    inner: bytes | None = None
    for part in re.split(rb"(?:^|\n)" + re.escape(mark), body)[1:]:
        head, _, content = _cut(part.lstrip(b" \t"))
        kind = _TYPE.search(head)
        if kind is not None and kind[1].lower() == b"message/rfc822":
            inner = _cut(_plain(head, content).lstrip())[0]
            break
        if text is None:
            text = decoded(_plain(head, content))
    return text or "", inner


def _cut(part: bytes) -> tuple[bytes, bytes, bytes]:
    """Split at the first blank line; a part may start with one when it has no header."""
    part = part.removeprefix(b"\r")
    blank = _BLANK.search(part)
    if blank is None:
        return part, b"", b""
    return part[: blank.start()].lstrip(), blank.group(), part[blank.end() :]


def _plain(head: bytes, content: bytes) -> bytes:
    """Undo a part's transfer encoding."""
    encoding = _TRANSFER.search(head)
    name = encoding[1].lower() if encoding else b""
    try:
        if name == b"base64":
            whole = b"".join(content.split(b"\n--", 1)[0].split())
            return binascii.a2b_base64(whole[: len(whole) // 4 * 4])
        return binascii.a2b_qp(content) if name == b"quoted-printable" else content
    except binascii.Error:
        return b""


def _arrival(outer: Fields) -> datetime | None:
    """Return when the report was taken: its newest Received date, else its own Date."""
    return newest_received(outer) or read_date(first(outer, "date") or "")
