"""The ledger opens whole or says why not, writes alone, reads one moment, and forgets for good.

What has ``ledger`` or ``ledger_url`` holds on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, delete, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from auditor.ledger import KeyCollision, Ledger, LedgerDamaged, StorageError, TooNew
from auditor.ledger.kept import metadata
from auditor.ledger.migrations import revisions
from auditor.ledger.tables import (
    SCHEMA,
    address,
    item_hit,
    run,
    short_id_counter,
    source_run,
)
from auditor.model import Address, AddressKind

ADA = Address(AddressKind.EMAIL, "ada.lovelace@marlow.example")
BOB = Address(AddressKind.PERSON_ID, "S-1002")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger.open(ledger_url) as ledger:
        yield ledger


def count(ledger: Ledger) -> int:
    with ledger.read() as connection:
        query = select(func.coalesce(func.sum(short_id_counter.c.last), 0))
        return int(connection.execute(query).scalar_one())


def test_the_migrations_make_exactly_the_tables(ledger: Ledger) -> None:
    assert SCHEMA in revisions()
    with ledger.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == SCHEMA


def test_it_is_begun_once_it_was_opened(ledger_url: str) -> None:
    assert not Ledger.is_begun(ledger_url)
    assert not Ledger.is_begun(ledger_url), "asking begins nothing"
    Ledger.open(ledger_url).close()
    assert Ledger.is_begun(ledger_url)


def test_it_is_there_again_when_opened_again(ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger:
        ledger.remember_addresses({1: ADA})
    with Ledger.open(ledger_url) as ledger:
        assert ledger.address_text(1) == ADA.text
        assert ledger.address_text(2) is None


def test_two_that_open_it_first_make_it_once(ledger_url: str) -> None:
    opened: list[Ledger] = []
    openers = [
        threading.Thread(target=lambda: opened.append(Ledger.open(ledger_url))) for _ in range(4)
    ]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert len(opened) == 4
    for one in opened:
        assert count(one) == 0
        one.close()


def test_a_failed_transaction_leaves_nothing(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.begin() as connection:
        connection.execute(insert(short_id_counter).values(prefix="AH", last=1))
        raise ZeroDivisionError
    assert count(ledger) == 0


def test_a_reader_sees_one_moment_and_cannot_write(ledger: Ledger) -> None:
    with ledger.read() as connection:
        query = select(func.count()).select_from(short_id_counter)
        assert connection.execute(query).scalar_one() == 0
        with ledger.begin() as writer:
            writer.execute(insert(short_id_counter).values(prefix="AH", last=1))
        assert connection.execute(query).scalar_one() == 0
    assert count(ledger) == 1
    with (
        pytest.raises((StorageError, DBAPIError), match=r"read-?only"),
        ledger.read() as connection,
    ):
        connection.execute(delete(short_id_counter))
    assert count(ledger) == 1


def test_writers_take_turns(ledger: Ledger) -> None:
    """Reading first and writing then loses no update, however many do it at once."""
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
    assert count(ledger) == 40


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
    with pytest.raises(IntegrityError), ledger.begin() as connection:
        connection.execute(
            insert(item_hit).values(
                item_id="AH-0001",
                message_key=1,
                sent_us=0,
                sent_day=0,
                sent_by_adult=True,
                uncertain=False,
                evidence_json="{}",
                first_run_id="1",
            )
        )


# ---- the address book ----------------------------------------------------------------------


def test_addresses_are_remembered_once(ledger: Ledger) -> None:
    many = {n: Address(AddressKind.EMAIL, f"p{n}@marlow.example") for n in range(-6000, 6000)}
    ledger.remember_addresses(many)
    ledger.remember_addresses({**many, 7_000: BOB, -(2**63): ADA, 2**63 - 1: ADA})
    assert ledger.address_text(-6000) == "p-6000@marlow.example"
    assert ledger.address_text(7_000) == BOB.text
    assert ledger.address_text(-(2**63)) == ledger.address_text(2**63 - 1) == ADA.text
    assert ledger.address_text(7_001) is None
    with ledger.read() as connection:
        assert connection.execute(select(func.count()).select_from(address)).scalar() == 12_003


@pytest.mark.parametrize("other", [BOB, Address(AddressKind.PHONE, ADA.text)])
def test_a_key_of_two_addresses_is_an_error(ledger: Ledger, other: Address) -> None:
    ledger.remember_addresses({1: ADA})
    with pytest.raises(KeyCollision, match="the key 1") as collision:
        ledger.remember_addresses({2: BOB, 1: other})
    assert ADA.text not in str(collision.value)
    assert ledger.address_text(2) is None, "nothing of that call is kept"


def test_bytes_a_database_cannot_hold_become_visible(ledger: Ledger) -> None:
    odd = Address(AddressKind.PERSON_ID, "a\0b\udcffc")
    ledger.remember_addresses({1: odd})
    ledger.remember_addresses({1: odd})
    assert ledger.address_text(1) == "a\\x00b\\udcffc"


# ---- what is no ledger, or no longer -------------------------------------------------------


def test_somebody_elses_database_is_left_alone(ledger_url: str, path: Path) -> None:
    path.parent.mkdir()
    engine = create_engine(ledger_url)
    with engine.begin() as other:
        other.execute(text("CREATE TABLE recipes (name TEXT)"))
    with pytest.raises(LedgerDamaged, match="no ledger"):
        Ledger.open(ledger_url)
    with engine.connect() as other:
        assert inspect(other).get_table_names() == ["recipes"]
    engine.dispose()


def test_a_newer_ledger_is_left_alone(ledger_url: str) -> None:
    with Ledger.open(ledger_url) as ledger, ledger.begin() as newer:
        newer.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(TooNew, match="9999"):
        Ledger.open(ledger_url)


# ---- SQLite's own ----------------------------------------------------------------------------


def test_only_the_owner_can_read_it(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.remember_addresses({1: ADA})
        made = list(path.parent.iterdir())
        assert {p.name for p in made} == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
        assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in made)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_each_connection_is_set_up_for_safety(path: Path) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    with Ledger.open(path) as ledger, ledger.read() as connection:
        for name, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() == value


def test_an_erased_address_leaves_no_byte(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.remember_addresses({1: ADA, 2: BOB})
        with ledger.begin() as connection:
            connection.execute(delete(address).where(address.c.address_key == 1))
    assert [p.name for p in path.parent.iterdir()] == ["ledger.db"]
    assert ADA.text.encode() not in path.read_bytes()
    assert BOB.text.encode() in path.read_bytes()


@pytest.mark.parametrize("content", [b"hello", b"SQLite format 3\0" + b"x" * 5000, b"\0" * 4096])
def test_a_file_that_is_no_database_is_not_touched(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(LedgerDamaged) as damaged:
        Ledger.open(path)
    assert damaged.value.where == str(path)
    assert damaged.value.cure
    assert path.read_bytes() == content


def test_damage_inside_is_found(path: Path) -> None:
    with Ledger.open(path) as ledger:
        ledger.remember_addresses(
            {n: Address(AddressKind.EMAIL, f"p{n}@marlow.example") for n in range(5000)}
        )
        ledger.verify()
    content = bytearray(path.read_bytes())
    at = content.index(b"p2500@") // 4096 * 4096
    content[at : at + 64] = bytes(64)
    path.write_bytes(content)
    with Ledger.open(path) as ledger, pytest.raises(LedgerDamaged):
        ledger.verify()


def test_a_folder_in_its_place_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="directory") as failed:
        Ledger.open(tmp_path)
    assert failed.value.where == str(tmp_path)
