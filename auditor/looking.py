"""Looking at what stands: items, the derivation of one, and what was covered. Changes nothing."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from auditor import imprints, notice, runbook, weeks
from auditor.clausefacts import gather
from auditor.clauses import clause_statement
from auditor.daily import units_read
from auditor.deriving import Derivation, derive, ended_at, runs_that_found
from auditor.desk import open_desk
from auditor.directory import day_number
from auditor.explaining import Explanation
from auditor.itembook import stored_items
from auditor.nightrecord import NightRecord
from auditor.result import CoverageStatement, DayRead, Item
from auditor.result.clauses import ClauseStatement
from auditor.workplace import AuditError, Workplace


def items(place: Workplace, *, as_of: date | None = None) -> tuple[Item, ...]:
    """Return every item that stands, in the order of the pages.

    ``as_of`` is the day since which an item counts as new; by default the last audit date.
    """
    with place.ledger.read() as connection:
        record = runbook.last_night(connection)
        stored = stored_items(connection)
    if record is None:
        return ()
    notice.require(place.district, record.audit_date, "items")
    desk = open_desk(place, {s.name: s.title for s in record.sources})
    return weeks.in_order(desk.show_all(stored, since=as_of or record.audit_date))


def explain(place: Workplace, item_id: str) -> Explanation:
    """Return the whole derivation of an item; raises ``AuditError`` if there is none of that id."""
    with place.ledger.read() as connection:
        record = runbook.last_night(connection)
        found = [i for i in stored_items(connection) if i.id.casefold() == item_id.casefold()]
        runs = runs_that_found(connection, found[0].id if found else "")
        made_at = None if record is None else ended_at(connection, record.run_id)
    if record is not None:
        notice.require(place.district, record.audit_date, item_id)
    if not found or record is None or made_at is None or found[0].withdrawn_on is not None:
        withdrawn = bool(found)
        raise AuditError(
            "it was withdrawn: later facts left nothing of it" if withdrawn else "no such item",
            where=item_id,
            cure="`auditor items` lists those there are",
        )
    stored = found[0]
    desk = open_desk(place, {s.name: s.title for s in record.sources})
    shown = desk.show_all([stored], since=record.audit_date)
    if not shown:
        raise AuditError(
            "its rule is no longer part of the policy pack",
            where=stored.id,
            cure=f"bind {stored.subject.rule!r} in the pack again to see it",
        )
    return derive(Derivation(desk, stored, shown[0], record, made_at, runs))


def coverage(place: Workplace, first: date, last: date) -> CoverageStatement:
    """State what was planned and read between two days, by the word of the newest night."""
    with place.ledger.read() as connection:
        record = _newest(connection, "coverage")
        district = place.district
        return runbook.coverage_of(
            connection, record, first, last, district.known_limits, district.accepted_days
        )


def mailboxes(
    place: Workplace, first: date, last: date
) -> dict[str, list[tuple[str, dict[date, DayRead]]]]:
    """Return of each source its mailboxes or spaces by name, and their days: this is for IT."""
    with place.ledger.read() as connection:
        found = units_read(connection, first, last)
    return {
        source: sorted(units.items())
        for source, units in sorted(found.items())
    }


def clauses(place: Workplace, first: date, last: date, *, now: datetime) -> ClauseStatement:
    """State of every clause of the policy what was checked between two days.

    Items are those that stand and began by ``last``. The statement has no id: it was not issued.
    """
    with place.ledger.read() as connection:
        record = _newest(connection, "clauses")
        notice.require(place.district, record.audit_date, "clauses")
        limits, accepted = place.district.known_limits, place.district.accepted_days
        stated = runbook.coverage_of(connection, record, first, last, limits, accepted)
        stored = stored_items(connection)
    desk = open_desk(place, {s.name: s.title for s in record.sources})
    with place.ledger.read() as connection:
        period = gather(desk, connection, record, stated)
    begun = [i for i in stored if i.hits and i.hits[0].day <= day_number(last)]
    shown = desk.show_all(begun, since=first)
    imprint = imprints.blank(place, first, last, now)
    return clause_statement(place.pack, place.rules, period, shown, imprint)


def _newest(connection: Connection, what: str) -> NightRecord:
    record = runbook.last_night(connection)
    if record is None:
        raise AuditError(
            "no nightly run has finished yet",
            where=what,
            cure="run `auditor run nightly` first",
        )
    return record
