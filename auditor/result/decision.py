"""What a reviewer may record on an item, in the policy's own terms, and how it reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why an item needs no further look. None of them says that anything was wrong."""

    REMINDED = "reminded"
    SCHOOL_BUSINESS = "school-business"
    PRIVATE_MATTER = "private-matter"
    APPROVED = "approved"
    FAMILY_TIE = "family-tie"
    SAFETY = "safety-exception"
    WRONG_MATCH = "wrong-match"
    REFERRED = "referred"

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def needs_note(self) -> bool:
        """Whether nobody could act on it without a word more: who approved, what is wrong."""
        return self in (Reason.APPROVED, Reason.WRONG_MATCH, Reason.REFERRED)

    @property
    def bars_note(self) -> bool:
        """Whether a note would put on file what is private: the reason alone has to do."""
        return self is Reason.PRIVATE_MATTER

    @property
    def needs_end(self) -> bool:
        """Whether it is good for a time only."""
        return self is Reason.APPROVED


_WORDS = {
    Reason.REMINDED: "Spoke with the adult, or reminded them",
    Reason.SCHOOL_BUSINESS: "Ordinary school business",
    Reason.PRIVATE_MATTER: "Private medical, social or academic matter",
    Reason.APPROVED: "Approved, until a date",
    Reason.FAMILY_TIE: "Family tie",
    Reason.SAFETY: "Safety exception, reported to me",
    Reason.WRONG_MATCH: "Wrong match of a person or address",
    Reason.REFERRED: "Referred onward",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on one item. A later one takes its place; it stays to be seen."""

    number: int
    """Of its entry in the chain."""
    at: datetime
    """When it was recorded."""
    on: date
    """The day it was made; on paper it may have lain for a while."""
    by: str
    """Who decided, as the reader of a page knows them."""
    reason: Reason
    note: str | None
    """None: there is none, or it has been erased."""
    until: date | None
    came_by: str
    """``command`` or ``file``."""
