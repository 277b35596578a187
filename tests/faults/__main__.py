"""The fault matrix: every trial, a table by kind, and the planted mistakes that must be caught.

    python -m tests.faults            everything
    python -m tests.faults --quick    a few that go furthest, for the test suite

Ends with ``controls caught M/M`` and ``faults survived N/N``; exit 0 only if all were.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path

from auditor.result import SelfTests
from benchmarks.pretend.faults import KINDS
from tests.faults.children import in_child, warm_up
from tests.faults.cloud_trials import CloudGroup, cloud_trials, opened, quick_trials
from tests.faults.controls import (
    Control,
    controls_of_data,
    controls_of_http,
    controls_of_processes,
)
from tests.faults.data_trials import Kept, data_trials
from tests.faults.google_trials import GOOGLE
from tests.faults.http_trials import Served, http_trials
from tests.faults.microsoft_trials import MICROSOFT
from tests.faults.page_trials import Paged, page_trials
from tests.faults.process_trials import Dropped, kill_loops, process_trials
from tests.faults.server import Reply, Server
from tests.faults.trials import Trial, cases_judged_once, judge_cases
from tests.faults.world import policy

LOOPS, QUICK_LOOPS = 400, 50
NIGHTS = ("process", "loops", "data", "http")
QUICK_KINDS, QUICK_STEP = 2, 7
"""Of how many kinds each source of a cloud is tried in the suite, and how far they lie apart."""
CLOUDS = (GOOGLE, MICROSOFT)
GROUPS = (*NIGHTS, *(cloud.name for cloud in CLOUDS))


class Tally:
    """Counts trials by kind, and remembers what went wrong."""

    def __init__(self) -> None:
        self.kinds: dict[tuple[str, str], list[int]] = {}
        self.wrong: list[str] = []
        self.planted: dict[str, str] = {}

    def plant(self, controls: Iterable[Control]) -> None:
        for control in controls:
            self.planted[control.name] = control.caught()

    def add(self, trials: Iterable[Trial]) -> None:
        for trial in trials:
            wrong = trial.result()
            counts = self.kinds.setdefault((trial.group, trial.kind), [0, 0])
            counts[0] += not wrong
            counts[1] += 1
            if wrong:
                self.wrong.append(f"{trial.group}, {trial.kind}, {trial.name}: {wrong}")

    @property
    def survived(self) -> int:
        return sum(survived for survived, _ in self.kinds.values())

    @property
    def total(self) -> int:
        return sum(total for _, total in self.kinds.values())

    @property
    def sound(self) -> bool:
        return not self.wrong and all(self.planted.values())

    def show(self) -> None:
        for (group, kind), (survived, total) in self.kinds.items():
            mark = " " if survived == total else "!"
            print(f"{mark} {group:8} {kind:42} {survived:4}/{total}")
        for wrong in self.wrong:
            print(f"not survived: {wrong}")
        for name, gave_away in self.planted.items():
            print(f"{' ' if gave_away else '!'} control  {name:42} {gave_away or 'NOT CAUGHT'}"[:150])
        print(f"controls caught {sum(map(bool, self.planted.values()))}/{len(self.planted)}")
        print(f"faults survived {self.survived}/{self.total}")


def run(folder: Path, groups: Sequence[str], *, quick: bool, loops: int) -> bool:
    """Run the trials of some groups; return whether everything came out as it must."""
    tally = Tally()
    if not set(groups).isdisjoint(NIGHTS):
        nights(tally, folder, groups, quick=quick, loops=loops)
    for cloud in CLOUDS:
        if cloud.name in groups:
            sources(tally, folder / cloud.name, cloud, quick=quick)
    tally.show()
    return tally.sound


def sources(tally: Tally, folder: Path, group: CloudGroup, *, quick: bool) -> None:
    """Run the trials of one cloud's sources, each of them before its own stand-in."""
    for number, feed in enumerate(group.feeds):
        with opened(feed, folder) as cloud:
            few = islice(cycle(KINDS), number, None, QUICK_STEP)
            chosen = quick_trials(cloud, group.name, islice(few, QUICK_KINDS))
            tally.add(chosen if quick else cloud_trials(cloud, group.name))
    tally.plant(group.controls(folder))


def nights(
    tally: Tally, folder: Path, groups: Sequence[str], *, quick: bool, loops: int
) -> None:
    """Run the trials that go through whole nights of a district."""
    policy()
    warm_up()
    judged = in_child(lambda: judge_cases(folder))
    assert isinstance(judged.value, SelfTests), judged.value
    with cases_judged_once(judged.value):
        # Forks come before anything here starts a thread of DuckDB or Arrow.
        dropped = Dropped(folder)
        if "process" in groups:
            tally.add(process_trials(dropped, quick=quick))
            tally.add(page_trials(Paged(folder, dropped), quick=quick))
            tally.plant(controls_of_processes(dropped))
        if "loops" in groups:
            tally.add(kill_loops(dropped, loops))
        if "data" in groups:
            kept = Kept(folder)
            tally.add(data_trials(kept, quick=quick))
            tally.plant(controls_of_data(kept))
        if "http" in groups:
            with Server(lambda _: Reply()) as server:
                served = Served(folder, server)
                tally.add(http_trials(served, quick=quick))
                tally.plant(controls_of_http(served, quick=quick))


def main() -> int:
    """Read the command line and run what it asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a few that go furthest")
    parser.add_argument("--only", action="append", choices=GROUPS, help="these groups alone")
    parser.add_argument("--loops", type=int, help="how many nights are killed at random")
    asked = parser.parse_args()
    loops = asked.loops if asked.loops is not None else QUICK_LOOPS if asked.quick else LOOPS
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        sound = run(Path(folder), asked.only or GROUPS, quick=asked.quick, loops=loops)
    print(f"{time.monotonic() - began:.0f} seconds", file=sys.stderr)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
