"""Doing a job as the command it is, in a process of its own.

What kills a job, be it memory or a library that crashes, then kills that process and not the
scheduler; and a job is the same whether the scheduler, cron or a person starts it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 20
"""Seconds a job is given to end once it was told to."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended; a negative code is the signal that killed it. ``why`` is None if well."""

    code: int
    why: str | None


class Child:
    """One job at a time, which another thread may stop."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._running: subprocess.Popen[str] | None = None
        self._stopping = Event()
        self._lock = Lock()

    def run(self, arguments: Sequence[str]) -> Ended | None:
        """Run a command of ours to its end; None if it was stopped."""
        command = [sys.executable, "-P", "-m", "cron.cli", *arguments, "--json"]
        command += ["--config", str(self._config)]
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        with self._lock:
            if self._stopping.is_set():
                return None
            self._running = subprocess.Popen(
                command,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,  # a key pressed at our terminal is for us alone
            )
        said, _ = self._running.communicate()
        return None if self._stopping.is_set() else Ended(self._running.returncode, _why(said))

    def stop(self) -> None:
        """End the job under way, if there is one, and begin no other."""
        with self._lock:
            self._stopping.set()
        running = self._running
        if running is None or running.poll() is not None:
            return
        running.terminate()
        try:
            running.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            running.kill()


def _why(said: str) -> str | None:
    """Return what a command's document says went wrong, in one line."""
    try:
        document = json.loads(said)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    if isinstance(error := document.get("error"), dict):
        return f"{error['what']} ({error['where']}). {error['cure']}"
    if mistakes := document.get("mistakes"):
        return f"{len(mistakes)} in the settings; `auditor check` lists them"
    if failed := document.get("failed"):
        return f"{failed[0]['what']} ({failed[0]['where']}). {failed[0]['cure']}"
    return None
