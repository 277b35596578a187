"""Why an exception does not cover a message, told from the record and the message alone.

What needs no directory stands here, each reason as a sentence for people and a word for rules.
``authorizations`` asks these in turn, with what it knows of people and offices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from auditor.directory import day_of
from auditor.filed import Filed, plain_tool
from auditor.model import Ground
from auditor.policy import GroundRules


class Came(StrEnum):
    """What came of trying an exception; rules read these words."""

    COVERS = "covers"
    LATE = "late"
    """Granted after the message it should have come before."""
    ENDED = "ended"
    NOT_BEGUN = "not_begun"
    AUTHORITY = "authority"
    SAME_DAY = "same_day"
    """Granted on the day of the message, at an hour the record does not give."""
    SCOPE = "scope"
    GUARDIAN_ABSENT = "guardian_absent"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Contact:
    """The message of a hit, as far as an exception can depend on it."""

    rule: str
    adult: int
    student: int | None
    team: int | None
    sent_us: int
    day: int
    students: frozenset[int]
    """All students the message reached, lists expanded."""
    guardians: frozenset[int]
    """Guardians on the message; none unless every student it concerns has one there."""
    tool: str | None = None
    """The tool that carried the message; None: not known."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One exception and what came of it."""

    id: str
    key: int | None
    """None: a tie that the roster proves, which is no record."""
    ground: Ground
    came: Came
    line: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """``covered_by`` is an authorization id or None; ``tried`` says what came of each exception."""

    covered_by: str | None
    attempts: tuple[Tried, ...]

    @property
    def tried(self) -> tuple[str, ...]:
        return tuple(one.line for one in self.attempts)

    @property
    def is_uncertain(self) -> bool:
        """Whether an exception may cover the message, and its record cannot tell."""
        open_ = any(one.came is Came.SAME_DAY for one in self.attempts)
        return self.covered_by is None and open_


@dataclass(frozen=True, slots=True)
class Refusal:
    came: Came
    words: str


def concerns(filed: Filed, contact: Contact) -> bool:
    """Whether the approval is about these people at all; others are not worth a line."""
    if contact.team is not None:
        if filed.team is not None and filed.team != contact.team:
            return False
        return filed.student is None or filed.student in contact.students
    if filed.adult is None and filed.ground is Ground.SUBGROUP:
        return False  # a part of a team has nothing to say of a pair
    if filed.student is None:
        return True
    if contact.student is not None:
        return filed.student == contact.student
    return filed.student in contact.students


def tool_refusal(
    filed: Filed, contact: Contact, tool_id: Callable[[str], str] = plain_tool
) -> Refusal | None:
    """Refuse an approval for another tool; one tool may go by its id and by its name."""
    if filed.tool is None:
        return None
    if contact.tool is None:
        words = "is for one tool, and the tool of this message is not known."
        return Refusal(Came.SCOPE, words)
    if tool_id(filed.tool) != tool_id(contact.tool):
        return Refusal(Came.SCOPE, f"is for {filed.tool}, not for {contact.tool}.")
    return None


def dates_refusal(filed: Filed, rules: GroundRules, contact: Contact) -> Refusal | None:
    if filed.starts is not None and contact.day < filed.starts:
        words = f"starts {date_words(day_of(filed.starts))}, after the message."
        return Refusal(Came.NOT_BEGUN, words)
    if filed.until is not None and contact.day >= filed.until:
        words = f"ended {date_words(day_of(filed.until - 1))}, before the message."
        return Refusal(Came.ENDED, words)
    if not rules.prior:
        return None
    if filed.granted_us is None:
        words = "does not say when it was granted, and it must come before the message."
        return Refusal(Came.LATE, words)
    if filed.granted_us > contact.sent_us and filed.granted_some_time_on == contact.day:
        words = "was granted that day, and the record does not say at what hour."
        return Refusal(Came.SAME_DAY, words)
    if filed.granted_us > contact.sent_us:
        words = "was granted after the message; a late approval does not reach back."
        return Refusal(Came.LATE, words)
    return None


def conditions_refusal(filed: Filed, rules: GroundRules, contact: Contact) -> Refusal | None:
    needed = {*filed.conditions, *rules.conditions}
    unknown = needed - {"guardian_included"}
    if unknown:
        words = f"carries a condition that cannot be checked: {', '.join(sorted(unknown))}."
        return Refusal(Came.OTHER, words)
    if "guardian_included" in needed and not contact.guardians:
        words = "needs a guardian on the message, and none was on it."
        if contact.student is None and len(contact.students) > 1:
            words = "needs a guardian of every student on the message, and not each had one there."
        return Refusal(Came.GUARDIAN_ABSENT, words)
    return None


def covering(candidates: Sequence[Filed], contact: Contact) -> Filed | None:
    """Return the approval that covers a contact all its candidates are in force for.

    A message to several students is covered when the students it reached are all named, by one
    record or by several of the same ground together.
    """
    for filed in candidates:
        if filed.student is None:
            return filed
    if contact.student is not None:
        return candidates[0]
    named = {filed.student for filed in candidates}
    return candidates[0] if contact.students <= named else None


def once(tried: Iterable[Tried]) -> tuple[Tried, ...]:
    """Drop what was said before: a sub-group is on file once for each of its members."""
    return tuple(dict.fromkeys(tried))


def date_words(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
