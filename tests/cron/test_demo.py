"""The demo from end to end, as a newcomer runs it: every planted truth, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cron.cli import app

ROOT = Path(__file__).resolve().parents[2]


def auditor(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cron.cli", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Any]]:
    folder = tmp_path_factory.mktemp("demo") / "district"
    done = auditor("demo", folder, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, json.loads(done.stdout)


def test_every_planted_truth_is_found_and_nothing_else(
    demo: tuple[Path, Mapping[str, Any]],
) -> None:
    folder, document = demo
    assert document["exact"]
    assert document["differences"] == []
    assert len(document["rules"]) == 27
    for rule in document["rules"]:
        assert rule["found"] == rule["planted"]
        assert (rule["planted"]["item"] > 0) is (rule["rule"] != "coverage-gap")
    for run in document["runs"]:
        for page in run["pages"]:
            assert Path(page["html"]).is_relative_to(folder)
            assert Path(page["html"]).is_file()


def command(*arguments: str | Path) -> Result:
    """Run a command in this process; to start the program anew takes longer than most of them."""
    return CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)


def listed(config: Path) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(command("items", "--json", "--config", config).stdout)
    return items


def test_items_can_be_listed_and_explained(demo: tuple[Path, Mapping[str, Any]]) -> None:
    config = demo[0] / "district.toml"
    items = listed(config)
    states = {item["state"] for item in items}
    assert {"new", "carried over", "covered"} <= states
    for item in items:
        assert item["messages"] == len(item["native_ids"])
        assert datetime.fromisoformat(item["first_seen"]).utcoffset() is not None
        assert {item[about] for about in ("adult", "student", "team", "thing")} != {None}
    one = next(item for item in items if item["rule"] == "direct-no-adult")
    explained = command("explain", one["id"], "--config", config)
    assert explained.exit_code == 0
    assert one["adult_name"] in explained.stdout
    assert one["native_ids"][0] in explained.stdout
    assert command("explain", "ZZ-9999", "--config", config).exit_code == 1


@dataclass(frozen=True)
class Again:
    """The demo's last night, run once more as a program of its own, after one that was killed."""

    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    said: str
    left: Path


@pytest.fixture(scope="module")
def again(demo: tuple[Path, Mapping[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Again:
    folder = tmp_path_factory.mktemp("again") / "district"
    shutil.copytree(demo[0], folder)
    config = folder / "district.toml"
    left = next((folder / "data").glob("message/source=*/day=*")) / "left-over.parquet"
    left.write_bytes(b"half of a file")
    before = listed(config)
    done = auditor("run", "nightly", "--date", "2026-11-22", "--again", "--config", config)
    assert done.returncode in (0, 3), done.stderr
    return Again(before, listed(config), done.stderr, left)


def test_a_night_run_again_changes_no_item(again: Again) -> None:
    assert again.after == again.before


def test_a_night_clears_away_what_a_killed_one_left(again: Again) -> None:
    assert not again.left.exists()


def test_no_address_or_name_is_logged(again: Again) -> None:
    assert "checks" in again.said
    assert "@" not in again.said
    for item in again.after:
        assert item["adult_name"] is None or item["adult_name"] not in again.said


@pytest.mark.integration
def test_an_earlier_demo_may_be_replaced(
    demo: tuple[Path, Mapping[str, Any]], tmp_path: Path
) -> None:
    folder = tmp_path / "district"
    shutil.copytree(demo[0], folder)
    kept = folder / "notes.txt"
    kept.write_text("of whoever tried it")
    sizes = ("--schools", "1", "--staff", "45", "--students", "450")
    done = command("demo", folder, "--json", *sizes)
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["exact"]
    assert document["differences"] == []
    assert sum(document["records"].values()) < sum(demo[1]["records"].values())
    assert listed(folder / "district.toml")
    assert kept.read_text() == "of whoever tried it"
