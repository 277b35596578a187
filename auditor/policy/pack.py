"""What a policy pack holds, as types: clauses, what answers them, grounds, offices and switches.

Nothing here reads a file; ``reading`` makes these and ``consistency`` checks that they fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from auditor.model import Ground, HatRole
from auditor.result import Verb

VALUE = str | int | bool
CONDITIONS = ("guardian_included",)
PAGES = ("principal", "athletic_director", "superintendent", "it")
"""Offices for which there is a page; only these can be readers."""


class Audited(StrEnum):
    """How far anybody can tell whether a clause is kept."""

    PROVEN = "proven"
    """From messages and rosters alone."""
    IN_PART = "in part"
    RECORDS = "records"
    """Only from what offices put on record."""
    NOT_OBSERVABLE = "not observable"
    MUST_NOT = "must not"
    """It could perhaps be watched, and must not be."""
    CONTEXT = "context"
    """A right, a principle or a date: there is nothing to check."""


@dataclass(frozen=True, slots=True)
class Clause:
    id: str
    verb: Verb
    says: str
    """The policy's own verb: "shall", "are discouraged from"."""
    paraphrase: str
    citation: str
    audited: Audited
    why: str
    """Why it is audited in that way, or cannot or must not be."""
    data: tuple[str, ...]
    """What it is checked with, in words."""
    quote: str | None = None
    """The policy's exact words, where the district put them in its own settings."""

    @property
    def words(self) -> str:
        return self.quote or self.paraphrase


@dataclass(frozen=True, slots=True)
class Binding:
    """What a rule's hits mean under this policy."""

    rule: str
    clause: str
    also: tuple[str, ...]
    coach_clause: str | None
    """The clause that speaks instead when the adult wears a coach's or adviser's hat."""
    readers: tuple[str, ...]
    next_step: str
    parameters: Mapping[str, int | str]
    absorbs: tuple[str, ...]
    """Rules whose hit on the same message, adult and student is part of this one."""

    @property
    def clauses(self) -> tuple[str, ...]:
        """Every clause it bears on, the main one first."""
        coach = () if self.coach_clause is None else (self.coach_clause,)
        return tuple(dict.fromkeys((self.clause, *coach, *self.also)))


@dataclass(frozen=True, slots=True)
class GroundRules:
    """What a ground for an exception covers, and what it takes."""

    ground: Ground
    name: str
    clause: str | None
    """The clause that allows it."""
    covers: tuple[str, ...]
    granted_by: tuple[str, ...]
    """Offices with authority to grant it."""
    hats: tuple[HatRole, ...]
    """Hats of adults for whom it may be granted; empty: any."""
    prior: bool
    """Must have been granted before the message it is to cover."""
    bounded: bool
    """The record must say both when it starts and when it ends."""
    conditions: tuple[str, ...]
    """Conditions that always apply, whatever the record says."""
    reason_codes: tuple[str, ...]
    """Where not empty, the record must carry one of these."""
    from_guardian_link: bool
    """A guardian link in the roster is proof enough."""
    enabled: bool


@dataclass(frozen=True, slots=True)
class Office:
    """A position with authority; ``next`` reads what is about its holder."""

    id: str
    name: str
    of_school: bool
    next: str | None
    stands_for: tuple[str, ...]
    """Offices whose holders hold this one too."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A question the policy leaves open, and how it is answered here."""

    id: str
    question: str | None
    name: str
    value: VALUE
    words: str
    choices: tuple[str, ...]
    """Empty: any value of its kind."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A tool that the policy itself names."""

    id: str
    name: str
    kind: str
    status: str
    clause: str | None


@dataclass(frozen=True, slots=True)
class Pack:
    id: str
    name: str
    revision: str
    in_force_from: date | None
    in_force_until: date | None
    text_sha256: str | None
    clauses: Mapping[str, Clause]
    bindings: Mapping[str, Binding]
    grounds: Mapping[Ground, GroundRules]
    offices: Mapping[str, Office]
    switches: Mapping[str, Switch]
    catalogue: Mapping[str, CatalogueEntry]
    sha256: str
    """Of the pack as used, the district's own settings included."""

    def number(self, id_: str, otherwise: int | None = None) -> int:
        """Return a switch that holds a number; the loader has checked that it does."""
        switch = self.switches.get(id_)
        if switch is None and otherwise is not None:
            return otherwise
        return int(self.switches[id_].value)

    def word(self, id_: str, otherwise: str) -> str:
        """Return a switch that holds a word, or what is meant where the pack has none."""
        switch = self.switches.get(id_)
        return otherwise if switch is None else str(switch.value)

    @property
    def adult_hats(self) -> tuple[HatRole, ...]:
        """The hats that make somebody an adult under this policy."""
        return tuple(HatRole(word.strip()) for word in self.word("adult_hats", "").split(","))

    @property
    def school_year_begins(self) -> tuple[int, int] | None:
        """Month and day on which a school year begins; None where the pack does not say."""
        text = self.word("school_year_begins", "")
        return (int(text[:2]), int(text[3:])) if text else None

    def offices_held(self, office: str) -> tuple[str, ...]:
        """Return the offices whose holders may act as ``office``: itself and its stand-ins."""
        found = self.offices.get(office)
        return (office,) if found is None else (office, *found.stands_for)

    def rules_of(self, clause: str) -> tuple[str, ...]:
        """Return the rules that bear on a clause."""
        return tuple(r for r, b in self.bindings.items() if clause in b.clauses)

    def grounds_of(self, clause: str) -> tuple[GroundRules, ...]:
        return tuple(g for g in self.grounds.values() if g.clause == clause)
