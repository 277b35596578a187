"""Microsoft's own records of who wrote to whom: the unified audit log, and Defender's tables."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.microsoft.audit.source import MicrosoftAudit
from connectors.retrying import this_machine


def connect(context: SourceContext) -> MicrosoftAudit:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return MicrosoftAudit(context, clock=this_machine(), random=Random())  # noqa: S311  (for waiting)


__all__ = ["MicrosoftAudit", "connect"]
