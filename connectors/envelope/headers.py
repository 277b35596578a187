"""One header block becomes one ``Message``: who wrote, to whom, when, in which conversation.

What is decided here, because mail leaves it open:

* **Sender.** Normally the From address. If a Sender field names somebody else of the same domain
  and no mailing list is involved, that account really sent it: it becomes the ``from`` party and
  the From address ``on_behalf_of``. A From that cannot be read gives way to such a Sender; with
  neither, the message is refused, never stored without its author.
* **Time.** Date, else the newest Received, else the From_ line. A Date later than the file it
  lies in, or long before its mailbox took it in, gives way to the others, if they know better.
  Whenever a Date was there and was not used as it stands, ``unparsed`` holds "date".
* **Recipients.** An address named several times is one party with its best role. Delivered-To
  and its kin add a recipient of unknown role only where To, Cc and Bcc do not name the address:
  that is how somebody in Bcc becomes visible. Recipients of a resend (Resent-To ...) did receive
  the message and are added the same way; who resent it is not taken for a recipient.
* **Hidden.** An empty group, or no recipient named at all, means "not known", never "nobody".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from auditor.keys import AddressRules, email_address
from auditor.model import Address, Automation, Channel, Message, Party, PartyRole
from connectors.envelope.addresses import AddressList, read_addresses
from connectors.envelope.automation import automation, is_list_software
from connectors.envelope.dates import read_date, received_date
from connectors.envelope.encoded_words import ascii_of
from connectors.envelope.fields import Fields, FieldSplitter, decoded, first
from connectors.envelope.identity import digest, message_id, thread

_MOST_REMEMBERED = 50_000
_LONGEST_REMEMBERED = 2_000
_ADDRESSED = (("to", PartyRole.TO), ("cc", PartyRole.CC), ("bcc", PartyRole.BCC))
_RESENT = frozenset(("resent-to", "resent-cc", "resent-bcc"))
_DELIVERED = ("apparently-to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_WEEKDAY = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")
_RANK = {role: rank for rank, role in enumerate(PartyRole)}


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that cannot be used, and why; holds nothing of the message."""

    field: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that was never sent."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is known of a message from outside its own header block."""

    postmark: str = ""
    """The text of its mbox From_ line."""
    not_after: datetime | None = None
    """No message can have been sent after this; later Dates are not believed."""
    not_before: datetime | None = None
    """Nor before this: who sets back a clock must not thereby leave the days that are judged."""
    sender: Address | None = None
    """Who really sent it, where a journal recorded that."""
    on_behalf_of: Address | None = None
    message_id: str | None = None
    sent_at: datetime | None = None
    """When a journal or a mailbox recorded it; used if the message itself gives no date."""
    recipients: tuple[Party, ...] = ()
    """As the journal recorded them: Bcc and expanded lists included."""
    native_id: str | None = None
    """What to call a message whose own header block is not there."""
    unparsed: tuple[str, ...] = ()


NO_ENVELOPE = Envelope()


@dataclass(slots=True)
class _Parties:
    """The parties of one message while they are collected: each address once."""

    best: dict[Address, Party] = field(default_factory=dict)

    def add(self, party: Party) -> None:
        known = self.best.get(party.address)
        if known is None:
            self.best[party.address] = party
        elif _RANK[party.role] < _RANK[known.role]:
            self.best[party.address] = Party(
                party.address, party.role, party.via_group or known.via_group
            )
        elif known.via_group is None and party.via_group is not None:
            self.best[party.address] = Party(known.address, known.role, party.via_group)


class EnvelopeReader:
    """Reads header blocks. One reader per pull: it remembers addresses it has met."""

    def __init__(self, *, tool: str, addresses: AddressRules) -> None:
        self._tool = tool
        self._rules = addresses
        self._splitter = FieldSplitter()
        self._lists: dict[bytes, tuple[tuple[Address, ...], bool, bool]] = {}
        self.resent = 0
        """Messages so far that somebody sent on unchanged."""

    def fields(self, block: bytes) -> Fields:
        """Return the wanted fields of a header block."""
        return self._splitter.split(block)[0]

    def read(self, block: bytes, envelope: Envelope = NO_ENVELOPE) -> Message | Draft | Refused:
        """Return what a header block says. Never raises, whatever the bytes are."""
        fields, total = self._splitter.split(block)
        if total == 0:
            return Refused(None, "it has no header")
        return self.read_fields(fields, envelope)

    def read_fields(
        self, fields: Fields, envelope: Envelope = NO_ENVELOPE
    ) -> Message | Draft | Refused:
        """Return what a header block says that was cut into fields already. Never raises."""
        if _is_draft(fields):
            return Draft()
        unparsed = dict.fromkeys(envelope.unparsed)
        authors = self._authors(fields, envelope, unparsed)
        if isinstance(authors, Refused):
            return authors
        senders, on_behalf_of = authors
        sent_at = _sent_at(fields, envelope, unparsed)
        if isinstance(sent_at, Refused):
            return sent_at
        parties = _Parties()
        for sender in senders:
            parties.add(Party(sender, PartyRole.FROM))
        hidden = self._recipients(fields, envelope, parties, unparsed)
        rfc_id = envelope.message_id or _message_id(fields, unparsed)
        return Message(
            native_id=rfc_id or envelope.native_id or digest(fields),
            channel=_channel(fields),
            tool=self._tool,
            sent_at=sent_at,
            parties=tuple(parties.best.values()),
            rfc_message_id=rfc_id,
            thread=thread(fields) or rfc_id,
            automated=self._automation(fields, senders[0]),
            on_behalf_of=on_behalf_of,
            recipients_hidden=hidden,
            unparsed=tuple(unparsed),
        )

    def addresses(self, value: bytes) -> tuple[tuple[Address, ...], bool, bool]:
        """Return the canonical addresses of a value, whether that is all, and "hidden"."""
        known = self._lists.get(value)
        if known is None:
            known = self._canonical(read_addresses(decoded(value)))
            if len(value) <= _LONGEST_REMEMBERED:
                if len(self._lists) >= _MOST_REMEMBERED:
                    self._lists.clear()
                self._lists[value] = known
        return known

    def _canonical(self, listed: AddressList) -> tuple[tuple[Address, ...], bool, bool]:
        found = [email_address(text, self._rules) for text in listed.addresses]
        kept = tuple(address for address in found if address is not None)
        return kept, listed.complete and len(kept) == len(found), listed.hidden

    def _all(
        self, fields: Fields, name: str, unparsed: dict[str, None]
    ) -> tuple[list[Address], bool]:
        """Return every address of a field's occurrences, noting what was not understood."""
        found: list[Address] = []
        hidden = False
        for value in fields.get(name, ()):
            addresses, complete, some_hidden = self.addresses(value)
            found.extend(addresses)
            hidden = hidden or some_hidden
            if not complete:
                unparsed[name] = None
        return found, hidden

    def _authors(
        self, fields: Fields, envelope: Envelope, unparsed: dict[str, None]
    ) -> tuple[list[Address], Address | None] | Refused:
        """Return the ``from`` parties, the sender first, and on whose behalf it was sent."""
        authors, _ = self._all(fields, "from", unparsed)
        if envelope.sender is not None:
            behalf = envelope.on_behalf_of
            if behalf is None and authors and authors[0] != envelope.sender:
                behalf = authors[0]
            return [envelope.sender], behalf if behalf != envelope.sender else None
        acting = self._acting_sender(fields)
        if not authors:
            if acting is None:
                reason = "it cannot be read" if "from" in fields else "the message has none"
                return Refused("from", reason)
            unparsed["from"] = None
            return [acting], None
        if acting in authors:
            return [acting, *(a for a in authors if a != acting)], None
        if acting is None or _domain(acting) != _domain(authors[0]):
            return authors, None
        return [acting], authors[0]

    def _acting_sender(self, fields: Fields) -> Address | None:
        """Return the account named by Sender, unless list software put it there."""
        if "sender" not in fields or "list-id" in fields:
            return None
        named, _, _ = self.addresses(fields["sender"][0])
        if not named or is_list_software(named[0].text):
            return None
        return named[0]

    def _recipients(
        self, fields: Fields, envelope: Envelope, parties: _Parties, unparsed: dict[str, None]
    ) -> bool:
        """Add every recipient; return whether there are some that nothing names."""
        named = len(envelope.recipients)
        hidden = False
        for name, role in _ADDRESSED:
            if name in fields:
                addresses, some_hidden = self._all(fields, name, unparsed)
                hidden = hidden or some_hidden
                named += len(addresses)
                _add(parties, addresses, role)
        for recipient in envelope.recipients:
            parties.add(recipient)
        if not _RESENT.isdisjoint(fields):
            self.resent += 1
            for name in sorted(_RESENT):
                _add(parties, self._all(fields, name, unparsed)[0], PartyRole.UNKNOWN)
        for name in _DELIVERED:
            for value in fields.get(name, ()):
                self._delivered(name, value, parties, unparsed)
        if envelope.recipients:
            return False
        return hidden or named == 0

    def _delivered(
        self, name: str, value: bytes, parties: _Parties, unparsed: dict[str, None]
    ) -> None:
        """Add a mailbox the message was delivered to; names of local accounts are none."""
        addresses, complete, _ = self.addresses(value)
        if not complete and b"@" in value:
            unparsed[name] = None
        remote = (a for a in addresses if "." in _domain(a))
        _add(parties, remote, PartyRole.UNKNOWN)

    def _automation(self, fields: Fields, sender: Address) -> Automation:
        return automation(fields, sender.text)


def _add(parties: _Parties, addresses: Iterable[Address], role: PartyRole) -> None:
    for address in addresses:
        parties.add(Party(address, role))


def _domain(address: Address) -> str:
    return address.text.rpartition("@")[2]


def _sent_at(
    fields: Fields, envelope: Envelope, unparsed: dict[str, None]
) -> datetime | Refused:
    stated = first(fields, "date")
    date = read_date(stated) if stated is not None else None
    limit, earliest = envelope.not_after, envelope.not_before
    too_early = date is not None and earliest is not None and date < earliest
    if date is not None and not too_early and (limit is None or date <= limit):
        return date
    if stated is not None:
        unparsed["date"] = None
    recorded = envelope.sent_at or newest_received(fields)
    if recorded is None and envelope.postmark:
        recorded = _postmark_date(envelope.postmark)
    if recorded is not None and (limit is None or recorded <= limit or date is None):
        return recorded
    if date is not None:
        return date
    return Refused("date", "neither Date nor a Received line gives a date that can be read")


def newest_received(fields: Fields) -> datetime | None:
    """Return when the last server on its way took a message in, as far as Received lines tell."""
    received = (received_date(decoded(value)) for value in fields.get("received", ()))
    return max((date for date in received if date is not None), default=None)


def _postmark_date(postmark: str) -> datetime | None:
    """Return the date of ``From sender  Thu Aug 22 12:36:23 2002``, whatever the sender is."""
    dates = (read_date(postmark[match.start() :]) for match in _WEEKDAY.finditer(postmark))
    return next((date for date in dates if date is not None), None)


def _message_id(fields: Fields, unparsed: dict[str, None]) -> str | None:
    stated = first(fields, "message-id")
    found = message_id(stated) if stated else None
    if stated and found is None:
        unparsed["message-id"] = None
    return found


def _labels(fields: Fields) -> set[str]:
    # Gmail encodes the whole list as soon as one label is not ASCII.
    text = ascii_of(first(fields, "x-gmail-labels") or "")
    return {label.strip(' "').lower() for label in text.split(",")}


def _is_draft(fields: Fields) -> bool:
    if "x-gmail-labels" in fields and not _labels(fields).isdisjoint({"draft", "drafts"}):
        return True
    # Outlook marks what it saved without sending; a delivered message is no draft.
    return first(fields, "x-unsent") == "1" and "received" not in fields


def _channel(fields: Fields) -> Channel:
    """Return how it travelled: Gmail exports carry chats as mail with a label."""
    if "x-gmail-labels" in fields and "chat" in _labels(fields):
        return Channel.CHAT
    return Channel.EMAIL
