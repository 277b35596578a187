"""Gmail, mailbox by mailbox: the headers of mail, with a token that opens nothing more."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.google.gmail.source import Gmail
from connectors.retrying import this_machine


def connect(context: SourceContext) -> Gmail:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return Gmail(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waits)


__all__ = ["Gmail", "connect"]
