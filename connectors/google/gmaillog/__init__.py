"""The Gmail log as a district keeps it: rows in BigQuery, or exported to files."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.google.gmaillog.source import GmailLogStore
from connectors.retrying import this_machine


def connect(context: SourceContext) -> GmailLogStore:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return GmailLogStore(context, clock=this_machine(), random=Random())  # noqa: S311  (for waiting)


__all__ = ["GmailLogStore", "connect"]
