"""``auditor roster`` and ``auditor coverage --units``, on a district whose night a test has made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from auditor.source import DayCoverage, DayState
from cron import wiring
from cron.cli import app
from tests.auditor.night_world import NightWorld, at, mail, policy

TUESDAY = date(2026, 3, 10)
_SETTINGS = """\
[district]
name = "Night district"
timezone = "America/New_York"
domains = ["d.example"]
[policy]
pack = "injdb"
[sources.roster]
connector = "oneroster"
path = "drop/oneroster"
[sources.chat]
connector = "mail"
path = "drop/chat"
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district whose roster was refused the morning after, and one of whose mailboxes is lost."""
    folder = tmp_path_factory.mktemp("district")
    config = folder / "district.toml"
    config.write_text(_SETTINGS)
    with wiring.workplace(wiring.prepare(config), may_begin=True) as place:
        world = NightWorld(folder, place.ledger)
        world.place = replace(place, pack=policy("direct-no-adult"))
        world.people(30)
        world.kept = True
        world.feed.units = mailboxes
        world.feed.add(mail("m1", at(TUESDAY), "t10-0", "s10-0"))
        world.deliver(TUESDAY - timedelta(days=1))
        world.drop(*(f"s10-{n}" for n in range(25)))
        world.night(TUESDAY)
    return config


def mailboxes(day: date) -> Sequence[DayCoverage]:
    lost = DayCoverage(day, DayState.MISSING, None, "it may not be read", "jordan.reyes")
    return (DayCoverage(day, DayState.READ, 1, None, "ann"), lost)


def run(config: Path, *words: str) -> tuple[int, Any]:
    done = CliRunner().invoke(app, [*words, "--config", str(config), "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_mailboxes_are_named_whole_so_that_it_can_find_them(config: Path) -> None:
    day = TUESDAY.isoformat()
    code, said = run(config, "coverage", "--units", "--from", day, "--to", day)
    assert code == 3
    assert [(u["unit"], u["days"][0]["state"]) for u in said["units"]] == [
        ("ann", "read"),
        ("jordan.reyes", "missing"),
    ]
    (chat,) = (s for s in said["sources"] if s["source"] == "chat")
    assert chat["reason"] == "1 of 2 mailboxes, spaces or logs not read"
    assert chat["days"][0]["state"] == "part"
    shown = CliRunner().invoke(app, ["coverage", "--units", "--config", str(config)]).stdout
    assert "it may not be read" in shown
    assert "jordan.reyes" in shown


def test_a_refused_roster_is_listed_and_accepted_in_a_persons_name(config: Path) -> None:
    _, (refused,) = run(config, "roster", "list")
    assert "25 of 30 students at Alder High are gone" in refused["losses"]
    assert refused["accepted_by"] is None
    reason = ("--by", "Dana Example", "--because", "the seniors have left")
    code, said = run(config, "roster", "accept", "roster", "--by", " ", "--because", "x")
    assert (code, said["error"]["where"]) == (2, "--by")
    code, said = run(config, "roster", "accept", "chat", *reason)
    assert (code, said["error"]["where"]) == (1, "chat")
    code, said = run(
        config, "roster", "accept", "roster", "--delivery", refused["delivery"], *reason
    )
    assert code == 0
    assert (said["accepted_by"], said["because"]) == ("Dana Example", "the seniors have left")
    _, (known,) = run(config, "roster", "list")
    assert known["accepted_by"] == "Dana Example"
    code, said = run(config, "roster", "accept", "roster", *reason)
    assert code == 1
