"""How long each class of what is stored is kept, and letting go of what is older.

Each class has a clock of its own, for they serve different ends: an item is answered for long
after the messages around it are of no use. A hold beats every clock. What only the chain of events
and the list of issued pages say holds no name and is never deleted, so that they still verify.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa
from sqlalchemy import Connection, func, select

from auditor import oldrows
from auditor.desk import CONTEXT_DAYS
from auditor.directory import State, day_number, from_tables, to_tables
from auditor.heldback import Kept, among, kept_by, keys
from auditor.itembook import stored_items
from auditor.lake.manifest import Batch
from auditor.ledger import book
from auditor.ledger.kept import purge
from auditor.ledger.tables import address
from auditor.olddirectory import forget_ended, keys_of
from auditor.result.certificate import Deleted
from auditor.rowtraces import Report
from auditor.workplace import Workplace

DAYS_READ_ALONG = CONTEXT_DAYS + 1
"""Days before the judged ones whose messages a night reads along."""
CLASSES = {
    "facts": "messages, and who was on them",
    "directory": "who was who: what had ended, and people of whom nothing else is left",
    "items": "items with their evidence and decisions",
    "reports": "pages that were issued, and what became of their mail",
    "runs": "how runs went, what was read on a day, and what was set aside",
    "addresses": "addresses that nothing stored refers to any more",
}
_FIRST = date(1, 1, 1)
_LAST = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a retention run would let go of, or did."""

    today: date
    lines: tuple[Deleted, ...]
    facts_before: date
    items: tuple[str, ...]
    reports: tuple[Report, ...]
    kept_reports: frozenset[Report]
    """Old pages that a hold keeps."""

    @property
    def total(self) -> int:
        return sum(line.deleted for line in self.lines)


def whole_since(connection: Connection) -> date | None:
    """Return the first day whose messages, and those around it, no retention run has thinned."""
    text = connection.execute(select(func.max(purge.c.facts_before))).scalar_one_or_none()
    return None if text is None else date.fromisoformat(text) + timedelta(days=DAYS_READ_ALONG)


def old_reports(place: Workplace, today: date) -> tuple[Report, ...]:
    """Return the issued pages whose clock has run out."""
    with place.ledger.read() as connection:
        return oldrows.old_reports(connection, _before(place, "reports", today))


def plan(
    place: Workplace,
    today: date,
    *,
    on_disk: Collection[Report],
    kept_reports: Collection[Report],
) -> Plan:
    """Return what the clocks let go of on ``today``; deletes nothing.

    ``on_disk`` are the old pages whose files are there, ``kept_reports`` those that name somebody
    or something under a hold.
    """
    kept = kept_by(place, date.max)
    with place.ledger.read() as connection:
        due = oldrows.old_items(connection, _before(place, "items", today))
        issued = oldrows.old_reports(connection, _before(place, "reports", today))
        rows = oldrows.reports_with_rows(connection)
        runs, kept_runs = _runs(connection, _before(place, "runs", today), kept)
    reports = [one for one in issued if one in rows or one in on_disk]
    stay = frozenset(reports if kept.everything else kept_reports)
    items = tuple(id_ for id_ in due if id_ not in kept.items)
    facts_before = _before(place, "facts", today)
    old, kept_messages = _old_messages(place, facts_before, kept)
    left, ended, kept_ended = _directory(place, today, kept, items)
    orphans, kept_addresses = _orphans(place, facts_before, kept, left, items)
    going = [one for one in reports if one not in stay]
    counts = {
        "facts": (old - kept_messages, kept_messages),
        "directory": (ended, kept_ended),
        "items": (len(items), len(due) - len(items)),
        "reports": (len(going), len(reports) - len(going)),
        "runs": (runs, kept_runs),
        "addresses": (len(orphans), len(kept_addresses)),
    }
    lines = tuple(
        Deleted(name, words, _before_or_none(place, name, today), *counts[name])
        for name, words in CLASSES.items()
    )
    return Plan(today, lines, facts_before, items, tuple(going), stay)


def carry_out(
    place: Workplace, planned: Plan, *, run_id: str, purge_id: int, now: datetime
) -> tuple[str, ...]:
    """Let go of what was planned, under the run lock; return files that must be gone.

    Pages are files of the caller's. Raises ``StorageBusy`` while somebody reads the lake.
    """
    kept = kept_by(place, date.max)
    if kept.everything:
        return ()
    today, facts_before = planned.today, planned.facts_before
    stays = kept.messages

    def change(_: Batch, rows: pa.Table) -> pa.Table:
        if not stays:
            return rows.slice(0, 0)
        left = among(rows, "message_key", stays)
        return rows if left.num_rows == rows.num_rows else left

    directory, ended, _ = _directory(place, today, kept, planned.items)
    orphans, _ = _orphans(place, facts_before, kept, directory, planned.items)
    last = facts_before - timedelta(days=1)
    gone = place.lake.rewrite(change, first=_FIRST, last=last, run_id=run_id)
    if ended:
        place.lake.write_tables(to_tables(directory), kind="directory", run_id=run_id)
    with place.ledger.begin() as connection:
        oldrows.delete_items(connection, planned.items, purge_id=purge_id, now=now)
        oldrows.delete_copies(connection, planned.reports)
        oldrows.delete_mail(connection, planned.reports)
        oldrows.delete_runs(connection, _before(place, "runs", today), kept.traces)
        book.forget(connection, orphans)
    place.lake.clean_orphans()
    place.ledger.compact()
    return tuple(path for path in gone.paths if (place.lake.root / path).exists())


def _before(place: Workplace, name: str, today: date) -> date:
    return today - timedelta(days=int(getattr(place.district.clocks, name)))


def _before_or_none(place: Workplace, name: str, today: date) -> date | None:
    return None if name == "addresses" else _before(place, name, today)


def _runs(connection: Connection, before: date, kept: Kept) -> tuple[int, int]:
    """Return how many old runs go, and how many stay, with single rows of days that do."""
    old = oldrows.old_runs(connection, before)
    if kept.everything:
        return 0, len(old)
    stay = len(oldrows.runs_naming(connection, old, kept.traces))
    return len(old) - stay, stay + oldrows.days_naming(connection, before, kept.traces)


# ---- messages ------------------------------------------------------------------------------


def _old_messages(place: Workplace, before: date, kept: Kept) -> tuple[int, int]:
    """Return how many copies of messages are old, and how many of them a hold keeps."""
    old = stay = 0
    for _, rows in place.lake.fact_tables(
        _FIRST, before - timedelta(days=1), "message", ("message_key",)
    ):
        old += rows.num_rows
        stay += among(rows, "message_key", kept.messages).num_rows
    return old, old if kept.everything else stay


# ---- who was who ---------------------------------------------------------------------------


def _directory(
    place: Workplace, today: date, kept: Kept, going: Collection[str]
) -> tuple[State, int, int]:
    """Return the directory without what has ended long enough, how much that is, and how much
    of it is kept.

    People of an item that stays keep their name and their hats: the item names them.
    """
    state = from_tables(place.lake.read_tables("directory"))
    with place.ledger.read() as connection:
        stays = [i.subject for i in stored_items(connection) if i.id not in going]
    named = {key for subject in stays for key in (subject.adult, subject.student) if key}
    until = day_number(_before(place, "directory", today))
    _, old = forget_ended(state, until=until, keep=frozenset())
    if kept.everything:
        return state, 0, old
    keep = frozenset(named) | kept.people
    left, ended = forget_ended(state, until=until, keep=keep, lists=kept.addresses)
    return left, ended, old - ended


# ---- the address book ----------------------------------------------------------------------


def _orphans(
    place: Workplace, facts_before: date, kept: Kept, left: State, going: Collection[str]
) -> tuple[frozenset[int], frozenset[int]]:
    """Return the keys in the address book that no message, person, list or item will use once
    the rest is gone, and those that only a hold keeps.
    """
    with place.ledger.read() as connection:
        known = set(connection.execute(select(address.c.address_key)).scalars())
        for item in stored_items(connection):
            known -= {0 if item.id in going else item.subject.thing or 0}
    known -= keys_of(left)
    known.difference_update(_keys_in_facts(place, facts_before))
    stay = known if kept.everything else known & kept.on_messages
    return frozenset(known - stay), frozenset(stay)


def _keys_in_facts(place: Workplace, first: date) -> Iterator[int]:
    """Yield the address keys of the messages from a day on, those of each file once."""
    columns = {"message_party": ("address_key", "via_group_key"), "message": ("on_behalf_of_key",)}
    for relation, names in columns.items():
        for _, rows in place.lake.fact_tables(first, _LAST, relation, names):
            for name in names:
                yield from keys(rows[name])
