"""One run at a time: the second is told who holds the lock, and a killed holder holds nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cron.lock import LockHeld, run_lock

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from cron.lock import run_lock
now = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
with run_lock(Path(sys.argv[1]), job="nightly 2026-11-22", now=now):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_run(data: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    with another_run(tmp_path) as other:
        with pytest.raises(LockHeld) as caught, run_lock(tmp_path, job="weekly", now=NOW):
            pytest.fail("two runs at once")
        holder = caught.value.holder
        assert holder is not None
        assert (holder.pid, holder.job, holder.since) == (other.pid, "nightly 2026-11-22", NOW)
        assert str(other.pid) in str(caught.value)


def test_a_killed_run_leaves_no_lock(tmp_path: Path) -> None:
    with another_run(tmp_path) as other:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        with run_lock(tmp_path, job="nightly", now=NOW):
            pass


def test_other_data_is_free(tmp_path: Path) -> None:
    with another_run(tmp_path / "one"), run_lock(tmp_path / "two", job="nightly", now=NOW):
        pass


def test_a_program_started_by_a_run_does_not_hold_it(tmp_path: Path) -> None:
    with run_lock(tmp_path, job="nightly", now=NOW):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with run_lock(tmp_path, job="nightly", now=NOW):
            pass
    finally:
        child.kill()
        child.wait()


def test_a_holder_who_has_not_said_who_it_is(tmp_path: Path) -> None:
    with another_run(tmp_path):
        (tmp_path / "run.lock").write_text("")
        with (
            pytest.raises(LockHeld, match="only just begun") as caught,
            run_lock(tmp_path, job="weekly", now=NOW),
        ):
            pytest.fail("two runs at once")
        assert caught.value.holder is None
