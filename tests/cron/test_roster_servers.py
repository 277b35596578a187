"""The sample district with its roster from a server has, item for item, what it has from files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.district import Sizes, make_district, write_district
from benchmarks.pretend import clever, oneroster
from benchmarks.sample.planted import Stage
from cron import commands_run
from cron.ran import Job
from tests.benchmarks.test_district_audited import END, differences
from tests.cron.test_google_demo import items

FILES = '''connector = "oneroster"
title = "Student information system"
path = "drop/oneroster/roster.zip"
'''
TITLE = 'title = "Student information system"'


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_district(Sizes(schools=1, staff=45, students=450), seed=1, end=END)


@pytest.fixture(scope="module")
def expected(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("files")
    write_district(folder, stage)
    commands_run.do(folder / "district.toml", Job.NIGHTLY, END)
    return items(folder)


def without_files(folder: Path, stage: Stage, settings: str) -> None:
    """Write the district with its roster at a server instead of in a file."""
    write_district(folder, stage)
    (folder / "drop/oneroster/roster.zip").unlink()
    file = folder / "district.toml"
    text = file.read_text("utf-8")
    assert text.count(FILES) == 1
    file.write_text(text.replace(FILES, settings), "utf-8")


@contextmanager
def at_oneroster(folder: Path, stage: Stage, *, oauth1: bool) -> Iterator[None]:
    with oneroster.PretendOneRoster(oneroster.world_of(stage), oauth1=oauth1) as running:
        secret = running.secret_file(folder / "secret")
        by = 'sign_in = "oauth1"' if oauth1 else f'tokens = "{running.tokens}"'
        settings = (
            f'connector = "oneroster-api"\n{TITLE}\naddress = "{running.address}"\n'
            f'client = "{running.client}"\nsecret = "{secret}"\npage = 100\n{by}\n'
        )
        running.now = datetime.now(UTC)  # what is signed bears the time of this machine
        without_files(folder, stage, settings)
        yield
        assert (running.mistakes, running.changes) == ([], 0)


@contextmanager
def at_clever(folder: Path, stage: Stage) -> Iterator[None]:
    with clever.PretendClever(clever.world_of(stage)) as running:
        token = running.token_file(folder / "secret")
        settings = (
            f'connector = "clever"\n{TITLE}\ntoken = "{token}"\nendpoint = "{running.base}"\n'
            "page = 100\n"
        )
        without_files(folder, stage, settings)
        yield
        assert (running.mistakes, running.changes) == ([], 0)


def same_items(folder: Path, expected: dict[str, dict[str, Any]]) -> None:
    assert list(differences(folder, END)) == []
    found = items(folder)
    assert len(expected) > 100
    assert found == expected
    for path in (folder / "data").rglob("*"):
        assert not path.is_file() or b"zephyrquill" not in path.read_bytes()


@pytest.mark.integration
@pytest.mark.parametrize("oauth1", [False, True], ids=["oauth2", "oauth1"])
def test_a_oneroster_server_gives_the_items_of_the_files(
    oauth1: bool, stage: Stage, expected: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    with at_oneroster(tmp_path, stage, oauth1=oauth1):
        same_items(tmp_path, expected)


@pytest.mark.integration
def test_clever_gives_the_items_of_the_files(
    stage: Stage, expected: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    with at_clever(tmp_path, stage):
        same_items(tmp_path, expected)
