"""Why an item is there, as values: its whole derivation, from source records to failed exceptions.

Whoever is named in an item has a right to this, and so has whoever must decide on it. Nothing is
summarised away: each message with all its copies, each address on it, whose it was on that day and
who said so, each list with its members, each exception and why it failed. How it reads as text is
in ``explainwords``; how it reads on paper, with other students masked, is the pages' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from auditor.result import Imprint, Item

NO_DECISION = "No decision is on record."
NO_EXCEPTION = "none on file for these people"
NOT_FOR_RECORDS = "none is tried: an exception covers messages, not records"


@dataclass(frozen=True, slots=True)
class HatSeen:
    """One hat a person wore on a day, since when, and which source said so."""

    words: str
    since: date | None
    """The first day on which it held; None: all along, for it stood in the first list its source
    ever delivered, without a first day."""
    told_by: tuple[str, ...]
    """Titles of the sources; empty: deduced, or told by none that is still on record."""


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """Who somebody was on one day. ``adult`` and ``student`` are meant in the policy's sense."""

    person_id: str
    name: str
    hats: tuple[HatSeen, ...]
    schools: tuple[str, ...]
    adult: bool
    student: bool
    on_item: bool
    """Whether the item is about this person."""
    guardian_here: bool = False
    """Whether this is a guardian of the item's student."""

    @property
    def standing(self) -> str:
        return "student" if self.student else "adult" if self.adult else "neither"


@dataclass(frozen=True, slots=True)
class PartySeen:
    """One address on a message. ``person`` None: nobody the rosters know had it on that day."""

    address: str | None
    """None: the address has been erased."""
    role: str
    is_list: bool
    person: PersonSeen | None
    kind: str | None = None
    """What it is to the person: district, personal, outside or person-id."""
    since: date | None = None
    told_by: tuple[str, ...] = ()
    via_list: str | None = None


@dataclass(frozen=True, slots=True)
class ListSeen:
    """A list on a message, with its members of that day counted."""

    address: str | None
    members: int
    students: int
    adults: int
    unknown: int
    """Member addresses that were nobody's on that day."""
    told_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CopySeen:
    """One copy of a message, as one source shows it."""

    source: str
    source_title: str
    native_id: str
    tool: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class FieldSeen:
    """One field of a record. A person stands in ``person``, an address in ``address``."""

    name: str
    value: str
    person: PersonSeen | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class RecordSeen:
    """A record that an item rests on: where it stands, and its fields without free text."""

    table: str
    label: str
    source_title: str | None
    fields: tuple[FieldSeen, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The run in which a message or record was first found."""

    run_id: str
    audit_date: date | None
    policy_version: str | None


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """One message of an item, or one record: ``channel`` is then "record"."""

    source: str
    native_id: str
    sent_at: datetime
    channel: str
    sent_by: str
    uncertain: bool
    parties: tuple[PartySeen, ...]
    lists: tuple[ListSeen, ...]
    copies: tuple[CopySeen, ...]
    exceptions: tuple[str, ...]
    """Each exception that was tried and what came of it."""
    covered_by: str | None
    measured: tuple[tuple[str, int], ...]
    found: Found | None
    records: tuple[RecordSeen, ...] = ()

    @property
    def is_record(self) -> bool:
        return self.channel == "record"


@dataclass(frozen=True, slots=True)
class ParameterSeen:
    """A setting of the rule as in force, and who set it."""

    name: str
    value: int | str
    unit: str
    words: str
    set_by: str


@dataclass(frozen=True, slots=True)
class RuleSeen:
    id: str
    title: str
    version: str
    looks_for: str
    misses: tuple[str, ...]
    needs: tuple[str, ...]
    parameters: tuple[ParameterSeen, ...]


@dataclass(frozen=True, slots=True)
class ClauseSeen:
    id: str
    verb: str
    says: str
    words: str
    words_are_quoted: bool
    citation: str
    audited: str
    why: str
    """Why it is audited in that way."""


@dataclass(frozen=True, slots=True)
class SwitchSeen:
    """A question the policy leaves open, and how it is answered here."""

    id: str
    name: str
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class PolicySeen:
    id: str
    name: str
    revision: str
    in_force_from: date | None
    sha256: str
    """Of the pack as used, the district's own settings included."""
    text_sha256: str | None
    """Of the policy's own text, where the pack names it."""
    clauses: tuple[ClauseSeen, ...]
    """The clause the item is about first, then those it also touches."""
    grounds: tuple[str, ...]
    """What could except such an item under this policy."""
    switches: tuple[SwitchSeen, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody recorded on an item."""

    at: datetime
    by: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    imprint: Imprint
    """As of the newest night: made from its state of the facts."""
    item: Item
    identity: str
    """Sixteen digits that stay the same however the item grows."""
    episode: int
    grew_on: date | None
    rule: RuleSeen
    policy: PolicySeen
    messages: tuple[MessageSeen, ...]
    records: tuple[RecordSeen, ...] = ()
    """The records it is about, and those of every exception that was tried."""
    decisions: tuple[Decision, ...] = ()
    """Empty until decisions are recorded; whoever records them fills this."""
