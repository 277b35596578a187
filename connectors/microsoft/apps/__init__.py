"""Apps that staff let into their Microsoft accounts: signs of tools in use, never of messages."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.microsoft.apps.source import MicrosoftApps
from connectors.retrying import this_machine


def connect(context: SourceContext) -> MicrosoftApps:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return MicrosoftApps(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waits)


__all__ = ["MicrosoftApps", "connect"]
