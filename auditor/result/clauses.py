"""The clause coverage statement as values: what was checked of each clause, and what never can be.

A count of person-days is a number, or ``None`` where the clause is not checked from messages;
"nothing to look at" is a standing of its own and never what is left when nobody looked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from auditor.result.coverage import CoverageStatement, Verdict
from auditor.result.item import Verb
from auditor.result.week import Imprint


class RuleStand(StrEnum):
    """How a check went in a period."""

    RAN = "ran"
    IN_PART = "in part"
    """Something it rests on was not read in full, or it was not made on every day."""
    NOT_MADE = "not made"
    """It was planned, and could not be made."""
    NOT_SET_UP = "not set up"
    """It rests on records that the district does not keep, so it was never planned."""


class Stand(StrEnum):
    """Where a clause stands, without the numbers; ``standing`` says it in words."""

    CLEAR = "clear"
    """Everything was read, every check was made, and there is nothing to look at."""
    ITEMS = "items"
    NOT_ESTABLISHED = "not established"
    """Something planned was not read or not made; what was found so far is in ``items_open``."""
    SET_UP_IN_PART = "set up in part"
    NOT_SET_UP = "not set up"
    RECORDS = "records only"
    """No check is made: people look at what is on file."""
    NOT_OBSERVABLE = "not observable"
    MUST_NOT = "must not be monitored"
    CONTEXT = "context"


CHECKED = (
    Stand.CLEAR,
    Stand.ITEMS,
    Stand.NOT_ESTABLISHED,
    Stand.SET_UP_IN_PART,
    Stand.NOT_SET_UP,
)
"""Standings of clauses that some check answers."""


@dataclass(frozen=True, slots=True)
class ClauseRule:
    """One check that bears on a clause."""

    rule: str
    title: str
    state: RuleStand
    reason: str | None
    """Why not in full, in words."""


@dataclass(frozen=True, slots=True)
class ClauseSchool:
    """One clause at one school."""

    school_id: str
    name: str
    staff: int
    """Different people on its staff in the period."""
    planned: int | None
    """Person-days; None where the clause is not checked from messages, or no staff is on file."""
    checked: int | None
    items_open: int | None
    """0 only where it is clear; None: none found so far, and not all was looked at."""
    standing: str
    state: Stand


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """One clause of the policy and what is known about it."""

    id: str
    verb: Verb
    says: str
    paraphrase: str
    """The policy's exact words where the district's settings hold them (``quoted``)."""
    quoted: bool
    citation: str
    audited: str
    """How far it can be told at all: a word of ``auditor.policy.Audited``."""
    why: str
    data: tuple[str, ...]
    """What it is checked with, in words."""
    rules: tuple[ClauseRule, ...]
    planned_person_days: int | None
    """Days of staff; somebody at two schools counts once. None: not checked from messages."""
    checked_person_days: int | None
    """Those on which every source of messages was read in full and the checks were made."""
    channels: tuple[str, ...]
    """Titles of the sources of messages it is checked with."""
    items_open: int | None
    """Standing at the end of the period, also those that began before it. 0 only where it is
    clear; None: none found so far, and not all was looked at, or nothing ever is."""
    items_without_school: int
    schools: tuple[ClauseSchool, ...]
    lacks: tuple[str, ...]
    """What was planned for it and is missing."""
    standing: str
    state: Stand


@dataclass(frozen=True, slots=True)
class ClauseTotal:
    """How many clauses can be told in one way."""

    audited: str
    clauses: int


@dataclass(frozen=True, slots=True)
class ClauseStatement:
    """Every clause of the policy over one period. The imprint has its days and the policy used."""

    imprint: Imprint
    verdict: Verdict
    coverage: CoverageStatement
    lines: tuple[ClauseLine, ...]
    totals: tuple[ClauseTotal, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing that was planned is missing."""
        return not self.standing(Stand.NOT_ESTABLISHED)

    @property
    def checked(self) -> tuple[ClauseLine, ...]:
        """Return the clauses that some check answers."""
        return self._of(CHECKED)

    def standing(self, state: Stand) -> tuple[ClauseLine, ...]:
        return self._of((state,))

    def _of(self, states: Iterable[Stand]) -> tuple[ClauseLine, ...]:
        wanted = frozenset(states)
        return tuple(line for line in self.lines if line.state in wanted)
