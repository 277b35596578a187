"""Kills processes that are landing, and checks what they leave. Run by ``test_lake_faults``.

A process of its own, because it forks before Arrow has started any thread: children begin at
once, and each really dies by SIGKILL. Prints ``survived N/N`` for both ways of choosing the time.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from auditor.lake import Lake
from tests.auditor.lake_world import KEYRING, ZONE, KillingDisk, open_lake, pages
from tests.auditor.test_lake_faults import NEW, WORK, finish, whole

NEVER = 1_000_000


def in_child(what: Callable[[], None]) -> int:
    """Run ``what`` in a child and return how it ended: 0, or a negative signal number."""
    child = start(what)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def start(what: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        what()
        sys.stdout.flush()
        os._exit(0)
    return child


def work(folder: Path, at: int) -> None:
    """Land and write a snapshot, dying at one step; transactions are steps as well."""
    disk = KillingDisk(at)
    ledger, lake = open_lake(folder, disk, room=2)

    def in_transaction(_: Connection) -> None:
        disk.before("in the transaction", None)

    with lake.landing(source="mail", run_id="run-2", keyring=KEYRING, timezone=ZONE) as landing:
        for page in pages(WORK):
            landing.add(page)
        landing.commit(extra=in_transaction)
        disk.before("committed", None)
    write_snapshot(lake)
    disk.before("all done", None)
    ledger.close()


def write_snapshot(lake: Lake) -> None:
    lake.write_tables({"person": NEW}, kind="directory", run_id="run-2")


def check(folder: Path) -> None:
    whole(folder)
    finish(folder)


def sound(folder: Path) -> bool:
    return in_child(lambda: check(folder)) == 0


def main(begun: Path, scratch: Path, random_kills: int) -> None:
    at = survived = 0
    ended = -signal.SIGKILL
    while ended == -signal.SIGKILL:
        folder = scratch / f"at-{at}"
        shutil.copytree(begun, folder)
        ended = in_child(partial(work, folder, at))
        survived += sound(folder)
        at += 1
    print(f"killed at every step: survived {survived}/{at}")
    survived = 0
    for n in range(random_kills):
        folder = scratch / f"random-{n}"
        shutil.copytree(begun, folder)
        child = start(partial(work, folder, NEVER))
        time.sleep(random.uniform(0, 0.1))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        survived += sound(folder)
        shutil.rmtree(folder)
    print(f"killed at random: survived {survived}/{random_kills}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
