"""OneRoster 1.1 and 1.2 by REST: the same roster as from files, asked of the server itself."""

from __future__ import annotations

from random import Random

from auditor.source import SourceContext
from connectors.oneroster.api.source import OneRosterApi
from connectors.retrying import this_machine


def connect(context: SourceContext) -> OneRosterApi:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return OneRosterApi(context, clock=this_machine(), random=Random())  # noqa: S311  (nonces and waits)


__all__ = ["OneRosterApi", "connect"]
