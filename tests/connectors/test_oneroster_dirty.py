"""Real exports are untidy: what is tolerated is noted, what cannot be used is rejected by place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.model import ClassMember, Hat, Person, PersonAddress, SchoolClass
from auditor.source import Malformed
from connectors.oneroster import connect
from tests.connectors.roster_world import (
    CLASSES,
    ENROLLMENTS,
    ORGS,
    ROLES,
    USERS_11,
    USERS_12,
    Files,
    Pulled,
    context,
    edition_11,
    edition_12,
    manifest,
    pull,
    pull_folder,
    table,
    write_folder,
)


def read(tmp_path: Path, files: Files) -> Pulled:
    return pull_folder(connect, tmp_path, files)


def refused(tmp_path: Path, files: Files) -> Malformed:
    """Return the error of a pull; ``check`` must have seen it coming where headings tell."""
    write_folder(tmp_path / "drop", files)
    with pytest.raises(Malformed) as caught:
        pull(connect(context(tmp_path)))
    assert caught.value.cure
    return caught.value


# ---- tolerated and noted ---------------------------------------------------------------------


def test_headings_in_another_spelling_are_read_and_noted(tmp_path: Path) -> None:
    users = USERS_12.replace("preferredGivenName", "prefferedGivenName")
    users = users.replace("dateLastModified", "dataLastModified").replace("email", "E-Mail")
    pulled = read(tmp_path, edition_12(users=users))
    assert pulled.of(Person)[0].given_name == "Dana"
    assert len(pulled.of(PersonAddress)) == 3
    note = pulled.note("another spelling")
    assert note.count == 2
    assert "prefferedGivenName as preferredGivenName" in note.text
    assert not [n for n in pulled.notes if "not known" in n.text]


def test_headings_in_capitals_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    head, _, rows = USERS_11.partition("\r\n")
    pulled = read(tmp_path, edition_11(users=f"\ufeff{head.upper()}\r\n{rows}"))
    assert len(pulled.of(Person)) == 3
    assert pulled.rejected == []
    assert pulled.note("byte order mark").file == "users.csv"


def test_unknown_columns_are_counted_and_not_read(tmp_path: Path) -> None:
    head, *rows = USERS_11.split("\r\n")[:-1]
    users = table(f"{head},metadata.bus,shoe size", *(f"{row},77-Z,41" for row in rows))
    pulled = read(tmp_path, edition_11(users=users))
    assert pulled.note("not known").count == 2
    assert "77-Z" not in repr(pulled)


def test_file_names_in_another_case_are_found_and_noted(tmp_path: Path) -> None:
    files = edition_12()
    files["Users.CSV"], files["userprofiles.csv"] = files.pop("users.csv"), table("sourcedId")
    pulled = read(tmp_path, files)
    assert len(pulled.of(Person)) == 3
    assert pulled.note("read as users.csv").file == "Users.CSV"
    assert not [n for n in pulled.notes if "userprofiles" in n.file]


def test_a_missing_manifest_is_no_matter(tmp_path: Path) -> None:
    files = edition_12()
    del files["manifest.csv"]
    assert len(read(tmp_path, files).of(Hat)) == 4


def test_a_manifest_that_names_the_wrong_edition_is_noted(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_11(manifest=manifest("1.2")))
    assert len(pulled.of(Hat)) == 4
    assert "1.1" in pulled.note("manifest says otherwise").text


def test_a_file_the_manifest_calls_absent_is_read_and_noted(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_11(manifest=manifest("1.1", enrollments="absent")))
    assert len(pulled.of(ClassMember)) == 2
    assert pulled.note("calls it absent").file == "enrollments.csv"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-09-01", date(2026, 9, 1)),
        ("2026-9-1", date(2026, 9, 1)),
        ("9/1/2026", date(2026, 9, 1)),
        ("1/05/2023", date(2023, 1, 5)),
        ("20260901", date(2026, 9, 1)),
        ("2026-09-01T00:00:00.000Z", date(2026, 9, 1)),
        ("2026-09-01 00:00:00", date(2026, 9, 1)),
        ("9/1/2026 12:00:00 AM", date(2026, 9, 1)),
    ],
)
def test_days_are_read_as_systems_write_them(tmp_path: Path, written: str, meant: date) -> None:
    pulled = read(tmp_path, edition_12(roles=ROLES.replace("2020-08-20", written)))
    assert pulled.rejected == []
    assert pulled.of(Hat)[0].start == meant


def test_the_last_year_there_is_means_no_end(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_12(roles=ROLES.replace("2027-06-20", "9999-12-31")))
    assert pulled.rejected == []
    assert {hat.end for hat in pulled.of(Hat)} == {None}


def test_an_address_that_is_none_is_noted_and_the_person_stays(tmp_path: Path) -> None:
    users = USERS_11.replace("ana@home.example", "none given")
    pulled = read(tmp_path, edition_11(users=users))
    assert len(pulled.of(Person)) == 3
    assert len(pulled.of(PersonAddress)) == 2
    assert "first on line 4" in pulled.note("no e-mail address").text


def test_two_addresses_in_one_cell_are_two(tmp_path: Path) -> None:
    users = USERS_11.replace("ana@home.example", '"ana@home.example; ana@work.example"')
    assert len(read(tmp_path, edition_11(users=users)).of(PersonAddress)) == 4


def test_a_row_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    twice = USERS_11.splitlines()[2]
    pulled = read(tmp_path, edition_11(users=f"{USERS_11}{twice}\r\n\r\n,,,\r\n"))
    assert len(pulled.of(Person)) == 3
    assert pulled.rejected == []
    assert pulled.note("there twice").count == 1
    assert pulled.read == 3 + 4 + 1 + 2


def test_missing_classes_are_noted(tmp_path: Path) -> None:
    files = edition_12()
    del files["classes.csv"], files["enrollments.csv"]
    pulled = read(tmp_path, files)
    assert [n.file for n in pulled.notes if "nothing is known of classes" in n.text] == [
        "classes.csv",
        "enrollments.csv",
    ]


def test_no_column_of_agents_is_noted(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_11(users=USERS_11.replace("agentSourcedIds", "other")))
    assert pulled.note("no guardians are known").file == "users.csv"


# ---- rejected by place -----------------------------------------------------------------------


def with_line(text: str, line: str) -> str:
    return f"{text}{line}\r\n"


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (
            edition_11(users=with_line(USERS_11, 'T1,,,,s1,student,,,Not,Dana,,,,,,,"",')),
            ("users.csv", 5, "sourcedId"),
        ),
        (edition_11(users=with_line(USERS_11, ",,,,s1,student,,,A,B,,,,,,,,")),
         ("users.csv", 5, "sourcedId")),
        (edition_11(users=with_line(USERS_11, "K9,,,,s1,wizard,,,A,B,,,,,,,,")),
         ("users.csv", 5, "role")),
        (edition_11(users=with_line(USERS_11, "K9,,,,s9,student,,,A,B,,,,,,,,")),
         ("users.csv", 5, "orgSourcedIds")),
        (edition_11(users=with_line(USERS_11, "K9,,,,s1,student")), ("users.csv", 5, None)),
        (edition_11(users=with_line(USERS_11, "K9,,,,s1,student,,,A,B,,,,,,,,,more")),
         ("users.csv", 5, None)),
        (edition_12(roles=with_line(ROLES, "r9,,,T9,primary,teacher,,,s1,")),
         ("roles.csv", 6, "userSourcedId")),
        (edition_12(roles=with_line(ROLES, "r9,,,T1,primary,teacher,,,s9,")),
         ("roles.csv", 6, "orgSourcedId")),
        (edition_12(roles=with_line(ROLES, "r9,,,T1,primary,wizard,,,s1,")),
         ("roles.csv", 6, "role")),
        (edition_12(roles=with_line(ROLES, "r9,,,T1,primary,teacher,soon,,s1,")),
         ("roles.csv", 6, "beginDate")),
        (edition_12(roles=with_line(ROLES, "r9,,,T1,primary,teacher,,31/12/2026,s1,")),
         ("roles.csv", 6, "endDate")),
        (edition_12(roles=with_line(ROLES, "r9,,,T1,primary,teacher,2026-02-01,2026-01-01,s1,")),
         ("roles.csv", 6, "endDate")),
        (edition_11(classes=with_line(CLASSES, "c9,,,Art,,,,,,s9,,,,")),
         ("classes.csv", 3, "schoolSourcedId")),
        (edition_11(enrollments=with_line(ENROLLMENTS, "e9,,,c9,s1,K1,student,,,")),
         ("enrollments.csv", 4, "classSourcedId")),
        (edition_11(enrollments=with_line(ENROLLMENTS, "e9,,,c1,s1,K9,student,,,")),
         ("enrollments.csv", 4, "userSourcedId")),
        (edition_11(enrollments=with_line(ENROLLMENTS, "e9,,,c1,s1,K1,student,,2026-02-30,")),
         ("enrollments.csv", 4, "beginDate")),
        (edition_11(enrollments=with_line(ENROLLMENTS, "e9,,,c1,s1,K1,captain,,,")),
         ("enrollments.csv", 4, "role")),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_is_rejected_and_the_rest_stays(
    tmp_path: Path, files: Files, place: tuple[str, int, str | None]
) -> None:
    pulled = read(tmp_path, files)
    assert pulled.places() == [place]
    assert len(pulled.of(Person)) == 3
    assert len(pulled.of(Hat)) == 4
    assert len(pulled.of(ClassMember)) == 2
    assert pulled.rejected[0].reason
    lines = {n: text.count("\r\n") - 1 for n, text in files.items() if n != "manifest.csv"}
    assert pulled.read == sum(lines.values())


def test_a_rejected_row_shows_no_value_of_its_own(tmp_path: Path) -> None:
    users = with_line(USERS_11, "zephyrquill,,,,zephyrquill,zephyrquill,,,Zephyr,Quill,,,,,,,,")
    assert "zephyr" not in repr(read(tmp_path, edition_11(users=users)).rejected).casefold()


def test_a_quotation_mark_left_open_costs_its_own_row_only(tmp_path: Path) -> None:
    lines = USERS_11.splitlines()
    lines[2] = lines[2].replace(",Jo,", ',"Jo,')
    pulled = read(tmp_path, edition_11(users=table(*lines)))
    assert pulled.rejected[0].line == 3
    assert pulled.rejected[0].file == "users.csv"
    assert {p.person_id for p in pulled.of(Person)} == {"T1", "G1"}


def test_a_cell_with_a_line_break_is_one_row(tmp_path: Path) -> None:
    classes = CLASSES.replace("Algebra 1", '"Algebra\r\n1"')
    classes = with_line(classes, "c9,,,Art,,,,,,s9,,,,")
    pulled = read(tmp_path, edition_11(classes=classes))
    assert pulled.of(SchoolClass) == [SchoolClass("c1", "Algebra\n1", "s1")]
    assert pulled.places() == [("classes.csv", 4, "schoolSourcedId")]


# ---- refused as a whole ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["orgs.csv", "users.csv", "roles.csv", "classes.csv"])
def test_a_missing_file_that_is_needed_is_named(tmp_path: Path, name: str) -> None:
    files = edition_12(manifest=manifest("1.2", roles="bulk"))
    del files[name]
    assert name in refused(tmp_path, files).what
    (line,) = connect(context(tmp_path)).check()
    assert not line.ok
    assert name in line.text


def test_a_file_the_manifest_promises_must_be_there(tmp_path: Path) -> None:
    files = edition_11(manifest=manifest("1.1", enrollments="bulk"))
    del files["enrollments.csv"]
    assert "enrollments.csv" in refused(tmp_path, files).what


@pytest.mark.parametrize("name", ["users", "orgs", "enrollments"])
def test_files_of_changes_are_refused(tmp_path: Path, name: str) -> None:
    error = refused(tmp_path, edition_11(manifest=manifest("1.1", **{name: "delta"})))
    assert "delta" in error.what
    assert "bulk" in error.cure
    assert not connect(context(tmp_path)).check()[0].ok


def test_missing_columns_are_all_named(tmp_path: Path) -> None:
    users = USERS_11.replace("givenName", "first").replace("email", "mail")
    error = refused(tmp_path, edition_11(users=users))
    assert error.where == "users.csv"
    assert "givenName, email" in error.what
    assert "givenName" in connect(context(tmp_path)).check()[0].text


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, edition_11(users=USERS_11.replace("phone", "Email")))
    assert "email is there twice" in error.what


def test_users_without_a_role_anywhere_are_refused(tmp_path: Path) -> None:
    files = edition_12(manifest=manifest("1.2"))
    del files["roles.csv"]
    error = refused(tmp_path, files)
    assert error.where == "users.csv"
    assert "role" in error.what


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_the_setting_decides_where_a_set_could_be_either(tmp_path: Path, version: str) -> None:
    write_folder(tmp_path / "drop", edition_11(roles=ROLES, manifest=manifest("1.1")))
    pulled = pull(connect(context(tmp_path, version=version)))
    assert (pulled.of(Hat)[0].start is None) == (version == "1.1")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_text_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path, encoding: str) -> None:
    write_folder(tmp_path / "drop", edition_11())
    users = USERS_11.replace("Ana", "Zoë")
    (tmp_path / "drop/users.csv").write_bytes(users.encode(encoding))
    with pytest.raises(Malformed) as caught:
        pull(connect(context(tmp_path)))
    line = 4 if encoding == "latin-1" else 1
    assert caught.value.where == f"users.csv, line {line}"
    assert "UTF-8" in caught.value.cure


@pytest.mark.parametrize(
    ("files", "where"),
    [
        (edition_11(users=USERS_11.splitlines()[0]), "users.csv"),
        (edition_12(roles=ROLES.splitlines()[0]), "roles.csv"),
        (edition_11(users=""), "users.csv"),
        (edition_11(orgs=ORGS.splitlines()[0]), "users.csv"),
    ],
)
def test_a_roster_of_nobody_is_refused(tmp_path: Path, files: Files, where: str) -> None:
    assert refused(tmp_path, files).where == where


def test_a_line_longer_than_any_row_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, edition_11(users=with_line(USERS_11, "x" * 2_000_000)))
    assert error.where == "users.csv, line 5"
