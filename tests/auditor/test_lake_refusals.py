"""What is damaged, too new or contradicts itself stops the lake by name, and harms nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, update

from auditor.keys import Keyring
from auditor.lake import Lake
from auditor.ledger import BatchDamaged, KeyCollision, Ledger, StorageError, TooNew
from auditor.ledger.tables import address, batch
from tests.auditor.lake_world import (
    ALWAYS,
    KEYRING,
    ZONE,
    email,
    land,
    message,
    open_lake,
)

MESSAGES = [message(n) for n in range(10)]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Ledger, Lake]]:
    ledger, lake = open_lake(tmp_path)
    with ledger:
        yield ledger, lake


def test_a_damaged_or_missing_file_is_named(opened: tuple[Ledger, Lake]) -> None:
    _, lake = opened
    land(lake, MESSAGES)
    first, second, third = lake.message_files(*ALWAYS)[0][:3]
    content = bytearray(first.read_bytes())
    content[len(content) // 2] ^= 1
    first.write_bytes(content)
    lake.message_files(*ALWAYS)  # the size still fits
    with pytest.raises(BatchDamaged, match=first.name):
        lake.verify()
    second.write_bytes(second.read_bytes()[:-1])
    third.unlink()
    with pytest.raises(BatchDamaged) as found:
        lake.message_files(*ALWAYS)
    assert {path.rsplit("/")[-1] for path in found.value.paths} == {second.name, third.name}
    with pytest.raises(BatchDamaged) as all_found:
        lake.verify()
    assert len(all_found.value.paths) == 3


def test_files_of_a_newer_program_are_not_guessed_at(opened: tuple[Ledger, Lake]) -> None:
    ledger, lake = opened
    land(lake, MESSAGES[:1])
    with ledger.begin() as connection:
        connection.execute(update(batch).values(schema_version=99))
    with pytest.raises(TooNew, match="version 99"):
        lake.message_files(*ALWAYS)


def test_two_texts_under_one_key_stop_the_landing(opened: tuple[Ledger, Lake]) -> None:
    ledger, lake = opened
    key = KEYRING.address(email("coach"))
    with ledger.begin() as connection:
        row = {"address_key": key, "kind": "email", "text": "impostor@marlow.example"}
        connection.execute(insert(address).values(row))
    with pytest.raises(KeyCollision, match=str(key)):
        land(lake, MESSAGES)
    assert lake.message_files(*ALWAYS) == ((), ())


def test_two_addresses_with_one_key_in_one_pull_stop_the_landing(
    opened: tuple[Ledger, Lake],
) -> None:
    class Coarse(Keyring):
        def key(self, kind: str, text: str) -> int:
            return super().key(kind, text) % 3

    _, lake = opened
    many = message(0, to=("a", "b", "c", "d"))
    with pytest.raises(KeyCollision):
        lake.land([many], source="s", run_id="r", keyring=Coarse(bytes(32)), timezone=ZONE)


def test_a_commit_that_only_seemed_to_fail_keeps_its_files(tmp_path: Path) -> None:
    """The answer of a server may get lost after it has committed."""

    class Unheard(Ledger):
        @contextmanager
        def begin(self) -> Iterator[Connection]:
            with super().begin() as connection:
                yield connection
            if self.deaf:
                raise StorageError("the answer got lost", where="here", cure="Run again")

        deaf = False

    with Unheard.open(tmp_path / "ledger.db") as ledger:
        lake = Lake(tmp_path / "data", ledger)
        land(lake, MESSAGES[:1])
        ledger.deaf = True
        with pytest.raises(StorageError, match="got lost"):
            land(lake, [replace(MESSAGES[0], tool="other")], run_id="run-2")
        ledger.deaf = False
        assert lake.verify() == 4
        assert land(lake, [replace(MESSAGES[0], tool="other")], run_id="run-3").new == 0
