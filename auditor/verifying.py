"""Is everything that was kept still what was kept, and does it still follow from the facts?

Damage and change are two things. Damage: a byte of the ledger, the chain, a file of facts or an
issued page is not what was written. Change: later facts, another roster or another setting would
make another page today, which is no fault; an issued page stays as it is all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from auditor import chain, copies, decisionbook, imprints, pastruns, revisions, runbook
from auditor.chain import Kind
from auditor.checking import Findings, find
from auditor.copies import Page
from auditor.desk import open_desk
from auditor.directory import day_number
from auditor.itembook import stored_items
from auditor.items import Change, settle
from auditor.ledger import Damaged
from auditor.ledger.kept import report_copy
from auditor.ledger.tables import issued_report, run
from auditor.nightrecord import NightRecord
from auditor.recordbook import UnreadDay
from auditor.result import SourceState
from auditor.roots import Root, roots
from auditor.runbook import EARLY, FINISHED
from auditor.weekly import drafts
from auditor.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was looked at: how much of it, and what is wrong with it."""

    name: str
    looked_at: str
    wrong: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.wrong


@dataclass(frozen=True, slots=True)
class Copy:
    """One revision of an issued page, as the ledger keeps it. None: not kept, or not yet."""

    report_id: str
    kind: str
    page: Page | None
    html_sha256: str | None
    made_with: str | None
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """A report made again from the facts of today: ``changes`` is empty where it is the same."""

    report: str
    changes: tuple[str, ...]
    since: str | None
    """The newest run, where something changed."""


# ---- storage -----------------------------------------------------------------------------------


def storage(place: Workplace) -> Iterator[Part]:
    """Read everything that was kept: the ledger, the chain, the decisions and every file."""
    yield _ledger(place)
    with place.ledger.read() as connection:
        yield _chain(connection)
        wrong = tuple(decisionbook.unvouched(connection, place.keyring))
        yield Part("decisions", f"{chain.counts(connection)[Kind.DECISION]} decisions", wrong)
    yield _lake(place)


def _ledger(place: Workplace) -> Part:
    try:
        place.ledger.verify()
    except Damaged as error:
        return Part("ledger", "read in full", (error.what,))
    return Part("ledger", "read in full", ())


def _chain(connection: Connection) -> Part:
    checked = chain.verify_chain(connection)
    broken = checked.broken
    wrong = () if broken is None else (f"entry {broken.number}: {broken.what}",)
    return Part("chain", f"{checked.entries} entries", wrong)


def _lake(place: Workplace) -> Part:
    try:
        count = place.lake.verify()
    except Damaged as error:
        return Part("facts", "every file", (error.what,))
    return Part("facts", f"{count} files", ())


# ---- issued pages --------------------------------------------------------------------------------


def issued(connection: Connection) -> Iterator[Copy]:
    """Yield every revision of every page that was issued."""
    table, kept = issued_report.c, report_copy.c
    both = (kept.report_id == table.report_id) & (kept.revision == table.revision)
    query = (
        select(issued_report, kept.form, kept.values_zlib, kept.html_sha256, kept.made_with)
        .outerjoin(report_copy, both)
        .order_by(table.last, table.report_id, table.revision)
    )
    known = {root.short for root in roots(connection)}
    published = {entry.body["report"]: entry.body for entry in chain.entries(connection, Kind.PAGE)}
    for row in connection.execute(query).mappings():
        page, wrong = None, []
        if row["values_zlib"] is not None:
            try:
                page = copies.unpack(row["kind"], row["form"], row["values_zlib"])
            except copies.UnreadableCopy as error:
                wrong.append(f"its copy: {error}")
        if page is not None:
            if revisions.digest(page) != row["sha256"]:
                wrong.append("its copy holds other facts than were issued")
            root = page.imprint.root
            if root is not None and root not in known:
                wrong.append(f"its root {root} is no longer in the chain")
        report_id = f"{row['report_id']}-{row['revision']}"
        told = published.pop(report_id, None)
        if row["html_sha256"] is not None and told != {
            "report": report_id,
            "facts": row["sha256"],
            "html": row["html_sha256"],
        }:
            wrong.append("it is not what the chain says was published")
        yield Copy(
            report_id=report_id,
            kind=row["kind"],
            page=page,
            html_sha256=row["html_sha256"],
            made_with=row["made_with"],
            wrong=tuple(wrong),
        )
    for report_id in published:
        yield Copy(report_id, report_id.partition("-")[0], None, None, None, ())


# ---- made again from the facts -------------------------------------------------------------------


def newest_again(place: Workplace, now: datetime) -> Iterator[Again]:
    """Make the newest reports again from facts, directory and decisions; issue none of them."""
    with place.ledger.read() as connection:
        record = runbook.last_settled(connection)
        week = imprints.newest_week(connection)
        newest = _newest_run(connection)
    if record is not None:
        lines = tuple(_night_again(place, record))
        base = imprints.base_id("N", "IT", record.audit_date)
        yield Again(base, lines, newest if lines else None)
    if week is not None:
        yield from _week_again(place, week, now, newest)


def _week_again(
    place: Workplace, last: date, now: datetime, newest: str | None
) -> Iterator[Again]:
    for draft in drafts(place, last, now):
        base = imprints.base_id(draft.kind, draft.audience, last)
        with place.ledger.read() as connection:
            before = imprints.newest_issued(connection, draft.kind, base)
        if before is None:
            yield Again(base, ("It was never issued.",), newest)
            continue
        lines = revisions.changes(before, draft.page)
        yield Again(before.imprint.report_id, lines, newest if lines else None)


def _night_again(place: Workplace, record: NightRecord) -> Iterator[str]:
    """Judge the newest night's days again, and say which items would be others."""
    with place.ledger.read() as connection:
        stored = stored_items(connection)
    found = _found_again(place, record)
    ran = frozenset(r.rule for r in found.rules if r.hits is not None)
    newest = record.judged_to is None
    again = settle(
        stored,
        [hit for hit in found.hits if newest or not hit.is_record],
        first_day=day_number(record.judged_from),
        last_day=day_number(record.judged_to or record.audit_date),
        rules=ran,
        records=newest,
        gap_days=place.pack.number("episode_gap_days"),
    )
    for change in again:
        line = _differs(change)
        if line is not None:
            yield line


def _differs(change: Change) -> str | None:
    before = change.before
    if before is None:
        return "An item would be added."
    stands = before.withdrawn_on is None
    was = {(h.message, h.covered_by) for h in before.hits} if stands else set()
    if was == {(h.message, h.covered_by) for h in change.hits}:
        return None
    return f"{before.id}: other messages or records, or other cover, than on record."


def _found_again(place: Workplace, record: NightRecord) -> Findings:
    since = record.audit_date - timedelta(days=runbook.PAGE_DAYS - 1)
    with place.ledger.read() as connection:
        stated = runbook.coverage_of(connection, record, since, record.audit_date, ())
        digests = pastruns.digests(connection)
    titles = {source.name: source.title for source in record.sources}
    desk = open_desk(place, titles, digests=digests)
    desk.book.note_unread(
        place.keyring,
        [
            UnreadDay(source.source, day_number(day))
            for source in stated.sources
            if not source.is_roster
            for day in source.missing
        ],
    )
    ready = {
        bound.rule: (
            SourceState.FULL if bound.ran else SourceState.NONE,
            None if bound.ran else "it was not made in that night",
            (),
        )
        for bound in record.rules
        if bound.rule in place.pack.bindings
    }
    last = record.judged_to or record.audit_date
    with desk.engine(record.judged_from, last) as engine:
        return find(desk.bench(engine, last), ready)


def _newest_run(connection: Connection) -> str | None:
    query = select(func.max(run.c.run_id)).where(run.c.state.in_((*FINISHED, EARLY)))
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def find_root(place: Workplace, digits: str) -> Root | None:
    """Return the root that begins with some digits, if the chain still holds it."""
    with place.ledger.read() as connection:
        wanted = digits.strip().lower()
        return next((one for one in roots(connection) if one.hex.startswith(wanted)), None)
