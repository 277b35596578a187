"""The scheduler starts what is due, outlives what crashes, and says what did not end well."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from auditor import incidents
from auditor.incidents import Incident, Kind
from auditor.ledger import Ledger
from cron import health, wiring
from cron.child import Ended
from cron.outcome import Exit
from cron.serving import Serving
from cron.settings import Settings, load_settings
from tests.cron.at_hand import auditor
from tests.cron.tiny_district import TinyDistrict

ROOT = Path(__file__).resolve().parents[2]
SUNDAY = datetime(2026, 11, 22, 17, tzinfo=UTC)
"""Noon in the district."""


@pytest.fixture
def tiny(tmp_path: Path) -> TinyDistrict:
    tiny = TinyDistrict(tmp_path / "district")
    tiny.mail("m1", "2026-11-17", "t1", ["s1"])
    tiny.write()
    return tiny


def wait_for(what: Callable[[], Any], seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)
    return found


def noted(folder: Path) -> list[tuple[str, str, str]]:
    with Ledger.open(folder / "data/ledger.sqlite") as ledger, ledger.read() as connection:
        return [(one.job, one.kind, one.text) for one in incidents.since(connection, None)]


# ---- two real ones ---------------------------------------------------------------------------


def served(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "cron.cli", "serve", "--config", str(folder / "district.toml")],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])},
            stderr=log,
            stdout=subprocess.DEVNULL,
        )


def runs(folder: Path) -> list[str]:
    path = folder / "data/ledger.sqlite"
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as ledger:
        try:
            return [state for (state,) in ledger.execute("SELECT state FROM run ORDER BY run_id")]
        except sqlite3.OperationalError:  # it is only being made
            return []


@pytest.mark.integration
def test_two_schedulers_do_one_run_and_outlive_one_that_is_killed(tiny: TinyDistrict) -> None:
    two = [served(tiny.folder), served(tiny.folder)]
    try:
        wait_for(lambda: runs(tiny.folder) == ["running"])
        holder = json.loads((tiny.folder / "data/run.lock").read_text())
        os.kill(holder["pid"], signal.SIGKILL)
        wait_for(lambda: runs(tiny.folder) in (["died", "gaps"], ["died", "complete"]))
        log = tiny.folder / "log"
        wait_for(lambda: "nightly: ended with" in log.read_text())
        found = wait_for(lambda: noted(tiny.folder))
        assert [one.poll() for one in two] == [None, None]
    finally:
        for one in two:
            one.send_signal(signal.SIGTERM)
    assert [one.wait(60) for one in two] == [0, 0]
    assert len(runs(tiny.folder)) == 2
    ((job, kind, text),) = found
    assert (job, kind) == ("nightly", "failed")
    assert "ended with -9" in text
    told = health.read(tiny.folder / "data")
    assert told is not None
    assert told.last_night is not None
    assert told.scheduler is not None
    assert told.scheduler.alive_at is None
    assert "Traceback" not in log.read_text()


# ---- what it says of jobs that did not end well ------------------------------------------------


class Runner:
    """Ends every job as it is told to, or once it is allowed to."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.begun: list[str] = []
        self.go = threading.Event()
        self.go.set()

    def run(self, arguments: Sequence[str]) -> Ended:
        self.begun.append(arguments[-1])
        assert self.go.wait(60)
        code = self.codes.pop(0) if self.codes else 0
        return Ended(code, None if code == 0 else "the disk is full (data). Make room")

    def stop(self) -> None:
        self.go.set()


@contextmanager
def serving(settings: Settings, runner: Runner, beat: float = 60) -> Iterator[Serving]:
    one = Serving(settings, runner)
    ended: list[Exit] = []
    thread = threading.Thread(target=lambda: ended.append(one.serve(beat)))
    thread.start()
    try:
        wait_for(lambda: (told := one.ask()[0].get("scheduler")) and told["alive_at"])
        yield one
    finally:
        one.stop()
        thread.join(60)
    assert ended == [Exit.COMPLETE]


def load(tiny: TinyDistrict, schedule: str = "") -> Settings:
    tiny.settings(f"[schedule]\n{schedule}\n")
    return load_settings(tiny.folder / "district.toml")


def test_a_job_that_failed_is_noted_and_told(tiny: TinyDistrict) -> None:
    settings = load(tiny)
    with time_machine.travel(SUNDAY, tick=True), serving(settings, Runner(1)) as one:
        ((job, kind, text),) = wait_for(lambda: noted(tiny.folder))
        assert (job, kind) == ("nightly", "failed")
        assert "2026-11-22 12:00" in text
        assert "ended with 1: the disk is full" in text
        known, reasons = one.ask()
        assert any("ended with 1" in reason for reason in reasons)
        assert {"nightly", "weekly", "check"} <= set(known["scheduler"]["next"])


def test_a_job_waits_while_another_run_is_under_way(tiny: TinyDistrict) -> None:
    runner = Runner(Exit.HELD, Exit.HELD, Exit.GAPS)
    with time_machine.travel(SUNDAY, tick=True), serving(load(tiny), runner) as one:
        wait_for(lambda: one.ask()[0]["scheduler"]["jobs"]["nightly"]["exit_code"] == 3)
    assert runner.begun == ["catch-up"] * 3
    assert noted(tiny.folder) == []


def test_what_was_due_while_nobody_was_there_is_begun_at_the_start(tiny: TinyDistrict) -> None:
    settings = load(tiny)
    week = timedelta(days=7)
    with time_machine.travel(SUNDAY, tick=True), serving(settings, Runner()) as one:
        wait_for(lambda: one.ask()[0]["scheduler"]["jobs"]["nightly"]["exit_code"] == 0)
    told = health.read(tiny.folder / "data")
    assert told is not None
    assert told.scheduler is not None
    before = {"nightly": told.scheduler.jobs["nightly"]}
    before["weekly"] = health.JobState(SUNDAY - week, 0)
    pulse = health.Pulse(None, {}, before)
    health.write(tiny.folder / "data", health.Health(SUNDAY, "1", None, pulse, None))
    runner = Runner()
    with time_machine.travel(SUNDAY + timedelta(days=2), tick=True), serving(settings, runner):
        wait_for(lambda: runner.begun == ["catch-up", "weekly"])
    assert {(job, kind) for job, kind, _ in noted(tiny.folder)} == {
        ("nightly", "missed"), ("weekly", "missed"),
    }  # fmt: skip
    assert any("due at 2026-11-23 05:30" in text for _, _, text in noted(tiny.folder))


def test_a_job_still_under_way_when_it_is_due_again_is_noted(tiny: TinyDistrict) -> None:
    runner = Runner()
    runner.go.clear()
    settings = load(tiny, 'nightly = "12:30"\nreport_by = "13:00"')
    with time_machine.travel(SUNDAY, tick=True) as clock, serving(settings, runner, 0.2) as one:
        wait_for(lambda: runner.begun == ["catch-up"])
        clock.shift(timedelta(hours=1))
        wait_for(lambda: one.ask()[0]["scheduler"]["next"]["nightly"] > "2026-11-23")
        clock.shift(timedelta(days=1))
        ((job, kind, text),) = wait_for(lambda: noted(tiny.folder))
        assert (job, kind) == ("nightly", "overlapped")
        assert "due at 2026-11-23 12:30" in text


def test_a_clock_set_forward_wakes_the_scheduler(tiny: TinyDistrict) -> None:
    runner = Runner()
    settings = load(tiny, 'nightly = "12:30"\nreport_by = "13:00"')
    with time_machine.travel(SUNDAY, tick=True) as clock, serving(settings, runner, 0.2):
        wait_for(lambda: runner.begun == ["catch-up"])
        clock.shift(timedelta(hours=1))
        wait_for(lambda: len(runner.begun) == 2, 10)


def test_a_ledger_that_is_away_is_told_and_forgets_nothing(
    tiny: TinyDistrict, tmp_path: Path
) -> None:
    tiny.settings(f'[storage]\nledger = "postgresql://auditor@/x?host={tmp_path}"\n')
    settings = load_settings(tiny.folder / "district.toml")
    with time_machine.travel(SUNDAY, tick=True), serving(settings, Runner(1)) as one:
        reasons = wait_for(lambda: [r for r in one.ask()[1] if "cannot be reached" in r])
    assert len(reasons) == 1


# ---- /health ---------------------------------------------------------------------------------


def get(port: int, path: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error) if path == "/health" else None


def test_health_is_asked_on_the_loopback_address(tiny: TinyDistrict, unused_port: int) -> None:
    settings = load(tiny, f"health_port = {unused_port}")
    with time_machine.travel(SUNDAY, tick=True), serving(settings, Runner()):
        code, told = wait_for(lambda: get(unused_port, "/health"))
        assert code == 503, "past seven, and no night was ever finished"
        assert told["healthy"] is False
        assert any("2026-11-21 was not finished" in reason for reason in told["reasons"])
        assert get(unused_port, "/")[0] == 404
    early = SUNDAY.replace(hour=11)
    with time_machine.travel(early, tick=True), serving(settings, Runner()):
        code, told = get(unused_port, "/health")
        assert (code, told["healthy"], told["reasons"]) == (200, True, [])
    assert "example" not in json.dumps(told)


@pytest.fixture
def unused_port() -> int:
    import socket  # noqa: PLC0415  (only to find a port)

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


@pytest.mark.parametrize(
    ("silent", "code", "well"), [(2, 0, True), (4, 0, False), (2, 3, True), (2, 1, False)]
)
def test_what_counts_as_well(tiny: TinyDistrict, silent: int, code: int, well: bool) -> None:
    settings = load(tiny)
    zone, report_by = settings.district.timezone, settings.schedule.report_by
    early = SUNDAY.replace(hour=11)
    jobs = {"nightly": health.JobState(early, code)}
    pulse = health.Pulse(early - timedelta(minutes=silent), {}, jobs)
    told = health.Health(early, "1", None, pulse, None)
    health.write(tiny.folder, told)
    assert health.read(tiny.folder) == told
    assert (health.reasons(told, early, zone, report_by) == []) is well
    assert health.reasons(None, early, zone, report_by)


# ---- watch, and what the page for IT says of it ------------------------------------------------


def test_watch_is_quiet_until_the_hour_and_after_a_night(tiny: TinyDistrict) -> None:
    morning = datetime(2026, 11, 23, 11, 30, tzinfo=UTC)
    with time_machine.travel(morning, tick=True):
        code, told = auditor(tiny.folder, "watch")
        assert (code, told["late"]) == (0, False)
    with time_machine.travel(morning + timedelta(hours=1), tick=True):
        for _ in range(2):
            code, told = auditor(tiny.folder, "watch")
            assert (code, told["late"], told["who"]) == (1, True, "IT")
            assert "2026-11-22 was not finished by 07:00" in told["what"]
            assert "catch-up" in told["cure"]
        assert not (tiny.folder / "data/ledger.sqlite").exists(), "it begins nothing"
        with wiring.ledger_alone(load_settings(tiny.folder / "district.toml").storage):
            pass
        for _ in range(2):
            assert auditor(tiny.folder, "watch")[0] == 1
        assert [kind for _, kind, _ in noted(tiny.folder)] == ["overdue"]
        found = Incident(morning, "weekly", Kind.FAILED, "weekly ended with 1: the disk is full")
        path = tiny.folder / "data/ledger.sqlite"
        with Ledger.open(path) as ledger, ledger.begin() as connection:
            incidents.note(connection, found)
        code, document = auditor(tiny.folder, "run", "catch-up")
        assert code in (0, 3), document
        assert auditor(tiny.folder, "watch")[0] == 0
        told_again = health.read(tiny.folder / "data")
        assert told_again is not None
        assert told_again.last_night is not None
        assert told_again.last_night.audit_date.isoformat() == "2026-11-22"
    cards = TinyDistrict.page(document["nights"][0])["do_now"]
    whys = " ".join(card["why"] for card in cards)
    assert "2026-11-22 was not finished by 07:00" in whys
    assert "weekly ended with 1: the disk is full" in whys
