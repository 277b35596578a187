"""Where in the ledger somebody is named: rows, the values of pages, and words that only look so."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, RowMapping, String, Table, select

from auditor.ledger.kept import chain_entry, metadata, report_copy
from auditor.traces import Traces

Report = tuple[str, int]
"""Id and revision of an issued page; together, with a hyphen, its name on disk."""
_STRUCTURE = frozenset(
    {
        *("audit_date", "covered_by", "day", "episode", "first", "first_day", "fingerprint"),
        *("item_id", "job", "kind", "last", "last_day", "listed_on", "path", "policy_version"),
        *("prefix", "relation", "report_id", "rule", "run_id", "school_id", "sha256", "source"),
        *("state", "subject", "facts_before", "html_sha256", "previous", "until"),
    }
)
"""Columns of text that hold no text of people."""


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
        count = sum(any(value_names(traces, name, v) for name, v in zip(columns, row, strict=True))
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


def naming(connection: Connection, table: Table, traces: Traces) -> Iterator[RowMapping]:
    """Yield the rows of a table that name somebody."""
    columns = text_columns(table)
    for row in connection.execute(select(table)).mappings().all():
        if any(value_names(traces, name, row[name]) for name in columns):
            yield row


def value_names(traces: Traces, column: str, value: str | None) -> bool:
    """Whether a value of a column names somebody."""
    if value is None:
        return False
    if column.endswith("_json"):  # an id of digits is told from a count only in its texts
        return json_names(traces, json.loads(value))
    return traces.in_text(value)
