"""Opening the ledger, and the two kinds of transaction everything else is written in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL, Connection, Engine, inspect, make_url, select

from auditor.ledger import book, dialects
from auditor.ledger.errors import LedgerDamaged, TooNew
from auditor.ledger.migrations import migrate, revisions
from auditor.ledger.tables import SCHEMA, source_file, source_mark
from auditor.model import Address

_FIRST_BYTES = b"SQLite format 3\0"


class Ledger:
    """State and decisions in SQL: a SQLite file, or a PostgreSQL database for several hosts."""

    def __init__(self, engine: Engine, where: str) -> None:
        """Take a database whose tables are up to date; ``open`` is the usual way."""
        self._engine = engine
        self._where = where

    @classmethod
    def open(cls, url_or_path: str | Path | URL) -> Self:
        """Open or make the ledger and bring its tables up to date.

        Raises ``LedgerDamaged``, ``TooNew`` (a newer program wrote it), ``StorageFull``,
        ``StorageBusy`` or another ``StorageError``.
        """
        url = _url(url_or_path)
        if url.get_backend_name() == "sqlite" and url.database:
            _look_at(Path(url.database))
        where = url.database if url.get_backend_name() == "sqlite" else None
        ledger = cls(dialects.connect(url), where or url.render_as_string(hide_password=True))
        try:
            ledger._bring_up_to_date()
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def is_begun(cls, url_or_path: str | Path | URL) -> bool:
        """Return whether there is a ledger; makes nothing. Raises ``StorageError``."""
        url = _url(url_or_path)
        if url.get_backend_name() == "sqlite":
            return Path(url.database or "").exists()
        where = url.render_as_string(hide_password=True)
        with cls(dialects.connect(url), where) as ledger, ledger.read() as connection:
            return _revision(connection) is not None

    def _bring_up_to_date(self) -> None:
        with self.read() as connection:
            if _revision(connection) == SCHEMA:
                return
        with self.begin() as connection:
            found = _revision(connection)
            if found is not None and found not in revisions():
                raise TooNew(f"the ledger has tables of version {found}", where=self._where)
            if found is None and inspect(connection).get_table_names():
                raise LedgerDamaged(
                    "this database holds tables, but they are no ledger's", where=self._where
                )
            migrate(connection)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a write transaction that is the only one; commits at the end, or rolls back."""
        with dialects.speaking_plainly(self._where), self._engine.connect() as raw:
            connection = dialects.start(raw, writes=True)
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment of the ledger and cannot write."""
        with dialects.speaking_plainly(self._where), self._engine.connect() as raw:
            connection = dialects.start(raw, writes=False)
            with connection.begin():
                yield connection

    def verify(self) -> None:
        """Read the whole ledger and raise ``LedgerDamaged`` if it is not sound."""
        with self.read() as connection:
            found = dialects.damage(connection)
        if found is not None:
            raise LedgerDamaged(found, where=self._where)

    def compact(self) -> None:
        """Give back what was deleted: its bytes are then in no page and no log of the ledger."""
        with dialects.speaking_plainly(self._where):
            dialects.compact(self._engine)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of a SQLite ledger that exist; a server keeps its own."""
        if self._engine.dialect.name != "sqlite":
            return ()
        path = str(self._engine.url.database)
        return tuple(p for end in ("", "-wal", "-shm") if (p := Path(path + end)).exists())

    def address_text(self, key: int) -> str | None:
        """Return the text of an address, or None if it was never met or has been erased."""
        return self.address_texts((key,)).get(key)

    def address_texts(self, keys: Collection[int]) -> dict[int, str]:
        """Return the texts of those addresses that are in the book."""
        with self.read() as connection:
            return {key: one.text for key, one in book.look_up(connection, keys).items()}

    def addresses_in(self, domains: Collection[str]) -> dict[int, str]:
        """Return the e-mail addresses of the book that lie in some domains, key -> domain."""
        with self.read() as connection:
            return book.in_domains(connection, domains)

    def any_address(self) -> tuple[int, Address] | None:
        """Return some entry of the address book with its key, or None while it is empty."""
        with self.read() as connection:
            return book.some_entry(connection)

    def remember_addresses(self, addresses: Mapping[int, Address]) -> None:
        """Enter addresses into the address book, by key; raises ``KeyCollision``."""
        with self.read() as connection:
            fresh = book.missing(connection, addresses, self._where)
        if fresh:  # known addresses, the usual case, need no turn as the writer
            with self.begin() as connection:
                book.enter(connection, book.missing(connection, fresh, self._where))

    def files_read(self, source: str) -> frozenset[str]:
        """Return the SHA-256 of every file of ``source`` whose facts are committed."""
        query = select(source_file.c.sha256).where(source_file.c.source == source)
        with self.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def marks(self, source: str) -> dict[str, str]:
        """Return where ``source`` goes on from: unit -> the mark its last committed pull gave."""
        query = select(source_mark.c.unit, source_mark.c.value).where(
            source_mark.c.source == source
        )
        with self.read() as connection:
            return {row.unit: row.value for row in connection.execute(query)}

    @property
    def where(self) -> str:
        """Where the ledger is, for messages; without a password."""
        return self._where

    def close(self) -> None:
        """Let go of the database; a SQLite ledger then folds its write-ahead log in."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _url(url_or_path: str | Path | URL) -> URL:
    if isinstance(url_or_path, URL):
        return url_or_path
    if isinstance(url_or_path, str) and "://" in url_or_path:
        return make_url(url_or_path)
    return URL.create("sqlite", database=str(url_or_path))


def _look_at(path: Path) -> None:
    """Refuse a file that is no database before SQLite or a migration touches it."""
    dialects.prepare_file(path)
    with path.open("rb") as file:
        beginning = file.read(len(_FIRST_BYTES))
    if beginning not in (b"", _FIRST_BYTES):
        raise LedgerDamaged("this file is not a ledger", where=str(path))


def _revision(connection: Connection) -> str | None:
    """Return the version of the tables, or None where there are none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    query = "SELECT version_num FROM alembic_version"
    found: str | None = connection.exec_driver_sql(query).scalar_one_or_none()
    return found
