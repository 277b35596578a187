"""Every step of a commit made to fail, and the machine made to stop at every step.

The method is SQLite's: run once to count the steps, then once for each step with a fault exactly
there. Afterwards the lake must be as before or as after, and the same work done again must end in
exactly what the oracle says.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from auditor.lake import Disk, Lake
from auditor.ledger import Ledger, StorageError, StorageFull
from tests.auditor.lake_world import (
    ALWAYS,
    FailingDisk,
    PowerCut,
    UnpluggedDisk,
    WatchedDisk,
    expected,
    files_on_disk,
    held,
    land,
    message,
    open_lake,
)

BEFORE = [message(n) for n in (0, 1, 8)]
WORK = [message(n) for n in (0, 1, 2, 9, 14, 15)]
"""Three days: two with something new and something known, one all new."""
OLD, NEW = pa.table({"key": [1]}), pa.table({"key": [1, 2]})
AS_BEFORE = expected([("mail", m) for m in BEFORE])
AS_AFTER = expected([("mail", m) for m in [*BEFORE, *WORK]])
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that holds something already."""
    folder = tmp_path_factory.mktemp("begun")
    ledger, lake = open_lake(folder)
    with ledger:
        land(lake, BEFORE)
        lake.write_tables({"person": OLD}, kind="directory", run_id="run-1")
    return folder


@pytest.fixture
def fresh(begun: Path, tmp_path: Path) -> Callable[[], Path]:
    """A function that gives another copy of that lake each time."""
    made: list[Path] = []

    def copy() -> Path:
        folder = tmp_path / str(len(made))
        shutil.copytree(begun, folder)
        made.append(folder)
        return folder

    return copy


def work(lake: Lake) -> None:
    land(lake, WORK, run_id="run-2")
    lake.write_tables({"person": NEW}, kind="directory", run_id="run-2")


def steps(folder: Path) -> list[str]:
    disk = WatchedDisk()
    ledger, lake = open_lake(folder, disk, room=2)
    with ledger:
        work(lake)
    return disk.verbs


def whole(folder: Path) -> tuple[bool, bool]:
    """Check that a lake is sound; return whether the landing and the snapshot are in it."""
    ledger, lake = open_lake(folder)
    with ledger:
        ledger.verify()
        lake.verify()
        now = held(lake, ledger)
        assert now in (AS_BEFORE, AS_AFTER)
        table = lake.read_tables("directory")["person"]
        assert table in (OLD, NEW)
        return now == AS_AFTER, table == NEW


def finish(folder: Path) -> None:
    """Do the work again, and check that it ends in exactly the right thing."""
    ledger, lake = open_lake(folder)
    with ledger:
        lake.clean_orphans()
        work(lake)
        assert held(lake, ledger) == AS_AFTER
        assert lake.read_tables("directory") == {"person": NEW}
        lake.clean_orphans()
        assert len(files_on_disk(folder)) == lake.verify()


def test_the_order_that_makes_a_file_durable(fresh: Callable[[], Path]) -> None:
    verbs = steps(fresh())
    landing = verbs[: verbs.index("make_folder data", 1)]
    renames = [n for n, v in enumerate(landing) if v.startswith("rename")]
    syncs = [n for n, v in enumerate(landing) if v == "sync"]
    folders = [n for n, v in enumerate(landing) if v.startswith("sync_folder")]
    assert len(renames) == len(syncs) == 6
    assert max(syncs) < min(renames) < max(renames) < min(folders)


@pytest.mark.integration
@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
def test_a_full_disk_at_every_step(fresh: Callable[[], Path], *, for_good: bool) -> None:
    total = len(steps(fresh()))
    survived = 0
    for at in range(total):
        folder = fresh()
        disk = FailingDisk(at, for_good=for_good)
        ledger, lake = open_lake(folder, disk, room=2)
        with ledger:
            try:
                work(lake)
            except StorageFull as error:
                assert error.cure
        assert disk.failed
        left = whole(folder)
        if not for_good and left == (False, False):
            leftovers = len(files_on_disk(folder)) - len(files_on_disk(fresh()))
            assert leftovers == 0, disk.verbs[at]
        finish(folder)
        survived += 1
    print(f"full disk: survived {survived}/{total}")


def test_other_failures_of_the_disk_say_what_to_do(fresh: Callable[[], Path]) -> None:
    ledger, lake = open_lake(fresh(), FailingDisk(3, code=errno.EROFS), room=2)
    with ledger, pytest.raises(StorageError, match="Read-only file system") as failed:
        work(lake)
    assert not isinstance(failed.value, StorageFull)
    assert failed.value.where


@pytest.mark.integration
def test_a_power_cut_at_every_step(fresh: Callable[[], Path]) -> None:
    total = len(steps(fresh()))
    for at in [*range(total), None]:
        folder = fresh()
        disk = UnpluggedDisk(at)
        ledger, lake = open_lake(folder, disk, room=2)
        with ledger:
            try:
                work(lake)
            except PowerCut:
                assert at is not None
        disk.lose_what_was_not_synced()
        done = whole(folder)
        assert at is not None or done == (True, True)
        finish(folder)
    print(f"power cut: survived {total + 1}/{total + 1}")


@pytest.mark.parametrize("verb", ["sync", "sync_folder"])
def test_the_power_cut_can_tell(fresh: Callable[[], Path], verb: str) -> None:
    """A lake that forgot to sync would not pass: the check above is able to fail."""
    folder = fresh()
    disk = UnpluggedDisk(None)
    setattr(disk, verb, lambda _: None)
    ledger, lake = open_lake(folder, disk)
    with ledger:
        work(lake)
    disk.lose_what_was_not_synced()
    with pytest.raises(StorageError, match="missing, cut short or changed"):
        whole(folder)


def test_a_killed_process_at_every_step_and_at_random(begun: Path, tmp_path: Path) -> None:
    killed(begun, tmp_path, at_random=12)


@pytest.mark.integration
def test_a_process_killed_hundreds_of_times(begun: Path, tmp_path: Path) -> None:
    killed(begun, tmp_path, at_random=400)


def killed(begun: Path, scratch: Path, *, at_random: int) -> None:
    arguments = [str(begun), str(scratch), str(at_random)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.auditor.lake_killing", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in done.stdout.splitlines():
        survived, total = line.rpartition(" ")[2].split("/")
        assert survived == total != "0"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with very little room, where this machine lets us have one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("this machine does not let us mount a small file system")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(b"x" * (1 << 20))
    ledger, lake = open_lake(small_disk, Disk(), room=100)
    with ledger:
        landed = 0
        with pytest.raises(StorageFull, match="no room left"):
            for n in range(1000):
                some = [message(n * 1000 + i, to=(f"k{n}-{i}",)) for i in range(1000)]
                landed += land(lake, some, run_id=f"run-{n}").new
        names = {batch for files in lake.message_files(*ALWAYS) for batch in files}
        assert files_on_disk(small_disk) == names, "nothing half done is left"
        assert landed > 0
        ledger.verify()
        lake.verify()
        assert sum(held(lake, ledger)[0].values()) == landed


def test_a_ledger_that_cannot_grow_is_a_full_disk(small_disk: Path) -> None:
    with Ledger.open(small_disk / "ledger.db") as ledger:
        (small_disk / "ballast").write_bytes(b"x" * (1 << 20))
        lake = Lake(small_disk / "data", ledger)
        some = [message(n, to=(f"{'long' * 10}-{n}",)) for n in range(20_000)]
        with pytest.raises(StorageFull):
            land(lake, some)
        ledger.verify()
