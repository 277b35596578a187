"""Microsoft School Data Sync CSV, editions 1 and 2.1: people, classes and guardians."""

from __future__ import annotations

from auditor.source import SourceContext
from connectors.sds.source import SchoolDataSync


def connect(context: SourceContext) -> SchoolDataSync:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return SchoolDataSync(context)


__all__ = ["SchoolDataSync", "connect"]
