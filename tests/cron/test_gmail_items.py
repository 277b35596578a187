"""The sample district's items are the same ones, whether its mail comes as files or through Gmail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.district import Sizes, make_district, write_district
from benchmarks.pretend.google import ADMIN, PretendGoogle, world_of
from benchmarks.sample.planted import Stage
from cron.cli import app

END = date(2026, 11, 22)
GMAIL = f"""[sources.mail]
connector = "gmail"
title = "District e-mail"
admin = "{ADMIN}"
key = "key.json"
mailboxes = ["/Staff", "/Students", "/Service Accounts"]
"""


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_district(Sizes(1, 45, 450, 2), seed=7, end=END)


@pytest.fixture(scope="module")
def google(stage: Stage) -> Iterator[PretendGoogle]:
    with PretendGoogle(world_of(stage)) as running:
        yield running
        assert running.mistakes == []


def items(folder: Path) -> list[Any]:
    """Run the night of a district's last day; return what it lists."""
    config = ["--json", "--config", str(folder / "district.toml")]
    run = CliRunner().invoke(app, ["run", "nightly", "--date", END.isoformat(), *config])
    assert run.exit_code == 0, run.output
    found: list[Any] = json.loads(CliRunner().invoke(app, ["items", *config]).stdout)
    return sorted(map(plain, found), key=lambda one: json.dumps(one, sort_keys=True))


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without its id, and its lists in order: these go by each district's secret.

    Times to the minute: the log tells of mail from outside when it arrived.
    """
    found = {name: sorted(v) if isinstance(v, list) else v for name, v in item.items()}
    del found["id"]
    return {**found, **{name: str(item[name])[:16] for name in ("first_seen", "last_seen")}}


def about(found: list[Any]) -> set[tuple[str, ...]]:
    """Return whom or what each item is about."""
    names = ("adult", "student", "team", "thing")
    return {tuple(str(one[name]) for name in names) for one in found}


@pytest.fixture(scope="module")
def by_file(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("file")
    write_district(folder, stage)
    return items(folder)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("more", "same"),
    [
        ("", True),
        ('received = ["/Students"]', True),
        # Of mail from outside the log tells neither who else got it, such as the guardian whom an
        # approval asks for, nor what it answers.
        ('first_tier = "log"\nstudents = ["/Students"]', False),
    ],
)
def test_gmail_lists_what_the_archive_lists(
    more: str,
    same: bool,
    stage: Stage,
    google: PretendGoogle,
    by_file: list[Any],
    tmp_path: Path,
) -> None:
    write_district(tmp_path, stage)
    google.key_file(tmp_path)
    settings = tmp_path / "district.toml"
    before, _, after = settings.read_text().partition("[sources.mail]")
    chat = after[after.index("[sources.chat]") :]
    settings.write_text(f'{before}{GMAIL}endpoint = "{google.base}"\n{more}\n\n{chat}')
    assert len(by_file) > 100
    found = items(tmp_path)
    if same:
        assert found == by_file
    assert about(found) == about(by_file)
