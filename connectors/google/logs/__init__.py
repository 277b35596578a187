"""Google's audit logs: who wrote to whom in the whole district, without a single mailbox opened."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.google.logs.source import GoogleLogs
from connectors.retrying import this_machine


def connect(context: SourceContext) -> GoogleLogs:
    """Return the logs as configured; raises ValueError naming every mistake in the settings."""
    return GoogleLogs(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waiting, keeps no secret)


__all__ = ["GoogleLogs", "connect"]
