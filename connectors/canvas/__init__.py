"""Canvas: who wrote to whom in its inbox and on work handed in; and whose its accounts are."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.canvas.source import Canvas
from connectors.retrying import this_machine


def connect(context: SourceContext) -> Canvas:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return Canvas(context, clock=this_machine(), random=Random())  # noqa: S311  (for waiting)


__all__ = ["Canvas", "connect"]
