"""What a learning system's source brought, laid out so that tests can ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from auditor.model import Message
from auditor.records import Fact
from auditor.source import DayCoverage, Page, Window
from connectors.retrying import Limits

CANARY = "zephyrquill"
DAY = date(2026, 11, 18)
"""A Wednesday; midnight of it is 05:00 in UTC."""
NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)
ENDS = datetime(2026, 11, 19, 12, tzinfo=UTC)
ONE_DAY = Window(DAY, DAY)
LIMITS = Limits(read_seconds=2, tries=3, first_wait=1, longest_wait=30)


@dataclass(frozen=True)
class Read:
    """All pages of one pull."""

    pages: list[Page]

    @property
    def facts(self) -> list[Fact]:
        return [fact for page in self.pages for fact in page.facts]

    @property
    def messages(self) -> dict[str, Message]:
        """By native id; none is told of twice."""
        found = [fact for fact in self.facts if isinstance(fact, Message)]
        assert len({one.native_id for one in found}) == len(found)
        return {one.native_id: one for one in found}

    @property
    def notes(self) -> dict[str, int]:
        return {note.text: note.count for page in self.pages for note in page.notes}

    @property
    def coverage(self) -> dict[str | None, DayCoverage]:
        """Unit -> its row of ``DAY``; there is one at most."""
        rows = [row for page in self.pages for row in page.coverage if row.day == DAY]
        assert len({row.unit for row in rows}) == len(rows)
        return {row.unit: row for row in rows}


def people(message: Message) -> dict[str, str]:
    return {party.address.text: party.role.value for party in message.parties}
