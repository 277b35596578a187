"""An item as people read it: names, sentences and messages, free of keys, SQL and page layout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from auditor.model import Channel
from auditor.result.decision import Decision


class Verb(StrEnum):
    """The policy's own word for how strongly it speaks; also the order items are shown in."""

    PROHIBITED = "prohibited"
    REQUIRED = "required"
    DISCOURAGED = "discouraged"
    GUIDELINE = "guideline"
    EXCEPTION = "exception"
    """The clause excepts something from another."""
    PERMISSION = "permission"
    DEFINITION = "definition"
    """The clause says what words mean, whom it binds or what follows; nobody can break it."""


class ItemState(StrEnum):
    NEW = "new"
    CARRIED_OVER = "carried over"
    GREW = "grew"
    COVERED = "covered"
    DECIDED = "decided"
    """A reviewer recorded a decision, and nothing has come since."""
    REOPENED = "reopened"
    """It grew after a decision: what was decided does not speak for what came later."""
    WITHDRAWN = "withdrawn"
    """Later facts showed that nothing of it remains, e.g. a copied adult arrived late."""


@dataclass(frozen=True, slots=True)
class PersonShown:
    """A person as pages name one."""

    person_id: str
    given_name: str
    family_name: str
    hats: tuple[str, ...] = ()
    """In words, for the days in question: "teacher", "coach of Varsity Soccer"."""
    grade: str | None = None
    school_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip() or self.person_id


@dataclass(frozen=True, slots=True)
class TeamShown:
    team_id: str
    name: str
    kind: str
    school_id: str | None
    sport: str | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class ThingShown:
    """What an item is about beside people: a tool, an account, an approval, a list, a source."""

    kind: str
    """In words: "tool", "account", "approval", "mailing list"."""
    thing_id: str
    name: str
    school_id: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """One exemption that was looked for, and what came of it: "Approval on file" -> "no"."""

    what: str
    result: str


@dataclass(frozen=True, slots=True)
class CoveredBy:
    """An approval or tie that covers an item, or part of its messages."""

    authorization_id: str
    ground: str
    granted_by: str | None
    granted_by_role: str | None
    ends_on: date | None
    messages: int
    """How many of the item's messages it covers."""


@dataclass(frozen=True, slots=True)
class MessageShown:
    """One message of an item, or one record. ``native_id`` is what its source itself calls it."""

    source: str
    source_title: str
    native_id: str
    sent_at: datetime
    channel: Channel | None
    """None: a record, not a message."""
    tool: str
    sent_by: str
    """``adult`` or ``student``; of a record ``record``."""
    uncertain: bool
    covered_by: str | None
    missed: tuple[PersonShown, ...] = ()
    """Team items: the members on that day's roster whom no channel reached in time."""
    reached: int | None = None
    rostered: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One rule, one adult, one student (or team, or tool), one episode."""

    id: str
    rule: str
    rule_title: str
    clause: str
    also_clauses: tuple[str, ...]
    verb: Verb
    citation: str
    policy_words: str
    words_are_quoted: bool
    """True when the district put the policy's exact words in its settings; else our paraphrase."""
    readers: tuple[str, ...]
    """``principal``, ``athletic_director`` ..., as the policy pack routes it."""
    state: ItemState
    listed_on: date
    """Audit date on which it was first listed."""
    adult: PersonShown | None
    """None where the item is about a thing and no one adult."""
    student: PersonShown | None
    team: TeamShown | None
    school_ids: tuple[str, ...]
    """Schools whose principal it concerns."""
    channels: tuple[Channel, ...]
    tools: tuple[str, ...]
    messages: tuple[MessageShown, ...]
    """In order of sending."""
    first_seen: datetime
    last_seen: datetime
    by_adult: int
    by_student: int
    uncertain: bool
    what: str
    """One sentence: what was seen."""
    why: tuple[str, ...]
    """Each condition of the rule with its real value."""
    checked: tuple[Checked, ...]
    """What might explain it: every exemption looked for, with its result, including "no"."""
    next_step: str
    covered_by: tuple[CoveredBy, ...]
    thing: ThingShown | None = None
    routed_to: str | None = None
    """Set when an item's reader is the adult in it: who gets it instead."""
    routed_office: str | None = None
    """The office that reads it instead."""
    decisions: tuple[Decision, ...] = ()
    """Every decision on record, the one that stands last."""

    @property
    def decision(self) -> Decision | None:
        """The decision that stands."""
        return self.decisions[-1] if self.decisions else None

    @property
    def about(self) -> str:
        """The names of the student, team or thing that the adult's contact was with."""
        named = (self.student, self.team, self.thing)
        return ", ".join(one.name for one in named if one is not None)

    @property
    def adult_name(self) -> str:
        return "" if self.adult is None else self.adult.name

    @property
    def of_records(self) -> bool:
        """Whether it rests on records and not on messages."""
        return all(message.channel is None for message in self.messages)
