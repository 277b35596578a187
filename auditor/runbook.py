"""What the ledger knows about runs: which days were read, how it went, and what a page may claim.

A night writes its record here once, in full; weekly pages and the ``coverage`` command only read
it. What no run has read stays "missing", however quiet the days look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from auditor.coverage import (
    accepted_until,
    days_between,
    message_source,
    roster_source,
    statement,
)
from auditor.ledger.tables import batch, coverage_day, run, source_run
from auditor.nightrecord import NightRecord, PlannedSource
from auditor.result import (
    AcceptedDays,
    CoverageStatement,
    DayRead,
    KnownLimit,
    SourceCoverage,
)
from auditor.source import DayState

NIGHTLY = "nightly"
PAGE_DAYS = 7
"""Days the nightly page answers for; older ones were answered for by earlier nights."""
FINISHED = ("complete", "gaps")
EARLY = "early"
"""State of a run that came to its end, and began before its day had: it is kept, and counts as
little as one that broke off. What it took in is judged again by the night that is still to come.
"""
_BROKEN_OFF = "a run read this day, but broke off before its checks were done"
_LOOKED_AT = "only a look at an unfinished day has read this day; its night is still to come"


def last_night(connection: Connection, upto: date | None = None) -> NightRecord | None:
    """Return the newest finished night with an audit date of at most ``upto``, if there is one."""
    query = (
        select(run.c.summary_json)
        .where(run.c.job == NIGHTLY, run.c.state.in_(FINISHED))
        .order_by(run.c.audit_date.desc(), run.c.run_id.desc())
        .limit(1)
    )
    if upto is not None:
        query = query.where(run.c.audit_date <= upto.isoformat())
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else NightRecord.from_json(text)


def last_settled(connection: Connection) -> NightRecord | None:
    """Return the run that settled items last, be it a night or a look at an unfinished day."""
    text = connection.execute(
        select(run.c.summary_json)
        .where(run.c.job == NIGHTLY, run.c.state.in_((*FINISHED, EARLY)))
        .order_by(run.c.run_id.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if text is None else NightRecord.from_json(text)


def night_of(connection: Connection, last: date) -> NightRecord | None:
    """Return the night whose word counts for days that ended on ``last``: the first that judged
    all of them, in its newest run; while there is none, the newest of all.

    A later night has newer rosters and newer troubles, which are not that week's.
    """
    day = connection.execute(
        select(func.min(run.c.audit_date))
        .where(run.c.job == NIGHTLY, run.c.state.in_(FINISHED))
        .where(run.c.audit_date >= last.isoformat())
    ).scalar_one_or_none()
    return last_night(connection, None if day is None else date.fromisoformat(day))


def word_on_week(
    connection: Connection,
    last: date,
    known_limits: Iterable[KnownLimit],
    accepted_days: Iterable[AcceptedDays],
) -> tuple[NightRecord, CoverageStatement] | None:
    """Return the night whose word counts for the week that ended on ``last``, and what it states.

    None while no night has finished.
    """
    record = night_of(connection, last)
    if record is None:
        return None
    first = last - timedelta(days=6)
    return record, coverage_of(connection, record, first, last, known_limits, accepted_days)


def finished_nights(connection: Connection, first: date) -> list[NightRecord]:
    """Return the nights with an audit date of ``first`` or later that came to an end, in order."""
    texts = connection.execute(
        select(run.c.summary_json)
        .where(run.c.job == NIGHTLY, run.c.state.in_(FINISHED))
        .where(run.c.audit_date >= first.isoformat())
        .order_by(run.c.run_id)
    ).scalars()
    return [NightRecord.from_json(text) for text in texts]


def newest_finished(connection: Connection) -> str | None:
    """Return the id of the newest night that came to an end, if there is one."""
    query = select(func.max(run.c.run_id)).where(run.c.job == NIGHTLY, run.c.state.in_(FINISHED))
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def unjudged_from(connection: Connection) -> date | None:
    """Return the first day of messages that no finished night has judged; None if there are none.

    A night that was killed after it had taken messages in leaves them here for the next one.
    """
    last = newest_finished(connection) or ""
    day = connection.execute(
        select(func.min(batch.c.day)).where(batch.c.day.is_not(None), batch.c.run_id > last)
    ).scalar_one_or_none()
    return None if day is None else date.fromisoformat(day)


def first_day_held(connection: Connection) -> date | None:
    """Return the first day there are messages of."""
    live = batch.c.retired_by.is_(None)
    day = connection.execute(select(func.min(batch.c.day)).where(live)).scalar_one_or_none()
    return None if day is None else date.fromisoformat(day)


def days_read(
    connection: Connection,
    first: date,
    last: date,
    under_way: str | None = None,
    *,
    source: str | None = None,
) -> dict[str, dict[date, DayRead]]:
    """Return the newest word on each source and day, source name -> day -> what was read.

    ``source`` asks for one only. What a run read counts once its checks are done: finished runs
    do, and ``under_way``, the run that asks. A day that only runs have read which broke off, or
    began before their day was over, is missing.
    """
    query = (
        select(coverage_day, run.c.state.label("run_state"))
        .join(run, run.c.run_id == coverage_day.c.run_id, isouter=True)
        .where(coverage_day.c.day >= first.isoformat(), coverage_day.c.day <= last.isoformat())
        .order_by(coverage_day.c.run_id)
    )
    if source is not None:
        query = query.where(coverage_day.c.source == source)
    rows = connection.execute(query).mappings()
    found: dict[str, dict[date, DayRead]] = {}
    for row in rows:
        day = date.fromisoformat(row["day"])
        read = DayRead(day, DayState(row["state"]), row["records"], row["reason"])
        days = found.setdefault(row["source"], {})
        counts = row["run_state"] is None or row["run_state"] in FINISHED
        if counts or row["run_id"] == under_way:
            days[day] = read
        else:
            why = _LOOKED_AT if row["run_state"] == EARLY else _BROKEN_OFF
            days.setdefault(day, DayRead(day, DayState.MISSING, None, why))
    return found


def roster_reads(
    connection: Connection, run_id: str
) -> dict[str, tuple[int | None, str | None, str | None]]:
    """Return (records, failure, cure) of each source in one run."""
    rows = connection.execute(select(source_run).where(source_run.c.run_id == run_id)).mappings()
    return {
        row["source"]: (
            row["read"] if row["state"] == "read" else None,
            None if row["state"] == "read" else row["happened"],
            row["cure"],
        )
        for row in rows
    }


def last_good(connection: Connection, upto: str) -> dict[str, date]:
    """Return the audit date of each source's newest delivery that was taken in, by run ``upto``."""
    rows = connection.execute(
        select(source_run.c.source, func.max(run.c.audit_date))
        .join(run, run.c.run_id == source_run.c.run_id)
        .where(source_run.c.state == "read", source_run.c.run_id <= upto)
        .group_by(source_run.c.source)
    )
    return {source: date.fromisoformat(day) for source, day in rows}


def coverage_of(
    connection: Connection,
    night: NightRecord,
    first: date,
    last: date,
    known_limits: Iterable[KnownLimit],
    accepted_days: Iterable[AcceptedDays] = (),
) -> CoverageStatement:
    """State what was planned and read from ``first`` to ``last``.

    ``night`` has the word on rosters; what earlier ones planned or could not do on these days
    still counts, also for sources that have been taken out since. Later ones that still answered
    for these days may have made up for something; what they lack themselves is not of these days.
    """
    every = finished_nights(connection, first)
    nights = [*(n for n in every if n.run_id < night.run_id), night]
    later = [n for n in every if n.run_id > night.run_id and _answers_for(n, last)]
    night = _made_up(night, later, max(first, night.judged_from), last)
    limits = tuple(known_limits)
    read = days_read(connection, first, last, night.run_id)
    runs = roster_reads(connection, night.run_id)
    for after in later:
        for name, roster in roster_reads(connection, after.run_id).items():
            if name in runs and runs[name][1] is not None and roster[1] is None:
                runs[name] = roster
    good = last_good(connection, night.run_id)
    planned = days_between(first, last)
    sources: list[SourceCoverage] = []
    for source in _planned(nights, last):
        records, failure, cure = runs.get(source.name, (None, "was not read in that run", None))
        if source.brings_messages:
            sources.append(
                message_source(
                    *(source.name, source.title),
                    planned,
                    read.get(source.name, {}),
                    failure=failure,
                    cure=cure,
                    accepted_until=accepted_until(limits, source.name),
                    doubt=source.doubt,
                )
            )
        else:
            sources.append(
                roster_source(
                    *(source.name, source.title),
                    records=records,
                    failure=failure,
                    cure=cure,
                    good_on=good.get(source.name),
                    doubt=source.doubt,
                )
            )
    return statement(
        first,
        last,
        sources,
        known_limits=limits,
        accepted_days=accepted_days,
        self_tests=night.self_tests,
        balanced=night.balanced,
        gaps=(*night.gaps, *_unread(nights, last), *_unjudged(nights, later, planned)),
    )


def _made_up(
    night: NightRecord, later: Sequence[NightRecord], first: date, last: date
) -> NightRecord:
    """Return a night's record without what a later night has made up for.

    That is a check it could not make and a later one made; and all of its gaps once a later one
    had none, if that judged all the days over again, ``first`` to ``last``: what is in order by
    the end of a week was not in order for a Monday that nobody looks at any more. A gap in other
    words is not taken for one that is gone: words may hold a count.
    """
    ran = {bound.title for n in later for bound in n.rules if bound.ran}
    made = tuple(f"“{title}” was not checked" for title in ran)
    later = [n for n in later if n.judged_from <= first and (n.judged_to or n.audit_date) >= last]
    gone = any(not n.gaps for n in later)
    tests = (night.self_tests, *(n.self_tests for n in later))
    passed = (t for t in tests if t is not None and t.passed == t.total > 0)
    return replace(
        night,
        gaps=() if gone else tuple(gap for gap in night.gaps if not gap.startswith(made)),
        self_tests=next(passed, night.self_tests),
        balanced=night.balanced or (True if any(n.balanced for n in later) else night.balanced),
    )


def _planned(nights: Sequence[NightRecord], last: date) -> list[PlannedSource]:
    """Return the newest night's sources, then those of messages that older ones had then."""
    newest = nights[-1].sources
    known = {source.name for source in newest}
    removed = {
        source.name: PlannedSource(source.name, f"{source.title} (taken out since)", True)
        for night in nights[:-1]
        if _answers_for(night, last)
        for source in night.sources
        if source.brings_messages and source.name not in known
    }
    return [*newest, *removed.values()]


def _answers_for(night: NightRecord, last: date) -> bool:
    """Whether a night's own page reached back to ``last``."""
    return night.audit_date - timedelta(days=PAGE_DAYS - 1) <= last


def _unread(nights: Sequence[NightRecord], last: date) -> list[str]:
    counts: Counter[str] = Counter()
    for night in nights:
        if _answers_for(night, last):
            counts.update({one.why: one.messages for one in night.unread})
    return [
        f"{_messages(count)} of {title} could not be read and {_were(count)} set aside."
        for title, count in counts.items()
    ]


def _unjudged(
    nights: Sequence[NightRecord], later: Sequence[NightRecord], days: Sequence[date]
) -> list[str]:
    """Say which checks no night has made on some of the days; tonight's own gaps say why not."""
    gaps = []
    told_on = nights[-1].told_on
    if told_on is not None:  # days before the notice are nobody's to judge
        days = [day for day in days if day >= told_on]
    for bound in nights[-1].rules:
        if not any(r.rule == bound.rule and r.ran for n in (nights[-1], *later) for r in n.rules):
            continue
        judged = {
            day
            for night in (*nights, *later)
            if any(r.rule == bound.rule and r.ran for r in night.rules)
            for day in days
            if night.judged_from <= day <= night.audit_date
        }
        missing = len(set(days) - judged)
        if missing:
            on = "1 day" if missing == 1 else f"{missing} days"
            gaps.append(f"“{bound.title}” was not checked on {on}.")
    return gaps


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"


def _were(count: int) -> str:
    return "is" if count == 1 else "are"
