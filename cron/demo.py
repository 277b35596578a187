"""``auditor demo``: an invented district, audited for real, then compared with what was planted.

It goes through the same doors as a district does, ``auditor run`` and the files on disk, and in
two instalments, so that items carry over and grow as they do in real weeks.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from auditor import audit
from cron import commands_run, console, demo_page, wiring
from cron.demo_score import Score, score
from cron.demo_service import Service, environment, program, serving
from cron.lock import run_lock
from cron.outcome import CommandError, Exit, Outcome
from cron.ran import Job, Ran

MARK = ".auditor-demo"
"""Marks a folder as a demo's, so that the next demo may replace what is in it."""
OURS = (
    "columns", "data", "drop", "google", "microsoft", "reports", "secrets", "district.toml",
    "planted.json",
)  # fmt: skip
LAST_DAY = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the generator is asked for."""

    schools: int = 3
    staff: int = 60
    students: int = 700
    weeks: int = 4
    seed: int = 7

    def arguments(self) -> list[str]:
        return [
            *("--schools", str(self.schools)),
            *("--staff", str(self.staff)),
            *("--students", str(self.students)),
            *("--weeks", str(self.weeks)),
            *("--seed", str(self.seed)),
            *("--end", LAST_DAY.isoformat()),
        ]


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What a demo came to."""

    folder: Path
    records: Mapping[str, int]
    score: Score
    runs: tuple[Ran, ...]
    seconds: tuple[tuple[str, float], ...]
    known_limits: tuple[str, ...]


def demo(folder: Path, sizes: Sizes, cloud: str | None = None) -> Outcome:
    """Make, audit and score the sample district; ends with 1 unless all is exactly as planted.

    With a ``cloud`` ("google" or "microsoft") its mail and chat are read from a server on this
    machine that behaves like that vendor's, instead of from files.
    """
    folder = folder.absolute()
    _clear(folder)
    with ExitStack() as stack:
        service = None
        if cloud is not None:
            service = stack.enter_context(serving(cloud, folder, sizes.arguments()))
        shown = _demonstrate(folder, sizes, service)
    code = Exit.COMPLETE if shown.score.exact else Exit.FAILED
    return Outcome(_document(shown), lambda screen: demo_page.show(shown, screen), code)


def _clear(folder: Path) -> None:
    """Make the folder ready, or refuse one that holds somebody's files or is in use."""
    mark = folder / MARK
    if folder.is_dir() and any(folder.iterdir()) and not mark.is_file():
        raise CommandError(
            "this folder is not empty and holds no earlier demo",
            where=str(folder),
            cure="Name a new folder: auditor demo DIR",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark.touch()
        with run_lock(folder / "data", job="demo", now=datetime.now(UTC)):
            for name in OURS:
                path = folder / name
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
    except OSError as error:
        raise CommandError(
            f"the folder cannot be used ({error.strerror})",
            where=str(error.filename or folder),
            cure="Name a folder this account may write in",
        ) from error


def _demonstrate(folder: Path, sizes: Sizes, service: Service | None) -> Demonstration:
    seconds: list[tuple[str, float]] = []
    runs: list[Ran] = []
    config = folder / "district.toml"
    for week in (sizes.weeks - 1, sizes.weeks):
        last = LAST_DAY - timedelta(days=7 * (sizes.weeks - week))
        began = perf_counter()
        with console.steps("demo") as step:
            step(f"make weeks up to {week}")
            _generate(folder, sizes, week, service)
        seconds.append((f"make the district up to week {week}", perf_counter() - began))
        for job in (Job.NIGHTLY, Job.WEEKLY):
            began = perf_counter()
            ran = commands_run.do(config, job, last)
            seconds.append((f"auditor run {job} --date {last}", perf_counter() - began))
            runs.append(ran)
    planted = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
    office = wiring.prepare(config)
    with wiring.workplace(office) as place:
        found = audit.items(place, as_of=None)
    titles = {rule: office.rules[rule].title for rule in office.pack.bindings}
    return Demonstration(
        folder=folder,
        records=planted["records"],
        score=score(planted["truths"], found, titles),
        runs=tuple(runs),
        seconds=tuple(seconds),
        known_limits=tuple(limit.text for limit in office.settings.district.known_limits),
    )


def _generate(folder: Path, sizes: Sizes, until_week: int, service: Service | None) -> None:
    """Run the generator as the program it is, found beside this one wherever it is installed."""
    command = [*program("benchmarks.district"), str(folder), *sizes.arguments()]
    command += ["--until-week", str(until_week)]
    if service is not None:
        command += [f"--{service.vendor}", *service.told]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise CommandError(
            f"the generator ended with {done.returncode}: {said[-1]}",
            where="benchmarks.district",
            cure="Choose other sizes, or run it by itself to see more",
        )
    if service is not None:
        planted = json.loads((folder / "planted.json").read_text(encoding="utf-8"))
        service.show_until(planted["delivered_at"])


def _document(shown: Demonstration) -> dict[str, Any]:
    return {
        "folder": str(shown.folder),
        "records": dict(shown.records),
        **shown.score.as_json(),
        "not_checked": list(shown.runs[-1].not_checked),
        "known_limits": list(shown.known_limits),
        "seconds": {name: round(seconds, 3) for name, seconds in shown.seconds},
        "runs": [ran.as_json() for ran in shown.runs],
    }
