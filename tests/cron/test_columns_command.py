"""``auditor columns``: which maps there are, and how a file would be read; nothing is stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cron.outcome import Exit
from tests.connectors.layout_samples import SAMPLES, TEXT
from tests.cron.records_office import Office, auditor

LOG = SAMPLES["infinite-campus-sent-messages"]
NAME = "infinite-campus-sent-messages"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def export(office: Office, text: str = LOG) -> Path:
    path = office.folder / "export.csv"
    path.write_text(text)
    return path


def tried(office: Office, *arguments: object, code: int = 0) -> Any:
    result = auditor("columns", "try", *arguments, "--json", "--config", office.config)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_file_is_tried_with_a_map_that_comes_with_the_program(office: Office) -> None:
    before = sorted(office.folder.rglob("*"))
    found = tried(office, NAME, export(office))
    assert (found["kind"], found["verified"], found["used"]) == ("communications", False, 1)
    (row,) = found["rows"]
    assert (row["line"], row["from"], row["to"]) == (2, "t@marlow.example", "S-2001, S-2002")
    assert row["sent"] == "Mon 2026-09-14 16:05 EDT (UTC-0400)"
    assert found["words"][0]["only_in_map"] == ["email", "text", "voice"]
    assert set(office.folder.rglob("*")) - set(before) == {office.folder / "export.csv"}


def test_people_see_rows_reasons_and_words_and_no_text(office: Office) -> None:
    bad = LOG + f"1,soon,Inbox,t@marlow.example,S-1,{TEXT}\n2,09/15/2026 04:05 PM,Pigeon,t@marlow.example,S-1,{TEXT}\n"
    result = auditor("columns", "try", NAME, export(office, bad), "--config", office.config)
    assert result.exit_code == Exit.GAPS
    assert "t@marlow.example → S-2001, S-2002  (app, audience not told)" in result.stdout
    assert "line 3: Sent Date is no time such as" in result.stdout
    assert "1 row would be used, 2 set aside" in result.stdout
    assert "Delivery Method: the file has “Pigeon”, not in the map" in result.stdout
    assert TEXT not in result.output


def test_a_roster_is_shown_in_our_words(office: Office) -> None:
    path = export(office, SAMPLES["finalforms-roster"])
    result = auditor("columns", "try", "finalforms-roster", path, "--config", office.config)
    assert result.exit_code == 0
    assert "team_id SOC-V, first_name Robin, last_name Sample, role volunteer_coach" in result.stdout


def test_the_districts_own_map_goes_before_the_programs(office: Office) -> None:
    (office.folder / "columns").mkdir()
    own = office.folder / f"columns/{NAME}.toml"
    shipped = Path(tried(office, NAME, export(office))["map"])
    signed = shipped.read_text().replace('verified_by = "" ', 'verified_by = "Dana Example" ')
    own.write_text(signed.replace('verified_on = "" ', "verified_on = 2026-09-01 "))
    found = tried(office, NAME, export(office))
    assert (found["map"], found["verified"]) == (str(own), True)
    assert tried(office, own, export(office))["map"] == str(own)

    office.config.write_text(
        f'{office.config.read_text()}[sources.campus]\nconnector = "table"\n'
        f'kind = "communications"\npath = "drop/campus"\ncolumns = "columns/{NAME}.toml"\n'
    )
    assert tried(office, "campus", export(office))["map"] == str(own)
    listed = json.loads(auditor("columns", "list", "--json", "--config", office.config).stdout)
    one = {entry["map"]: entry for entry in listed}[NAME]
    assert (one["verified_by"], one["verified_on"]) == ("Dana Example", "2026-09-01")
    assert {entry["map"] for entry in listed} >= {NAME, "finalforms-roster", "moodle-messages"}


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_as_many_rows_are_shown_as_wanted_and_all_are_counted(office: Office, rows: int) -> None:
    text = LOG + LOG.partition("\n")[2] * 2
    found = tried(office, NAME, export(office, text), "--rows", rows)
    assert len(found["rows"]) == min(rows, 3)
    assert (found["used"], found["repeated"]) == (3, 2)


def test_other_headings_are_refused_with_both_lists(office: Office) -> None:
    path = export(office, LOG.replace("Sender", "Author"))
    result = auditor("columns", "try", NAME, path, "--config", office.config)
    assert result.exit_code == Exit.FAILED
    said = " ".join(result.output.split())
    assert "it has no column Sender; it has Message ID, Sent Date, Delivery Method, Author" in said
    assert "the map expects Message ID, Sent Date" in said


def test_a_file_of_which_no_row_can_be_used_ends_with_failure(office: Office) -> None:
    found = tried(office, NAME, export(office, LOG.replace("Inbox", "Pigeon")), code=Exit.FAILED)
    assert found["used"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no column map"),
        ("[columns", "cannot be read"),
        ('[columns]\nteam_id = "T"\n', "does not say which table it is for"),
        ('kind = "letters"\n', "does not say which table it is for"),
        ('kind = "teams"\n', "names no heading"),
    ],
)
def test_a_map_that_cannot_be_used_is_told_with_the_cure(
    office: Office, text: str | None, said: str
) -> None:
    path = office.folder / "mine.toml"
    if text is not None:
        path.write_text(text)
    result = auditor("columns", "try", path, export(office), "--config", office.config)
    assert result.exit_code == Exit.USAGE
    assert said in result.output
