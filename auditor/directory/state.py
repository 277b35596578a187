"""What the directory remembers between nights, and its form on disk.

Two kinds of memory. *Dated* relations say who was what on which day and grow by ``fold``.
*Latest* relations say what a thing is called and are simply replaced by newer word; people who
left keep their name here, because items about last month still need it.

Only keys stand in the dated relations; address text lives in the address book alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from auditor.directory.intervals import Interval
from auditor.directory.records import RECORDS

Row = tuple[Any, ...]
"""A row's columns in the order of ``DATED`` or ``LATEST``; always ends with the source's name."""

_INT, _TEXT = pa.int64(), pa.string()

DATED: Mapping[str, tuple[tuple[str, pa.DataType], ...]] = {
    "address": (("address_key", _INT), ("person_key", _INT), ("use", _TEXT), ("inside", _INT)),
    "hat": (("person_key", _INT), ("role", _TEXT), ("school_id", _TEXT)),
    "class_member": (("class_key", _INT), ("person_key", _INT), ("role", _TEXT)),
    "team_member": (("team_key", _INT), ("person_key", _INT), ("role", _TEXT)),
    "guardian": (("guardian_key", _INT), ("student_key", _INT)),
    "group_member": (("group_key", _INT), ("member_key", _INT)),
}
LATEST: Mapping[str, tuple[tuple[str, pa.DataType], ...]] = {
    "person": (
        ("person_key", _INT),
        ("person_id", _TEXT),
        ("given_name", _TEXT),
        ("family_name", _TEXT),
        ("grade", _TEXT),
    ),
    "earlier_name": (
        ("person_key", _INT),
        ("given_name", _TEXT),
        ("family_name", _TEXT),
        ("until_day", _INT),
    ),
    "school": (("school_id", _TEXT), ("name", _TEXT)),
    "class": (("class_key", _INT), ("class_id", _TEXT), ("title", _TEXT), ("school_id", _TEXT)),
    "team": (
        ("team_key", _INT),
        ("team_id", _TEXT),
        ("name", _TEXT),
        ("kind", _TEXT),
        ("school_id", _TEXT),
        ("sport", _TEXT),
        ("level", _TEXT),
        ("season_first", _INT),
        ("season_until", _INT),
    ),
    "authorization": (
        ("authorization_id", _TEXT),
        ("ground", _TEXT),
        ("adult_key", _INT),
        ("student_key", _INT),
        ("team_key", _INT),
        ("tool", _TEXT),
        ("granted_by", _TEXT),
        ("granted_by_key", _INT),
        ("granted_by_role", _TEXT),
        ("granted_us", _INT),
        ("starts_on", _INT),
        ("ends_on", _INT),
        ("condition", _TEXT),
        ("reason_code", _TEXT),
        ("evidence", _TEXT),
        ("requested_by_key", _INT),
    ),
    **RECORDS,
    "delivery": (("day", _INT), ("first_day", _INT)),
}
"""``delivery`` holds for each source the day of its newest and of its first delivery.

``earlier_name`` holds the full names that a person had until a day. Pages and notes of then still
say them, so whoever is looked for in these must be known by them; they are shown to nobody else.
"""

REPLACED_WHOLE = frozenset({"authorization", *RECORDS})
"""Latest relations in which a row that is no longer delivered is withdrawn, not remembered."""


@dataclass(frozen=True, slots=True)
class State:
    """The directory's memory. ``dated``: relation -> row -> intervals; ``latest``: key -> row."""

    dated: Mapping[str, Mapping[Row, tuple[Interval, ...]]] = field(default_factory=dict)
    latest: Mapping[str, Mapping[object, Row]] = field(default_factory=dict)

    def delivered_on(self, source: str) -> int | None:
        """Return the day of the source's newest delivery, or None if it never delivered."""
        row = self.latest.get("delivery", {}).get(source)
        return None if row is None else int(row[0])


def to_tables(state: State) -> dict[str, pa.Table]:
    """Return the state as Arrow tables, rows in a fixed order so that equal states are equal."""
    tables: dict[str, pa.Table] = {}
    for name, columns in DATED.items():
        rows = [
            (*row, interval.first, interval.until)
            for row, intervals in state.dated.get(name, {}).items()
            for interval in intervals
        ]
        extra = (("source", _TEXT), ("from_day", _INT), ("until_day", _INT))
        tables[name] = _table(rows, (*columns, *extra))
    for name, columns in LATEST.items():
        tables[name] = _table(
            list(state.latest.get(name, {}).values()), (*columns, ("source", _TEXT))
        )
    return tables


def from_tables(tables: Mapping[str, pa.Table]) -> State:
    """Return the state that ``to_tables`` wrote; an empty mapping is an empty directory."""
    dated: dict[str, dict[Row, tuple[Interval, ...]]] = {}
    latest: dict[str, dict[object, Row]] = {}
    for name in DATED:
        relation = dated.setdefault(name, {})
        for row in _rows(tables.get(name)):
            *thing, first, until = row
            interval = Interval(first, until)
            relation[tuple(thing)] = (*relation.get(tuple(thing), ()), interval)
    for name, columns in LATEST.items():
        latest[name] = {
            identity(name, row): row for row in _rows(_widened(tables.get(name), columns))
        }
    return State(dated, latest)


def _widened(
    table: pa.Table | None, columns: tuple[tuple[str, pa.DataType], ...]
) -> pa.Table | None:
    """Return a table written before a column was thought of with that column, not known."""
    if table is None:
        return None
    for at, (name, kind) in enumerate(columns):
        if name not in table.column_names:
            table = table.add_column(at, name, pa.array([None] * table.num_rows, type=kind))
    return table


def sources(state: State) -> frozenset[str]:
    """Return every source that anything on record is from."""
    relations = (*state.dated.values(), *(rows.values() for rows in state.latest.values()))
    return frozenset(str(row[-1]) for rows in relations for row in rows)


def identity(relation: str, row: Row) -> object:
    """Return what makes a latest row the same thing tomorrow."""
    match relation:
        case "delivery":
            return row[-1]
        case "earlier_name":
            return row[:3]
        case _:
            return row[0]


def _table(rows: list[Row], columns: tuple[tuple[str, pa.DataType], ...]) -> pa.Table:
    rows.sort(key=lambda row: tuple((value is not None, str(value)) for value in row))
    arrays = [
        pa.array([row[i] for row in rows], type=kind) for i, (_, kind) in enumerate(columns)
    ]
    return pa.table(arrays, names=[name for name, _ in columns])


def _rows(table: pa.Table | None) -> list[Row]:
    if table is None or table.num_rows == 0:
        return []
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
