"""Other engines behind the same port, to prove that a rule means the same on each of them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import pyarrow as pa

from auditor.caseworld import FIRST_DAY, LAST_DAY, World
from auditor.engine import FACTS, fact_sql
from auditor.model import PartyRole
from auditor.rule import Rule

WHOLE_TEAM_MINUTES = 1440
AUTOMATION = ("no", "list", "bulk", "notification", "auto-reply", "calendar")
ROLES = tuple(role.value for role in PartyRole)


def base_tables(world: World) -> dict[str, pa.Table]:
    """Return the relations that DuckDB makes from files, made from the world's tables."""
    copies, parties = world.messages(), world.parties()
    sent_us = copies["sent_at"].cast(pa.int64())
    hidden = copies["recipients_hidden"].cast(pa.int64())
    automation = [AUTOMATION.index(word) for word in copies["automated"].to_pylist()]
    copies = copies.drop_columns(["sent_at", "recipients_hidden", "digest", "automated"])
    copies = copies.append_column("sent_us", sent_us).append_column("hidden", hidden)
    copies = copies.append_column("automation", pa.array(automation, pa.int64()))
    words = pa.array([str(tool).lower() for tool in copies["tool"].to_pylist()], pa.string())
    copies = copies.append_column("tool_word", words)
    ranks = [ROLES.index(word) for word in parties["role"].to_pylist()]
    parties = parties.drop_columns(["sent_day", "role"])
    parties = parties.append_column("role_rank", pa.array(ranks, pa.int64()))
    return {
        **world.directory(),
        "message_copy": copies,
        "message_copy_party": parties,
        "judged_days": pa.table({"first_day": [FIRST_DAY], "last_day": [LAST_DAY]}),
        "whole_team_window": pa.table({"minutes": [WHOLE_TEAM_MINUTES]}),
    }


class SqliteEngine:
    """SQLite, from the standard library."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, rule: Rule, parameters: Mapping[str, int | str]) -> pa.Table:
        return self._table(self._connection.execute(rule.query, dict(parameters)))

    def query(self, sql: str) -> pa.Table:
        return self._table(self._connection.execute(sql))

    def provide(self, name: str, table: pa.Table) -> None:
        _fill(self._connection, name, table)

    @contextmanager
    def with_fact(self, name: str, sql: str) -> Iterator[None]:
        """Make a fact, and all that follow it, anew from another text, for a while."""
        self._connection.execute("BEGIN")
        later = FACTS[FACTS.index(name) :]
        for fact in later:
            self._connection.execute(f"DROP TABLE {fact}")
            text = sql if fact == name else fact_sql(fact)
            self._connection.execute(f"CREATE TABLE {fact} AS {text}")
        yield
        self._connection.execute("ROLLBACK")

    @staticmethod
    def _table(cursor: sqlite3.Cursor) -> pa.Table:
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        return pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})


@contextmanager
def sqlite_engine(world: World) -> Iterator[SqliteEngine]:
    """Yield SQLite with the facts of a world in it."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for name, table in base_tables(world).items():
            _fill(connection, name, table)
        for name in FACTS:
            connection.execute(f"CREATE TABLE {name} AS {fact_sql(name)}")
        yield SqliteEngine(connection)


def _fill(connection: sqlite3.Connection, name: str, table: pa.Table) -> None:
    columns = ", ".join(table.column_names)
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.execute(f"CREATE TABLE {name} ({columns})")
    marks = ", ".join("?" for _ in table.column_names)
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)


class SparkEngine:
    """Spark in this process, for a district that runs rules where its data are."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @classmethod
    def of(cls, session: Any, world: World) -> SparkEngine:
        """Make the facts of a world in a session."""
        for name, table in base_tables(world).items():
            _view(session, name, table)
        for name in FACTS:
            # A checkpoint cuts the plan: otherwise each fact would carry all those before it.
            session.sql(fact_sql(name)).localCheckpoint().createOrReplaceTempView(name)
        return cls(session)

    def run(self, rule: Rule, parameters: Mapping[str, int | str]) -> pa.Table:
        sql = re.sub(r"\$(\w+)", r":\1", rule.query)
        rows = self._session.sql(sql, args=dict(parameters)).collect()
        return pa.Table.from_pylist([row.asDict() for row in rows])

    def query(self, sql: str) -> pa.Table:
        rows = self._session.sql(sql).collect()
        return pa.Table.from_pylist([row.asDict() for row in rows])

    def provide(self, name: str, table: pa.Table) -> None:
        _view(self._session, name, table)


def _view(session: Any, name: str, table: pa.Table) -> None:
    frame = session.createDataFrame(table.to_pylist(), _spark_schema(table))
    frame.createOrReplaceTempView(name)


def _spark_schema(table: pa.Table) -> str:
    kinds = {"int64": "BIGINT", "int32": "BIGINT", "string": "STRING", "null": "STRING"}
    return ", ".join(f"`{field.name}` {kinds[str(field.type)]}" for field in table.schema)
