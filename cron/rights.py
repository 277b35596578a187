"""The settings that give people rights: when staff were told, and how long anything is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from auditor.audit import Clocks, Notice
from auditor.retention import DAYS_READ_ALONG
from cron import shape


class Mistaken(Protocol):
    """Takes a mistake about a key of the settings."""

    def wrong(self, path: Sequence[str | int], what: str, cure: str) -> None: ...


def notice(section: shape.NoticeSection | None) -> Notice | None:
    """Return the notice to staff; None where none is recorded, or it is mistaken."""
    if section is None:
        return None
    return Notice(section.staff_told_on, section.how, section.recorded_by)


def clocks(
    draft: Mistaken, section: shape.RetentionSection | None, audit: shape.AuditSection | None
) -> Clocks:
    """Return how long each class is kept; messages must outlive the days judged again."""
    kept = section or shape.RetentionSection()
    least = (audit or shape.AuditSection()).lookback_days + DAYS_READ_ALONG
    if kept.facts < least:
        draft.wrong(
            ("retention", "facts"),
            f"each night reads the messages of {least} days, and these are gone before",
            f"Write at least {least}, or a smaller lookback_days under [audit]",
        )
    return Clocks(kept.facts, kept.directory, kept.items, kept.reports, kept.runs)
