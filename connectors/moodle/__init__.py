"""The source ``moodle``: who wrote to whom in a Moodle site's messages."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.moodle.source import Moodle
from connectors.retrying import this_machine

__all__ = ["Moodle", "connect"]


def connect(context: SourceContext) -> Moodle:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return Moodle(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waiting, hides nothing)
