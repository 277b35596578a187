"""School Data Sync in both editions: the same facts as any roster, by its own headings."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

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
    School,
    SchoolClass,
)
from auditor.source import Malformed
from connectors.sds import connect
from tests.connectors.roster_world import (
    Files,
    context,
    mail,
    pull,
    pull_folder,
    table,
    write_folder,
    write_zip,
)
from tests.shared_data import shared

T1, K1, G1 = (PersonRef(person_id=i) for i in ("T1", "K1", "G1"))


def edition_1(**changed: str) -> Files:
    files = {
        "School": table("SIS ID,Name,State ID", "s1,Alder Hill,WA", "s2,Birch Lane,WA"),
        "Student": table(
            "SIS ID,School SIS ID,First Name,Last Name,Username,Password,State ID,"
            "Secondary Email,Student Number,Middle Name,Grade,Status,Birthdate,Graduation Year",
            "K1,s1,Jo,Reyes,jreyes,zephyrquill,WA,,5001,,9,Active,zephyrquill,2030",
        ),
        "Teacher": table(
            "SIS ID,School SIS ID,First Name,Last Name,Username,Password,State ID,"
            "Teacher Number,Status,Middle Name,Secondary Email,Title,Qualification",
            "T1,s1,Dana,Whit,dwhit@marlow.example,zephyrquill,WA,9001,Active,,,,",
            "T1,s2,Dana,Whit,dwhit@marlow.example,zephyrquill,WA,9001,Active,,,,",
        ),
        "Section": table(
            "SIS ID,School SIS ID,Section Name,Term StartDate,Term EndDate,Status",
            "c1,s1,Algebra 1,9/1/2026,6/20/2027,Active",
        ),
        "StudentEnrollment": table("Section SIS ID,SIS ID", "c1,K1"),
        "TeacherRoster": table("Section SIS ID,SIS ID", "c1,T1"),
        "user": table(
            "Email,First Name,Last Name,Phone,SIS ID",
            "ana@home.example,Ana,Reyes,zephyrquill,",
            "bo@home.example,Bo,Reyes,,G2",
        ),
        "guardianrelationship": table(
            "SIS ID,Email,Role",
            "K1,ana@home.example,Parent",
            "K1,bo@home.example,Doctor",
        ),
    }
    return {f"{name}.csv": text for name, text in (files | changed).items()}


def edition_2(**changed: str) -> Files:
    files = {
        "orgs": table("sourcedId,name,type,parentSourcedId", "d1,Marlow,district,",
                      "s1,Alder Hill,school,d1"),
        "users": table(
            "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,"
            "phone,sms",
            "T1,dwhit@marlow.example,Dana,Whit,zephyrquill,dana.whit@marlow.example,,,",
            "K1,jreyes,Jo,Reyes,zephyrquill,,jo.reyes@marlow.example,,zephyrquill",
            "G1,ana@home.example,Ana,Reyes,,,ana@home.example,zephyrquill,",
        ),
        "roles": table(
            "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,"
            "roleEndDate",
            "T1,s1,teacher,,,true,2020-08-20,",
            "T1,d1,coach,,,false,,",
            "K1,s1,student,,09,true,2026-09-01,2027-06-20",
        ),
        "classes": table(
            "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId", "c1,s1,Algebra 1,,"
        ),
        "enrollments": table(
            "classSourcedId,userSourcedId,role", "c1,T1,teacher", "c1,K1,student"
        ),
        "relationships": table(
            "userSourcedId,relationshipUserSourcedId,relationshipRole", "K1,G1,guardian"
        ),
    }  # fmt: skip
    return {f"{name}.csv": text for name, text in (files | changed).items()}


def test_edition_1_gives_people_classes_and_guardians(tmp_path: Path) -> None:
    write_folder(tmp_path / "drop", edition_1())
    pulled = pull(connect(context(tmp_path, domain="marlow.example")))
    ana = PersonRef(person_id="ana@home.example")
    assert pulled.rejected == []
    assert pulled.of(School) == [School("s1", "Alder Hill"), School("s2", "Birch Lane")]
    assert pulled.of(Person) == [
        Person("K1", "Jo", "Reyes", "9", ("jreyes", "5001")),
        Person("T1", "Dana", "Whit", None, ("dwhit@marlow.example", "9001")),
        Person("ana@home.example", "Ana", "Reyes"),
        Person("G2", "Bo", "Reyes"),
    ]
    assert pulled.of(Hat) == [
        Hat(K1, HatRole.STUDENT, "s1"),
        Hat(T1, HatRole.STAFF, "s1"),
        Hat(T1, HatRole.STAFF, "s2"),
    ]
    assert PersonAddress(K1, mail("jreyes@marlow.example"), AddressUse.ROSTER) in pulled.facts
    assert PersonAddress(T1, mail("dwhit@marlow.example"), AddressUse.ROSTER) in pulled.facts
    assert pulled.of(SchoolClass) == [SchoolClass("c1", "Algebra 1", "s1")]
    term = (date(2026, 9, 1), date(2027, 6, 20))
    assert pulled.of(ClassMember) == [
        ClassMember("c1", K1, ClassRole.STUDENT, *term),
        ClassMember("c1", T1, ClassRole.TEACHER, *term),
    ]
    assert pulled.of(GuardianLink) == [GuardianLink(K1, ana)]
    assert pulled.note("makes nobody a guardian").count == 1
    assert pulled.read == 2 + 1 + 2 + 1 + 1 + 1 + 2 + 2


def test_edition_2_gives_people_classes_and_guardians(tmp_path: Path) -> None:
    pulled = pull_folder(connect, tmp_path, edition_2())
    assert pulled.rejected == []
    assert pulled.of(Person) == [
        Person("T1", "Dana", "Whit", None, ("dwhit@marlow.example", "dana.whit@marlow.example")),
        Person("K1", "Jo", "Reyes", "09", ("jreyes",)),
        Person("G1", "Ana", "Reyes", None, ("ana@home.example",)),
    ]
    assert pulled.of(Hat) == [
        Hat(T1, HatRole.STAFF, "s1", date(2020, 8, 20)),
        Hat(T1, HatRole.STAFF, None),
        Hat(K1, HatRole.STUDENT, "s1", date(2026, 9, 1), date(2027, 6, 20)),
    ]
    assert [a.address.text for a in pulled.of(PersonAddress)] == [
        "dwhit@marlow.example",
        "jo.reyes@marlow.example",
        "ana@home.example",
    ]
    assert len(pulled.of(ClassMember)) == 2
    assert pulled.of(GuardianLink) == [GuardianLink(K1, G1)]
    assert pulled.note("user name without a domain").count == 1
    assert pulled.read == 2 + 3 + 3 + 1 + 2 + 1


@pytest.mark.parametrize("files", [edition_1(), edition_2()], ids=["1", "2.1"])
def test_passwords_birth_dates_and_telephones_are_never_kept(tmp_path: Path, files: Files) -> None:
    pulled = pull_folder(connect, tmp_path, files)
    assert pulled.of(Person)
    assert "zephyrquill" not in repr(pulled)


@pytest.mark.parametrize(
    ("files", "edition"), [(edition_1(), "Sync 1,"), (edition_2(), "Sync 2.1")], ids=["1", "2.1"]
)
def test_a_zip_gives_the_same_and_check_names_the_edition(
    tmp_path: Path, files: Files, edition: str
) -> None:
    plain = pull_folder(connect, tmp_path, files)
    write_zip(tmp_path / "night.zip", files)
    source = connect(context(tmp_path, "night.zip"))
    assert pull(source).facts == plain.facts
    (line,) = source.check()
    assert line.ok
    assert edition in line.text


@pytest.mark.parametrize(
    ("name", "line", "place"),
    [
        ("Student.csv", "K2,s9,A,B,,,,,,,,,,", ("Student.csv", 3, "School SIS ID")),
        ("Student.csv", "K1,s1,Other,B,,,,,,,,,,", ("Student.csv", 3, "SIS ID")),
        ("Student.csv", "T1,s1,Dana,Whit,,,,,,,,,,", ("Teacher.csv", 2, "SIS ID")),
        ("Section.csv", "c2,s1,Art,soon,,", ("Section.csv", 3, "Term StartDate")),
        ("Section.csv", "c2,s9,Art,,,", ("Section.csv", 3, "School SIS ID")),
        ("StudentEnrollment.csv", "c9,K1", ("StudentEnrollment.csv", 3, "Section SIS ID")),
        ("StudentEnrollment.csv", "c1,K9", ("StudentEnrollment.csv", 3, "SIS ID")),
        ("user.csv", "nothing,A,B,,", ("user.csv", 4, "Email")),
        ("guardianrelationship.csv", "K1,c@home.example,", ("guardianrelationship.csv", 4, "Email")),
        ("guardianrelationship.csv", "K9,bo@home.example,", ("guardianrelationship.csv", 4, "SIS ID")),
    ],
)  # fmt: skip
def test_edition_1_rejects_by_place_what_cannot_be_used(
    tmp_path: Path, name: str, line: str, place: tuple[str, int, str]
) -> None:
    files = edition_1()
    files[name] += f"{line}\r\n"
    assert place in pull_folder(connect, tmp_path, files).places()


@pytest.mark.parametrize(
    ("name", "line", "place"),
    [
        ("users.csv", "T1,other,A,B,,,,,", ("users.csv", 5, "sourcedId")),
        ("users.csv", ",other,A,B,,,,,", ("users.csv", 5, "sourcedId")),
        ("roles.csv", "T9,s1,teacher,,,,,", ("roles.csv", 5, "userSourcedId")),
        ("roles.csv", "T1,s9,teacher,,,,,", ("roles.csv", 5, "orgSourcedId")),
        ("roles.csv", "T1,s1,wizard,,,,,", ("roles.csv", 5, "role")),
        ("roles.csv", "T1,s1,teacher,,,,,never", ("roles.csv", 5, "roleEndDate")),
        ("classes.csv", "c2,s9,Art,,", ("classes.csv", 3, "orgSourcedId")),
        ("enrollments.csv", "c9,T1,teacher", ("enrollments.csv", 4, "classSourcedId")),
        ("enrollments.csv", "c1,T9,teacher", ("enrollments.csv", 4, "userSourcedId")),
        ("enrollments.csv", "c1,T1,wizard", ("enrollments.csv", 4, "role")),
        ("relationships.csv", "K1,G9,parent", ("relationships.csv", 3, "relationshipUserSourcedId")),
    ],
)  # fmt: skip
def test_edition_2_rejects_by_place_what_cannot_be_used(
    tmp_path: Path, name: str, line: str, place: tuple[str, int, str]
) -> None:
    files = edition_2()
    files[name] += f"{line}\r\n"
    pulled = pull_folder(connect, tmp_path, files)
    assert pulled.places() == [place]
    assert len(pulled.of(Person)) == 3


def test_roles_that_make_nobody_staff_are_noted(tmp_path: Path) -> None:
    files = edition_2()
    files["roles.csv"] += "G1,s1,alumni,,,,,\r\n"
    files["enrollments.csv"] += "c1,G1,other\r\n"
    pulled = pull_folder(connect, tmp_path, files)
    assert pulled.note("role of alumni").count == 1
    assert pulled.note("place in a class as other").count == 1


def test_inactive_people_are_not_there_nor_their_places(tmp_path: Path) -> None:
    files = edition_1()
    files["Student.csv"] = files["Student.csv"].replace("9,Active", "9,Inactive")
    files["Student.csv"] += "K2,s1,Al,Ok,,,,,,,,Active,,\r\n"
    pulled = pull_folder(connect, tmp_path, files)
    assert "K1" not in {p.person_id for p in pulled.of(Person)}
    assert pulled.note("marked inactive").count == 1
    assert [m.person for m in pulled.of(ClassMember)] == [T1]


def test_a_contact_who_is_staff_is_one_person(tmp_path: Path) -> None:
    files = edition_1()
    files["user.csv"] = files["user.csv"].replace("zephyrquill,", "zephyrquill,T1")
    pulled = pull_folder(connect, tmp_path, files)
    assert pulled.of(GuardianLink) == [GuardianLink(K1, T1)]
    assert PersonAddress(T1, mail("ana@home.example"), AddressUse.ROSTER) in pulled.facts
    assert [p.person_id for p in pulled.of(Person)].count("T1") == 1


@pytest.mark.parametrize("name", ["Student", "TeacherRoster", "School"])
def test_a_missing_file_of_edition_1_is_named(tmp_path: Path, name: str) -> None:
    files = edition_1()
    del files[f"{name}.csv"]
    with pytest.raises(Malformed, match=rf"{name}\.csv"):
        pull_folder(connect, tmp_path, files)


@pytest.mark.parametrize("name", ["orgs", "roles", "classes"])
def test_a_missing_file_of_edition_2_is_named(tmp_path: Path, name: str) -> None:
    files = edition_2()
    del files[f"{name}.csv"]
    with pytest.raises(Malformed, match=rf"{name}\.csv"):
        pull_folder(connect, tmp_path, files)


def test_two_editions_in_one_drop_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="mixes"):
        pull_folder(connect, tmp_path, edition_1() | edition_2())


@pytest.mark.parametrize(
    ("files", "where"),
    [
        (edition_1(Student=edition_1()["Student.csv"].splitlines()[0]), "Student.csv"),
        (edition_2(users=edition_2()["users.csv"].splitlines()[0]), "users.csv"),
        (edition_2(roles=edition_2()["roles.csv"].splitlines()[0]), "roles.csv"),
    ],
)
def test_a_roster_of_nobody_is_refused(tmp_path: Path, files: Files, where: str) -> None:
    with pytest.raises(Malformed) as caught:
        pull_folder(connect, tmp_path, files)
    assert caught.value.where == where


def test_classes_may_be_left_out_of_edition_2(tmp_path: Path) -> None:
    files = edition_2()
    del files["classes.csv"], files["enrollments.csv"], files["relationships.csv"]
    pulled = pull_folder(connect, tmp_path, files)
    assert len(pulled.of(Person)) == 3
    assert pulled.note("nothing is known of who is in a class").file == "enrollments.csv"


@pytest.mark.parametrize("domain", ["@marlow.example", "marlow example", 7, ""])
def test_a_domain_that_is_none_is_a_mistake(tmp_path: Path, domain: object) -> None:
    with pytest.raises(ValueError, match=r"^domain must"):
        connect(context(tmp_path, domain=domain))


def test_the_third_party_set_of_a_hundred_users_loads_whole() -> None:
    folder = shared("sds/100-users")
    pulled = pull(connect(context(folder.parent, folder.name, domain="marlow.example")))
    assert pulled.rejected == []
    assert pulled.read == 2 + 86 + 12 + 28 + 602 + 28
    hats = [hat.role for hat in pulled.of(Hat)]
    assert (hats.count(HatRole.STUDENT), hats.count(HatRole.STAFF)) == (86, 12)
    places = [member.role for member in pulled.of(ClassMember)]
    assert (places.count(ClassRole.STUDENT), places.count(ClassRole.TEACHER)) == (602, 28)
    assert (len(pulled.of(School)), len(pulled.of(SchoolClass))) == (2, 28)
    assert len(pulled.of(PersonAddress)) == 98
    assert not [n for n in pulled.notes if "not known" in n.text]
    assert "P@ss" not in repr(pulled)
