"""Which runs there were: one execution of one job for one day under one policy, and no second one.

A scheduler may start a job no, one or two times. So it is not the clock that makes a run happen
once: what was done already is done, and what is missing can be told from the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, update

from auditor import runlog
from auditor.coverage import days_between
from auditor.ledger import Ledger
from auditor.ledger.tables import run
from auditor.runbook import FINISHED, NIGHTLY
from auditor.workplace import AuditError, Workplace

WEEKLY = "weekly"
MOST_NIGHTS = 14
"""Nights that are made up for at once; the look-back of each covers the days before them."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run that is done, with what it said then."""

    run_id: str
    job: str
    audit_date: date
    complete: bool
    exit_code: int
    started_at: datetime
    outcome: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MissingNights:
    """Nights that were never run: those to make up for, and the stretch that is too long ago."""

    nights: tuple[date, ...]
    too_old: tuple[date, date] | None


def policy_version(place: Workplace) -> str:
    """Return what stands for the policy in a run's identity: pack, switches and parameters."""
    return place.pack.sha256[:12]


def identity_day(job: str, audit_date: date) -> date:
    """Return the day that names a run: for weekly pages the Sunday their week ends with."""
    if job == WEEKLY:
        return audit_date - timedelta(days=(audit_date.weekday() + 1) % 7)
    return audit_date


def earlier(connection: Connection, job: str, audit_date: date, version: str) -> Earlier | None:
    """Return the newest run of that identity that is done, pages and all, if there is one."""
    row = (
        connection.execute(
            select(run)
            .where(
                run.c.job == job,
                run.c.audit_date == identity_day(job, audit_date).isoformat(),
                run.c.policy_version == version,
                run.c.state.in_(FINISHED),
                run.c.outcome_json.is_not(None),
            )
            .order_by(run.c.run_id.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    return None if row is None else _earlier(row)


def newest_night(connection: Connection) -> Earlier | None:
    """Return the finished night with the newest audit date, if any night is done."""
    row = (
        connection.execute(
            select(run)
            .where(run.c.job == NIGHTLY, run.c.state.in_(FINISHED))
            .where(run.c.outcome_json.is_not(None))
            .order_by(run.c.audit_date.desc(), run.c.run_id.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    return None if row is None else _earlier(row)


def last_night_began(connection: Connection, before: datetime) -> datetime | None:
    """Return when the newest finished night was begun that had begun by ``before``."""
    began = connection.execute(
        select(func.max(run.c.started_at)).where(
            run.c.job == NIGHTLY,
            run.c.state.in_(FINISHED),
            run.c.started_at <= before.astimezone(UTC).isoformat(),
        )
    ).scalar_one_or_none()
    return None if began is None else datetime.fromisoformat(began)


def missing_nights(
    connection: Connection, yesterday: date, told_on: date | None = None
) -> MissingNights:
    """Return the nights up to ``yesterday`` that are missing since the first finished one.

    Before the first night there is nothing to make up for: then it is yesterday alone. Nor is there
    before ``told_on``, the day since which staff know of the audit: nothing of it may be judged any
    more. What has got too old is told as it falls out of reach.
    """
    done = _nights_done(connection)
    if not done:
        return MissingNights((yesterday,), None)
    owed = min(done) if told_on is None else max(min(done), told_on)
    reach = yesterday - timedelta(days=MOST_NIGHTS - 1)
    missing = [day for day in days_between(owed, yesterday) if day not in done]
    old = [day for day in missing if day < reach]
    if not old or old[-1] != reach - timedelta(days=1):
        return MissingNights(tuple(day for day in missing if day >= reach), None)
    newest = max((day for day in done if day < reach), default=old[0] - timedelta(days=1))
    first = max(owed, newest + timedelta(days=1))
    return MissingNights(tuple(day for day in missing if day >= reach), (first, old[-1]))


def _nights_done(connection: Connection) -> set[date]:
    days = connection.execute(
        select(run.c.audit_date)
        .where(run.c.job == NIGHTLY, run.c.state.in_(FINISHED))
        .where(run.c.outcome_json.is_not(None))
        .distinct()
    ).scalars()
    return {date.fromisoformat(day) for day in days}


def tell(ledger: Ledger, run_id: str, outcome: Mapping[str, Any]) -> None:
    """Write down what a run said once its pages are out, which makes it done."""
    said = json.dumps(outcome, ensure_ascii=False, sort_keys=True)
    with ledger.begin() as connection:
        connection.execute(update(run).where(run.c.run_id == run_id).values(outcome_json=said))


@contextmanager
def recorded(place: Workplace, job: str, audit_date: date, now: datetime) -> Iterator[str]:
    """Open a run around work that keeps no record of its own, and yield the run's id.

    Whoever does the work closes it with ``close``; an ``AuditError`` closes it as failed.
    """
    day = identity_day(job, audit_date)
    with place.ledger.begin() as connection:
        run_id = runlog.begin_run(connection, job, day, policy_version(place), now)
    try:
        yield run_id
    except AuditError as error:
        with place.ledger.begin() as connection:
            runlog.fail_run(connection, run_id, str(error), now)
        raise


def close(
    ledger: Ledger, run_id: str, *, complete: bool, now: datetime, early: bool = False
) -> None:
    """Close a run that was opened with ``recorded``; ``early`` if its day is not over."""
    with ledger.begin() as connection:
        runlog.close_run(
            connection, run_id, complete=complete, summary=None, now=now, early=early
        )


def _earlier(row: RowMapping) -> Earlier:
    return Earlier(
        run_id=row["run_id"],
        job=row["job"],
        audit_date=date.fromisoformat(row["audit_date"]),
        complete=row["state"] == "complete",
        exit_code=row["exit_code"],
        started_at=datetime.fromisoformat(row["started_at"]),
        outcome=json.loads(row["outcome_json"]),
    )
