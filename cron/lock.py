"""One run at a time for each data folder.

The kernel holds the lock (``flock``) and lets go of it when a process ends, however it ends, so a
killed run never blocks the next one. What is written in the file only tells others who it is.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

LOCK_NAME = "run.lock"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, by their own word."""

    pid: int
    host: str
    job: str
    since: datetime

    def __str__(self) -> str:
        since = f"{self.since:%Y-%m-%d %H:%M:%S %Z}".strip()
        return f"process {self.pid} on {self.host} ({self.job}, since {since})"


class LockHeld(Exception):
    """Another run is under way. ``holder`` is None if it has not said who it is yet."""

    def __init__(self, where: str, holder: Holder | None) -> None:
        super().__init__(f"{where}: held by {holder or 'a run that has only just begun'}")
        self.where = where
        self.holder = holder


@contextmanager
def run_lock(data: Path, *, job: str, now: datetime) -> Iterator[None]:
    """Hold the data folder's run lock; raises ``LockHeld`` at once if somebody else does."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data / LOCK_NAME
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeld(str(path), _holder(path)) from None
        me = {"pid": os.getpid(), "host": socket.gethostname()}
        said = {**me, "job": job, "since": now.isoformat()}
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(said).encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _holder(path: Path) -> Holder | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(said["since"])
        return Holder(int(said["pid"]), str(said["host"]), str(said["job"]), since)
    except (OSError, ValueError, KeyError, TypeError):  # it writes this after taking the lock
        return None
