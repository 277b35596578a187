"""The files that start jobs on a host: their commands exist, and their times are good ones."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.core import TyperGroup

from cron.cli import app
from cron.initialise import UNITS, initialise
from cron.jobs import JOBS
from cron.timing import WEEKDAYS, Form, parse

CALENDAR = re.compile(r"(?:([A-Z][a-z]{2}) )?\*-\*-\* (\d{2}:\d{2}):00 (\S+)")
CRON = re.compile(r"(\d+) (\d+) \* \* (\*|[a-z]{3})")
Started = tuple[str, list[str], str]
"""Where it stands, the arguments of ``auditor``, when: ``mon 05:30``, or "" for always."""


def unit(name: str) -> ConfigParser:
    found = ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # keys have capitals
    found.read_string((UNITS / name).read_text(encoding="utf-8"))
    return found


def from_systemd() -> Iterator[Started]:
    for path in sorted(UNITS.glob("*.service")):
        command = shlex.split(unit(path.name)["Service"]["ExecStart"])
        assert command[0].endswith("/auditor")
        timer = path.with_suffix(".timer")
        when = ""
        if timer.exists():
            (day, hour, zone), = CALENDAR.findall(unit(timer.name)["Timer"]["OnCalendar"])
            ZoneInfo(zone)
            when = f"{day.lower()} {hour}".strip()
        yield path.name, command[1:], when


def from_crontab() -> Iterator[Started]:
    lines = (UNITS / "auditor.crontab").read_text(encoding="utf-8").splitlines()
    assert any(re.fullmatch(r"CRON_TZ=\S+/\S+", line) for line in lines)
    for line in lines:
        if re.match(r"\d", line):
            *when, command = line.split(maxsplit=5)
            words = shlex.split(command)
            assert words[0].endswith("/auditor")
            yield "auditor.crontab", words[1:], cron(" ".join(when))


def from_kubernetes() -> Iterator[Started]:
    for job in kubernetes():
        ZoneInfo(job["spec"]["timeZone"])
        (container,) = pod(job)["containers"]
        assert container["command"] == ["auditor"]
        yield "kubernetes.json", container["args"], cron(job["spec"]["schedule"])


def kubernetes() -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = json.loads((UNITS / "kubernetes.json").read_text("utf-8"))["items"]
    return jobs


def pod(job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return found


def cron(text: str) -> str:
    found = CRON.fullmatch(text)
    assert found is not None, text
    minute, hour, day = found.groups()
    assert day == "*" or day in WEEKDAYS, "days of the week have names"
    return f"{'' if day == '*' else day} {int(hour):02}:{int(minute):02}".strip()


STARTED = [*from_systemd(), *from_crontab(), *from_kubernetes()]


def test_nothing_is_left_out() -> None:
    known = {".service", ".timer", ".crontab", ".json"}
    assert {path.suffix for path in UNITS.iterdir()} == known
    for room in ("auditor-", "auditor.crontab", "kubernetes.json"):
        started = {tuple(a[:2]) for where, a, _ in STARTED if where.startswith(room)}
        assert {("run", "catch-up"), ("run", "weekly"), ("watch", "--config")} <= started, room


@pytest.mark.parametrize(("where", "arguments", "when"), STARTED)
def test_its_command_exists_and_its_time_is_never_skipped(
    where: str, arguments: list[str], when: str
) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    with group.make_context("auditor", list(arguments)) as context:
        name, command, rest = group.resolve_command(context, list(arguments))
        assert command is not None
        with command.make_context(name, rest, parent=context) as parsed:
            assert parsed.params["config"] == Path("/srv/auditor/district.toml")
    if when:
        assert str(parse(when, frozenset(Form))) == when
    else:
        assert name == "serve"


def test_the_times_are_the_schedulers_own() -> None:
    wanted = {job.arguments: job.default for job in JOBS}
    for where, arguments, when in STARTED:
        command = tuple(arguments[: arguments.index("--config")])
        assert when == wanted.get(command, when), where


def test_a_missed_night_is_made_up_for_and_no_timer_is_late_on_purpose() -> None:
    for path in UNITS.glob("*.timer"):
        timer = unit(path.name)["Timer"]
        assert timer["Persistent"] == "true"
        assert "RandomizedDelaySec" not in timer
        assert path.with_suffix(".service").exists()


def test_services_may_do_only_what_they_must() -> None:
    for path in UNITS.glob("*.service"):
        service = unit(path.name)["Service"]
        assert service["NoNewPrivileges"] == service["PrivateTmp"] == "true"
        assert (service["ProtectSystem"], service["UMask"]) == ("strict", "0077")
        assert service["User"] != "root"
        # systemd refuses to restart what it waits for
        assert not (service["Type"] == "oneshot" and "RestartForceExitStatus" in service)


def test_pods_may_do_only_what_they_must() -> None:
    for job in kubernetes():
        spec = job["spec"]
        assert spec["concurrencyPolicy"] == "Forbid"
        assert spec["startingDeadlineSeconds"] >= 3600
        assert pod(job)["restartPolicy"] == "Never"
        assert pod(job)["securityContext"]["runAsNonRoot"] is True
        assert "fsGroup" not in pod(job)["securityContext"], "a group could read the pepper"
        (container,) = pod(job)["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        (rule,) = spec["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
        assert 75 not in rule["onExitCodes"]["values"], "another run is under way: try again"


def test_a_new_district_has_them(tmp_path: Path) -> None:
    made, _ = initialise(tmp_path / "district")
    copied = {path.name for path in made if path.parent.name == "units"}
    assert copied == {path.name for path in UNITS.iterdir()}
