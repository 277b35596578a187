"""What Clever says of the district itself: whose roster the token opens, and how fresh it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.source import CheckResult, Denied, Note
from connectors.clever.asking import Api, Lost

STALE = timedelta(days=3)
"""Student systems are read by Clever every night; over a weekend some are not."""
_STOPPED = frozenset(("error", "paused", "pending"))


@dataclass(frozen=True, slots=True)
class District:
    name: str
    state: str
    """As Clever calls it: running, success, pending, paused or error; "" where it does not say."""
    synced_at: datetime | None
    """When Clever last read the student system."""

    def remark(self, now: datetime) -> str | None:
        """Return why the roster may be an old one."""
        if self.state in _STOPPED:
            return f"Clever's reading of the student system is {self.state}: the roster may be old"
        if self.synced_at is not None and now - self.synced_at > STALE:
            return f"Clever last read the student system on {self.synced_at:%Y-%m-%d}"
        return None


def read_district(api: Api) -> District:
    """Return the district that the token is for; raises ``SourceError`` for any other number."""
    try:
        found = api.one("districts", {})
    except Lost:
        found = []
    if len(found) != 1:
        raise Denied(
            f"the token opens {len(found)} districts, where it should be one",
            where=api.where,
            cure="Use the token that Clever gives this application for your district",
        )
    ((_, record),) = found
    return District(
        str(record.get("name") or ""),
        str(record.get("state") or ""),
        _moment(record.get("last_sync")),
    )


def check_district(api: Api, now: datetime, *, events: bool) -> Iterator[CheckResult]:
    """Yield whose roster is open to us, how fresh, and whether the log of changes can be read."""
    district = read_district(api)
    yield CheckResult(True, f"the token opens {district.name or 'a district without a name'}")
    remark = district.remark(now)
    if remark is not None:
        yield CheckResult(False, remark, "See the district's sync in Clever; set it going again")
    if not events:
        return
    try:
        api.one("events", {"ending_before": "last", "limit": "1"})
    except (Denied, Lost):
        yield CheckResult(
            False,
            "Clever shows no log of changes",
            "Switch events on in Clever (Settings > Integrations), or set events = false",
        )
    else:
        yield CheckResult(True, "the log of changes can be read, and is held against the lists")


def freshness(district: District, now: datetime, where: str) -> Iterator[Note]:
    if (remark := district.remark(now)) is not None:
        yield Note(where, remark, lost=district.state in _STOPPED)


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
