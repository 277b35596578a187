"""Sending a report's mail from one mailbox of the district, and being able to do nothing else.

The right to send comes from a role that Exchange itself gives for this one mailbox ("RBAC for
Applications"), not from a permission of the token: a token with ``Mail.Send`` could send as
anybody in the tenant. So a good token carries nothing at all, and what it may is tried.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote

from auditor.source import CheckResult, Denied, Malformed, SourceError
from connectors.answers import Found, NotAllowed
from connectors.microsoft.asking import Graph

SEND = "Mail.Send"
_SCOPED = "docs/microsoft-setup.md, step 11"
_ROLE = f"Give it the role for that mailbox: {_SCOPED}; it may take two hours to hold"
_OWN = (
    "Give sending an application of its own, to which nothing is consented in Entra: what reads "
    "must not be able to write"
)


class GraphOutbox:
    """Hands mails to Exchange Online as the mailbox they are from."""

    def __init__(self, graph: Graph, mailbox: str, another: str | None = None) -> None:
        """``another`` is a mailbox of the district that must not be sent from."""
        self._graph = graph
        self._mailbox = mailbox
        self._another = another

    def send(self, mail: bytes) -> bool:
        """Hand over one whole mail (RFC 5322); false if the mailbox is not there.

        Raises a ``SourceError``; ``Transient`` leaves open whether it was taken, unless Exchange
        said that it was too much at once. The mail keeps its own Message-ID, and a copy of it
        goes to the mailbox's sent items.
        """
        where = self._graph.where
        wider = _wider(self._graph.identity.permissions())
        if wider is not None:
            raise Denied(wider, where=where, cure=_OWN)
        try:
            return isinstance(self._offer(self._mailbox, mail), Found)
        except NotAllowed:
            what = "the application may not send from the mailbox of the reports"
            raise Denied(what, where=where, cure=_ROLE) from None

    def check(self) -> list[CheckResult]:
        """Say whether the mailbox may be sent from, and no other; sends nothing."""
        try:
            return list(self._checked())
        except SourceError as error:
            return [CheckResult(False, error.what, error.cure)]

    def _checked(self) -> Iterator[CheckResult]:
        carried = self._graph.identity.permissions()
        wider = _wider(carried)
        if wider is not None:
            yield CheckResult(False, wider, _OWN)
        if SEND in carried:
            yield CheckResult(
                False,
                f"{SEND} is consented to, so the application may send as anybody in the tenant",
                f"Take the consent away, and limit it to this mailbox: {_SCOPED}",
            )
        may = self._may_send(self._mailbox)
        if may:
            yield CheckResult(True, f"{self._mailbox}: reports can be sent from it")
        elif may is None:
            what = f"{self._mailbox}: Exchange Online has no such mailbox"
            yield CheckResult(False, what, "Mend delivery.sender, or make the mailbox")
        else:
            what = f"{self._mailbox}: the application may not send from it"
            yield CheckResult(False, what, _ROLE)
        if may and SEND not in carried and self._another is not None:
            yield from self._elsewhere(self._another)

    def _elsewhere(self, mailbox: str) -> Iterator[CheckResult]:
        may = self._may_send(mailbox)
        if may:
            what = f"the application may send from other mailboxes too, such as {mailbox}"
            cure = f"Narrow the management scope to the one mailbox: {_SCOPED}"
            yield CheckResult(False, what, cure)
        elif may is False:
            yield CheckResult(True, f"it cannot send from {mailbox}, as is right")

    def _may_send(self, mailbox: str) -> bool | None:
        """Try with a mail to nobody, which Exchange refuses once it has seen who asks.

        None if there is no such mailbox.
        """
        probe = EmailMessage(policy=SMTP)
        probe["From"] = mailbox
        probe["Subject"] = "Check"
        probe.set_content("To nobody.")
        try:
            return True if isinstance(self._offer(mailbox, probe.as_bytes()), Found) else None
        except NotAllowed:
            return False
        except Malformed:
            return True

    def _offer(self, mailbox: str, mail: bytes) -> object:
        path = f"users/{quote(mailbox, safe='@')}/sendMail"
        return self._graph.hand_over(path, base64.b64encode(mail), kind="text/plain")


def _wider(carried: frozenset[str]) -> str | None:
    """Return what is wrong with a token that carries more than sending, if it does."""
    wider = sorted(carried - {SEND})
    return f"the application that sends may also: {', '.join(wider)}" if wider else None
