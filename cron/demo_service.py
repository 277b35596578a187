"""The pretended cloud of a demo: a program of its own, started beside it and ended with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from cron.outcome import CommandError

ROOT = Path(__file__).resolve().parents[1]
_PATIENCE = 30
"""Seconds in which the server may answer."""


@dataclass(frozen=True, slots=True)
class Service:
    """A server on this machine that behaves like a vendor's."""

    vendor: str
    base: str
    told: tuple[str, ...]
    """What the generator has to know of it: its address, and whose it is."""

    def show_until(self, moment: str) -> None:
        """Let it hold what was there at ``moment`` (ISO 8601), and nothing later."""
        answer = requests.post(f"{self.base}/pretend/now", json={"now": moment}, timeout=_PATIENCE)
        answer.raise_for_status()


def program(module: str) -> list[str]:
    """Return the command that runs a module beside this one, wherever that is installed."""
    return [sys.executable, "-P", "-m", module]


def environment() -> Mapping[str, str]:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


@contextmanager
def serving(vendor: str, folder: Path, sizes: Sequence[str]) -> Iterator[Service]:
    """Serve the sample district as ``vendor`` does, for as long as the context is open."""
    module = f"benchmarks.pretend.{vendor}"
    running = subprocess.Popen(
        [*program(module), str(folder), *sizes],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with running:
        assert running.stdin is not None  # noqa: S101  (asked for above)
        assert running.stdout is not None  # noqa: S101  (asked for above)
        try:
            first = running.stdout.readline()
            if not first:
                raise CommandError(
                    "the pretended service did not start",
                    where=module,
                    cure="Run it by itself to see more",
                )
            said = json.loads(first)
            told = tuple(said[name] for name in ("base", "tenant", "client") if name in said)
            yield Service(vendor, said["base"], told)
        finally:
            running.stdin.close()  # its sign to end
