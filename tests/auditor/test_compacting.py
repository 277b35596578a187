"""Many small files become few: not a row is lost, and nothing that waits to be judged is touched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from auditor.lake import Lake
from auditor.lake.compacting import LEAST
from auditor.ledger import Ledger, StorageFull
from tests.auditor.lake_world import FailingDisk, held, land, message, open_lake

NIGHTS = 6
UPTO = f"run-{NIGHTS - 1}"
"""The last night but one."""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Ledger, Lake]]:
    ledger, lake = open_lake(tmp_path)
    for night in range(1, NIGHTS + 1):
        # seven days each, so that every day gets a file every night
        land(lake, [message(100 * night + n) for n in range(7)], run_id=f"run-{night}")
    yield ledger, lake
    ledger.close()


def test_the_same_rows_lie_in_fewer_files(opened: tuple[Ledger, Lake]) -> None:
    ledger, lake = opened
    before = held(lake, ledger)
    done = lake.compact(run_id="compact", upto=UPTO)
    days, relations = 7, 2
    assert done.before == NIGHTS * days * relations
    assert done.after == 2 * days * relations  # the old nights' file, and the last night's
    assert held(lake, ledger) == before
    lake.verify_manifest()
    assert lake.verify() == done.after


def test_what_was_merged_is_known_when_it_comes_again(opened: tuple[Ledger, Lake]) -> None:
    ledger, lake = opened
    lake.compact(run_id="compact", upto=UPTO)
    before = held(lake, ledger)
    landed = land(lake, [message(100 + n) for n in range(7)], run_id="run-9")
    assert (landed.new, landed.already_known) == (0, 7)
    assert held(lake, ledger) == before


def test_old_files_stay_for_whoever_reads_them_until_the_next_clearing(
    opened: tuple[Ledger, Lake],
) -> None:
    _, lake = opened
    files, _ = lake.message_files(*_every_day())
    lake.compact(run_id="compact", upto=UPTO)
    assert all(path.exists() for path in files)
    assert lake.clean_orphans() == (NIGHTS - 1) * 7 * 2
    assert lake.verify() == 2 * 7 * 2


def test_few_files_are_left_as_they_are(opened: tuple[Ledger, Lake]) -> None:
    _, lake = opened
    done = lake.compact(run_id="compact", upto=f"run-{LEAST - 1}")
    assert done.before == done.after


def test_a_full_disk_leaves_it_as_it_was(tmp_path: Path, opened: tuple[Ledger, Lake]) -> None:
    ledger, lake = opened
    before = held(lake, ledger)
    for step in (1, 3, 8):
        full = Lake(tmp_path / "data", ledger, files=FailingDisk(step))
        with pytest.raises(StorageFull):
            full.compact(run_id="compact", upto=UPTO)
        assert held(lake, ledger) == before
        assert lake.verify() == NIGHTS * 7 * 2
    assert lake.compact(run_id="compact", upto=UPTO).after == 2 * 7 * 2


def _every_day() -> tuple[date, date]:
    return date.min, date.max
