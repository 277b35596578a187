"""What a night leaves behind for every later page, and how it is written into the ledger."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from auditor.result import SelfTests, SetAside


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """A source as it was configured for a run."""

    name: str
    title: str
    brings_messages: bool
    doubt: str | None = None
    """Why all that it brought may have been read wrongly; see ``source.Page.doubt``."""


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A check the policy asks for, and whether it could be made in that night."""

    rule: str
    title: str
    ran: bool


@dataclass(frozen=True, slots=True)
class NightRecord:
    """What a night leaves behind for every later page."""

    run_id: str
    audit_date: date
    judged_from: date
    """The first day that was judged."""
    rules: tuple[BoundRule, ...]
    unread: tuple[SetAside, ...]
    """Messages that came in and could not be read, by source."""
    sources: tuple[PlannedSource, ...]
    self_tests: SelfTests | None
    balanced: bool | None
    gaps: tuple[str, ...]
    set_aside: tuple[SetAside, ...]
    told_on: date | None = None
    """Since when staff knew of the audit, in a night that could name people; else None."""
    judged_to: date | None = None
    """The last day that was judged, where a newer night had judged before; None: ``audit_date``."""

    def as_json(self) -> str:
        """Return the record as text for the ledger, keys sorted."""
        raw = asdict(self)
        raw["audit_date"] = self.audit_date.isoformat()
        raw["judged_from"] = self.judged_from.isoformat()
        raw["told_on"] = None if self.told_on is None else self.told_on.isoformat()
        raw["judged_to"] = None if self.judged_to is None else self.judged_to.isoformat()
        return json.dumps(raw, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> NightRecord:
        """Read what ``as_json`` wrote."""
        raw: dict[str, Any] = json.loads(text)
        tests, told_on, judged_to = (raw.get(key) for key in ("self_tests", "told_on", "judged_to"))
        return cls(
            run_id=raw["run_id"],
            audit_date=date.fromisoformat(raw["audit_date"]),
            judged_from=date.fromisoformat(raw["judged_from"]),
            rules=tuple(BoundRule(**r) for r in raw["rules"]),
            unread=tuple(SetAside(**s) for s in raw["unread"]),
            sources=tuple(PlannedSource(**s) for s in raw["sources"]),
            self_tests=None
            if tests is None
            else SelfTests(tests["passed"], tests["total"], tuple(tests["failed"])),
            balanced=raw["balanced"],
            gaps=tuple(raw["gaps"]),
            set_aside=tuple(SetAside(**s) for s in raw["set_aside"]),
            told_on=None if told_on is None else date.fromisoformat(told_on),
            judged_to=None if judged_to is None else date.fromisoformat(judged_to),
        )
