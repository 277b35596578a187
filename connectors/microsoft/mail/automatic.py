"""What a mailbox does by itself: answers with which addresses in its text, and forwards where to.

Automatic replies are texts. Only the e-mail addresses and telephone numbers that stand in them are
taken out, here; the texts go no further. Forwarding shows as a rule of the inbox; a rule's name is
not asked for. Signatures, delegates and addresses one may send as are not told by Graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.keys import AddressRules, email_address
from auditor.model import Address, PersonRef
from auditor.records import MailboxKind, MailboxSetting
from connectors.answers import Found
from connectors.envelope.mentions import named_in
from connectors.envelope.owner import Owner
from connectors.microsoft.asking import Graph
from connectors.microsoft.mail.folders import NotHere

PERMISSION = "MailboxSettings.Read"
_FORWARDING = ("forwardTo", "redirectTo", "forwardAsAttachmentTo")


class Automatic:
    """Asks one mailbox for what it does by itself."""

    def __init__(self, graph: Graph, user: str, owner: Owner, rules: AddressRules) -> None:
        self._graph = graph
        self._path = f"users/{user}"
        self._owner = owner
        self._rules = rules
        self.shared = False
        """Whether several people use the mailbox; known once ``facts`` has been asked for."""

    def facts(self) -> list[MailboxSetting]:
        """Return every address or number that is not the owner's own; raises ``SourceError``."""
        person = PersonRef(email=self._owner.email)
        found = dict.fromkeys((*self._replying(), *self._forwarding()))
        return [
            MailboxSetting(person, kind, value)
            for kind, value in found
            if value not in self._owner.addresses
        ]

    def _replying(self) -> Iterator[tuple[MailboxKind, Address]]:
        asked = {"$select": "automaticRepliesSetting,userPurpose"}
        told = self._get("mailboxSettings", asked)
        self.shared = told.get("userPurpose") == "shared"
        replies = told.get("automaticRepliesSetting")
        if not isinstance(replies, dict) or replies.get("status") == "disabled":
            return
        for name in ("internalReplyMessage", "externalReplyMessage"):
            for value in named_in(replies.get(name), self._rules):
                yield MailboxKind.VACATION, value

    def _forwarding(self) -> Iterator[tuple[MailboxKind, Address]]:
        asked = {"$select": "isEnabled,actions"}
        for rule in self._graph.records(f"{self._path}/mailFolders/inbox/messageRules", asked):
            actions = rule.get("actions")
            if rule.get("isEnabled") is not True or not isinstance(actions, dict):
                continue
            for name in _FORWARDING:
                for address in self._addresses(actions.get(name)):
                    yield MailboxKind.FORWARDING, address

    def _addresses(self, people: object) -> Iterator[Address]:
        for one in people if isinstance(people, list) else []:
            inner = one.get("emailAddress") if isinstance(one, dict) else None
            text = inner.get("address") if isinstance(inner, dict) else None
            address = email_address(text, self._rules) if isinstance(text, str) else None
            if address is not None:
                yield address

    def _get(self, path: str, asked: dict[str, str]) -> dict[str, Any]:
        answer = self._graph.get(f"{self._path}/{path}", asked)
        if not isinstance(answer, Found):
            raise NotHere(self._graph.where)
        return answer.document if isinstance(answer.document, dict) else {}
