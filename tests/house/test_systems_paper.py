"""What an administrator is told of systems and connectors is there, is true, and is up to date."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from auditor.policy.systems import SystemStatus
from cron import catalogue
from cron.systems_page import systems_page
from tests.connectors.connector_samples import LIVE, SAMPLES
from tests.connectors.test_every_connector import connecting, context
from tests.house.tree import ROOT

PAPER = ROOT / "docs/systems.md"
POLICY_NAMES = ("gmail", "schoology", "edline", "google-classroom", "google-chat", "facebook", "x")
REGISTERED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"][
    "auditor.connectors"
]
TEXT = systems_page(catalogue.systems(), catalogue.connectors(), REGISTERED)


def test_the_paper_is_up_to_date() -> None:
    current = PAPER.read_text(encoding="utf-8") == TEXT
    assert current, "systems.toml or connectors.toml has changed: run `make docs` and commit the paper"


def test_every_registered_connector_is_described() -> None:
    assert not set(REGISTERED) - catalogue.connectors().keys(), "describe it in config/connectors.toml"


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_a_connector_brings_no_more_than_it_is_said_to(name: str, tmp_path: Path) -> None:
    source = connecting(name)(context(name, tmp_path))
    assert source.provides
    assert source.provides <= set(catalogue.connectors()[name].provides)
    assert name in SAMPLES or name in LIVE


@pytest.mark.parametrize("name", sorted(REGISTERED))
def test_its_page_is_there(name: str) -> None:
    assert (ROOT / "docs" / catalogue.connectors()[name].page).is_file()


@pytest.mark.parametrize("name", sorted(catalogue.systems()))
def test_every_system_has_a_way_in_or_an_honest_word_why_not(name: str) -> None:
    system = catalogue.systems()[name]
    assert set(system.connectors) <= catalogue.connectors().keys()
    assert system.connectors or system.no_connector
    if system.status is SystemStatus.CURRENT:
        assert system.cannot_see
        assert system.sees or system.columns is None
    if system.columns is not None and not system.connectors:
        assert system.columns in system.checked
        unverified = not catalogue.is_verified(system.columns)
        retired = system.status is SystemStatus.RETIRED
        assert retired or unverified == ("Its layout is not verified" in (system.cannot_see or ""))


def test_what_the_policy_names_is_listed() -> None:
    assert set(POLICY_NAMES) <= catalogue.systems().keys()


def test_every_row_of_the_paper_has_five_cells() -> None:
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in TEXT.splitlines() if line.startswith("|")]
    assert {len(row) for row in rows} == {5}
    assert all(cell.strip() for row in rows for cell in row)
    assert len(rows) == 4 + len(catalogue.systems()) + len(REGISTERED)
