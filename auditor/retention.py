"""How long each class of what is stored is kept, and letting go of what is older.

Each class has a clock of its own, for they serve different ends: an item is answered for long
after the messages around it are of no use. A hold beats every clock. What only the chain of events
and the list of issued pages say holds no name and is never deleted, so that they still verify.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, func, select

from auditor import oldrows
from auditor.desk import CONTEXT_DAYS
from auditor.directory import day_number, from_tables, to_tables
from auditor.holds import Held, held
from auditor.itembook import stored_items
from auditor.lake.manifest import Batch
from auditor.ledger import book
from auditor.ledger.kept import purge
from auditor.ledger.tables import address
from auditor.olddirectory import forget_ended, keys_of
from auditor.oldrows import Report
from auditor.result.certificate import Deleted
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
    with place.ledger.read() as connection:
        holds = held(connection)
        due = oldrows.old_items(connection, _before(place, "items", today))
        issued = oldrows.old_reports(connection, _before(place, "reports", today))
        rows = oldrows.reports_with_rows(connection)
        reports = [one for one in issued if one in rows or one in on_disk]
        runs = oldrows.old_runs(connection, _before(place, "runs", today))
    kept = frozenset(reports if holds.everything else kept_reports)
    items = tuple(id_ for id_, *people in due if not _is_held(holds, id_, people))
    facts_before = _before(place, "facts", today)
    old, kept_messages = _old_messages(place, facts_before, holds)
    ended, kept_ended = _directory(place, today, holds, items, write=None)
    going = [one for one in reports if one not in kept]
    counts = {
        "facts": (old - kept_messages, kept_messages),
        "directory": (ended, kept_ended),
        "items": (len(items), len(due) - len(items)),
        "reports": (len(going), len(reports) - len(going)),
        "runs": (0, len(runs)) if holds.everything else (len(runs), 0),
        "addresses": (0, 0) if holds.everything else (len(_orphans(place, facts_before)), 0),
    }
    lines = tuple(
        Deleted(name, words, _before_or_none(place, name, today), *counts[name])
        for name, words in CLASSES.items()
    )
    return Plan(today, lines, facts_before, items, tuple(going), kept)


def carry_out(
    place: Workplace, planned: Plan, *, run_id: str, purge_id: int, now: datetime
) -> tuple[str, ...]:
    """Let go of what was planned, under the run lock; return files that must be gone.

    Pages are files of the caller's. Raises ``StorageBusy`` while somebody reads the lake.
    """
    with place.ledger.read() as connection:
        holds = held(connection)
    if holds.everything:
        return ()
    today = planned.today
    kept = _kept_messages(place, planned.facts_before, holds)

    def change(_: Batch, rows: pa.Table) -> pa.Table:
        if not kept:
            return rows.slice(0, 0)
        left = rows.filter(_is_among(rows["message_key"], kept))
        return rows if left.num_rows == rows.num_rows else left

    last = planned.facts_before - timedelta(days=1)
    gone = place.lake.rewrite(change, first=_FIRST, last=last, run_id=run_id)
    _directory(place, today, holds, planned.items, write=run_id)
    with place.ledger.begin() as connection:
        oldrows.delete_items(connection, planned.items, purge_id=purge_id, now=now)
        oldrows.delete_copies(connection, planned.reports)
        oldrows.delete_runs(connection, _before(place, "runs", today))
    place.lake.clean_orphans()
    orphans = _orphans(place, planned.facts_before)
    with place.ledger.begin() as connection:
        book.forget(connection, orphans)
    place.ledger.compact()
    return tuple(path for path in gone.paths if (place.lake.root / path).exists())


def _before(place: Workplace, name: str, today: date) -> date:
    return today - timedelta(days=int(getattr(place.district.clocks, name)))


def _before_or_none(place: Workplace, name: str, today: date) -> date | None:
    return None if name == "addresses" else _before(place, name, today)


def _is_held(holds: Held, item_id: str, people: Collection[int | None]) -> bool:
    return holds.everything or item_id in holds.items or bool(holds.people & {*people})


# ---- messages ------------------------------------------------------------------------------


def _old_messages(place: Workplace, before: date, holds: Held) -> tuple[int, int]:
    """Return how many copies of messages are old, and how many of them a hold keeps."""
    kept = _kept_messages(place, before, holds)
    old = stay = 0
    for _, rows in place.lake.fact_tables(
        _FIRST, before - timedelta(days=1), "message", ("message_key",)
    ):
        old += rows.num_rows
        if kept:
            stay += rows.filter(_is_among(rows["message_key"], kept)).num_rows
    return old, old if holds.everything else stay


def _kept_messages(place: Workplace, before: date, holds: Held) -> frozenset[int]:
    """Return the old messages of people under a hold, and those an item under one rests on."""
    if not holds.holds or holds.everything:
        return frozenset()
    with place.ledger.read() as connection:
        kept = {
            hit.message
            for item in stored_items(connection)
            if item.id in holds.items
            for hit in item.hits
        }
    if not holds.people:
        return frozenset(kept)
    state = from_tables(place.lake.read_tables("directory"))
    theirs = {row[0] for row in state.dated["address"] if row[1] in holds.people}
    for _, rows in place.lake.fact_tables(_FIRST, before - timedelta(days=1), "message_party"):
        on = rows.filter(_is_among(rows["address_key"], theirs))
        kept.update(_keys(on["message_key"]))
    return frozenset(kept)


def _is_among(column: pa.ChunkedArray[Any], keys: Collection[int]) -> pa.BooleanArray:
    return pc.is_in(column, value_set=pa.array(sorted(keys), pa.int64()))


def _keys(column: pa.ChunkedArray[Any]) -> Iterator[int]:
    return (int(str(key)) for key in pc.unique(column).to_pylist() if key is not None)


# ---- who was who ---------------------------------------------------------------------------


def _directory(
    place: Workplace, today: date, holds: Held, going: Collection[str], *, write: str | None
) -> tuple[int, int]:
    """Return how many rows have ended long enough, and how many are kept; ``write`` forgets them.

    People of an item that stays keep their name and their hats: the item names them.
    """
    state = from_tables(place.lake.read_tables("directory"))
    with place.ledger.read() as connection:
        stays = [i.subject for i in stored_items(connection) if i.id not in going]
    named = {key for subject in stays for key in (subject.adult, subject.student) if key}
    until = day_number(_before(place, "directory", today))
    _, old = forget_ended(state, until=until, keep=frozenset())
    if holds.everything:
        return 0, old
    left, ended = forget_ended(state, until=until, keep=frozenset(named) | holds.people)
    if write is not None and ended:
        place.lake.write_tables(to_tables(left), kind="directory", run_id=write)
    return ended, old - ended


# ---- the address book ----------------------------------------------------------------------


def _orphans(place: Workplace, facts_before: date) -> frozenset[int]:
    """Return the keys in the address book that no message, person, list or item uses."""
    with place.ledger.read() as connection:
        known = set(connection.execute(select(address.c.address_key)).scalars())
        for item in stored_items(connection):
            known -= {item.subject.thing or 0}
    known -= keys_of(from_tables(place.lake.read_tables("directory")))
    known.difference_update(_keys_in_facts(place, facts_before))
    return frozenset(known)


def _keys_in_facts(place: Workplace, first: date) -> Iterator[int]:
    """Yield the address keys of the messages that stay, those of each file once."""
    with place.ledger.read() as connection:
        held_back = bool(held(connection).holds)
    since = _FIRST if held_back else first
    columns = {"message_party": ("address_key", "via_group_key"), "message": ("on_behalf_of_key",)}
    for relation, names in columns.items():
        for _, rows in place.lake.fact_tables(since, _LAST, relation, names):
            for name in names:
                yield from _keys(rows[name])


