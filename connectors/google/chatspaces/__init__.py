"""Spaces of Google Chat and who is in them."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.google.chatspaces.source import ChatSpaces
from connectors.retrying import this_machine


def connect(context: SourceContext) -> ChatSpaces:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return ChatSpaces(context, clock=this_machine(), random=Random())  # noqa: S311  (for waiting)


__all__ = ["ChatSpaces", "connect"]
