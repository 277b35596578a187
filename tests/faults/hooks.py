"""A hook before every effect a night has: each verb of the disk, each transaction, each step.

The first run only counts them; then any single one can be where the process dies, or where the
machine runs out of something.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from auditor.ledger import Ledger, StorageError, StorageFull
from tests.auditor.lake_world import WatchedDisk

Act = Callable[[str], None]
"""What happens at the hook that was chosen; gets the hook's name."""


class Hooks:
    """Counts hooks, and acts at one of them: once, or from then on."""

    def __init__(self, at: int, act: Act, *, stays: bool = False) -> None:
        self.passed: list[str] = []
        self._at = at
        self._act = act
        self._stays = stays

    def __call__(self, name: str) -> None:
        number = len(self.passed)
        self.passed.append(name)
        if number == self._at or (self._stays and number > self._at):
            self._act(name)


class HookedDisk(WatchedDisk):
    def __init__(self, hooks: Hooks) -> None:
        super().__init__()
        self._hooks = hooks

    def before(self, verb: str, path: Path | None) -> None:
        self._hooks(f"disk: {verb}")


def hooked_ledger(hooks: Hooks) -> type[Ledger]:
    """Return a ledger with a hook before, within and after each of its transactions."""

    class Hooked(Ledger):
        @contextmanager
        def begin(self) -> Iterator[Connection]:
            hooks("ledger: begin")
            with super().begin() as connection:
                yield connection
                hooks("ledger: commit")
            hooks("ledger: committed")

    return Hooked


# ---- what may happen -------------------------------------------------------------------------


def kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def terminate(_: str) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def out_of_memory(_: str) -> None:
    raise MemoryError


def failing(code: int) -> Act:
    """Fail as the operating system does; a transaction, as the ledger says it then."""

    def fail(name: str) -> None:
        if name.startswith(("ledger: committed", "step")):
            return
        if name.startswith("ledger"):
            if code == errno.ENOSPC:
                raise StorageFull("ledger.sqlite")
            raise StorageError(os.strerror(code), where="ledger.sqlite", cure="Look at the disk")
        raise OSError(code, os.strerror(code), name)

    return fail
