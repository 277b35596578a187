"""Erasing one person: every word of theirs goes, wherever it stands, and does not come back.

What stays are whole numbers that lead to nobody without the roster's own id and the secret pepper.
The order matters: whatever is needed to recognise the person goes last, so that an erasure that
was killed can be done again and finishes what was left.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, String, Table, and_, delete, insert, select, update

from auditor import oldrows
from auditor.directory import State, from_tables, to_tables
from auditor.directory.state import LATEST
from auditor.erased import erased_people, nameless
from auditor.holds import Hold, held
from auditor.keys import person_id_address
from auditor.lake.manifest import Batch
from auditor.ledger import book
from auditor.ledger.kept import chain_entry, decision, erased_key, metadata, report_copy
from auditor.ledger.tables import address, item, note, quarantine, unmatched
from auditor.model import AddressKind
from auditor.oldrows import Report
from auditor.result.certificate import Deleted
from auditor.traces import Traces
from auditor.workplace import AuditError, Workplace

_FIRST, _LAST = date(1, 1, 1), date(9999, 12, 31)
_GO_WHOLE = (unmatched, quarantine, note)
"""Rows of these say nothing once the word in them is gone."""
_NOT_SWEPT = (chain_entry, address, report_copy)
"""The chain holds no name and must not change; the others are gone through by key, or whole."""
_STRUCTURE = frozenset(
    {
        *("audit_date", "covered_by", "day", "episode", "first", "first_day", "fingerprint"),
        *("item_id", "job", "kind", "last", "last_day", "listed_on", "path", "policy_version"),
        *("prefix", "relation", "report_id", "rule", "run_id", "school_id", "sha256", "source"),
        *("state", "subject", "facts_before", "html_sha256", "previous", "until"),
    }
)
"""Columns of text that hold no text of people."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an erasure or an export is about, and what there is to recognise them by."""

    key: int
    traces: Traces
    addresses: frozenset[int]
    """Keys of addresses that are nobody else's."""
    remarks: tuple[str, ...]


def person_of(place: Workplace, person_id: str) -> int:
    """Return the key of a person by id, user name or number; raises ``AuditError``."""
    state = from_tables(place.lake.read_tables("directory"))
    return _key(place, state, person_id)


def ids_of(place: Workplace, keys: Collection[int]) -> list[str]:
    """Return the ids of those of ``keys`` that still have one."""
    people = from_tables(place.lake.read_tables("directory")).latest.get("person", {})
    return [row[1] for row in people.values() if row[0] in keys and row[1]]


def find_person(place: Workplace, person_id: str) -> Person:
    """Return a person by id as the roster writes it; raises ``AuditError`` if nobody has it."""
    state = from_tables(place.lake.read_tables("directory"))
    key = _key(place, state, person_id)
    claims = [row for row in state.dated["address"] if row[1] == key]
    others = {row[0] for row in state.dated["address"] if row[1] != key}
    own = frozenset(row[0] for row in claims if row[0] not in others)
    with place.ledger.read() as connection:
        entries = book.look_up(connection, own)
        ids = {e.text for e in entries.values() if e.kind is AddressKind.PERSON_ID}
        texts = {e.text for e in entries.values() if e.kind is not AddressKind.PERSON_ID}
        longer = _longer(connection, texts)
    row = state.latest["person"].get(key)
    named = () if row is None or not row[1] else ((row[2], row[3]),)
    remarks = []
    if named and _has_namesake(state, key, named[0]):
        named = ()
        remarks.append("Somebody else has the same name, so the name alone was not looked for.")
    if len(own) < len({row[0] for row in claims}):
        remarks.append("An address that is somebody else's too stays theirs.")
    traces = Traces.of({person_id, *ids, *({row[1]} if row else ())}, texts, named)
    longer |= _names_like(state, key, named)
    return Person(key, replace(traces, longer=frozenset(longer)), own, tuple(remarks))


def _key(place: Workplace, state: State, person_id: str) -> int:
    key = place.keyring.person(person_id)
    if key in state.latest.get("person", {}):
        return key
    named = place.keyring.address(person_id_address(person_id))
    found = {row[1] for row in state.dated.get("address", {}) if row[0] == named}
    if len(found) == 1:
        return int(found.pop())
    raise AuditError(
        "nobody on record has this id",
        where=person_id,
        cure="Write the id as the roster does",
    )


def _has_namesake(state: State, key: int, name: tuple[str, str]) -> bool:
    return any(
        row[0] != key and [_plain(one) for one in row[2:4]] == [_plain(one) for one in name]
        for row in state.latest["person"].values()
    )


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _longer(connection: Connection, texts: Collection[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        query = select(address.c.text).where(address.c.text.contains(text, autoescape=True))
        found.update(connection.execute(query).scalars())
    return found - {*texts}


def _names_like(state: State, key: int, named: Collection[tuple[str, str]]) -> set[str]:
    """Return the names of others that a person's name may seem to stand in.

    Of Ann Lee these are Mary Ann Lee, but also Joann Lee and Ann Day, who stand side by side in a
    list as "Joann Lee, Ann Day".
    """
    found: set[str] = set()
    for given, family in ((_plain(one), _plain(other)) for one, other in named):
        for row in state.latest["person"].values():
            other = f"{row[2]} {row[3]}"
            words = _plain(other)
            if row[0] == key or " " not in words:
                continue
            if words.endswith(family) or words.startswith(given) or f"{given} {family}" in words:
                found |= {other, f"{row[3]}, {row[2]}"}
    return found


def holds_over(connection: Connection, person: Person) -> tuple[Hold, ...]:
    """Return the holds that forbid an erasure: over the person, and over whoever shares an item."""
    holds, items = held(connection), items_about(connection, person.key)
    others = select(item.c.adult_key, item.c.student_key).where(item.c.item_id.in_(items))
    people = {key for row in connection.execute(others) for key in row if key is not None}
    found = [one for key in sorted({person.key, *people}) for one in holds.over(key, items)]
    return tuple(dict.fromkeys(found))


def items_about(connection: Connection, key: int) -> tuple[str, ...]:
    """Return the items in which somebody is the adult or the student."""
    about = (item.c.adult_key == key) | (item.c.student_key == key)
    query = select(item.c.item_id).where(about).order_by(item.c.item_id)
    return tuple(connection.execute(query).scalars())


# ---- erasing -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Erased:
    lines: tuple[Deleted, ...]
    reports: tuple[Report, ...]
    """Pages whose copies named the person; their files are the caller's to delete."""


def erase(
    place: Workplace, person: Person, *, run_id: str, purge_id: int, now: datetime
) -> Erased:
    """Take a person's words out of lake and ledger, under the run lock."""
    with place.ledger.begin() as connection:
        ids = items_about(connection, person.key)
        oldrows.delete_items(connection, ids, purge_id=purge_id, now=now)
        reports = copies_naming(connection, person.traces)
        oldrows.delete_copies(connection, reports)
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
    return Erased(
        (
            Deleted("addresses", "addresses in the address book", None, texts, 0),
            Deleted("directory", "words in the directory", None, words, 0),
            Deleted("items", "items with their evidence and decisions", None, len(ids), 0),
            Deleted("copies", "copies of pages in the ledger", None, len(reports), 0),
            Deleted("rows", "rows of the ledger with a word of theirs", None, rows, 0),
            Deleted("facts", "files of messages with a word of theirs", None, facts.rewritten, 0),
        ),
        reports,
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
    changed = 0
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


def copies_naming(connection: Connection, traces: Traces) -> tuple[Report, ...]:
    """Return the pages whose stored values name somebody."""
    rows = connection.execute(select(report_copy))
    return tuple(
        (row.report_id, row.revision)
        for row in rows
        if json_names(traces, json.loads(zlib.decompress(row.values_zlib)))
    )


def json_names(traces: Traces, value: Any) -> bool:
    """Whether somebody can be recognised in a text anywhere in a JSON document."""
    if isinstance(value, dict):
        return any(json_names(traces, part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(json_names(traces, part) for part in value)
    return isinstance(value, str) and traces.in_text(value)


def _json_without(traces: Traces, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _json_without(traces, part) for key, part in value.items()}
    if isinstance(value, list):
        return [_json_without(traces, part) for part in value]
    return traces.without(value) if isinstance(value, str) else value


def text_columns(table: Table) -> list[str]:
    """Return the columns of a table in which a text of people may stand."""
    return [
        column.name
        for column in table.columns
        if isinstance(column.type, String)
        and column.name not in _STRUCTURE
        and not column.name.endswith(("_at", "_on"))
    ]


def rows_naming(connection: Connection, traces: Traces) -> dict[str, int]:
    """Return how many rows of each table name somebody, the address book among them."""
    found: dict[str, int] = {}
    for table in metadata.sorted_tables:
        columns = text_columns(table) if table is not chain_entry else ["body_json"]
        if not columns:
            continue
        rows = connection.execute(select(*(table.c[name] for name in columns)))
        count = sum(any(_names(traces, name, v) for name, v in zip(columns, row, strict=True))
                    for row in rows)  # fmt: skip
        if count:
            found[table.name] = count
    copies = len(copies_naming(connection, traces))
    return {**found, **({report_copy.name: copies} if copies else {})}


def words_of_others(connection: Connection, traces: Traces) -> frozenset[str]:
    """Return the words in values of the ledger that hold a trace inside, as "Joann" holds "Ann".

    Where values lie side by side in a file nothing else tells them from what would be left.
    """
    found: set[str] = set()
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, String)]
        for row in connection.execute(select(*columns)) if columns else ():
            for value in row:
                if value is not None:
                    found |= traces.longer_in(value)
    return frozenset(found)


def _names(traces: Traces, column: str, value: str | None) -> bool:
    if value is None:
        return False
    if traces.in_text(value):
        return True
    # a number is told from a count only where values stand apart
    return column.endswith("_json") and traces.has_number and json_names(traces, json.loads(value))


def _sweep(connection: Connection, traces: Traces) -> int:
    """Take a person's words out of every row; return how many rows had one."""
    changed = 0
    for table in metadata.sorted_tables:
        columns = [] if table in _NOT_SWEPT else text_columns(table)
        if not columns:
            continue
        keys = [column.name for column in table.primary_key]
        for row in connection.execute(select(table)).mappings().all():
            found = [name for name in columns if _names(traces, name, row[name])]
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
