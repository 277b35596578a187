"""What SQLite and PostgreSQL need said differently. The only place that asks which one it is.

Both give the rest of the program the same three things: a write transaction that is alone, a read
transaction that sees one moment, and a commit that is on the disk when it returns.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from auditor.ledger.errors import LedgerDamaged, StorageBusy, StorageError, StorageFull, storing

BUSY_SECONDS = 30
"""How long a writer waits for another one before it gives up."""

POSTGRES_CURE = "Install the program with its extra for it: pip install 'auditor[postgres]'"

_WRITES = "ledger_writes"
_WRITER_LOCK = 0x61756469746F72
"""Number of the PostgreSQL advisory lock that makes writers take turns, as SQLite's do."""

_EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",  # readers never wait for the night job
    "PRAGMA synchronous=FULL",  # NORMAL would not reach the disk at a commit in WAL mode
    "PRAGMA secure_delete=ON",  # an erased address must not stay in a free page
    "PRAGMA foreign_keys=ON",
)


def connect(url: URL, **more: Any) -> Engine:
    """Return an engine whose transactions behave as described above; opens nothing yet.

    ``poolclass`` and ``application_name`` are for PostgreSQL. Raises ``StorageError`` where its
    driver is not installed.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    try:
        return _postgresql(url, **more)
    except ModuleNotFoundError as error:
        raise StorageError(
            "support for PostgreSQL is not installed",
            where=url.render_as_string(hide_password=True),
            cure=POSTGRES_CURE,
        ) from error


def start(connection: Connection, *, writes: bool) -> Connection:
    """Return ``connection`` set up so that its next transaction writes alone, or only reads."""
    if connection.dialect.name == "sqlite":
        return connection.execution_options(**{_WRITES: writes})
    return connection.execution_options(
        isolation_level="READ COMMITTED" if writes else "REPEATABLE READ",
        postgresql_readonly=not writes,
        **{_WRITES: writes},
    )


def compact(engine: Engine) -> None:
    """Write the database anew without what was deleted, and empty its write-ahead log."""
    if engine.dialect.name != "sqlite":
        plain = engine.execution_options(isolation_level="AUTOCOMMIT")
        with plain.connect() as connection:
            connection.exec_driver_sql("VACUUM FULL")
        return
    engine.dispose()  # readers that merely wait in the pool would keep the log from being emptied
    with engine.connect() as connection:
        driver = connection.connection.cursor()
        driver.execute("PRAGMA query_only=OFF")
        # Emptied first and last: what was deleted may stand in the log alone.
        for words in (_EMPTY_LOG, "VACUUM", _EMPTY_LOG):
            driver.execute(words)
        driver.close()


def damage(connection: Connection) -> str | None:
    """Return what the database finds wrong with itself, or None. Reads everything once."""
    if connection.dialect.name != "sqlite":
        return None
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(5)")]
    if found != ["ok"]:
        return "; ".join(found)
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    return None if dangling is None else f"a row of {dangling[0]} refers to nothing"


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        for pragma in _PRAGMAS:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        # IMMEDIATE takes the writer's place at once: a transaction that first reads and then
        # writes could otherwise fail in the middle because another one was faster.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(
    url: URL, poolclass: type[Pool] | None = None, application_name: str = "auditor"
) -> Engine:
    named = {"application_name": application_name}
    engine = create_engine(url, pool_pre_ping=True, poolclass=poolclass, connect_args=named)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITES, False):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")

    return engine


# ---- files and failures --------------------------------------------------------------------


def prepare_file(path: Path) -> None:
    """Make the file of a SQLite ledger, and its folder, for the owner alone.

    SQLite gives the files beside it (write-ahead log, shared memory) the mode of this one.
    """
    with storing(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


@contextmanager
def speaking_plainly(where: str) -> Iterator[None]:
    """Turn the driver's failures of storage into ``StorageError``; others are bugs and pass."""
    try:
        yield
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            plain = _plain_sqlite(error.orig, where)
        else:
            plain = _plain_postgresql(error, where)
        if plain is None:
            raise
        raise plain from error


def _plain_postgresql(error: DBAPIError, where: str) -> StorageError | None:
    state = getattr(error.orig, "sqlstate", None) or ""
    if state == "53100":
        return StorageFull(where)
    if state == "55P03":
        return _busy(where)
    if isinstance(error, OperationalError) and state[:2] in {"", "08", "57"}:
        return StorageError(
            "the database cannot be reached",
            where=where,
            cure="Check that it runs and that the ledger's address is right",
        )
    return None


def _plain_sqlite(error: sqlite3.Error, where: str) -> StorageError | None:
    # The low byte of a code is its family. Errors of the driver itself carry none.
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return StorageFull(where)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return _busy(where)
        case sqlite3.SQLITE_NOTADB:
            return LedgerDamaged("this file is not a ledger", where=where)
        case sqlite3.SQLITE_CORRUPT:
            return LedgerDamaged("the ledger is damaged", where=where)
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY:
            return StorageError(
                str(error), where=where, cure="Check that the disk is there and may be written to"
            )
        case _:
            return None


def _busy(where: str) -> StorageBusy:
    return StorageBusy(
        f"another process has been writing for more than {BUSY_SECONDS} seconds",
        where=where,
        cure="Wait until the other run has ended, then run again",
    )
