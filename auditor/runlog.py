"""Writing a run into the ledger: opened once, closed once, and what happened in between."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, update

from auditor.ledger.tables import rule_run, run, source_run
from auditor.ledger.tables import step as step_table
from auditor.ledger.tables import unmatched as unmatched_table
from auditor.nightrecord import NightRecord
from auditor.pulling import Pulled
from auditor.result import RuleRun, Step, Unmatched
from auditor.runbook import EARLY
from auditor.workplace import AuditError


def begin_run(
    connection: Connection, job: str, audit_date: date, policy_version: str, now: datetime
) -> str:
    """Open a run and return its id; a run left open by a killed process is marked as died.

    Ids ascend: whoever compares two of them knows which run came later.
    """
    connection.execute(
        update(run).where(run.c.job == job, run.c.state == "running").values(state="died")
    )
    # not their count: old runs are deleted in time, and a number is never given twice
    newest = connection.execute(select(func.max(run.c.run_id))).scalar_one_or_none()
    number = 1 if newest is None else int(newest.partition("-")[0]) + 1
    run_id = f"{number:06d}-{job}-{audit_date.isoformat()}"
    connection.execute(
        insert(run).values(
            run_id=run_id,
            job=job,
            audit_date=audit_date.isoformat(),
            policy_version=policy_version,
            state="running",
            started_at=now.isoformat(),
        )
    )
    return run_id


def close_run(
    connection: Connection,
    run_id: str,
    *,
    complete: bool,
    summary: str | None,
    now: datetime,
    early: bool = False,
) -> None:
    """Close a run that was done, in full or with gaps; ``early`` if it began before its day ended.

    Raises ``AuditError`` if it is no longer this run's to close: a process that was cut off from
    the lock must not finish beside the one that took over.
    """
    closed = connection.execute(
        update(run)
        .where(run.c.run_id == run_id, run.c.state == "running")
        .values(
            state=EARLY if early else "complete" if complete else "gaps",
            ended_at=now.isoformat(),
            exit_code=0 if complete and not early else 3,
            summary_json=summary,
        )
    )
    if closed.rowcount != 1:
        raise AuditError(
            "another process took this run over while it was under way",
            where=run_id,
            cure="Nothing of it was recorded; look at what the other one did",
        )


def fail_run(connection: Connection, run_id: str, what: str, now: datetime) -> None:
    """Close a run that could not be done, if it is still this run's to close."""
    connection.execute(
        update(run)
        .where(run.c.run_id == run_id, run.c.state == "running")
        .values(
            state="failed",
            ended_at=now.isoformat(),
            exit_code=1,
            summary_json=json.dumps({"failure": what}),
        )
    )


def end_run(
    connection: Connection,
    record: NightRecord,
    *,
    complete: bool,
    now: datetime,
    early: bool = False,
) -> None:
    """Close a night that was done; see ``close_run``."""
    summary = record.as_json()
    close_run(
        connection, record.run_id, complete=complete, summary=summary, now=now, early=early
    )


def keep_outcome(
    connection: Connection,
    run_id: str,
    pulled: Sequence[Pulled],
    unmatched: Sequence[Unmatched],
    rules: Sequence[RuleRun],
    steps: Sequence[Step],
) -> None:
    """Write how each source, rule and step went, and who could not be matched."""
    _insert(connection, source_run, [_source_row(run_id, p) for p in pulled])
    _insert(connection, unmatched_table, [{"run_id": run_id, **asdict(u)} for u in unmatched])
    _insert(
        connection,
        rule_run,
        [
            {
                "run_id": run_id,
                "rule": r.rule,
                "state": r.state.value,
                "hits": r.hits,
                "seconds": r.seconds,
                "reason": r.reason,
            }
            for r in rules
        ],
    )
    _insert(
        connection,
        step_table,
        [
            {"run_id": run_id, "ordinal": n, "name": s.name, "seconds": s.seconds}
            for n, s in enumerate(steps)
        ],
    )


def _source_row(run_id: str, pulled: Pulled) -> dict[str, Any]:
    landed, failure = pulled.landed, pulled.failure
    return {
        "run_id": run_id,
        "source": pulled.name,
        "state": "read" if failure is None else "failed",
        "read": None if landed is None else landed.read,
        "new": None if landed is None else landed.new,
        "already_known": None if landed is None else landed.already_known,
        "rejected": None if landed is None else landed.rejected,
        "privileged": None if landed is None else pulled.privileged,
        "first_day": None if landed is None else _iso(landed.first_day),
        "last_day": None if landed is None else _iso(landed.last_day),
        "lag_half_seconds": None if pulled.lag is None else pulled.lag.half_seconds,
        "lag_most_seconds": None if pulled.lag is None else pulled.lag.most_seconds,
        "seconds": pulled.seconds,
        "happened": None if failure is None else str(failure),
        "cure": None if failure is None else failure.cure,
    }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
