"""Looking at what stands: items, the derivation of one, and what was covered. Changes nothing."""

from __future__ import annotations

from datetime import date

from auditor import runbook, weeks
from auditor.desk import open_desk
from auditor.directory import day_of
from auditor.explaining import Explanation, explain_messages
from auditor.itembook import stored_items
from auditor.items import fingerprint
from auditor.result import CoverageStatement, Item
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
    desk = open_desk(place, {s.name: s.title for s in record.sources})
    return weeks.in_order(desk.show_all(stored, since=as_of or record.audit_date))


def explain(place: Workplace, item_id: str) -> Explanation:
    """Return the whole derivation of an item; raises ``AuditError`` if there is none of that id."""
    with place.ledger.read() as connection:
        record = runbook.last_night(connection)
        found = [i for i in stored_items(connection) if i.id.casefold() == item_id.casefold()]
    if not found or record is None or found[0].withdrawn_on is not None:
        withdrawn = bool(found)
        raise AuditError(
            "it was withdrawn: later facts left nothing of it" if withdrawn else "no such item",
            where=item_id,
            cure="`auditor items` lists those there are",
        )
    stored = found[0]
    desk = open_desk(place, {s.name: s.title for s in record.sources})
    item = desk.show_all([stored], since=record.audit_date)[0]
    first, last = day_of(stored.hits[0].day), day_of(stored.hits[-1].day)
    with desk.engine(first, last) as engine:
        messages = explain_messages(
            stored, item, engine, desk.register, place.ledger.address_text
        )
    rule, pack = place.rules[item.rule], place.pack
    return Explanation(
        item=item,
        looks_for=rule.looks_for,
        misses=tuple(rule.misses),
        identity=fingerprint(place.keyring, stored.subject, stored.episode),
        rule_version=rule.version,
        policy=f"{pack.name}, rev. {pack.revision}, {pack.sha256[:12]}",
        messages=messages,
        timezone=place.district.timezone,
    )


def coverage(place: Workplace, first: date, last: date) -> CoverageStatement:
    """State what was planned and read between two days, by the word of the newest night."""
    with place.ledger.read() as connection:
        record = runbook.last_night(connection)
        if record is None:
            raise AuditError(
                "no nightly run has finished yet",
                where="coverage",
                cure="run `auditor run nightly` first",
            )
        return runbook.coverage_of(connection, record, first, last, place.district.known_limits)
