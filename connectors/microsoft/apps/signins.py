"""Who signed in to which app, and when, by the tenant's log of sign-ins.

It shows apps that no account let in by itself: those that an administrator let in for everybody,
and those that ask only who somebody is. The log is long, so each night reads on from where the
last one ended; a row holds places, devices and addresses of machines, which are dropped as it is
read. Only tenants with Entra ID P1 or more have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.answers import NotAllowed
from connectors.microsoft.apps.consents import written
from connectors.microsoft.apps.settings import LOG_PERMISSIONS
from connectors.microsoft.asking import Graph
from connectors.microsoft.users import moment, text_of
from connectors.pacing import Pace

PATH = "auditLogs/signIns"
_UNLICENSED = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
"""Graph's word for a tenant without Entra ID P1; any other refusal is one of us."""
_BEGINS = timedelta(days=7)
"""How far back the first reading goes: the log of a whole month would take it hours."""
_LATE = timedelta(hours=6)
"""What is read again each night: rows may come hours late."""
_MARGIN = timedelta(days=30) - timedelta(hours=1)
"""How far back Microsoft keeps it, less a margin."""


@dataclass(slots=True)
class SignIns:
    """Who signed in to what."""

    seen: dict[tuple[str, str], tuple[datetime, datetime]] = field(default_factory=dict)
    """(id of the account, number of the app) -> the first time and the last."""
    rows: int = 0
    unusable: int = 0
    licensed: bool = True
    gap: bool = False
    """Whether the log had forgotten some of what was not read yet."""

    @classmethod
    def read(cls, graph: Graph, pace: Pace, since: datetime | None) -> SignIns:
        """Read the log on from a moment, or from a few days ago; raises ``SourceError``."""
        found, now = cls(), graph.clock.now()
        begins = now - _BEGINS if since is None else since - _LATE
        found.gap = begins < now - _MARGIN
        asked = {
            "$filter": f"createdDateTime ge {written(max(begins, now - _MARGIN))}",
            "$top": "1000",
        }
        try:
            for record in graph.every(PATH, asked, bucket=pace):
                found._take(record)
        except NotAllowed as error:
            if found.rows or not is_unlicensed(graph, error):
                raise
            return cls(licensed=False)
        return found

    def _take(self, record: Mapping[str, Any]) -> None:
        self.rows += 1
        status = record.get("status")
        if isinstance(status, dict) and status.get("errorCode"):
            return
        at = moment(record.get("createdDateTime"))
        key = text_of(record, "userId").lower(), text_of(record, "appId").lower()
        if at is None or not all(key):
            self.unusable += 1
            return
        first, last = self.seen.get(key, (at, at))
        self.seen[key] = min(first, at), max(last, at)


def is_unlicensed(graph: Graph, refusal: NotAllowed) -> bool:
    """Whether the log was refused although we may read it, because the tenant has none."""
    return refusal.word == _UNLICENSED and graph.identity.permissions().issuperset(LOG_PERMISSIONS)
