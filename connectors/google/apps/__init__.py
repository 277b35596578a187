"""Apps that staff let into their Google accounts: signs of tools in use, never of messages."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.google.apps.source import GoogleApps
from connectors.retrying import this_machine


def connect(context: SourceContext) -> GoogleApps:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return GoogleApps(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waits)


__all__ = ["GoogleApps", "connect"]
