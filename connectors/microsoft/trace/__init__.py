"""Exchange's message trace: who sent what to whom, row by row, without opening a mailbox."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.microsoft.trace.source import MessageTrace
from connectors.retrying import this_machine


def connect(context: SourceContext) -> MessageTrace:
    """Return the trace as configured; raises ValueError naming every mistake in the settings."""
    return MessageTrace(context, clock=this_machine(), random=Random())  # noqa: S311  (spreads waiting, keeps no secret)


__all__ = ["MessageTrace", "connect"]
