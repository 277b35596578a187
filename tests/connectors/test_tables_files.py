"""Drops of tables as they are found: odd headings, wrong files, absent tables."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from auditor.source import Denied, FactKind, Malformed
from tests.connectors.tables_world import (
    HEADERS,
    WINDOW,
    gathered,
    pull,
    settings_of,
    source,
    table,
    write,
)

# ---- headings -------------------------------------------------------------------------------


def test_spellings_order_and_spare_columns_of_a_spreadsheet_are_tolerated(tmp_path: Path) -> None:
    content = "\ufeffEMAIL , Person ID,Shoe size,,\r\n\r\na@marlow.example,T-1,44,,\r\n,,,,\r\n"
    write(tmp_path / "drop/Aliases.CSV", content)
    pulled = pull(tmp_path)
    (fact,) = pulled.facts
    assert "a@marlow.example" in repr(fact)
    assert (pulled.records, pulled.rejected) == (1, ())
    (unknown,) = (n for n in pulled.notes if "not known" in n.text)
    assert (unknown.file, unknown.count) == ("Aliases.CSV", 1)
    assert "Shoe size" in unknown.text


def test_a_missing_column_names_file_columns_and_cure(tmp_path: Path) -> None:
    write(tmp_path / "drop/aliases.csv", "id,mail\nT-1,a@marlow.example\n")
    with pytest.raises(Malformed) as caught:
        pull(tmp_path)
    said = str(caught.value)
    assert said.startswith("aliases.csv: it has no column person_id, email; it has id, mail.")
    assert "Use the headings of the table aliases" in said


@pytest.mark.parametrize(
    ("name", "without", "said"),
    [
        ("people", ("person_id", "email"), "person_id or email"),
        ("team_members", ("person_id", "email", "grade", "last_name"), "first_name with last_name"),
        ("authorizations", ("condition",), "no column condition"),
        ("authorizations", ("ends_on",), "no column ends_on"),
        ("communications", ("sender_id", "sender_email"), "sender_id or sender_email"),
        ("communications", ("recipient_ids", "recipient_emails", "team_id"), "recipient_ids or"),
        ("communications", ("source",), "no column source"),
    ],
)
def test_a_table_cannot_do_without(
    tmp_path: Path, name: str, without: tuple[str, ...], said: str
) -> None:
    header = ",".join(c for c in HEADERS[name].split(",") if c not in without)
    write(tmp_path / "drop" / f"{name}.csv", header)
    with pytest.raises(Malformed, match=said):
        pull(tmp_path, kind=name)


def test_the_source_column_is_not_needed_where_the_settings_name_the_tool(tmp_path: Path) -> None:
    write(tmp_path / "drop/w.csv", HEADERS["communications"].removeprefix("source,"))
    assert pull(tmp_path, kind="communications", tool="chat").rejected == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\n \n", "it is empty"),
        (b"person_id,email\nT-1,a@marlow.example\nT-2,\xe9@x\n", "line 3: it is not encoded as"),
        ("person_id,email\n".encode("utf-16"), "line 1: it is no text file"),
        (b"PK\x03\x04\x00\x00", "line 1: it is no text file"),
        (b'"person_id,email\nT-1,a\n', "its header row cannot be read"),
        (b"person_id,email,E-Mail\n", "the column email is there twice"),
    ],
)
def test_a_file_that_is_no_such_table_stops_the_source(
    tmp_path: Path, content: bytes, said: str
) -> None:
    write(tmp_path / "drop/aliases.csv", content)
    with pytest.raises(Malformed, match=said) as caught:
        pull(tmp_path)
    assert caught.value.where.startswith("aliases.csv")
    assert caught.value.cure


# ---- folders --------------------------------------------------------------------------------


def test_an_expected_table_that_is_absent_stops_the_source(tmp_path: Path) -> None:
    write(tmp_path / "drop/teams.csv", table("teams"))
    expect = ["teams", "people", "groups"]
    with pytest.raises(Denied, match=r"drop: expected and not there: people.csv, groups.csv"):
        pull(tmp_path, expect=expect)
    lines = source(tmp_path, {"path": "drop", "expect": expect}).check()
    assert [line.ok for line in lines] == [True, False, False]
    assert all(line.cure for line in lines if not line.ok)


@pytest.mark.parametrize("kind", [None, "people"])
def test_an_empty_drop_is_no_roster_without_people(tmp_path: Path, kind: str | None) -> None:
    (tmp_path / "drop").mkdir()
    with pytest.raises(Denied, match="it holds none of the tables"):
        gathered(source(tmp_path, settings_of("drop", kind)).pull(WINDOW))


def test_a_drop_that_is_not_there_is_denied(tmp_path: Path) -> None:
    for settings_ in ({"path": "drop"}, {"path": "drop", "kind": "communications"}):
        dropped = source(tmp_path, settings_)
        with pytest.raises(Denied, match="there is no such file or folder"):
            list(dropped.pull(WINDOW))
        (line,) = dropped.check()
        assert not line.ok


def test_two_files_of_one_table_are_not_guessed_between(tmp_path: Path) -> None:
    write(tmp_path / "drop/team_members.csv", table("team_members"))
    write(tmp_path / "drop/Team Members.csv", table("team_members"))
    with pytest.raises(Malformed, match="are the table team_members"):
        pull(tmp_path)


def test_what_is_not_read_is_told(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    write(drop / "teams.csv", table("teams"))
    write(drop / "lunches.csv", "lunch_id\n")
    write(drop / "people.xlsx", b"PK")
    write(drop / "readme.md", "x")
    write(drop / ".hidden.csv", "x")
    write(drop / "old/groups.csv", table("groups"))
    pulled = pull(tmp_path)
    assert {(n.file, n.text) for n in pulled.notes} == {
        ("lunches.csv", "not one of the tables that are read here, left alone"),
        ("readme.md", "not a CSV file, left alone"),
    }
    assert [(bad.file, bad.reason) for bad in pulled.rejected] == [
        ("people.xlsx", "a file of this form is not read; save it as CSV")
    ]
    assert pulled.records == 1
    assert len(pulled.hashes) == 1, "nothing below the folder is a table of today"


def test_a_folder_brings_what_it_holds_and_what_is_expected(tmp_path: Path) -> None:
    assert source(tmp_path, {"path": "drop"}).provides == frozenset()
    write(tmp_path / "drop/groups.csv", table("groups"))
    assert source(tmp_path, {"path": "drop"}).provides == {FactKind.GROUPS}
    expecting = source(tmp_path, {"path": "drop", "expect": ["people"]})
    assert expecting.provides == {FactKind.GROUPS, FactKind.PEOPLE}


def test_several_files_of_one_kind_are_one_table(tmp_path: Path) -> None:
    row = "A,safety,T,S,,,P,principal,,,,,,"
    write(tmp_path / "drop/first.csv", table("authorizations", row))
    write(tmp_path / "drop/second.csv", table("authorizations", row, f"B{row[1:]}"))
    pulled = pull(tmp_path, kind="authorizations")
    assert len(pulled.facts) == 2
    assert pulled.records == 3


def test_a_path_may_name_a_single_file(tmp_path: Path) -> None:
    write(tmp_path / "drop/teams.csv", table("teams", "T,Soccer,sport,,,,,"))
    for settings_ in ({}, {"kind": "teams"}):
        dropped = source(tmp_path, {"path": "drop/teams.csv", **settings_})
        assert len(gathered(dropped.pull(WINDOW)).facts) == 1


def test_check_says_what_is_there_and_reads_no_rows(tmp_path: Path) -> None:
    write(tmp_path / "drop/a.csv", table("communications", "no,row,at,all"))
    (line,) = source(tmp_path, {"path": "drop", "kind": "communications"}).check()
    assert line.ok
    assert line.text.endswith("1 file of communications, newest of 2026-09-21")
    write(tmp_path / "drop/a.csv", "wrong\n")
    found, wrong = source(tmp_path, {"path": "drop", "kind": "communications"}).check()
    assert (found.ok, wrong.ok) == (True, False)
    assert "a.csv: it has no column external_id" in wrong.text


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_denied(tmp_path: Path) -> None:
    write(tmp_path / "drop/teams.csv", table("teams")).chmod(0)
    with pytest.raises(Denied, match=r"teams\.csv"):
        pull(tmp_path)
