"""The fault matrix: a few trials that go furthest in the suite, all of them in integration."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.shared_data import ROOT


def matrix(*arguments: str, timeout: float) -> str:
    """Run the matrix in a process of its own: it forks, and must have no threads when it does."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    for what in ("faults survived", "controls caught"):
        (line,) = (one for one in done.stdout.splitlines() if one.startswith(what))
        good, total = line.rpartition(" ")[2].split("/")
        assert good == total
        assert total != "0" or (what == "controls caught" and "loops" in arguments)
    return done.stdout


def test_some_faults_of_every_group_and_planted_mistakes_are_caught() -> None:
    matrix("--quick", timeout=280)


@pytest.mark.integration
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("group", ["process", "loops", "data", "http", "google"])
def test_every_fault_at_every_place(group: str) -> None:
    """All groups but Microsoft's, which takes half an hour: ``python -m tests.faults --only microsoft``."""
    matrix("--only", group, timeout=3500)
