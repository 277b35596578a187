"""Tables as CSV files: the district's own rosters and approvals, and exports of any tool."""

from __future__ import annotations

from auditor.source import SourceContext
from connectors.tables.source import TableDrop


def connect(context: SourceContext) -> TableDrop:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return TableDrop(context)


__all__ = ["TableDrop", "connect"]
