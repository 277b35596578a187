"""What came of reading an export of Vault, as a drop's word on its days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from auditor.source import DayCoverage, DayState


@dataclass(slots=True)
class ExportRead:
    """What is known of one export once its files were read."""

    name: str
    newest_file: datetime
    earliest: datetime | None = None
    faults: list[str] = field(default_factory=list)
    """Why the export as a whole is not all there."""
    accounts: dict[str, str] = field(default_factory=dict)
    """Account -> why its mail is not all there."""

    def coverage(self, whole: DayCoverage, zone: ZoneInfo) -> Iterator[DayCoverage]:
        """Yield what of a day is missing; nothing for a day the export says nothing about."""
        day, written = whole.day, self.newest_file.astimezone(zone).date()
        begins = date.min if self.earliest is None else self.earliest.astimezone(zone).date()
        if not begins <= day < written:
            return
        told = [(account, reason) for account, reason in sorted(self.accounts.items())]
        if self.faults:
            told.append((f"export {self.name}", "; ".join(self.faults)))
        for unit, reason in told:
            yield DayCoverage(day, DayState.MISSING, None, reason, unit)
