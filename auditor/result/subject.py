"""Everything that is held about one student, for whoever may ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from auditor.result.week import Imprint


@dataclass(frozen=True, slots=True)
class FactHeld:
    """What a list says of the student, or a record on file."""

    what: str
    words: str
    first: date | None
    """None: the list did not say since when."""
    last: date | None
    """None: it still holds, or nobody said until when."""
    told_by: str


@dataclass(frozen=True, slots=True)
class PartyHeld:
    role: str
    who: str
    """An adult by name and role; anybody else in words."""


@dataclass(frozen=True, slots=True)
class MessageHeld:
    """One message the student wrote or got, by its envelope."""

    sent_at: datetime
    channel: str
    tool: str
    source_title: str
    native_id: str
    parties: tuple[PartyHeld, ...]


@dataclass(frozen=True, slots=True)
class ItemHeld:
    item_id: str
    state: str
    title: str
    clause: str
    what: str
    adult: str
    listed_on: date
    messages: tuple[str, ...]
    """What the sources call the messages or records it rests on."""


@dataclass(frozen=True, slots=True)
class SubjectExport:
    imprint: Imprint
    person_id: str
    name: str
    grade: str | None
    asked_by: str
    reason: str
    facts: tuple[FactHeld, ...]
    records: tuple[FactHeld, ...]
    messages: tuple[MessageHeld, ...]
    items: tuple[ItemHeld, ...]
    pages: tuple[str, ...]
    """Ids of the pages that named the student and are still kept."""
    withheld: tuple[str, ...]
    """What is held and not printed here, and why."""
