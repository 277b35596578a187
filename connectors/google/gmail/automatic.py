"""What a mailbox does by itself: sends as, forwards, signs and answers with which addresses.

Signatures and automatic replies are texts. Only the e-mail addresses and telephone numbers that
stand in them are taken out, here; the texts go no further. The subject of a reply is not asked
for. Every one of these needs the scope ``gmail.settings.basic``, which could also change settings:
a district may leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.keys import AddressRules, email_address
from auditor.model import Address, PersonRef
from auditor.records import MailboxKind, MailboxSetting
from connectors.envelope.mentions import named_in
from connectors.envelope.owner import Owner
from connectors.google.asking import Api, Asking, listed
from connectors.google.gmail.units import SETTING, MailboxUnits
from connectors.google.refusals import not_there

SCOPE = "gmail.settings.basic"
QUESTIONS = 4
"""How many questions are asked of each mailbox."""


class Automatic:
    """Asks one mailbox for what it does by itself."""

    def __init__(
        self, asking: Asking, units: MailboxUnits, owner: Owner, rules: AddressRules
    ) -> None:
        self._asking = asking
        self._cost = units.cost(SETTING)
        self._owner = owner
        self._rules = rules

    def facts(self) -> list[MailboxSetting]:
        """Return every address or number that is not the owner's own; raises ``SourceError``."""
        person = PersonRef(email=self._owner.email)
        found = dict.fromkeys((*self._sending(), *self._forwarding(), *self._replying()))
        return [
            MailboxSetting(person, kind, value)
            for kind, value in found
            if value not in self._owner.addresses
        ]

    def is_shared(self) -> bool:
        """Whether somebody else may write from the mailbox in its owner's name."""
        answer = self._get(
            lambda settings: settings.delegates().list(
                userId="me", fields="delegates(verificationStatus)"
            )
        )
        return any(_in_force(one) for one in listed(answer, "delegates"))

    def _sending(self) -> Iterator[tuple[MailboxKind, Address]]:
        answer = self._get(
            lambda settings: settings.sendAs().list(
                userId="me", fields="sendAs(sendAsEmail,signature,verificationStatus)"
            )
        )
        for one in listed(answer, "sendAs"):
            if _in_force(one):
                address = email_address(str(one.get("sendAsEmail")), self._rules)
                if address is not None:
                    yield MailboxKind.SEND_AS, address
                for value in named_in(one.get("signature"), self._rules):
                    yield MailboxKind.SIGNATURE, value

    def _forwarding(self) -> Iterator[tuple[MailboxKind, Address]]:
        answer = self._get(
            lambda settings: settings.getAutoForwarding(
                userId="me", fields="enabled,emailAddress"
            )
        )
        address = email_address(str(answer.get("emailAddress")), self._rules)
        if answer.get("enabled") is True and address is not None:
            yield MailboxKind.FORWARDING, address

    def _replying(self) -> Iterator[tuple[MailboxKind, Address]]:
        answer = self._get(
            lambda settings: settings.getVacation(
                userId="me", fields="enableAutoReply,responseBodyPlainText,responseBodyHtml"
            )
        )
        if answer.get("enableAutoReply") is True:
            for name in ("responseBodyPlainText", "responseBodyHtml"):
                for value in named_in(answer.get(name), self._rules):
                    yield MailboxKind.VACATION, value

    def _get(self, question: Any) -> dict[str, Any]:
        found = self._asking.get(
            Api.GMAIL, lambda gmail: question(gmail.users().settings()), cost=self._cost
        )
        if not isinstance(found, dict):  # which is not a mailbox that does nothing by itself
            raise not_there("a setting of the mailbox", self._asking.where)
        return found


def _in_force(one: dict[str, Any]) -> bool:
    """Whether it was confirmed; the owner's own address has no such mark."""
    return one.get("verificationStatus") in (None, "accepted")
