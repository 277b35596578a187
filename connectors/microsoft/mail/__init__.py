"""What stands on the envelopes in the mailboxes of an Exchange Online tenant."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.microsoft.mail.source import ExchangeMail
from connectors.retrying import this_machine


def connect(context: SourceContext) -> ExchangeMail:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return ExchangeMail(context, clock=this_machine(), random=Random())  # noqa: S311  (for waiting)


__all__ = ["ExchangeMail", "connect"]
