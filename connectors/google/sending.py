"""Sending a report's mail from one mailbox of the district, and being able to do nothing else.

The token is for ``gmail.send`` of that mailbox alone: it can neither read nor delete, and it is
another delegation than the one that reads, so that no program holds both.
"""

from __future__ import annotations

import base64
from typing import Any

from auditor.source import CheckResult
from connectors.answers import Found
from connectors.google.asking import Api, Google
from connectors.google.scopes import SENDING as SCOPE
from connectors.google.scopes import check_scopes


class GmailOutbox:
    """Hands mails to Gmail as the mailbox they are from."""

    def __init__(self, google: Google, mailbox: str) -> None:
        """``google`` must try once only: of an answer that was lost nobody knows what it said."""
        self._google = google
        self._mailbox = mailbox

    def send(self, mail: bytes) -> bool:
        """Hand over one whole mail (RFC 5322); false if the mailbox is not there.

        Raises a ``SourceError``. Gmail keeps the mail's own Message-ID.
        """
        raw = base64.urlsafe_b64encode(mail).decode("ascii")

        def question(gmail: Any) -> Any:
            return gmail.users().messages().send(userId="me", body={"raw": raw}, fields="id")

        answer = self._google.user(self._mailbox, (SCOPE,)).ask(Api.GMAIL, question)
        return isinstance(answer, Found)

    def check(self) -> list[CheckResult]:
        """Say whether the mailbox may be sent from, and whether no more than that is allowed."""
        return list(check_scopes(self._google, self._mailbox, (SCOPE,)))
