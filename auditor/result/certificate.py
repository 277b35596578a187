"""What a deletion came to: counted, held back and proven, without anybody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from auditor.result.week import Imprint


@dataclass(frozen=True, slots=True)
class Deleted:
    """One class of what is stored."""

    of: str
    """The word of the settings, or of the ledger."""
    words: str
    before: date | None
    """What is older was to go; None: whatever its age."""
    deleted: int
    held: int
    """Kept because of a hold."""


@dataclass(frozen=True, slots=True)
class HoldShown:
    number: int
    what: str
    reason: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked through afterwards, and what was still found."""

    looked_for: str
    files: int
    bytes: int
    found: tuple[str, ...]
    """Where something is left. Nothing here: it is proven to be gone."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A page to keep: what was deleted, by whose word and when, and what was not."""

    imprint: Imprint
    number: int
    kind: str
    """``retention`` or ``erasure``."""
    asked_by: str
    reason: str | None
    person: str | None
    """Of an erasure, a number that leads to nobody."""
    began: datetime
    ended: datetime
    lines: tuple[Deleted, ...]
    holds: tuple[HoldShown, ...]
    proof: Proof
    to_mend: tuple[str, ...]
    """Files of the district's own that still hold something and that only it can mend."""
    remarks: tuple[str, ...]
