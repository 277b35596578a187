"""What one mailbox brings, and the pages of a pull that many of them fill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from auditor.model import Message
from auditor.records import Fact, MailboxSetting
from auditor.source import Mark, Note, Page, Rejected, SourceError
from connectors.paging import PAGE_RECORDS


@dataclass(slots=True)
class Brought:
    """What one mailbox brought."""

    messages: list[Message] = field(default_factory=list)
    refused: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    """(field, reason) of messages that could not be used."""
    notes: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    """Notes on what is missing from every check for it."""
    counts: Counter[date] = field(default_factory=Counter)
    """Messages of each day, with those of earlier nights."""

    @property
    def records(self) -> int:
        return len(self.messages) + self.refused.total() + self.lost.total()


class MailPage:
    """A page of a pull of mailboxes while it fills."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.notes: list[Note] = []
        self._rejected: list[Rejected] = []
        self._marks: list[Mark] = []
        self._records = 0

    @property
    def full(self) -> bool:
        return self._records >= PAGE_RECORDS

    def add(self, unit: str, brought: Brought) -> None:
        """Add what a mailbox brought, but for its notes, which are told of all together."""
        self.facts += brought.messages
        for (where, reason), count in sorted(brought.refused.items(), key=str):
            self._rejected += [Rejected(unit, None, where, reason)] * count
        self.notes += [Note(unit, text, n, lost=True) for text, n in sorted(brought.lost.items())]
        self._records += brought.records

    def mark(self, unit: str, value: str | None) -> None:
        """Add where a mailbox is gone on from next time; None forgets it."""
        self._marks.append(Mark(unit, value))

    def add_settings(
        self, unit: str, settings: Sequence[MailboxSetting], failure: SourceError | None
    ) -> None:
        """Add what a mailbox does by itself, or why that is not known."""
        self.facts += settings
        self._records += len(settings)
        if failure is not None:
            text = f"its settings could not be read: {failure.what}"
            self.notes.append(Note(unit, text, lost=True))

    def done(self) -> Page:
        return Page(
            tuple(self.facts),
            tuple(self._rejected),
            tuple(self.notes),
            self._records,
            marks=tuple(self._marks),
        )


def most_of(old: Mapping[date, int], new: Mapping[date, int]) -> Counter[date]:
    """Return the greater number for each day: what was erased since had been read before."""
    return Counter({day: max(old.get(day, 0), new.get(day, 0)) for day in {*old, *new}})
