"""Google's Directory: accounts, every address of each, and who is on which mailing list."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.google.directory.source import GoogleDirectory
from connectors.retrying import this_machine


def connect(context: SourceContext) -> GoogleDirectory:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return GoogleDirectory(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waits)


__all__ = ["GoogleDirectory", "connect"]
