"""What is damaged, too new or contradicts itself stops the lake by name, and harms nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Connection, delete, insert, update

from auditor.keys import Keyring
from auditor.lake import Lake
from auditor.lake.files import sha256_of
from auditor.ledger import (
    BatchDamaged,
    KeyCollision,
    Ledger,
    LedgerDamaged,
    StorageError,
    TooNew,
)
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
    content[8] ^= 1
    first.write_bytes(content)
    lake.message_files(*ALWAYS)  # size and columns still fit
    for look in (lake.verify, lambda: lake.message_files(*ALWAYS, intact=True)):
        with pytest.raises(BatchDamaged, match=first.name):
            look()
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


# ---- what has another form, and what contradicts itself ----------------------------------------


def rewrite(lake: Lake, ledger: Ledger, change: Callable[[pa.Table], pa.Table]) -> Path:
    """Put another file in the place of a committed one, and say so in the manifest."""
    path = lake.message_files(*ALWAYS)[0][0]
    pq.write_table(change(pq.ParquetFile(path).read()), path)
    name = path.relative_to(path.parents[3]).as_posix()
    with ledger.begin() as connection:
        connection.execute(
            update(batch)
            .where(batch.c.path == name)
            .values(bytes=path.stat().st_size, sha256=sha256_of(path))
        )
    return path


@pytest.mark.parametrize("change", [
    lambda t: t.set_column(7, "sent_day", t["sent_day"].cast(pa.string())),
    lambda t: t.drop_columns(["digest"]),
    lambda t: t.append_column("body", t["tool"]),
    lambda t: t.rename_columns([*t.column_names[:-1], "unread"]),
], ids=["retyped", "missing", "one more", "renamed"])  # fmt: skip
def test_a_file_of_another_form_is_named_and_never_widened(
    opened: tuple[Ledger, Lake], change: Callable[[pa.Table], pa.Table]
) -> None:
    ledger, lake = opened
    land(lake, MESSAGES)
    path = rewrite(lake, ledger, change)
    with pytest.raises(BatchDamaged, match=path.name):
        lake.message_files(*ALWAYS)


def test_a_damaged_snapshot_is_never_believed(opened: tuple[Ledger, Lake], tmp_path: Path) -> None:
    _, lake = opened
    lake.write_tables({"person": pa.table({"key": [1, 2]})}, kind="directory", run_id="run-1")
    (path,) = (tmp_path / "data/directory/person").iterdir()
    content = bytearray(path.read_bytes())
    content[8] ^= 1
    path.write_bytes(content)
    with pytest.raises(BatchDamaged, match=path.name):
        lake.read_tables("directory")


@pytest.mark.parametrize("change", [
    {"day": "2026-11-17"}, {"source": "log"}, {"sha256": "0" * 64}, {"run_id": "run-7"}, {"rows": -1},
    {"relation": "message"}, {"relation": "message_party"},
])  # fmt: skip
def test_a_row_of_the_manifest_that_was_changed_no_longer_fits(
    opened: tuple[Ledger, Lake], change: dict[str, object]
) -> None:
    ledger, lake = opened
    land(lake, MESSAGES)
    lake.verify_manifest()
    with ledger.begin() as connection:
        connection.execute(update(batch).where(batch.c.day == "2026-11-16").values(**change))
    with pytest.raises(LedgerDamaged, match="contradicts itself"):
        lake.verify_manifest()


def test_a_row_of_the_manifest_that_is_gone_leaves_its_other_half(
    opened: tuple[Ledger, Lake],
) -> None:
    ledger, lake = opened
    land(lake, MESSAGES[:1])
    with ledger.begin() as connection:
        connection.execute(delete(batch).where(batch.c.relation == "message_party"))
    with pytest.raises(LedgerDamaged, match="message_party/source=mail/day=2026-11-16"):
        lake.verify_manifest()
