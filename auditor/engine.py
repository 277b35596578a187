"""The port that runs SQL: committed files and a directory in, rows out, nothing kept.

The facts relations (``facts/*.sql``) are made once, in order, when an engine is opened; rules then
only read them. DuckDB does it in this process, without a file of its own and without reach beyond
the files it was given: no rule, whoever wrote it, can read or write anything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from auditor import relations
from auditor.ledger import StorageError
from auditor.rule import Rule

FACTS = (
    "person_span",
    "address_person",
    "message_in_window",
    "student_message",
    "party",
    "list_day_member",
    "list_day_audience",
    "party_direct",
    "party_via_list",
    "party_person",
    "audience",
    "context_contact",
    "contact",
    "class_of_one",
    "team_day",
    "team_reach",
    "team_message",
)
"""The facts relations in the order in which they are made; each reads those before it."""
_READ_ONCE = frozenset(("message_in_window", "party_via_list", "party_person", "contact"))
"""Of these, those that are cheaper to work out where they are read than to keep."""
_FOLDER = Path(__file__).parent / "facts"
MEMORY = "640MB"
"""What DuckDB may hold before it goes to the temporary folder."""
_KEYS_AT_ONCE = 5_000

MESSAGE_COPY = """
SELECT message_key, source, native_id, tool, lower(tool) AS tool_word, channel,
       epoch_us(sent_at) AS sent_us, sent_day,
       sent_minute, thread_key, container_key, on_behalf_of_key,
       CAST(recipients_hidden AS INTEGER) AS hidden, unparsed,
       CASE automated
           WHEN 'calendar' THEN 5 WHEN 'auto-reply' THEN 4 WHEN 'notification' THEN 3
           WHEN 'bulk' THEN 2 WHEN 'list' THEN 1 ELSE 0
       END AS automation
FROM {files}"""
MESSAGE_COPY_PARTY = """
SELECT message_key, address_key, via_group_key,
       CASE role
           WHEN 'from' THEN 0 WHEN 'to' THEN 1 WHEN 'cc' THEN 2 WHEN 'bcc' THEN 3
           WHEN 'member' THEN 4 ELSE 5
       END AS role_rank
FROM {files}"""
_EMPTY = {
    "message_copy": """
        SELECT 0::BIGINT AS message_key, '' AS source, '' AS native_id, '' AS tool,
               '' AS tool_word, '' AS channel, 0::BIGINT AS sent_us, 0 AS sent_day,
               0 AS sent_minute, 0::BIGINT AS thread_key,
               0::BIGINT AS container_key, 0::BIGINT AS on_behalf_of_key, 0 AS hidden,
               0 AS unparsed, 0 AS automation WHERE false""",
    "message_copy_party": """
        SELECT 0::BIGINT AS message_key, 0::BIGINT AS address_key, 0::BIGINT AS via_group_key,
               0 AS role_rank WHERE false""",
}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an engine is opened on. Days are day numbers; both ends are judged.

    The files may reach further back than ``first_day``: what they hold from before is context.
    """

    message_files: Sequence[Path]
    party_files: Sequence[Path]
    directory: Mapping[str, pa.Table]
    first_day: int
    last_day: int
    whole_team_minutes: int = 1440
    """Minutes around a coach's message in which others to the team count with it."""


class Engine(Protocol):
    """Anything that can run a rule over the facts."""

    def run(self, rule: Rule, parameters: Mapping[str, int | str]) -> pa.Table:
        """Return a rule's rows: ``rule.HIT_COLUMNS``, then its evidence columns."""
        ...

    def query(self, sql: str) -> pa.Table:
        """Return the rows of our own SQL over the facts."""
        ...

    def provide(self, name: str, table: pa.Table) -> None:
        """Fill one of ``relations.PROVIDED_LATER``; what was in it is gone."""
        ...


def rows_for(engine: Engine, sql: str, keys: Iterable[int]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of ``sql``, in which ``{keys}`` stands for the keys, some at a time."""
    ordered = sorted(set(keys))
    for start in range(0, len(ordered), _KEYS_AT_ONCE):
        some = ",".join(str(int(key)) for key in ordered[start : start + _KEYS_AT_ONCE])
        yield from engine.query(sql.replace("{keys}", some)).to_pylist()


def fact_sql(name: str) -> str:
    """Return the query of a facts relation."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


@contextmanager
def open_engine(
    inputs: Inputs, *, temp_directory: Path, memory: str = MEMORY, threads: int | None = None
) -> Iterator[Engine]:
    """Open DuckDB on some files, make the facts, and yield it.

    Spill files hold keys only, in ``temp_directory``; they are gone when this returns.
    """
    with _speaking_plainly(temp_directory), closing(duckdb.connect(":memory:")) as connection:
        _confine(connection, inputs, temp_directory, memory, threads)
        _base_relations(connection, inputs)
        for name in FACTS:
            kind = "VIEW" if name in _READ_ONCE else "TABLE"
            connection.execute(f"CREATE TEMP {kind} {name} AS {fact_sql(name)}")
        yield DuckEngine(connection)


@contextmanager
def _speaking_plainly(temp_directory: Path) -> Iterator[None]:
    """Turn what DuckDB runs out of into ``StorageError``; its other errors are bugs and pass."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StorageError(
            "the checks need more memory, or more room for what does not fit into it",
            where=str(temp_directory),
            cure="Make room on that disk or give this machine more memory, then run again",
        ) from error
    except duckdb.Error as error:
        # What its Parquet reader finds in a damaged file has no class of its own.
        if type(error) not in (duckdb.Error, duckdb.IOException, duckdb.SerializationException):
            raise
        raise StorageError(
            "the checks could not read a stored file, or write one of their own",
            where=str(temp_directory),
            cure="Check that the disk is there and has room, then run `auditor run nightly`: "
            "it names a stored file that is damaged",
        ) from error


def _confine(
    connection: duckdb.DuckDBPyConnection,
    inputs: Inputs,
    temp_directory: Path,
    memory: str,
    threads: int | None,
) -> None:
    files = [str(path) for path in (*inputs.message_files, *inputs.party_files)]
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"SET memory_limit = {_quoted(memory)}")
    connection.execute(f"SET temp_directory = {_quoted(str(temp_directory))}")
    if threads is not None:
        connection.execute(f"SET threads = {int(threads)}")
    connection.execute(f"SET allowed_paths = {_list(files)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _base_relations(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    for name, files, select in (
        ("message_copy", inputs.message_files, MESSAGE_COPY),
        ("message_copy_party", inputs.party_files, MESSAGE_COPY_PARTY),
    ):
        # Without hive_partitioning = false the folders' names would become columns.
        read = f"read_parquet({_list(str(p) for p in files)}, hive_partitioning = false)"
        sql = select.format(files=read) if files else _EMPTY[name]
        connection.execute(f"CREATE TEMP VIEW {name} AS {sql}")
    for name, table in {**relations.empty(), **inputs.directory}.items():
        _put(connection, name, table)
    connection.execute(
        "CREATE TEMP TABLE judged_days AS SELECT "
        f"{int(inputs.first_day)} AS first_day, {int(inputs.last_day)} AS last_day"
    )
    connection.execute(
        "CREATE TEMP TABLE whole_team_window AS SELECT "
        f"CAST({int(inputs.whole_team_minutes)} AS BIGINT) AS minutes"
    )


def _put(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register(f"given_{name}", table)
    copy = "CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given_{name}"
    connection.execute(copy.format(name=name))
    connection.unregister(f"given_{name}")


class DuckEngine:
    """DuckDB with the facts in it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, rule: Rule, parameters: Mapping[str, int | str]) -> pa.Table:
        """See ``Engine.run``."""
        values = dict(parameters)
        run = self._connection.execute
        return (run(rule.query, values) if values else run(rule.query)).to_arrow_table()

    def query(self, sql: str) -> pa.Table:
        """See ``Engine.query``."""
        return self._connection.execute(sql).to_arrow_table()

    def provide(self, name: str, table: pa.Table) -> None:
        """See ``Engine.provide``."""
        assert name in relations.PROVIDED_LATER  # noqa: S101  (facts were made from the others)
        _put(self._connection, name, table)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(_quoted(text) for text in texts) + "]"
