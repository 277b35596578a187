"""What the ledger knows about runs: which days were read, how it went, and what a page may claim.

A night writes its record here once, in full; weekly pages and the ``coverage`` command only read
it. What no run has read stays "missing", however quiet the days look.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from auditor.coverage import days_between, message_source, roster_source, statement
from auditor.ledger.tables import coverage_day, run, source_run
from auditor.result import (
    CoverageStatement,
    DayRead,
    KnownLimit,
    SelfTests,
    SetAside,
    SourceCoverage,
)
from auditor.source import DayState

NIGHTLY = "nightly"


@dataclass(frozen=True, slots=True)
class PlannedSource:
    """A source as it was configured for a run."""

    name: str
    title: str
    brings_messages: bool


@dataclass(frozen=True, slots=True)
class NightRecord:
    """What a night leaves behind for every later page."""

    run_id: str
    audit_date: date
    sources: tuple[PlannedSource, ...]
    self_tests: SelfTests | None
    balanced: bool | None
    gaps: tuple[str, ...]
    set_aside: tuple[SetAside, ...]

    def as_json(self) -> str:
        """Return the record as text for the ledger, keys sorted."""
        raw = asdict(self)
        raw["audit_date"] = self.audit_date.isoformat()
        return json.dumps(raw, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> NightRecord:
        """Read what ``as_json`` wrote."""
        raw: dict[str, Any] = json.loads(text)
        tests = raw["self_tests"]
        return cls(
            run_id=raw["run_id"],
            audit_date=date.fromisoformat(raw["audit_date"]),
            sources=tuple(PlannedSource(**s) for s in raw["sources"]),
            self_tests=None
            if tests is None
            else SelfTests(tests["passed"], tests["total"], tuple(tests["failed"])),
            balanced=raw["balanced"],
            gaps=tuple(raw["gaps"]),
            set_aside=tuple(SetAside(**s) for s in raw["set_aside"]),
        )


def last_night(connection: Connection, upto: date | None = None) -> NightRecord | None:
    """Return the newest finished night with an audit date of at most ``upto``, if there is one."""
    query = (
        select(run.c.summary_json)
        .where(run.c.job == NIGHTLY, run.c.state.in_(("complete", "gaps")))
        .order_by(run.c.audit_date.desc(), run.c.run_id.desc())
        .limit(1)
    )
    if upto is not None:
        query = query.where(run.c.audit_date <= upto.isoformat())
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else NightRecord.from_json(text)


def days_read(
    connection: Connection, first: date, last: date
) -> dict[str, dict[date, DayRead]]:
    """Return the newest word on each source and day, source name -> day -> what was read."""
    rows = connection.execute(
        select(coverage_day)
        .where(coverage_day.c.day >= first.isoformat(), coverage_day.c.day <= last.isoformat())
        .order_by(coverage_day.c.run_id)
    ).mappings()
    found: dict[str, dict[date, DayRead]] = {}
    for row in rows:
        day = date.fromisoformat(row["day"])
        read = DayRead(day, DayState(row["state"]), row["records"], row["reason"])
        found.setdefault(row["source"], {})[day] = read
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


def coverage_of(
    connection: Connection,
    night: NightRecord,
    first: date,
    last: date,
    known_limits: Iterable[KnownLimit],
) -> CoverageStatement:
    """State what was planned and read from ``first`` to ``last``, by the word of ``night``."""
    read = days_read(connection, first, last)
    runs = roster_reads(connection, night.run_id)
    planned = days_between(first, last)
    sources: list[SourceCoverage] = []
    for source in night.sources:
        records, failure, cure = runs.get(source.name, (None, "was not read in that run", None))
        if source.brings_messages:
            sources.append(
                message_source(
                    source.name,
                    source.title,
                    planned,
                    read.get(source.name, {}),
                    failure=failure,
                    cure=cure,
                )
            )
        else:
            sources.append(
                roster_source(
                    source.name, source.title, records=records, failure=failure, cure=cure
                )
            )
    return statement(
        first,
        last,
        sources,
        known_limits=known_limits,
        self_tests=night.self_tests,
        balanced=night.balanced,
        gaps=night.gaps,
    )


def usual_records(connection: Connection, source: str, before: str) -> float | None:
    """Return the median of records read in the last eight runs before ``before``, if eight ran."""
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
