"""The demo from end to end, as a newcomer runs it: every planted truth, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

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
    assert len(document["rules"]) == 26
    for rule in document["rules"]:
        assert rule["found"] == rule["planted"]
        assert (rule["planted"]["item"] > 0) is (rule["rule"] != "coverage-gap")
    for run in document["runs"]:
        for page in run["pages"]:
            assert Path(page["html"]).is_relative_to(folder)
            assert Path(page["html"]).is_file()


def test_items_can_be_listed_and_explained(demo: tuple[Path, Mapping[str, Any]]) -> None:
    config = demo[0] / "district.toml"
    listed = json.loads(auditor("items", "--json", "--config", config).stdout)
    states = {item["state"] for item in listed}
    assert {"new", "carried over", "covered"} <= states
    for item in listed:
        assert item["messages"] == len(item["native_ids"])
        assert datetime.fromisoformat(item["first_seen"]).utcoffset() is not None
        assert {item[about] for about in ("adult", "student", "team", "thing")} != {None}
    one = next(item for item in listed if item["rule"] == "direct-no-adult")
    explained = auditor("explain", one["id"], "--config", config)
    assert explained.returncode == 0
    assert one["adult_name"] in explained.stdout
    assert one["native_ids"][0] in explained.stdout
    unknown = auditor("explain", "ZZ-9999", "--config", config)
    assert unknown.returncode == 1


def test_a_night_run_again_changes_no_item(demo: tuple[Path, Mapping[str, Any]]) -> None:
    config = demo[0] / "district.toml"
    before = auditor("items", "--json", "--config", config).stdout
    again = auditor("run", "nightly", "--date", "2026-11-22", "--again", "--json", "--config", config)
    assert again.returncode in (0, 3), again.stderr
    assert auditor("items", "--json", "--config", config).stdout == before


def test_a_night_clears_away_what_a_killed_one_left(
    demo: tuple[Path, Mapping[str, Any]],
) -> None:
    data = demo[0] / "data"
    left = next(data.glob("message/source=*/day=*")) / "left-over.parquet"
    left.write_bytes(b"half of a file")
    again = auditor("run", "nightly", "--date", "2026-11-22", "--again", "--config", data.parent / "district.toml")
    assert again.returncode in (0, 3), again.stderr
    assert not left.exists()


def test_no_address_or_name_is_logged(demo: tuple[Path, Mapping[str, Any]]) -> None:
    config = demo[0] / "district.toml"
    again = auditor("run", "nightly", "--date", "2026-11-22", "--again", "--config", config)
    assert "@" not in again.stderr
    listed = json.loads(auditor("items", "--json", "--config", config).stdout)
    for item in listed:
        assert item["adult_name"] is None or item["adult_name"] not in again.stderr


def test_an_earlier_demo_may_be_replaced(demo: tuple[Path, Mapping[str, Any]]) -> None:
    folder, first = demo
    kept = folder / "notes.txt"
    kept.write_text("of whoever tried it")
    again = auditor("demo", folder, "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["rules"] == first["rules"]
    assert kept.read_text() == "of whoever tried it"
