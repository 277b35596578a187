"""Google Classroom: who is in which course, and what was posted to chosen students alone."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.google.classroom.source import Classroom
from connectors.retrying import this_machine


def connect(context: SourceContext) -> Classroom:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return Classroom(context, clock=this_machine(), random=Random())  # noqa: S311  (for waiting)


__all__ = ["Classroom", "connect"]
