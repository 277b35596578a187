"""OneRoster CSV 1.1 and 1.2: people, schools, classes and guardians from a student system."""

from __future__ import annotations

from auditor.source import SourceContext
from connectors.oneroster.source import OneRoster


def connect(context: SourceContext) -> OneRoster:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return OneRoster(context)


__all__ = ["OneRoster", "connect"]
