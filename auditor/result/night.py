"""The nightly page as values: did it run, what is missing, what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from auditor.result.baseline import BaselineCount
from auditor.result.coverage import CoverageStatement, RuleRun, SourceState, Verdict
from auditor.result.week import Imprint


@dataclass(frozen=True, slots=True)
class DoNow:
    """One thing IT has to do, in full."""

    what: str
    who: str
    by_when: str
    why: str
    command: str | None
    otherwise: str


@dataclass(frozen=True, slots=True)
class SourceNight:
    """One source in one run, as IT sees it."""

    source: str
    title: str
    connector: str
    state: SourceState
    wanted_first: date
    wanted_last: date
    received_first: date | None
    received_last: date | None
    records: int | None
    new: int | None
    already_known: int | None
    rejected: int | None
    usual: float | None
    """Of messages: the median of the last 8 days that compare with ``newest_day``. Of a list: the
    median of the records of the last 8 runs. None = too few."""
    happened: str
    seconds: float
    newest_day: date | None = None
    """The last day that was read in full; None: none was, or it is a list."""
    newest_records: int | None = None
    """Messages of that day."""
    lag_half_seconds: float | None = None
    """How long after it was sent half of what was new came in; None: not measured."""
    lag_most_seconds: float | None = None
    """The same for all but one in a thousand."""
    late: int | None = None
    """Messages that were new on days which an earlier night had read in full."""


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One step of "where the records went": taken_in = kept + the set-aside counts."""

    step: str
    taken_in: int
    kept: int
    set_aside: tuple[tuple[str, int], ...]

    @property
    def adds_up(self) -> bool:
        return self.taken_in == self.kept + sum(n for _, n in self.set_aside)


@dataclass(frozen=True, slots=True)
class QuarantineLine:
    source: str
    file: str
    line: int | None
    field: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Unmatched:
    """One identity that could not be settled. ``reference`` shows ids, never a student's name."""

    source: str
    kind: str
    reference: str
    reason: str
    hint: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class DirectoryCount:
    what: str
    now: int
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class NightCell:
    """State of one source on one day, after catch-up."""

    day: date
    state: SourceState


class MailState(StrEnum):
    """What is known of a mail; nobody can know that it was read."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    """Written down and not yet taken by the mail server, as far as we know."""
    WRITTEN = "written"
    """Put into a folder to look at, and not sent."""
    SUPERSEDED = "superseded"
    """A newer revision of its report was there before it could be sent."""


@dataclass(frozen=True, slots=True)
class MailLine:
    """One mail with a report: whose office it is for, and of the address only its domain."""

    report_id: str
    revision: int
    office: str
    recipient: str
    state: MailState
    attempts: int
    at: datetime
    answer: str | None


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Night:
    """IT's nightly page: no student names, no addresses of students."""

    imprint: Imprint
    run_id: str
    audit_date: date
    verdict: Verdict
    coverage: CoverageStatement
    exit_code: int
    messages_tested: int | None
    items_open: int | None
    items_new: int | None
    items_covered: int | None
    do_now: tuple[DoNow, ...]
    sources: tuple[SourceNight, ...]
    nights: tuple[tuple[str, tuple[NightCell, ...]], ...]
    """Source title -> its last 14 days."""
    rules: tuple[RuleRun, ...]
    balance: tuple[BalanceLine, ...]
    quarantine: tuple[QuarantineLine, ...]
    quarantine_total: int
    unmatched: tuple[Unmatched, ...]
    unmatched_total: int
    directory: tuple[DirectoryCount, ...]
    notes: tuple[tuple[str, str, int], ...]
    """(file, what was tolerated, how often)."""
    steps: tuple[Step, ...]
    deliveries: tuple[MailLine, ...] = ()
    """What became of the mails of the last days; a night's own mail is sent after its page."""
    items_decided: int | None = None
    """Items with a decision that stands; they count neither as open nor as covered."""
    notice: str | None = None
    """Why nobody may be named yet; None where staff have been told. Items are then not known."""
    baseline: tuple[BaselineCount, ...] = ()
