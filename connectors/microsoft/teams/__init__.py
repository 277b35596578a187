"""Chats and channels of Microsoft Teams: who wrote in which, and who was in it."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.microsoft.teams.source import MicrosoftTeams
from connectors.retrying import this_machine


def connect(context: SourceContext) -> MicrosoftTeams:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return MicrosoftTeams(context, clock=this_machine(), random=Random())  # noqa: S311  (for waiting)


__all__ = ["MicrosoftTeams", "connect"]
