"""One row of the Gmail log becomes one copy of a message: who wrote, and whom this row shows.

A row is one step of a delivery: the sender's row names every recipient, a recipient's row that one
alone. They become one message by their Message-ID where messages are kept. What a row leaves open
is decided here:

* **Sender.** The From address, as in every other reading of the same mail, or the account itself
  where the log does not show it. If the log names a delegate, the delegate really sent it.
* **Recipients.** The log does not tell To from Cc and Bcc, so their part is not known. A
  recipient's row says nothing of the others: until the sender's row is there, some are hidden.
* **Person or machine.** The log has no such headers. Only what an address gives away is used:
  senders that take no answer, list software, Google Calendar. Nothing else is set aside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from auditor.model import Address, Automation, Channel, Message, Party, PartyRole
from connectors.envelope.automation import is_list_software, takes_no_answer
from connectors.envelope.identity import message_id
from connectors.google.activities import Activity
from connectors.google.flattening import (
    Parameters,
    flag_of,
    messages_of,
    number_of,
    text_of,
)
from connectors.google.logs.reading import Reading

SENT, RECEIVED, AUTO_FORWARDED = 1, 2, 11
"""``event_info.mail_event_type``; others are not asked for."""
TYPE = "event_info.mail_event_type"
_DELEGATE = "event_info.client_context.session_context.delegate_user_email"
KEEP = frozenset(
    {
        TYPE,
        "event_info.timestamp_usec",
        "event_info.success",
        "event_info.client_context.client_type",
        _DELEGATE,
        "message_info.rfc2822_message_id",
        "message_info.is_spam",
        "message_info.source.address",
        "message_info.source.from_header_address",
        "message_info.destination.address",
        "message_info.flattened_destinations",
    }
)
"""All that is read of a row; its subject, names of files and links are not among it."""
_CALENDAR = "@calendar-server.bounces.google.com"
"""What Google Calendar's invitations and answers come back to."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Delegated:
    """Somebody sent from another's mailbox."""

    mailbox: Address
    delegate: Address


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is no message for us."""

    text: str
    field: str | None = None
    """The field for which it cannot be used; None: it is left out on purpose."""
    lost: bool = False


class DeliveryReader:
    """Reads rows of the Gmail log. For any number of threads."""

    def __init__(self, tool: str, reading: Reading) -> None:
        self._tool = tool
        self._reading = reading

    def sent(self, row: Activity, parameters: Parameters) -> Message | Refused:
        """Return the message of a sender's row."""
        if flag_of(parameters, "event_info.success") is False:
            return Refused("mail that could not be sent")
        author = self._author(parameters) or self._reading.address(row.email)
        if author is None:
            return Refused("it does not tell who sent it", "message_info.source")
        delegate = self._email(parameters, _DELEGATE)
        behalf = None
        if delegate is not None and delegate != author:
            behalf = Delegated(author, delegate)
        recipients = tuple(self._recipients(parameters))
        return self._message(row, parameters, author, behalf, recipients, hidden=not recipients)

    def received(
        self, row: Activity, parameters: Parameters, behalf: Delegated | None
    ) -> Message | Refused:
        """Return the message of a recipient's row; ``behalf`` is what its sender's row told."""
        if flag_of(parameters, "event_info.success") is False:
            return Refused("mail that could not be delivered to a mailbox")
        author = self._author(parameters)
        if author is None:
            return Refused("received mail of which the log does not tell the sender", lost=True)
        inside = self._reading.is_district(author)
        if flag_of(parameters, "message_info.is_spam") is True and not inside:
            return Refused("received mail from outside that Gmail took for spam")
        if message_id_of(parameters) is None and inside:
            return Refused("received mail without Message-ID, told by its sender's row alone")
        if behalf is not None and behalf.mailbox != author:
            behalf = None
        recipients = dict.fromkeys(self._recipients(parameters))
        mailbox = self._reading.address(row.email)
        if mailbox is not None and mailbox != author:
            recipients.setdefault(mailbox)
        return self._message(row, parameters, author, behalf, tuple(recipients), hidden=True)

    def leaves_district(self, parameters: Parameters) -> bool:
        """Whether a row's mail went to an address that is not the district's."""
        return any(not self._reading.is_district(a) for a in self._recipients(parameters))

    def _message(
        self,
        row: Activity,
        parameters: Parameters,
        author: Address,
        behalf: Delegated | None,
        recipients: tuple[Address, ...],
        *,
        hidden: bool,
    ) -> Message:
        sender = author if behalf is None else behalf.delegate
        rfc_id = message_id_of(parameters)
        return Message(
            native_id=rfc_id or f"log/{row.qualifier}",
            channel=Channel.EMAIL,
            tool=self._tool,
            sent_at=_sent_at(row, parameters),
            parties=(
                Party(sender, PartyRole.FROM),
                *(Party(one, PartyRole.UNKNOWN) for one in recipients if one != sender),
            ),
            rfc_message_id=rfc_id,
            automated=_automation(parameters, author),
            on_behalf_of=None if behalf is None else behalf.mailbox,
            recipients_hidden=hidden,
        )

    def _author(self, parameters: Parameters) -> Address | None:
        return self._email(parameters, "message_info.source.from_header_address") or self._email(
            parameters, "message_info.source.address"
        )

    def _email(self, parameters: Parameters, name: str) -> Address | None:
        return self._reading.address(text_of(parameters, name))

    def _recipients(self, parameters: Parameters) -> Iterator[Address]:
        for text in _destinations(parameters):
            address = self._reading.address(text)
            if address is not None:
                yield address


def _destinations(parameters: Parameters) -> Iterator[str]:
    """Yield the addresses a row was delivered to: one by one, else out of the flattened text.

    That is ``service:selector:address, service::address``.
    """
    listed = messages_of(parameters, "message_info.destination")
    named = [text for one in listed if (text := text_of(one, "address")) is not None]
    if named:
        yield from named
        return
    for part in (text_of(parameters, "message_info.flattened_destinations") or "").split(","):
        yield part.rpartition(":")[2].strip()


def message_id_of(parameters: Parameters) -> str | None:
    stated = text_of(parameters, "message_info.rfc2822_message_id")
    return None if stated is None else message_id(stated)


def _sent_at(row: Activity, parameters: Parameters) -> datetime:
    usec = number_of(parameters, "event_info.timestamp_usec")
    if usec is None:
        return row.at
    try:
        return _EPOCH + timedelta(microseconds=usec)
    except OverflowError:
        return row.at


def _automation(parameters: Parameters, author: Address) -> Automation:
    returns_to = (text_of(parameters, "message_info.source.address") or "").lower()
    if returns_to.endswith(_CALENDAR):
        return Automation.CALENDAR
    if is_list_software(returns_to):
        return Automation.LIST
    return Automation.NOTIFICATION if takes_no_answer(author.text) else Automation.NO
