"""Microsoft's directory: accounts, every address of each, groups, and the education roster."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.microsoft.directory.source import MicrosoftDirectory
from connectors.retrying import this_machine


def connect(context: SourceContext) -> MicrosoftDirectory:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return MicrosoftDirectory(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waits)


__all__ = ["MicrosoftDirectory", "connect"]
