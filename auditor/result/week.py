"""The weekly pages as values: one for a principal, one for the athletic director."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from auditor.model import Channel
from auditor.result.coverage import CoverageStatement, Verdict
from auditor.result.item import Item, TeamShown


@dataclass(frozen=True, slots=True)
class Imprint:
    """The footer: all that is needed to know where a page came from."""

    report_id: str
    revision: int
    district: str
    timezone: str
    made_at: datetime
    first: date
    last: date
    policy_name: str
    policy_revision: str
    policy_hash: str
    rules_version: str
    software: str
    switches: tuple[tuple[str, str], ...]
    """How the policy's open questions are set: (name in words, value in words)."""
    retention: str
    root: str | None = None
    """The first digits of the daily root that was the newest when this revision was made; None:
    no run had been sealed yet. It says when, not what: the facts of a page do not hold it."""
    changed: tuple[str, ...] = ()
    """What is not as it was in the revision before this one."""


@dataclass(frozen=True, slots=True)
class WeekCount:
    """One bar of the eight weeks. ``items`` None = no run."""

    monday: date
    items: int | None
    complete: bool


@dataclass(frozen=True, slots=True)
class SetAside:
    """What was counted and not listed: machine mail, calendar, auto-replies."""

    why: str
    messages: int


@dataclass(frozen=True, slots=True)
class PrincipalWeek:
    """All a principal's weekly page needs; only this school's people are in it."""

    imprint: Imprint
    school_id: str
    school_name: str
    reader: str | None
    """Name of the principal, where the settings give one."""
    verdict: Verdict
    coverage: CoverageStatement
    open_items: tuple[Item, ...]
    covered_items: tuple[Item, ...]
    waiting_over_14_days: int
    withheld: int
    """Items about the reader, routed to ``withheld_to`` and absent here."""
    withheld_to: str | None
    weeks: tuple[WeekCount, ...]
    set_aside: tuple[SetAside, ...]
    office: str = "Principal"
    """The office that reads it, in words."""
    decided_items: tuple[Item, ...] = ()
    """Items with a decision that stands."""


class TeamResult(StrEnum):
    WHOLE = "whole team"
    EXPLAINED = "explained"
    LOOK = "to look at"
    NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True)
class CoachMessage:
    """One row of the log of all coach messages to team members."""

    sent_at: datetime
    coach: str
    team_id: str
    team: str
    channel: Channel
    tool: str
    source_title: str
    reached: int
    rostered: int | None
    """None: no roster for that day, so the message was not tested."""
    adults_copied: int
    result: TeamResult
    item_id: str | None
    native_id: str


@dataclass(frozen=True, slots=True)
class TeamWeek:
    """One team's row. ``messages`` = whole + explained + look + not_tested, always."""

    team: TeamShown
    school_name: str | None
    coaches: tuple[str, ...]
    roster: int | None
    roster_of: date | None
    """Day the roster in force was delivered; None with no roster."""
    in_season: bool
    messages: int
    whole: int
    explained: int
    look: int
    not_tested: int
    item_ids: tuple[str, ...]
    last_message: datetime | None


@dataclass(frozen=True, slots=True)
class Approval:
    """One row of "approvals on file"."""

    authorization_id: str
    ground: str
    adult: str
    student: str | None
    team: str | None
    granted_by: str | None
    granted_by_role: str | None
    granted_on: date | None
    starts_on: date | None
    ends_on: date | None
    standing: str
    """"in force", "ended Nov 14" or why it does not hold."""
    covers: int
    """Messages it covered in the period."""
    use: str = ""
    """``unused`` (in force and covers nothing), ``used``, ``over-used`` or ``not in use``."""


@dataclass(frozen=True, slots=True)
class CoachWeek:
    """The athletic director's weekly page: every coach message, not only exceptions."""

    imprint: Imprint
    reader: str | None
    verdict: Verdict
    coverage: CoverageStatement
    open_items: tuple[Item, ...]
    covered_items: tuple[Item, ...]
    teams: tuple[TeamWeek, ...]
    log: tuple[CoachMessage, ...]
    approvals: tuple[Approval, ...]
    withheld: int
    withheld_to: str | None
    set_aside: tuple[SetAside, ...]
    decided_items: tuple[Item, ...] = ()
