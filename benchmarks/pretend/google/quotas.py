"""How much may be asked in a minute, counted by a clock that tests can turn."""

from __future__ import annotations

from benchmarks.pretend.google.calls import Call, Refused
from benchmarks.pretend.google.mailboxes import UNITS
from benchmarks.pretend.google.reports import is_filtered
from benchmarks.pretend.spending import Spending

MINUTE = 60.0


class Quotas:
    """Counts what was spent in the last minute, for each thing that is limited."""

    def __init__(self) -> None:
        self._spending = Spending()

    def count(self, call: Call) -> None:
        """Count one call. Raises Refused as each API does when it has had enough."""
        edition = call.world.edition

        def spend(what: str, units: int, most: int) -> bool:
            return self._spending.spend(what, units, most, call.seconds, MINUTE)

        if call.method.id == "reports.activities.list":
            room = spend("reports", 1, edition.queries)
            if is_filtered(call):
                room &= spend("filtered", 1, edition.filtered_queries)
            if not room:
                raise Refused(503, "backendError", "Quota exceeded; wait and try again.")
        elif call.method.api == "gmail.v1":
            units = UNITS.get(call.method.id, 1)
            if not spend(f"mailbox {call.access.subject}", units, edition.mailbox_units):
                message = "Quota exceeded for quota metric 'Queries' and limit 'Units per user'"
                raise Refused(429, "userRateLimitExceeded", message)
            if not spend("project", units, edition.project_units):
                raise Refused(403, "rateLimitExceeded", "Rate Limit Exceeded")
