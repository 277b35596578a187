"""The command line as a district and its scripts meet it: exit codes, one document, no crash."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cron.cli import app
from cron.console import WithoutAddresses
from cron.lock import run_lock

SETTINGS = """\
[district]
name = "Marlow Public Schools"
timezone = "America/New_York"
domains = ["marlow.example"]
[policy]
pack = "injdb"
[sources.mail]
connector = "mail"
path = "drop/mail"
"""


def auditor(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def document(result: Result) -> Any:
    return json.loads(result.stdout)


@pytest.fixture
def district(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    file = tmp_path / "district.toml"
    file.write_text(SETTINGS)
    return file


def test_settings_mistakes_end_with_2_and_one_document(district: Path) -> None:
    district.write_text(SETTINGS.replace("America/New_York", "Marlow").replace("injdb", "none"))
    for command in (
        ["check"],
        ["run", "nightly"],
        ["items"],
        ["explain", "X-1"],
        ["coverage"],
        ["connectors"],
    ):
        result = auditor(*command, "--json", "--config", district)
        assert result.exit_code == 2, command
        keys = {mistake["key"] for mistake in document(result)["mistakes"]}
        assert {"district.timezone", "policy.pack"} <= keys, command


def test_mistakes_for_people_go_to_stderr(district: Path) -> None:
    district.write_text(SETTINGS + "surplus = 1\n[surplus]\n")
    result = auditor("check", "--config", district)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"{district}:11" in result.stderr.replace("\n", "")
    assert "there is no such section" in result.stderr


def test_a_missing_settings_file(tmp_path: Path) -> None:
    result = auditor("run", "nightly", "--config", tmp_path / "none.toml")
    assert result.exit_code == 2
    assert "auditor init" in result.stderr


def test_wrong_usage_ends_with_2(district: Path) -> None:
    assert auditor("run", "hourly", "--config", district).exit_code == 2
    result = auditor("run", "nightly", "--date", "yesterday", "--config", district)
    assert result.exit_code == 2
    assert "2026-11-22" in result.stderr


def test_the_loser_of_the_lock_ends_with_75_and_says_who_holds_it(district: Path) -> None:
    now = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
    with run_lock(district.parent / "data", job="nightly 2026-11-22", now=now):
        shown = auditor("run", "weekly", "--config", district)
        asked = auditor("run", "nightly", "--json", "--config", district)
    assert (shown.exit_code, asked.exit_code) == (75, 75)
    assert "nightly 2026-11-22" in shown.stderr
    holder = document(asked)["holder"]
    assert holder["job"] == "nightly 2026-11-22"
    assert holder["since"] == now.isoformat()
    assert isinstance(holder["pid"], int)


def test_nothing_can_be_said_before_the_first_night(district: Path) -> None:
    for command in (["items"], ["explain", "X-1"], ["coverage"]):
        result = auditor(*command, "--json", "--config", district)
        assert result.exit_code == 1
        assert "run nightly" in document(result)["error"]["cure"]
    assert not (district.parent / "data").exists()


def test_check_reads_no_data_and_says_what_is_not_in_order(district: Path) -> None:
    result = auditor("check", "--json", "--config", district)
    assert result.exit_code == 2
    checks = {check["of"]: check for check in document(result)["checks"]}
    assert checks["policy"]["ok"]
    assert checks["pepper"]["ok"]
    assert not checks["mail"]["ok"]
    assert checks["mail"]["cure"]
    assert not (district.parent / "data").exists()


def test_check_refuses_a_pepper_that_others_may_read(district: Path) -> None:
    pepper = district.parent / "secrets/pepper"
    pepper.parent.mkdir()
    pepper.write_text("0f" * 32)
    pepper.chmod(0o644)
    result = auditor("check", "--config", district)
    assert result.exit_code == 2
    assert "chmod 600" in result.output
    assert "0f0f" not in result.output


def test_connectors_lists_what_is_installed_and_configured(district: Path, tmp_path: Path) -> None:
    listed = document(auditor("connectors", "--json", "--config", district))
    assert {"oneroster", "mail", "table"} <= listed["installed"].keys()
    (source,) = listed["sources"]
    assert source["connector"] == "mail"
    assert source["provides"] == ["messages"]
    alone = document(auditor("connectors", "--json", "--config", tmp_path / "none.toml"))
    assert alone["sources"] == []


def test_init_twice(tmp_path: Path) -> None:
    first = document(auditor("init", tmp_path / "new", "--json"))
    assert first["kept"] == []
    again = document(auditor("init", tmp_path / "new", "--json"))
    assert again["made"] == []
    (tmp_path / "file").touch()
    refused = auditor("init", tmp_path / "file")
    assert refused.exit_code == 2
    assert "Name a folder" in refused.stderr


def test_demo_refuses_a_folder_with_somebodys_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    result = auditor("demo", tmp_path)
    assert result.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_demo_leaves_a_folder_alone_while_a_run_is_under_way(tmp_path: Path) -> None:
    (tmp_path / ".auditor-demo").touch()
    (tmp_path / "planted.json").touch()
    with run_lock(tmp_path / "data", job="nightly", now=datetime(2026, 11, 23, tzinfo=UTC)):
        result = auditor("demo", tmp_path)
    assert result.exit_code == 75
    assert (tmp_path / "planted.json").exists()


def test_the_log_shows_no_address() -> None:
    record = logging.LogRecord(
        "auditor", logging.INFO, "x", 1, "read %s (%d)", ("<a.b@marlow.example>", 3), None
    )
    assert WithoutAddresses().filter(record)
    assert record.getMessage() == "read <<address>> (3)"
