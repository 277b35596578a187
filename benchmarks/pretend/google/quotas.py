"""How much may be asked in a minute, counted by a clock that tests can turn."""

from __future__ import annotations

from collections import defaultdict, deque

from benchmarks.pretend.google.calls import Call, Refused
from benchmarks.pretend.google.mailboxes import UNITS
from benchmarks.pretend.google.reports import is_filtered

MINUTE = 60.0


class Quotas:
    """Counts what was spent in the last minute, for each thing that is limited."""

    def __init__(self) -> None:
        self._spent: dict[str, deque[tuple[float, int]]] = defaultdict(deque)
        self._sums: dict[str, int] = defaultdict(int)

    def _spend(self, what: str, units: int, most: int, seconds: float) -> bool:
        """Count ``units``; return False, counting nothing, if they are too many."""
        spent = self._spent[what]
        while spent and spent[0][0] <= seconds - MINUTE:
            self._sums[what] -= spent.popleft()[1]
        if self._sums[what] + units > most:
            return False
        spent.append((seconds, units))
        self._sums[what] += units
        return True

    def count(self, call: Call) -> None:
        """Count one call. Raises Refused as each API does when it has had enough."""
        edition = call.world.edition
        if call.method.id == "reports.activities.list":
            room = self._spend("reports", 1, edition.queries, call.seconds)
            if is_filtered(call):
                room &= self._spend("filtered", 1, edition.filtered_queries, call.seconds)
            if not room:
                raise Refused(503, "backendError", "Quota exceeded; wait and try again.")
        elif call.method.api == "gmail.v1":
            units = UNITS.get(call.method.id, 1)
            mailbox = f"mailbox {call.access.subject}"
            if not self._spend(mailbox, units, edition.mailbox_units, call.seconds):
                message = "Quota exceeded for quota metric 'Queries' and limit 'Units per user'"
                raise Refused(429, "userRateLimitExceeded", message)
            if not self._spend("project", units, edition.project_units, call.seconds):
                raise Refused(403, "rateLimitExceeded", "Rate Limit Exceeded")
