"""Old rows of the ledger: finding those whose clock has run out, and deleting them in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import Connection, Table, and_, delete, false, func, not_, or_, select, tuple_

from auditor import decisionbook
from auditor.directory import day_of
from auditor.itembook import stored_items
from auditor.ledger.kept import decision, delivery, incident, report_copy
from auditor.ledger.tables import (
    coverage_day,
    coverage_unit,
    issued_report,
    item,
    item_hit,
    note,
    quarantine,
    rule_run,
    run,
    source_run,
    step,
    unmatched,
)
from auditor.rowtraces import Report, naming
from auditor.runbook import FINISHED, NIGHTLY
from auditor.traces import Traces

T = TypeVar("T")
_OF_A_RUN: tuple[Table, ...] = (source_run, rule_run, step, unmatched, quarantine, note)
_OF_A_DAY = ((coverage_day, "day"), (coverage_unit, "day"), (incident, "at"))
_AT_ONCE = 500


def old_items(connection: Connection, before: date) -> list[str]:
    """Return the ids of the items to which nothing has happened since ``before``.

    A record that still stands is found anew each night, so such an item is never old.
    """
    newest = func.max(decision.c.decided_at)
    decided = connection.execute(select(decision.c.item_id, newest).group_by(decision.c.item_id))
    answered = {item_id: date.fromisoformat(at[:10]) for item_id, at in decided}
    old = []
    for one in stored_items(connection):
        stands = one.withdrawn_on is None and any(hit.is_record for hit in one.hits)
        days = [one.listed_on, one.grew_on, one.withdrawn_on, answered.get(one.id)]
        days += [day_of(hit.day) for hit in one.hits]
        if not stands and max(day for day in days if day is not None) < before:
            old.append(one.id)
    return old


def delete_items(
    connection: Connection, ids: Collection[str], *, purge_id: int, now: datetime
) -> None:
    """Delete items with their evidence and decisions; their ids are never given again."""
    for some in _portions(sorted(ids)):
        decisionbook.let_go(connection, some, purge_id=purge_id, now=now)
        for table in (item_hit, item):
            connection.execute(delete(table).where(table.c.item_id.in_(some)))


def old_reports(connection: Connection, before: date) -> tuple[Report, ...]:
    """Return the pages of periods that ended before a day, whether or not they are still there."""
    query = (
        select(issued_report.c.report_id, issued_report.c.revision)
        .where(issued_report.c.last < before.isoformat())
        .order_by(issued_report.c.report_id, issued_report.c.revision)
    )
    return tuple((row.report_id, row.revision) for row in connection.execute(query))


def reports_with_rows(connection: Connection) -> frozenset[Report]:
    """Return the pages of which the ledger has a copy, or what became of their mail."""
    found: set[Report] = set()
    for table in (report_copy, delivery):
        query = select(table.c.report_id, table.c.revision)
        found.update((row.report_id, row.revision) for row in connection.execute(query))
    return frozenset(found)


def delete_copies(connection: Connection, reports: Sequence[Report]) -> None:
    """Delete the copies of pages; that they were issued stays."""
    _delete_of(connection, report_copy, reports)


def delete_mail(connection: Connection, reports: Sequence[Report]) -> None:
    """Delete what became of the mail about pages."""
    _delete_of(connection, delivery, reports)


def _delete_of(connection: Connection, table: Table, reports: Sequence[Report]) -> None:
    page = tuple_(table.c.report_id, table.c.revision)
    for some in _portions(reports):
        connection.execute(delete(table).where(page.in_(some)))


def old_runs(connection: Connection, before: date) -> list[str]:
    """Return the runs of days before ``before``; the newest finished night always stays."""
    nights = (run.c.job == NIGHTLY, run.c.state.in_(FINISHED))
    kept = select(func.max(run.c.run_id)).where(*nights).scalar_subquery()
    query = select(run.c.run_id).where(run.c.audit_date < before.isoformat(), run.c.run_id != kept)
    return list(connection.execute(query.order_by(run.c.run_id)).scalars())


def runs_naming(connection: Connection, runs: Collection[str], traces: Traces) -> list[str]:
    """Return those of some runs that named somebody in anything they said or set aside."""
    tables = (*_OF_A_RUN, run) if traces else ()
    found = {row["run_id"] for table in tables for row in naming(connection, table, traces)}
    return sorted(found & {*runs})


def days_naming(connection: Connection, before: date, traces: Traces) -> int:
    """Return in how many old rows about days, and what went wrong then, somebody is named."""
    return sum(
        row[column] < before.isoformat()
        for table, column in (_OF_A_DAY if traces else ())
        for row in naming(connection, table, traces)
    )


def delete_runs(connection: Connection, before: date, kept: Traces) -> None:
    """Delete old runs with all that they said, and what went wrong around jobs in those days.

    Whatever names somebody of ``kept`` stays, a run as a whole.
    """
    old = old_runs(connection, before)
    stay = {*runs_naming(connection, old, kept)} if kept else set()
    for some in _portions([one for one in old if one not in stay]):
        for table in (*_OF_A_RUN, run):
            connection.execute(delete(table).where(table.c.run_id.in_(some)))
    for table, column in _OF_A_DAY:
        spared = [
            and_(*(key == row[key.name] for key in table.primary_key))
            for row in (naming(connection, table, kept) if kept else ())
        ]
        old_rows = table.c[column] < before.isoformat()
        connection.execute(delete(table).where(old_rows, not_(or_(false(), *spared))))


def _portions(values: Sequence[T]) -> list[Sequence[T]]:
    return [values[at : at + _AT_ONCE] for at in range(0, len(values), _AT_ONCE)]
