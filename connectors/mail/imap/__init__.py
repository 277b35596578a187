"""Mailboxes by IMAP: envelopes of people's mail, and journals that a mail server fills."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.mail.imap.source import ImapMail
from connectors.retrying import this_machine


def connect(context: SourceContext) -> ImapMail:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return ImapMail(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waits)


__all__ = ["ImapMail", "connect"]
