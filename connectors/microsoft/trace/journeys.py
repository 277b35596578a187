"""The rows of one mail become one message: who sent it, and whom it reached.

The trace has a row for each recipient, a mailing list among them, and says how it ended there. What
a row leaves open is decided here:

* **Reached.** Who got it, who got it as spam from within the district, and who got it before its
  sender called it back. A mail that failed or that is held in quarantine was not got.
* **On its way.** Nobody knows yet whether it will be got, so some recipients are not known until a
  later night asks again.
* **Recipients.** The trace does not tell To from Cc and Bcc, so their part is not known. Of mail
  from outside it has the tenant's own recipients alone: then others are not known either. A sender
  of the district's whose mailbox is in another cloud is outside in that.
* **Lists.** A list has a row of its own, and each of its members has one. Which of them it reached
  through the list only an extended report says.
* **Person or machine.** The trace has no such headers. Only what an address gives away is used.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from auditor.keys import AddressRules, email_address
from auditor.model import Address, Automation, Channel, Message, Party, PartyRole
from connectors.envelope.addresses import addr_spec
from connectors.envelope.automation import is_list_software, takes_no_answer
from connectors.envelope.identity import message_id

_MOST_MET = 200_000
"""Addresses that are remembered: the accounts of a very large district."""
_EXCHANGE = re.compile(r"(?:microsoftexchange[0-9a-f]{32}|postmaster|mailer-daemon)@.*")
"""Addresses that Exchange itself writes from."""


class Outcome(IntEnum):
    """How it ended with one recipient; of several words on one, the lowest counts."""

    REACHED = 0
    LIST = 1
    """A mailing list that was taken apart into its members."""
    SPAM = 2
    REPLACED = 3
    """An address for which Exchange put another one."""
    HELD = 4
    FAILED = 5
    PENDING = 6
    UNKNOWN = 7
    """A word that we do not know."""


OUTCOMES = {
    "delivered": Outcome.REACHED,
    "recalled": Outcome.REACHED,
    "expanded": Outcome.LIST,
    "filteredasspam": Outcome.SPAM,
    "pending": Outcome.PENDING,
    "gettingstatus": Outcome.PENDING,
    "quarantined": Outcome.HELD,
    "failed": Outcome.FAILED,
}
"""The trace's status, in lower case -> what it means (exchangeMessageTrace)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row: one mail and one of its recipients."""

    id: str
    """Exchange's own of the mail, wherever it went: the network message id."""
    message_id: str
    sender: str
    recipient: str
    at: datetime
    """When Exchange took the mail in."""
    outcome: Outcome
    via: str = ""
    """The list through which it came, where the source says so; the recipient where the source
    says that it was written to by its own address."""


@dataclass(slots=True)
class Journey:
    """What rows have told of one mail so far."""

    id: str
    message_id: str
    sender: str
    at: datetime
    recipients: dict[str, tuple[Outcome, str]] = field(default_factory=dict)
    """Recipient -> how it ended there, and through which list."""

    @classmethod
    def of(cls, step: Step) -> Journey:
        return cls(step.id, step.message_id, step.sender, step.at)

    def take(self, step: Step) -> None:
        """Add a row; one that comes twice changes nothing."""
        self.at = min(self.at, step.at)
        recipient = step.recipient.lower()
        outcome, via = self.recipients.get(recipient, (step.outcome, ""))
        ways = {via.lower(), step.via.lower()}
        by = recipient if recipient in ways else via or step.via
        self.recipients[recipient] = (min(outcome, step.outcome), by)


@dataclass(frozen=True, slots=True)
class Refused:
    """A mail that is no message for us."""

    text: str
    field: str | None = None
    """The field for which it cannot be used; None: it is left out on purpose."""


class JourneyReader:
    """Makes messages of journeys."""

    def __init__(
        self, tool: str, rules: AddressRules, here: Collection[Address] | None = None
    ) -> None:
        """``here`` are the addresses of the tenant's own accounts, if they are known."""
        self._tool = tool
        self._rules = rules
        self._here = here
        self._met: dict[str, Address | None] = {}

    def message(self, journey: Journey) -> Message | Refused:
        """Return what a mail's rows say together. Never raises."""
        if not journey.sender.strip("<> "):
            return Refused("mail without a sender: a bounce, or an automatic answer")
        sender = self._address(journey.sender)
        if sender is None:
            return Refused("it does not tell who sent it", "senderAddress")
        inside = self._rules.is_district(sender.text)
        counts = {outcome for outcome, _ in journey.recipients.values()}
        parties = tuple(self._parties(journey, inside=inside))
        if not parties:
            return _nobody(counts)
        open_ends = not counts.isdisjoint((Outcome.PENDING, Outcome.UNKNOWN))
        rfc_id = message_id(journey.message_id) if journey.message_id else None
        return Message(
            native_id=rfc_id or journey.id,
            channel=Channel.EMAIL,
            tool=self._tool,
            sent_at=journey.at,
            parties=(Party(sender, PartyRole.FROM), *(p for p in parties if p.address != sender)),
            rfc_message_id=rfc_id,
            automated=_automation(sender.text),
            recipients_hidden=not inside or open_ends or self._is_elsewhere(sender),
        )

    def _is_elsewhere(self, sender: Address) -> bool:
        return self._here is not None and sender not in self._here

    def _parties(self, journey: Journey, *, inside: bool) -> Iterator[Party]:
        """Yield whom it reached, in order of the rows, each once."""
        found: dict[Address, Party] = {}
        for text, (outcome, via) in journey.recipients.items():
            reached = outcome <= Outcome.LIST or (outcome is Outcome.SPAM and inside)
            address = self._address(text) if reached else None
            if address is not None:
                through = self._address(via) if via not in ("", text) else None
                found.setdefault(address, Party(address, PartyRole.UNKNOWN, through))
        yield from found.values()

    def _address(self, text: str) -> Address | None:
        if text in self._met:
            return self._met[text]
        plain = addr_spec(text.strip("<> "))
        address = None if plain is None else email_address(plain, self._rules)
        if len(self._met) >= _MOST_MET:
            self._met.clear()
        self._met[text] = address
        return address


def _nobody(outcomes: set[Outcome]) -> Refused:
    """Return why a mail that reached nobody we can name is left out."""
    if not outcomes.isdisjoint((Outcome.REACHED, Outcome.LIST)):
        return Refused("it does not tell whom it reached", "recipientAddress")
    if Outcome.PENDING in outcomes:
        return Refused("mail on its way, that has reached nobody yet")
    if Outcome.UNKNOWN in outcomes:
        return Refused("it does not tell how it ended", "status")
    if Outcome.SPAM in outcomes:
        return Refused("mail from outside that Exchange took for spam")
    if Outcome.HELD in outcomes:
        return Refused("mail held in quarantine, that reached nobody")
    return Refused("mail that could not be delivered to anybody")


def _automation(sender: str) -> Automation:
    if is_list_software(sender):
        return Automation.LIST
    if takes_no_answer(sender) or _EXCHANGE.fullmatch(sender):
        return Automation.NOTIFICATION
    return Automation.NO
