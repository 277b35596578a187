"""Clever: the roster that a district shares there, its sections and its families."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.clever.source import Clever
from connectors.retrying import this_machine


def connect(context: SourceContext) -> Clever:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return Clever(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waits)


__all__ = ["Clever", "connect"]
