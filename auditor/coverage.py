"""Planned against read, and the one sentence every page opens with.

"No items" is good news only when everything that was planned was looked at. That judgement is
made here, once, by ``verdict``: a pure function that can say "nothing needs a look" on exactly
one path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from auditor.result import (
    AcceptedDays,
    CoverageStatement,
    DayRead,
    KnownLimit,
    SelfTests,
    SourceCoverage,
    SourceState,
    Tone,
    Verdict,
)
from auditor.source import DayState

EXCEPT_ACCEPTED = ", except what the district has accepted as not read"
_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def verdict(
    open_items: int | None, coverage: CoverageStatement | None, *, period: str, failed: bool = False
) -> Verdict:
    """Return the first line of a page about ``period`` ("this week", "tonight").

    ``open_items`` None or ``coverage`` None means that the run gave no answer, as does
    ``failed``.
    """
    if failed or open_items is None or coverage is None:
        return Verdict(
            Tone.FAILED,
            f"No report could be made {_for(period)}.",
            f"Nothing was checked. Do not read this as a quiet {_kind(period)}.",
        )
    gap = gap_sentence(coverage)
    if gap is None and open_items == 0:
        return Verdict(Tone.OK, f"Nothing needs a look {period}.", _all_checked(coverage))
    if gap is None:
        but = EXCEPT_ACCEPTED if _accepts(coverage) else ""
        return Verdict(
            Tone.LOOK, f"{_items(open_items)}.", f"Everything planned {period} was checked{but}."
        )
    if open_items == 0:
        were = "were" if period == "tonight" else "was"
        return Verdict(
            Tone.GAP,
            f"No items in what could be checked. {gap}",
            f"This does not mean that {_whole(period)} {were} clear.",
        )
    return Verdict(
        Tone.GAP,
        f"{_items(open_items)}. {gap}",
        f"So this is not a full picture of {_whole(period)}.",
    )


def gap_sentence(coverage: CoverageStatement) -> str | None:
    """Return what was not checked in one sentence, or None when all that was planned was."""
    if coverage.complete:
        return None
    if not coverage.sources:
        return "No source is set up, so nothing was checked."
    behind = [s for s in coverage.sources if s.is_behind]
    if behind:
        return " ".join((*_behind(behind), *_doubtful(coverage.sources)))
    tests = coverage.self_tests
    if tests is None:
        return "The self-tests did not run."
    if tests.passed < tests.total or tests.total == 0:
        return f"{tests.total - tests.passed} of {tests.total} self-tests failed."
    if coverage.balanced is not True:
        return "The count of records does not add up."
    return coverage.gaps[0]


def _behind(behind: Sequence[SourceCoverage]) -> Iterable[str]:
    """Say what was not read; what was read and is in doubt is told of by itself."""
    unread = [s for s in behind if s.doubt is None or s.unread or s.state is SourceState.NONE]
    if len(unread) == 1:
        yield _one_source(unread[0])
    elif unread:
        yield f"{_count(len(unread), 'source')} could not be checked in full."


def _doubtful(sources: Iterable[SourceCoverage]) -> Iterable[str]:
    """Say of each source in doubt why it is: a reader may take nothing of it for certain."""
    return (f"{s.title}: {s.doubt}." for s in sources if s.doubt is not None)


def _one_source(source: SourceCoverage) -> str:
    if source.state is SourceState.ABSENT:
        return f"{source.title} is not set up."
    if source.stale_since is not None:
        return f"{source.title} stands as of {day_words(source.stale_since)}."
    if source.is_roster or not source.missing:
        return f"{source.title} could not be read in full."
    days = len(source.missing)
    was = "was" if days == 1 else "were"
    return f"{_count(days, 'day')} of {source.title} {was} not checked."


def _all_checked(coverage: CoverageStatement) -> str:
    tests = coverage.self_tests
    passed = "" if tests is None else f" and {tests.passed} of {tests.total} self-tests passed"
    days = (coverage.last - coverage.first).days + 1
    if _accepts(coverage):
        return f"Everything planned was checked{EXCEPT_ACCEPTED}{passed}."
    return (
        f"Everything planned was checked: {len(coverage.sources)} sources, "
        f"all {days} days,{passed}."
    )


def _accepts(coverage: CoverageStatement) -> bool:
    """Whether something was not read that the district has accepted as such."""
    return any(source.excused for source in coverage.sources)


def _items(count: int) -> str:
    return "1 item needs a look" if count == 1 else f"{count} items need a look"


def _count(number: int, noun: str) -> str:
    word = _WORDS[number] if number < len(_WORDS) else str(number)
    return f"{word} {noun}" if number == 1 else f"{word} {noun}s"


def _for(period: str) -> str:
    return "tonight" if period == "tonight" else f"for {period}"


def _kind(period: str) -> str:
    return "night" if period == "tonight" else period.removeprefix("this ")


def _whole(period: str) -> str:
    return "the days checked" if period == "tonight" else period.replace("this", "the")


def days_between(first: date, last: date) -> tuple[date, ...]:
    """Return every day from ``first`` to ``last``, both included."""
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def message_source(
    source: str,
    title: str,
    planned: Sequence[date],
    read: Mapping[date, DayRead],
    *,
    failure: str | None,
    cure: str | None,
    accepted_until: date | None = None,
    doubt: str | None = None,
) -> SourceCoverage:
    """Return planned against read for a source of messages; a day without word is missing.

    Unread days up to ``accepted_until`` are no gap: the district has accepted them. What was read
    in ``doubt`` is checked in part, whatever was read.
    """
    silent = failure or "no run has read this day"
    days = tuple(
        read.get(day) or DayRead(day, DayState.MISSING, None, silent) for day in planned
    )
    unread = [d for d in days if d.state is not DayState.READ]
    if not unread:
        state = SourceState.FULL if doubt is None else SourceState.PART
    elif all(d.state is DayState.MISSING for d in days):
        state = SourceState.NONE
    else:
        state = SourceState.PART
    known = [d.records for d in days if d.records is not None]
    reasons = (doubt, *(d.reason for d in unread))
    reason = failure or "; ".join(dict.fromkeys(r for r in reasons if r)) or None
    accepted = (d.day for d in unread if accepted_until is not None and d.day <= accepted_until)
    return SourceCoverage(
        source,
        title,
        state,
        days,
        sum(known) if known else None,
        reason if unread or doubt else None,
        cure if unread else None,
        excused=tuple(accepted),
        doubt=doubt,
    )


def roster_source(
    source: str,
    title: str,
    *,
    records: int | None,
    failure: str | None,
    cure: str | None,
    good_on: date | None = None,
    doubt: str | None = None,
) -> SourceCoverage:
    """Return planned against read for a source that delivers its whole state each time.

    ``good_on`` is the day of its last delivery that could be taken in; with a failure the
    directory still stands on that one, and every page has to say so.
    """
    state = SourceState.FULL if failure is None and records is not None else SourceState.NONE
    reason = failure if records is not None or failure else "has never been read"
    stale = good_on if state is SourceState.NONE else None
    if state is SourceState.FULL and doubt is not None:
        state, reason = SourceState.PART, doubt
    if stale is not None:
        reason = f"STALE ROSTER, as of {day_words(stale)}: {reason}"
    return SourceCoverage(
        source,
        title,
        state,
        (),
        records,
        reason,
        cure,
        is_roster=True,
        stale_since=stale,
        doubt=doubt,
    )


def day_words(day: date) -> str:
    """Return a day as pages write it, with its year: "Nov 22, 2026"."""
    return f"{day:%b} {day.day}, {day.year}"


def statement(
    first: date,
    last: date,
    sources: Iterable[SourceCoverage],
    *,
    known_limits: Iterable[KnownLimit],
    self_tests: SelfTests | None,
    balanced: bool | None,
    gaps: Iterable[str],
    accepted_days: Iterable[AcceptedDays] = (),
) -> CoverageStatement:
    """Put it all together; an accepted limit whose date has passed is a gap again."""
    limits, stated = tuple(known_limits), tuple(sources)
    expired = tuple(
        f"The accepted limit “{limit.text}” ended on {limit.until:%b} {limit.until.day}."
        for limit in limits
        if limit.until < last
    )
    in_force = tuple(limit for limit in limits if limit.until >= last)
    excused = (
        *(_excused(source, limits) for source in stated if source.excused),
        *_few(accepted_days, {s.source: s.title for s in stated}, first, last),
    )
    return CoverageStatement(
        first, last, stated, in_force, self_tests, balanced, (*gaps, *expired), excused
    )


def accepted_until(limits: Iterable[KnownLimit], source: str) -> date | None:
    """Return the last day on which days of a source may be unread without being a gap."""
    days = [limit.until for limit in limits if limit.source == source and limit.unit is None]
    return max(days, default=None)


def _excused(source: SourceCoverage, limits: Sequence[KnownLimit]) -> str:
    until = accepted_until(limits, source.source)
    limit = next(one for one in limits if one.source == source.source and one.until == until)
    days = f"{_count(len(source.excused), 'day').lower()} of {source.title} not read"
    return f"{days}: accepted by {limit.accepted_by} until {day_words(limit.until)}."


def _few(
    accepted: Iterable[AcceptedDays], titles: Mapping[str, str], first: date, last: date
) -> Iterable[str]:
    """Say on which days of the period few messages were expected."""
    for one in accepted:
        end = last if one.last is None else min(one.last, last)
        begin = max(one.first, first)
        if begin > end:
            continue
        days = day_words(begin) if begin == end else f"{day_words(begin)} to {day_words(end)}"
        of = "" if one.source is None else f" of {titles.get(one.source, one.source)}"
        yield f"Few messages{of} expected, {days}: {one.because} (accepted by {one.accepted_by})."
