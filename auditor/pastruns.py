"""What pages take from past runs besides coverage: usual counts, weeks looked at, digests given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from auditor.coverage import days_between
from auditor.directory import day_number
from auditor.ledger.tables import issued_report, rule_run, source_run, unmatched
from auditor.nightrecord import NightRecord
from auditor.recordbook import DigestGiven
from auditor.result import DayRead, SourceState
from auditor.runbook import days_read
from auditor.source import DayState


def digests(connection: Connection) -> list[DigestGiven]:
    """Return which days' coach messages were listed in a page for the athletic director."""
    rows = connection.execute(
        select(issued_report.c.first, issued_report.c.last)
        .where(issued_report.c.kind == "A")
        .distinct()
        .order_by(issued_report.c.first)
    )
    return [
        DigestGiven(*(day_number(date.fromisoformat(day)) for day in (first, last, last)))
        for first, last in rows
    ]


def checks_made(
    connection: Connection, run_id: str
) -> dict[str, tuple[SourceState, str | None]]:
    """Return of each check in one run whether it could be made, and why not, or not in full."""
    rows = connection.execute(select(rule_run).where(rule_run.c.run_id == run_id)).mappings()
    return {row["rule"]: (SourceState(row["state"]), row["reason"]) for row in rows}


def unmatched_count(connection: Connection, run_id: str, kind: str) -> int:
    """Return how many references of one kind a run could not settle."""
    total = select(func.sum(unmatched.c.count)).where(
        unmatched.c.run_id == run_id, unmatched.c.kind == kind
    )
    return int(connection.execute(total).scalar_one() or 0)


def usual_records(connection: Connection, source: str, before: str) -> float | None:
    """Return the median of what a list held in the last eight runs, if eight read it."""
    rows = connection.execute(
        select(source_run.c.read)
        .where(source_run.c.source == source, source_run.c.run_id < before)
        .order_by(source_run.c.run_id.desc())
        .limit(8)
    ).scalars()
    counts: list[int] = sorted(count for count in rows if count is not None)
    if len(counts) < 8:  # noqa: PLR2004  (eight comparable runs, as the page says)
        return None
    return (counts[3] + counts[4]) / 2


def checked_weeks(
    connection: Connection, night: NightRecord, mondays: Sequence[date]
) -> tuple[tuple[date, bool | None], ...]:
    """Say of each week whether its messages were read in full, in part, or by no run at all."""
    read = days_read(connection, mondays[0], _sunday(mondays[-1]))
    names = [s.name for s in night.sources if s.brings_messages]
    return tuple((monday, _week(read, names, monday)) for monday in mondays)


def _sunday(monday: date) -> date:
    return monday + timedelta(days=6)


def _week(
    read: Mapping[str, Mapping[date, DayRead]], names: Sequence[str], monday: date
) -> bool | None:
    states = [
        day.state is DayState.READ if (day := read.get(name, {}).get(d)) else None
        for name in names
        for d in days_between(monday, _sunday(monday))
    ]
    if not any(states):
        return None
    return all(states)
