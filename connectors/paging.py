"""A page of a pull while it fills, so that no source holds more than one page in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.records import Fact
from auditor.source import FileSeen, Mark, Note, Page, Rejected

PAGE_RECORDS = 2_000
"""Records after which a page goes out."""


@dataclass(slots=True)
class FillingPage:
    """What a pull has gathered since its last page."""

    facts: list[Fact] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    files: list[FileSeen] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    records: int = 0

    @property
    def full(self) -> bool:
        return self.records >= PAGE_RECORDS

    def done(self) -> Page:
        """Return the page as it stands."""
        return Page(
            tuple(self.facts),
            tuple(self.rejected),
            tuple(self.notes),
            self.records,
            tuple(self.files),
            marks=tuple(self.marks),
        )
