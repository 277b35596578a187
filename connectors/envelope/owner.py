"""Whose mailbox a copy lies in, and what that adds to what stands on its envelope.

* **When it was taken in.** A Date days after that, or more than a week before, is not believed.
* **Who got it.** A copy that was not sent from the mailbox was delivered to it, whatever the
  headers say: that is how somebody in Bcc becomes visible.
* **Whose hand it was.** A copy that was sent from the mailbox, but in a name that is not its
  owner's, or from a mailbox that others may write from: the name stands as the sender *and* as
  ``on_behalf_of``, because nothing shows who really wrote. Nobody is accused for certain.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from auditor.keys import AddressRules, email_address
from auditor.model import Address, Message, Party, PartyRole
from connectors.envelope.headers import Envelope

_AHEAD = timedelta(days=2)
"""How far a sender's clock may run ahead of the mailbox's before its Date is not believed."""
_BEHIND = timedelta(days=7)
"""How long a message may have been on its way."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose mailbox it is."""

    email: str
    addresses: frozenset[Address]
    """Every address of the owner's, canonical."""
    main: Address
    shared: bool = False
    """Whether others may write from it in the owner's name."""

    @classmethod
    def of(cls, email: str, aliases: Iterable[str], rules: AddressRules) -> Owner:
        found = [email_address(text, rules) for text in (email, *aliases)]
        addresses = [address for address in found if address is not None]
        return cls(email, frozenset(addresses), addresses[0])

    def used_by_others(self) -> Owner:
        """Return the same with others who may write in the owner's name."""
        return replace(self, shared=True)

    def received(self, message: Message) -> Message:
        """Return a message as a copy that was delivered to the mailbox tells it."""
        if any(party.address in self.addresses for party in message.parties):
            return message
        owner = Party(self.main, PartyRole.UNKNOWN)
        return replace(message, parties=(*message.parties, owner))

    def wrote(self, message: Message) -> bool:
        """Whether a copy that was sent from the mailbox is surely by its owner, or names who sent
        it for the owner.
        """
        senders = [p.address for p in message.parties if p.role is PartyRole.FROM]
        if message.on_behalf_of is not None:
            return not {*senders, message.on_behalf_of}.isdisjoint(self.addresses)
        return not self.shared and not self.addresses.isdisjoint(senders)


def in_doubt(message: Message) -> Message:
    """Return a message behind whose sender somebody else may stand."""
    sender = next(p.address for p in message.parties if p.role is PartyRole.FROM)
    return replace(message, on_behalf_of=message.on_behalf_of or sender)


def taken_in(moment: datetime) -> Envelope:
    """Return what is known of a copy from when its mailbox took it in."""
    return Envelope(not_after=moment + _AHEAD, not_before=moment - _BEHIND, sent_at=moment)
