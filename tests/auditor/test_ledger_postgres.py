"""Facts are committed through a ledger on PostgreSQL too, for districts with more than one host.

What holds for any ledger is tested in ``test_ledger``, on both kinds.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor import chain
from auditor.chain import Kind
from auditor.lake import Lake
from auditor.ledger import Ledger, StorageError, StorageFull
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

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


@pytest.fixture
def ledger(postgres_url: str) -> Iterator[Ledger]:
    with Ledger.open(postgres_url) as ledger:
        yield ledger


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


def test_two_hosts_that_land_at_once_lose_and_double_nothing(
    postgres_url: str, tmp_path: Path
) -> None:
    """Both write to one shared folder and one database."""
    many = [message(n) for n in range(60)]

    def host(source: str) -> None:
        with Ledger.open(postgres_url) as own:
            for n in range(0, 60, 10):
                land(Lake(tmp_path / "data", own), many[n : n + 20], source=source)

    hosts = [threading.Thread(target=host, args=(f"mail-{n}",)) for n in range(3)]
    for one in hosts:
        one.start()
    for one in hosts:
        one.join()
    with Ledger.open(postgres_url) as ledger:
        lake = Lake(tmp_path / "data", ledger)
        assert held(lake, ledger) == expected([(f"mail-{n}", m) for n in range(3) for m in many])
        assert lake.verify() > 0
