"""Doing things in a child process, which may be killed, starved or stopped without harm to us.

Children are forked from a process that has loaded everything and started no thread, so each
begins at once. For that reason nothing here may run DuckDB or Arrow in the parent.
"""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Ended:
    """How a child ended: by itself with a value, or by a signal."""

    value: object
    signal: int

    @property
    def killed(self) -> bool:
        return self.signal == signal.SIGKILL


def warm_up() -> None:
    """Load what the first night of a process would load: every child would pay for it again."""
    for module in ("pandas", "pyarrow.compute", "pyarrow.parquet"):
        import_module(module)


def in_child(work: Callable[[], object]) -> Ended:
    """Run ``work`` in a child and wait for it; an exception in it is its value, in words."""
    child, reading = start(work)
    return wait(child, reading)


def start(work: Callable[[], object]) -> tuple[int, int]:
    """Start a child; return its process id and where its value can be read."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    value: object = "ended early"
    try:
        os.close(reading)
        value = work()
    except BaseException as error:  # noqa: BLE001  (whatever it is, the parent must hear of it)
        value = f"{type(error).__name__}: {error}"
    finally:
        with suppress(OSError), os.fdopen(writing, "wb") as out:
            pickle.dump(value, out)
        os._exit(0)


def wait(child: int, reading: int) -> Ended:
    with os.fdopen(reading, "rb") as told:
        content = told.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    value = pickle.loads(content) if content else None
    return Ended(value, max(0, -status))


def killed_after(seconds: float, work: Callable[[], object]) -> Ended:
    """Run ``work`` in a child and kill it after a while, if it is still there."""
    child, reading = start(work)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return wait(child, reading)
