"""What a pull of messages brought, as tests look at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from auditor.model import Message
from auditor.source import DayCoverage, Page


@dataclass(frozen=True)
class Read:
    pages: list[Page]
    day: date
    """Of which day ``states`` are."""

    @property
    def messages(self) -> list[Message]:
        return [f for page in self.pages for f in page.facts if isinstance(f, Message)]

    @property
    def message(self) -> Message:
        (found,) = self.messages
        return found

    @property
    def told(self) -> dict[str, dict[str, str]]:
        """Message -> who is on it, and how."""
        return {one.native_id: people(one) for one in self.messages}

    @property
    def notes(self) -> dict[str, int]:
        return {note.text: note.count for page in self.pages for note in page.notes}

    @property
    def rejected(self) -> list[tuple[str, str | None]]:
        return [(one.file, one.field) for page in self.pages for one in page.rejected]

    @property
    def coverage(self) -> dict[tuple[date, str | None], DayCoverage]:
        return {(row.day, row.unit): row for page in self.pages for row in page.coverage}

    @property
    def states(self) -> dict[str | None, tuple[str, int | None]]:
        """Unit -> its state and count on the one day asked for; None: of the whole source."""
        return {
            unit: (row.state.value, row.records)
            for (day, unit), row in self.coverage.items()
            if day == self.day
        }


def people(message: Message) -> dict[str, str]:
    return {party.address.text: party.role.value for party in message.parties}
