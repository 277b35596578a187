"""One run at a time: the second is told who holds the lock, and a killed holder holds nothing.

With the ledger on a server its lock counts, on whatever host a run is.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cron.leader import lead
from cron.ledgerserver import server
from cron.lock import Holder, LockHeld, run_lock
from cron.settings import Storage

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
HOLD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
now = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
data = Path(sys.argv[1])
if not sys.argv[2:]:
    from cron.lock import run_lock
    lock = run_lock(data, job="nightly 2026-11-22", now=now)
else:
    from auditor.ledger.leading import lead
    from cron.ledgerserver import server
    lock = lead(server(sys.argv[2], None, data).url(), job="nightly 2026-11-22")
with lock:
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_run(data: Path, *ledger: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data), *ledger],
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
        assert holder == Holder(other.pid, socket.gethostname(), "nightly 2026-11-22", NOW)
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


# ---- with the ledger on a server -------------------------------------------------------------


def on(database: str, data: Path) -> Storage:
    return Storage(data, data, data, data, server(database, None, data))


def test_another_host_is_told_who_leads(database: str, tmp_path: Path) -> None:
    """Folders of their own, as on two hosts: only the ledger is shared."""
    with another_run(tmp_path / "one", database) as other:
        before = datetime.now(UTC)
        with (
            pytest.raises(LockHeld) as caught,
            lead(on(database, tmp_path / "two"), job="weekly 2026-11-22", now=before),
        ):
            pytest.fail("two leaders at once")
    holder = caught.value.holder
    assert holder is not None
    assert (holder.pid, holder.job) == (other.pid, "nightly 2026-11-22")
    assert socket.gethostname().startswith(holder.host)
    assert 0 <= (before - holder.since).total_seconds() < 60
    assert caught.value.where.startswith("postgresql")


def test_a_killed_leader_leads_no_more(database: str, tmp_path: Path) -> None:
    with another_run(tmp_path, database) as other:
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        deadline = time.monotonic() + 5
        while True:
            try:
                with lead(on(database, tmp_path), job="nightly", now=NOW):
                    return
            except LockHeld:  # until the server has noticed
                assert time.monotonic() < deadline


def test_another_ledger_of_the_server_is_free(
    database: str, postgres: Path, tmp_path: Path
) -> None:
    other = f"postgresql://postgres@/postgres?host={postgres}"
    with (
        lead(on(database, tmp_path), job="nightly", now=NOW),
        lead(on(other, tmp_path), job="nightly", now=NOW),
    ):
        pass
    with lead(on(database, tmp_path), job="a job of a very long name " * 5, now=NOW):
        pass
