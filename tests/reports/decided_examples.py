"""A principal's week with an item that was decided, one that came back, and a second revision."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from auditor.result import Decision, ItemState, PrincipalWeek, Reason
from tests.reports import examples

DECISION = Decision(
    7, datetime(2026, 11, 23, 15, tzinfo=UTC), date(2026, 11, 23), "Pat Example",
    Reason.APPROVED, "by me", date(2027, 6, 1), "file",
)  # fmt: skip


def decided_week() -> PrincipalWeek:
    first, *others = examples.items()
    closed = replace(first, state=ItemState.DECIDED, decisions=(DECISION,))
    return replace(examples.principal_week(tuple(others)), decided_items=(closed,))


def revised_week() -> PrincipalWeek:
    week = decided_week()
    first, *others = week.open_items
    back = replace(first, state=ItemState.REOPENED, decisions=(DECISION,))
    changed = (f"{back.id}: was new, is now reopened; a decision was recorded.",)
    imprint = replace(week.imprint, revision=2, root="00ffaa1122334455", changed=changed)
    return replace(week, open_items=(back, *others), imprint=imprint)
