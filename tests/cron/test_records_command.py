"""``auditor records`` as an office meets it: a template, all of a file or nothing, versions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.tables.layout import ROSTER_TABLES
from cron.lock import run_lock
from tests.cron.records_office import HEADINGS, ROWS, SETTINGS, Office, auditor


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


# ---- templates ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(ROSTER_TABLES))
def test_a_template_can_be_entered_as_it_is(office: Office, kind: str) -> None:
    shown = auditor("records", "template", kind)
    assert shown.exit_code == 0
    headings, example, *rest = shown.stdout.split("\n")
    assert tuple(headings.split(",")) == ROSTER_TABLES[kind].columns
    assert rest == [""]
    taken = office.entered(office.file(f"{kind}.csv", example, headings=headings))
    assert (taken["kind"], taken["rows"], taken["notes"]) == (kind, 1, [])


def test_a_table_that_is_not_there_is_guessed_at(office: Office) -> None:
    result = auditor("records", "template", "disclosure")
    assert result.exit_code == 2
    assert "Did you mean 'disclosures'?" in result.stderr
    result = office.enter(office.file("offices.csv", *ROWS), "--kind", "communications")
    assert result.exit_code == 2


def test_a_template_is_json_too() -> None:
    document = json.loads(auditor("records", "template", "Contact Limits", "--json").stdout)
    assert document["kind"] == "contact_limits"
    assert document["headings"].startswith("limit_id,kind,")


# ---- taking in ------------------------------------------------------------------------------


def test_a_good_file_is_taken_whole_before_any_run(office: Office) -> None:
    path = office.file("offices.csv", *ROWS)
    taken = office.entered(path)
    assert (taken["version"], taken["rows"], taken["by"]) == (1, 2, "Dana Example")
    assert taken["new"]
    version = office.records / taken["file"]
    assert version.name == f"0001-{taken['sha256'][:8]}.csv"
    for kept in (version, office.records / "offices.csv"):
        assert kept.read_bytes() == path.read_bytes()
        assert kept.stat().st_mode & 0o777 == 0o600
    assert (office.folder / "secrets/pepper").is_file(), "the first run would take it for lost"


def test_the_same_bytes_again_are_nothing_new(office: Office) -> None:
    path = office.file("offices.csv", *ROWS)
    first = office.entered(path)
    again = office.entered(path)
    assert not again["new"]
    assert again["version"] == first["version"]
    shown = office.enter(path, by="Somebody Else")
    assert "nothing new" in shown.stdout
    assert "Dana Example" in shown.stdout
    assert office.listed()["offices"]["versions"] == 1


def test_an_older_version_stays_as_it_was(office: Office) -> None:
    first = office.entered(office.file("offices.csv", ROWS[0]))
    before = (office.records / first["file"]).read_bytes()
    second = office.entered(office.file("offices.csv", *ROWS))
    assert second["version"] == 2
    assert (office.records / first["file"]).read_bytes() == before
    back = office.entered(office.file("offices.csv", ROWS[0]))
    assert back["version"] == 3, "an old table entered again is a new version of it"


def test_the_name_of_the_file_or_the_option_says_which_table_it_is(office: Office) -> None:
    assert office.entered(office.file("Offices.CSV", *ROWS))["kind"] == "offices"
    path = office.file("who is who.csv", *ROWS)
    refused = office.enter(path)
    assert refused.exit_code == 2
    assert "--kind" in refused.stderr
    assert not office.entered(path, "--kind", "offices")["new"]


def test_a_table_with_its_headings_alone_says_there_are_none(office: Office) -> None:
    assert office.entered(office.file("offices.csv"))["rows"] == 0


@pytest.mark.parametrize("by", ["", "  ", "Dana\x1b[2J"])
def test_somebody_must_stand_for_it(office: Office, by: str) -> None:
    result = office.enter(office.file("offices.csv", *ROWS), by=by)
    assert result.exit_code == 2
    assert not office.records.exists()


def test_a_mistake_in_the_policy_does_not_hold_a_report_up(office: Office) -> None:
    (office.folder / "ours.toml").write_text("[policy]\nid = 3\n")
    office.config.write_text(SETTINGS.replace('"injdb"', '"ours.toml"'))
    assert office.entered(office.file("offices.csv", *ROWS))["new"]


# ---- what is not taken ----------------------------------------------------------------------


def test_one_bad_row_and_nothing_is_taken(office: Office) -> None:
    bad = "zephyr!quill,zephyr!quill,10,2026-07-01,2026-06-30"
    result = office.enter(office.file("offices.csv", ROWS[0], bad, "a@,principal,,,", ROWS[1]))
    assert result.exit_code == 1
    assert result.stdout == ""
    _, *lines = result.stderr.splitlines()
    assert lines == [
        "line 3, column office: is no word for an office; write it as athletic_director",
        "line 4, column person_id: is no e-mail address; write it as name@example.org",
    ]
    assert not office.records.exists()
    assert not (office.folder / "data").exists()


def test_the_errors_are_one_document(office: Office) -> None:
    result = office.enter(office.file("offices.csv", "T,principal,,soon,"), "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document == {
        "kind": "offices",
        "taken": False,
        "errors": [
            {
                "line": 2,
                "column": "start",
                "what": "is no date such as 2026-09-01",
                "cure": "write the day like that",
            }
        ],
    }


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("people", "V-1,wizard,10,Rowan,Sample,,,,,"),
        ("people", "V-1,coach,10,,Sample,,,,"),
        ("people", "V-1,coach,10,Rowan,Sample,,,2026-09-02,2026-09-01"),
        ("people", "V-1,coach,10,Rowan,Sample,,rowan,,"),
        ("people", "V-1,coach,10,Rowan,Sample,,,0024-09-02,"),
        ("people", "V-1,coach,10,Rowan"),
        ("people", 'V-1,coach,10,"Rowan,Sample,,,,'),
        ("groups", "a@marlow.example,a@marlow.example,,"),
        ("personal_addresses", "T-1,phone,12"),
        ("self_reports", "R-1,T-1,S-1,,2026-09-01,2026-09-01,"),
        ("self_reports", "R-1,T-1,S-1,,noon,2026-09-01,"),
        ("teams", "T-1,Soccer,sport,,,,,\nT-1,Chess,club,,,,,"),
    ],
)
def test_every_error_says_what_to_do(office: Office, kind: str, row: str) -> None:
    headings = ",".join(ROSTER_TABLES[kind].columns)
    result = office.enter(office.file(f"{kind}.csv", row, headings=headings), "--json")
    assert result.exit_code == 1
    (error,) = json.loads(result.stdout)["errors"]
    assert error["cure"]
    assert error["cure"] != "correct the row"


def test_a_file_that_is_no_such_table_is_refused_with_its_headings(office: Office) -> None:
    result = office.enter(office.file("tools.csv", *ROWS))
    assert result.exit_code == 1
    assert "no column tool_id" in result.stderr
    assert not office.records.exists()


def test_a_column_nobody_knows_is_told_and_kept_nowhere(office: Office) -> None:
    path = office.file(
        "offices.csv", f"{ROWS[0]},zephyrquill,zephyrquill", headings=f"{HEADINGS},notes,"
    )
    taken = office.entered(path)
    assert "notes" in taken["notes"][0]["text"]
    kept = [p.read_text() for p in office.records.rglob("*") if p.is_file()]
    assert len(kept) == 2
    assert not any("zephyrquill" in text or "notes" in text for text in kept)
    assert kept[0].splitlines() == [HEADINGS, ROWS[0]]
    assert not office.entered(path)["new"]


def test_nothing_is_taken_while_a_run_is_under_way(office: Office) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    with run_lock(office.folder / "data", job="nightly 2026-11-22", now=now):
        result = office.enter(office.file("offices.csv", *ROWS))
    assert result.exit_code == 75
    assert "nightly 2026-11-22" in result.stderr
    assert not office.records.exists()
