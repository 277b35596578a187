"""OneRoster in both editions: who is who comes out, and nothing that was not to be read."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from auditor.directory import State, day_number, deliver
from auditor.keys import Keyring
from auditor.model import (
    AddressUse,
    ClassMember,
    ClassRole,
    GuardianLink,
    Hat,
    HatRole,
    Person,
    PersonAddress,
    PersonRef,
    RosterFact,
    School,
    SchoolClass,
)
from auditor.source import FactKind, Malformed
from benchmarks.district import Sizes, make_district
from benchmarks.sample.rosters import oneroster
from benchmarks.sample.writers import CANARY
from connectors.csvfile import CsvTable
from connectors.oneroster import connect
from connectors.oneroster.columns import COLUMNS
from tests.connectors.roster_world import (
    ENROLLMENTS,
    RULES,
    USERS_11,
    Files,
    Pulled,
    context,
    edition_11,
    edition_12,
    mail,
    pull,
    pull_folder,
    table,
    write_folder,
    write_zip,
)
from tests.shared_data import shared

T1, K1, G1 = (PersonRef(person_id=i) for i in ("T1", "K1", "G1"))
EITHER = pytest.mark.parametrize("files", [edition_11(), edition_12()], ids=["1.1", "1.2"])


def read(tmp_path: Path, files: Files) -> Pulled:
    return pull_folder(connect, tmp_path, files)


def test_edition_1_2_gives_people_with_preferred_names_and_further_ids(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_12())
    assert pulled.rejected == []
    assert pulled.of(Person) == [
        Person("T1", "Dana", "Whit", None, ("dwhit", "9001", "UM1", "dw", "77")),
        Person("K1", "Jo", "Reyes", "09", ("jreyes", "5001")),
        Person("G1", "Ana", "Reyes", None, ()),
    ]


def test_edition_1_2_gives_each_role_with_its_school_and_days(tmp_path: Path) -> None:
    assert read(tmp_path, edition_12()).of(Hat) == [
        Hat(T1, HatRole.STAFF, "s1", date(2020, 8, 20)),
        Hat(T1, HatRole.GUARDIAN, "s2"),
        Hat(K1, HatRole.STUDENT, "s1", date(2026, 9, 1), date(2027, 6, 20)),
        Hat(G1, HatRole.GUARDIAN, None),
    ]


def test_edition_1_1_gives_one_role_at_each_school_of_the_row(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_11())
    assert pulled.rejected == []
    assert pulled.of(Hat) == [
        Hat(T1, HatRole.STAFF, "s1"),
        Hat(T1, HatRole.STAFF, "s2"),
        Hat(K1, HatRole.STUDENT, "s1"),
        Hat(G1, HatRole.GUARDIAN, None),
    ]


@EITHER
def test_schools_addresses_classes_and_guardians_come_out(tmp_path: Path, files: Files) -> None:
    pulled = read(tmp_path, files)
    assert pulled.of(School) == [
        School("s1", "Alder Hill High School"),
        School("s2", "Birch Lane Middle School"),
    ]
    assert pulled.of(PersonAddress) == [
        PersonAddress(T1, mail("dwhit@marlow.example"), AddressUse.ROSTER),
        PersonAddress(K1, mail("jreyes@marlow.example"), AddressUse.ROSTER),
        PersonAddress(G1, mail("ana@home.example"), AddressUse.ROSTER),
    ]
    assert pulled.of(SchoolClass) == [SchoolClass("c1", "Algebra 1", "s1")]
    assert pulled.of(ClassMember) == [
        ClassMember("c1", T1, ClassRole.TEACHER, date(2026, 9, 1)),
        ClassMember("c1", K1, ClassRole.STUDENT, date(2026, 9, 1), date(2027, 6, 20)),
    ]
    assert pulled.of(GuardianLink) == [GuardianLink(K1, G1)]
    assert pulled.note("organisation that is no school").count == 1


def test_a_tie_written_on_the_guardians_row_is_the_same_tie(tmp_path: Path) -> None:
    users = USERS_11.replace('"G1",09', ",09").replace(
        "ana@home.example,,,,,", "ana@home.example,,,K1,,"
    )
    assert read(tmp_path, edition_11(users=users)).of(GuardianLink) == [GuardianLink(K1, G1)]


def test_a_tie_written_on_both_rows_counts_once(tmp_path: Path) -> None:
    users = USERS_11.replace("ana@home.example,,,,,", "ana@home.example,,,K1,,")
    assert read(tmp_path, edition_11(users=users)).of(GuardianLink) == [GuardianLink(K1, G1)]


def test_a_teachers_pointing_to_a_student_makes_no_guardian(tmp_path: Path) -> None:
    users = USERS_11.replace("dwhit@marlow.example,,,,,", "dwhit@marlow.example,,,K1,,")
    pulled = read(tmp_path, edition_11(users=users))
    assert pulled.of(GuardianLink) == [GuardianLink(K1, G1)]
    assert pulled.note("not between a student and a guardian").count == 1


def test_a_student_agent_who_is_staff_only_is_taken_and_noted(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_11(users=USERS_11.replace('"G1",09', '"G1,T1",09')))
    assert pulled.of(GuardianLink) == [GuardianLink(K1, G1), GuardianLink(K1, T1)]
    assert "first on line 3" in pulled.note("agent without a guardian's role").text


def test_an_agent_nobody_knows_leaves_the_student_in(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_11(users=USERS_11.replace('"G1",09', '"G7",09')))
    assert pulled.of(GuardianLink) == []
    assert "K1" in {p.person_id for p in pulled.of(Person)}
    assert pulled.note("not in the roster").count == 1


def test_a_switched_off_account_is_still_a_person(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_11())  # K1's enabledUser is false
    assert Hat(K1, HatRole.STUDENT, "s1") in pulled.of(Hat)
    assert not [n for n in pulled.notes if "enabled" in n.text]


def test_what_is_marked_to_be_deleted_is_not_there_nor_what_refers_to_it(tmp_path: Path) -> None:
    users = USERS_11.replace("K1,active", "K1,toBeDeleted")
    pulled = read(tmp_path, edition_11(users=users))
    assert {p.person_id for p in pulled.of(Person)} == {"T1", "G1"}
    assert [m.person for m in pulled.of(ClassMember)] == [T1]
    assert pulled.rejected == []
    assert pulled.note("marked tobedeleted").count == 1
    assert pulled.note("userSourcedId names one that is taken as not there").count == 1


@EITHER
def test_passwords_telephones_and_demographics_are_never_kept(tmp_path: Path, files: Files) -> None:
    secret = "zephyrquill"
    for old in ("jreyes@marlow.example,,,", "ana@home.example,,,"):
        kept = old.removesuffix(",,,")
        files["users.csv"] = files["users.csv"].replace(old, f"{kept},{secret}1,{secret}2,")
    files["users.csv"] = files["users.csv"].replace(",09,", f",09,{secret}3")
    files["demographics.csv"] = table("sourcedId,birthDate", f"K1,{secret}")
    files["userProfiles.csv"] = table("sourcedId,password", f"K1,{secret}")
    assert secret in files["users.csv"]
    pulled = read(tmp_path, files)
    assert pulled.rejected == []
    assert len(pulled.of(Person)) == 3
    assert secret not in repr(pulled)
    assert {f.name for f in pulled.files}.isdisjoint({"demographics.csv", "userProfiles.csv"})


def test_demographics_are_not_even_opened(tmp_path: Path) -> None:
    write_folder(tmp_path / "drop", edition_11())
    (tmp_path / "drop" / "demographics.csv").write_bytes(b"\xff\xfe not a table")
    assert len(pull(connect(context(tmp_path))).of(Person)) == 3


def test_a_further_id_that_is_somebodys_own_id_is_left_out(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_11(users=USERS_11.replace(",5001,", ",T1,")))
    student = next(p for p in pulled.of(Person) if p.person_id == "K1")
    assert student.other_ids == ("jreyes",)
    assert pulled.note("another person's sourcedId").count == 1


def test_a_place_in_class_that_is_no_teachers_or_students_is_noted(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_11(enrollments=ENROLLMENTS.replace("teacher", "proctor")))
    assert [m.role for m in pulled.of(ClassMember)] == [ClassRole.STUDENT]
    assert pulled.note("as proctor").count == 1


def test_people_without_a_role_are_counted(tmp_path: Path) -> None:
    files = edition_12()
    files["roles.csv"] = files["roles.csv"].replace("r4,active", "r4,tobedeleted")
    pulled = read(tmp_path, files)
    assert pulled.note("people without any role").count == 1
    assert G1.person_id in {p.person_id for p in pulled.of(Person)}


def test_every_row_is_accounted_for_and_every_file_is_named(tmp_path: Path) -> None:
    pulled = read(tmp_path, edition_12())
    assert pulled.read == 3 + 3 + 4 + 1 + 2
    assert {f.name for f in pulled.files} == {
        f"{n}.csv" for n in ("manifest", "orgs", "users", "roles", "classes", "enrollments")
    }
    assert all(len(f.sha256) == 64 for f in pulled.files)


def test_a_big_file_comes_in_bounded_pages(tmp_path: Path) -> None:
    users = table(
        "sourcedId,givenName,familyName,email,role,orgSourcedIds,agentSourcedIds",
        *(f"K{n},Jo,Reyes,k{n}@marlow.example,student,s1,G{n}" for n in range(4_100)),
        *(f"G{n},Ana,Reyes,,parent,d1," for n in range(4_100)),
    )
    files = edition_11(users=users)
    del files["classes.csv"], files["enrollments.csv"]
    pulled = read(tmp_path, files)
    assert max(page.records_read for page in pulled.pages) == 2_000
    assert max(len(page.facts) for page in pulled.pages) <= 3 * 2_000
    assert [len(page.facts) <= 2_000 for page in pulled.pages[-2:]] == [True, True]
    assert pulled.read == 8_200 + 3
    assert len(pulled.of(GuardianLink)) == 4_100


def test_check_says_where_what_and_when_without_reading_rows(tmp_path: Path) -> None:
    files = edition_12(users=edition_12()["users.csv"] + '"never closed,row\r\n')
    midnight = int(datetime(2026, 11, 22, tzinfo=ZoneInfo("America/New_York")).timestamp())
    write_zip(tmp_path / "drop/night.zip", files, at=midnight + 60)
    (line,) = connect(context(tmp_path)).check()
    assert line.ok
    assert "OneRoster 1.2 in night.zip, written 2026-11-22" in line.text
    assert "users.csv" in line.text


def test_provides_what_a_roster_can(tmp_path: Path) -> None:
    source = connect(context(tmp_path))
    assert source.provides == {FactKind.PEOPLE, FactKind.CLASSES, FactKind.GUARDIANS}


def test_the_third_party_set_holds_headings_only_and_says_so() -> None:
    folder = shared("oneroster/nicelion")
    source = connect(context(folder.parent, folder.name))
    (line,) = source.check()
    assert line.ok
    assert "OneRoster 1.1" in line.text
    with pytest.raises(Malformed, match="holds nobody") as caught:
        pull(source)
    assert caught.value.where == "users.csv"


def test_the_third_party_headings_are_all_known_but_its_own_extensions() -> None:
    folder = shared("oneroster/nicelion")
    texts = []
    for name in ("orgs.csv", "users.csv", "classes.csv", "enrollments.csv"):
        with open(folder / name, "rb") as stream:
            texts += [note.text for note in CsvTable(stream, name).places(COLUMNS[name])[1]]
    (text,) = texts
    assert text.count("metadata.") == 5
    assert text.count(",") == 4


def test_the_sample_district_loads_whole(tmp_path: Path) -> None:
    stage = make_district(Sizes(weeks=2), seed=7, end=date(2026, 11, 22))
    (tmp_path / "roster.zip").write_bytes(oneroster(stage))
    pulled = pull(connect(context(tmp_path, "roster.zip")))
    people = stage.people
    assert pulled.rejected == []
    assert len(pulled.of(Person)) == len([*people.staff, *people.students, *people.guardians])
    assert len(pulled.of(School)) == len(people.schools)
    assert len(pulled.of(SchoolClass)) == len(stage.groups.classes)
    ties = {(h.person_id, g) for h in people.students for g in h.guardians}
    assert {(f.student.person_id, f.guardian.person_id) for f in pulled.of(GuardianLink)} == ties
    students = {h.person.person_id for h in pulled.of(Hat) if h.role is HatRole.STUDENT}
    assert students == {h.person_id for h in people.students}
    assert CANARY not in repr(pulled)
    facts = [f for f in pulled.facts if isinstance(f, RosterFact)]
    delivered = deliver(
        State(),
        {"roster": facts},
        day=day_number(date(2026, 11, 22)),
        keyring=Keyring(b"p" * 32),
        rules=RULES,
    )
    assert delivered.unmatched == ()
