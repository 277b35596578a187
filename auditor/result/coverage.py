"""What was planned and what was read, and the sentence that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from auditor.source import DayState


class SourceState(StrEnum):
    """The four words of the coverage box."""

    FULL = "checked"
    PART = "checked in part"
    NONE = "not checked"
    ABSENT = "not set up"


@dataclass(frozen=True, slots=True)
class DayRead:
    day: date
    state: DayState
    records: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """Planned against read, for one source over the days of a report."""

    source: str
    title: str
    state: SourceState
    days: tuple[DayRead, ...]
    records: int | None
    reason: str | None
    """Why something is missing, in plain words."""
    cure: str | None
    is_roster: bool = False
    excused: tuple[date, ...] = ()
    """Days that were not read in full, and that the district has accepted as such."""
    stale_since: date | None = None
    """Of a list that could not be taken in: the day of the delivery it still stands on."""
    doubt: str | None = None
    """Why all that was read of it may have been read wrongly: see ``source.Page.doubt``."""

    @property
    def unread(self) -> tuple[date, ...]:
        """The days that were planned and not read in full."""
        return tuple(d.day for d in self.days if d.state is not DayState.READ)

    @property
    def missing(self) -> tuple[date, ...]:
        """Of those, the days that nobody has accepted: the gap."""
        excused = frozenset(self.excused)
        return tuple(day for day in self.unread if day not in excused)

    @property
    def is_behind(self) -> bool:
        """Whether something of it was planned, not read, and accepted by nobody."""
        if self.state is SourceState.FULL:
            return False
        doubtful = self.is_roster or self.doubt is not None
        return doubtful or not self.excused or bool(self.missing)


@dataclass(frozen=True, slots=True)
class KnownLimit:
    """Something no source shows, accepted by the district until a date."""

    text: str
    accepted_by: str
    until: date
    source: str | None = None
    """The source whose unread days up to ``until`` are accepted; None: it is no source's."""
    unit: str | None = None
    """The one mailbox or space of the source; None: all of it."""


@dataclass(frozen=True, slots=True)
class AcceptedDays:
    """Days on which the district expects few messages or none: a holiday, a break."""

    first: date
    last: date | None
    """None: from then on, so few are the usual."""
    because: str
    accepted_by: str
    source: str | None = None
    """None: every source of messages."""

    def holds(self, source: str, day: date) -> bool:
        mine = self.source in (None, source)
        return mine and self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class SelfTests:
    passed: int
    total: int
    failed: tuple[str, ...] = ()


HELD_BACK = "it would have listed "
"""How the reason of a check begins that was made and then held back; see ``breaker``."""


@dataclass(frozen=True, slots=True)
class RuleRun:
    """One rule in one run. ``state`` is FULL, PART (a source had gaps) or NONE (could not run)."""

    rule: str
    title: str
    needs: tuple[str, ...]
    state: SourceState
    hits: int | None
    seconds: float
    reason: str | None = None
    sources: tuple[tuple[str, bool], ...] = ()
    """Source name -> whether this rule had it in full; sources it does not use are absent."""

    @property
    def was_held_back(self) -> bool:
        """Whether it was not made because it would have listed too many people at once."""
        return self.hits is None and (self.reason or "").startswith(HELD_BACK)


@dataclass(frozen=True, slots=True)
class CoverageStatement:
    """All that bears on whether "no items" may be read as "nothing there"."""

    first: date
    last: date
    sources: tuple[SourceCoverage, ...]
    known_limits: tuple[KnownLimit, ...]
    """In force; an expired one is a gap and stands in ``gaps``."""
    self_tests: SelfTests | None
    balanced: bool | None
    """Whether records read = used + set aside, at every step."""
    gaps: tuple[str, ...]
    """Sentences for everything else that was not checked: failed rule, expired limit ..."""
    excused: tuple[str, ...] = ()
    """Sentences for what was not read and is no gap, because the district has accepted it."""

    @property
    def complete(self) -> bool:
        """Every planned source read in full, self-tests passed, books balanced, nothing else."""
        return (
            bool(self.sources)
            and not any(s.is_behind for s in self.sources)
            and self.self_tests is not None
            and self.self_tests.passed == self.self_tests.total > 0
            and self.balanced is True
            and not self.gaps
        )


class Tone(StrEnum):
    OK = "ok"
    LOOK = "look"
    GAP = "gap"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first line of every page."""

    tone: Tone
    line: str
    sub: str
