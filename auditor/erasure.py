"""Erasing one person: every word of theirs goes, wherever it stands, and does not come back.

What stays are whole numbers that lead to nobody without the roster's own id and the secret pepper.
The order matters: whatever is needed to recognise the person goes last, so that an erasure that
was killed can be done again and finishes what was left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, and_, delete, insert, select, update

from auditor import oldrows
from auditor.directory import State, from_tables, to_tables
from auditor.directory.state import LATEST
from auditor.erased import erased_people, nameless
from auditor.heldback import items_about
from auditor.lake.manifest import Batch
from auditor.ledger import book
from auditor.ledger.kept import chain_entry, decision, erased_key, metadata, report_copy
from auditor.ledger.tables import (
    address,
    coverage_unit,
    note,
    quarantine,
    source_mark,
    unmatched,
)
from auditor.recognising import Person
from auditor.result.certificate import Deleted
from auditor.rowtraces import text_columns, value_names
from auditor.traces import Traces
from auditor.workplace import Workplace

_FIRST, _LAST = date(1, 1, 1), date(9999, 12, 31)
_GO_WHOLE = (unmatched, quarantine, note, coverage_unit, source_mark)
"""Rows of these say nothing once the word in them is gone."""
_NOT_SWEPT = (chain_entry, address, report_copy)
"""The chain holds no name and must not change; the others are gone through by key, or whole."""


def erase(
    place: Workplace, person: Person, *, run_id: str, purge_id: int, now: datetime
) -> tuple[Deleted, ...]:
    """Take a person's words out of lake and ledger, under the run lock; return what went.

    Pages and their copies are the caller's to delete before.
    """
    with place.ledger.begin() as connection:
        ids = items_about(connection, person.key)
        oldrows.delete_items(connection, ids, purge_id=purge_id, now=now)
        rows = _sweep(connection, person.traces)
    facts = place.lake.rewrite(
        _without_words(person.traces), first=_FIRST, last=_LAST, run_id=run_id
    )
    with place.ledger.begin() as connection:
        _remember_as_erased(connection, person, purge_id)
        texts = book.forget(connection, person.addresses)
        everybody = erased_people(connection)
    words = _scrub(place, person, everybody, run_id)
    place.lake.clean_orphans()
    place.ledger.compact()
    return (
        Deleted("addresses", "addresses in the address book", None, texts, 0),
        Deleted("directory", "words in the directory", None, words, 0),
        Deleted("items", "items with their evidence and decisions", None, len(ids), 0),
        Deleted("rows", "rows of the ledger with a word of theirs", None, rows, 0),
        Deleted("facts", "files of messages with a word of theirs", None, facts.rewritten, 0),
    )


def _remember_as_erased(connection: Connection, person: Person, purge_id: int) -> None:
    wanted = {("person", person.key), *(("address", key) for key in person.addresses)}
    known = select(erased_key.c.kind, erased_key.c.key)
    wanted -= {(row.kind, row.key) for row in connection.execute(known)}
    rows = [{"kind": kind, "key": key, "purge_id": purge_id} for kind, key in sorted(wanted)]
    if rows:
        connection.execute(insert(erased_key), rows)


def _without_words(traces: Traces) -> Callable[[Batch, pa.Table], pa.Table]:
    """Return the change of a file of facts that takes words out of its columns of text."""

    def change(_: Batch, rows: pa.Table) -> pa.Table:
        changed = rows
        for at, field in enumerate(rows.schema):
            if not pa.types.is_string(field.type) or field.name == "source":
                continue
            written = [None if v is None else str(v) for v in rows[field.name].to_pylist()]
            found = {text: traces.without(text) for text in {*written} if text is not None}
            found = {text: mended for text, mended in found.items() if mended != text}
            if found:
                texts = [text if text is None else found.get(text, text) for text in written]
                changed = changed.set_column(at, field, pa.array(texts, field.type))
        return changed

    return change


def _scrub(place: Workplace, person: Person, everybody: Collection[int], run_id: str) -> int:
    """Write the directory without the person's words; return how many values had one."""
    before = from_tables(place.lake.read_tables("directory"))
    earlier = [row for row in before.latest["earlier_name"].values() if row[0] == person.key]
    changed = len(earlier)
    latest: dict[str, dict[object, tuple[Any, ...]]] = {}
    for relation, rows in nameless(before, everybody).latest.items():
        kept = latest.setdefault(relation, {})
        texts = {n for n, (c, kind) in enumerate(LATEST[relation]) if _is_words(c, kind)}
        for key, row in rows.items():
            mended = tuple(
                person.traces.without(v) if n in texts and isinstance(v, str) else v
                for n, v in enumerate(row)
            )
            changed += mended != before.latest[relation][key]
            kept[key] = mended
    place.lake.write_tables(
        to_tables(State(before.dated, latest)), kind="directory", run_id=run_id
    )
    return changed


def _is_words(column: str, kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) and column not in ("school_id", "class_id", "team_id", "id")


# ---- the ledger ----------------------------------------------------------------------------


def _json_without(traces: Traces, value: Any) -> Any:
    if isinstance(value, dict):
        return {traces.without(key): _json_without(traces, part) for key, part in value.items()}
    if isinstance(value, list):
        return [_json_without(traces, part) for part in value]
    return traces.without(value) if isinstance(value, str) else value


def _sweep(connection: Connection, traces: Traces) -> int:
    """Take a person's words out of every row; return how many rows had one."""
    changed = 0
    for table in metadata.sorted_tables:
        columns = [] if table in _NOT_SWEPT else text_columns(table)
        if not columns:
            continue
        keys = [column.name for column in table.primary_key]
        for row in connection.execute(select(table)).mappings().all():
            found = [name for name in columns if value_names(traces, name, row[name])]
            if not found:
                continue
            changed += 1
            here = and_(*(table.c[name] == row[name] for name in keys))
            if table in _GO_WHOLE:
                connection.execute(delete(table).where(here))
                continue
            values: dict[str, str | None] = {n: _mended(traces, n, row[n]) for n in found}
            if table is decision:  # a note that is gone is vouched for; one that was changed is not
                values["note"] = None
            connection.execute(update(table).where(here).values(**values))
    return changed


def _mended(traces: Traces, column: str, value: str) -> str:
    if not column.endswith("_json"):
        return traces.without(value)
    mended = _json_without(traces, json.loads(value))
    return json.dumps(mended, sort_keys=True, ensure_ascii=False)
