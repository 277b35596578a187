"""The source ``schoology``: rosters, posts, and the messages of those who granted a token."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.retrying import this_machine
from connectors.schoology.source import Schoology

__all__ = ["Schoology", "connect"]


def connect(context: SourceContext) -> Schoology:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return Schoology(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waiting, hides nothing)
