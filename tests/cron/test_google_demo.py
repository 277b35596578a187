"""The sample district read from a pretended Google has, item for item, what it has from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cron.cli import app

SMALL = ("--schools", "1", "--staff", "45", "--students", "450", "--weeks", "2")
OF_THE_NIGHT = frozenset({"id"})
"""Ids follow the order in which a night meets its items."""
OF_THE_SOURCE = frozenset({"first_seen", "last_seen"})
"""Since when a list has had one student only Google's log tells; the files do not."""


def said(*arguments: str | Path) -> Any:
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    return json.loads(result.stdout)


def items(folder: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for item in said("items", "--config", folder / "district.toml"):
        skipped = OF_THE_NIGHT | (OF_THE_SOURCE if item["rule"] == "one-student-group" else set())
        told = {
            name: sorted(value) if name.endswith("native_ids") else value
            for name, value in item.items()
            if name not in skipped
        }
        found[json.dumps([told[n] for n in ("rule", "adult", "student", "team", "thing", "native_ids")])] = told
    return found


@pytest.mark.integration
def test_google_gives_the_items_of_the_files_one_for_one(tmp_path: Path) -> None:
    from_files = said("demo", tmp_path / "files", *SMALL)
    from_google = said("demo", tmp_path / "google", "--google", *SMALL)
    assert from_google["not_checked"] == from_files["not_checked"]
    assert from_google["differences"] == from_files["differences"]
    expected, found = items(tmp_path / "files"), items(tmp_path / "google")
    assert len(expected) > 100
    assert found == expected
    for folder in ("data", "reports"):
        for path in (tmp_path / "google" / folder).rglob("*"):
            assert not path.is_file() or b"zephyrquill" not in path.read_bytes()
