"""What was entered is listed with who entered it, and is a source that nobody has to configure."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.tables.layout import ROSTER_TABLES
from tests.cron.records_office import HEADINGS, ROWS, SETTINGS, Office, auditor
from tests.cron.tiny_district import TinyDistrict


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_the_list_shows_every_table_and_who_entered_the_latest(office: Office) -> None:
    before = office.listed()
    assert before.keys() == ROSTER_TABLES.keys()
    assert before["tools"] == {
        "kind": "tools",
        "versions": 0,
        "rows": None,
        "by": None,
        "at": None,
        "sha256": None,
        "file": None,
        "in_force": None,
    }
    assert not (office.folder / "data").exists()
    office.entered(office.file("offices.csv", ROWS[0]))
    office.enter(office.file("offices.csv", *ROWS), by="Pat [b] Sample")
    one = office.listed()["offices"]
    assert (one["versions"], one["rows"], one["by"]) == (2, 2, "Pat [b] Sample")
    assert one["in_force"]
    assert datetime.fromisoformat(one["at"]).utcoffset() is not None
    shown = auditor("records", "list", "--config", office.config)
    assert "Pat [b] Sample" in shown.stdout


def test_a_file_changed_by_hand_is_told_and_kept_when_the_next_is_entered(office: Office) -> None:
    path = office.file("offices.csv", *ROWS)
    office.entered(path)
    (office.records / "offices.csv").write_text("by hand")
    assert office.listed()["offices"]["in_force"] is False
    shown = auditor("records", "list", "--config", office.config)
    assert "offices.csv is not what was entered last" in shown.stdout
    again = office.entered(path)
    assert (again["new"], again["mended"]) == (False, True)
    assert Path(again["set_aside"]).read_text() == "by hand"
    assert office.listed()["offices"]["in_force"]


# ---- the source nobody has to configure -----------------------------------------------------


def sources(config: Path) -> dict[str, Any]:
    result = auditor("connectors", "--json", "--config", config)
    assert result.exit_code == 0, result.output
    return {one["source"]: one for one in json.loads(result.stdout)["sources"]}


def test_what_was_entered_is_a_source_of_its_own(office: Office) -> None:
    assert sources(office.config).keys() == {"mail"}
    office.entered(office.file("offices.csv", *ROWS))
    entered = sources(office.config)["records"]
    assert (entered["title"], entered["provides"]) == ("Records entered here", ["offices"])


def test_a_configured_source_of_that_name_wins(office: Office) -> None:
    office.entered(office.file("offices.csv", *ROWS))
    more = '[sources.records]\nconnector = "table"\ntitle = "Ours"\npath = "records"\n'
    office.config.write_text(SETTINGS + more)
    assert sources(office.config)["records"]["title"] == "Ours"


@pytest.mark.parametrize("folder", ["data", "reports/entered", "."])
def test_records_have_a_folder_of_their_own(office: Office, folder: str) -> None:
    office.config.write_text(f'[storage]\nrecords = "{folder}"\n{SETTINGS}')
    result = auditor("records", "list", "--json", "--config", office.config)
    assert result.exit_code == 2
    (mistake,) = json.loads(result.stdout)["mistakes"]
    assert (mistake["key"], mistake["line"]) == ("storage.records", 2)


def test_the_night_after_reads_what_was_entered(tmp_path: Path) -> None:
    district = TinyDistrict(tmp_path)
    table = tmp_path / "offices.csv"
    table.write_text(f"{HEADINGS}\nP1,principal,10,2026-07-01,2027-06-30\n")
    config = tmp_path / "district.toml"
    assert auditor("records", "import", table, "--by", "Pat", "--config", config).exit_code == 0
    district.mail("m1", "2026-11-20", "t1", ["s1"])
    code, _ = district.run("nightly", "2026-11-22")
    assert code in (0, 3)
    result = auditor("coverage", "--json", "--config", config)
    read = {one["source"]: one for one in json.loads(result.stdout)["sources"]}["records"]
    assert (read["title"], read["state"], read["records"]) == ("Records entered here", "checked", 1)
