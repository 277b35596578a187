"""Who is who at Clever: people under the student system's ids, and nothing that was not wanted."""

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
from auditor.source import FactKind, Malformed
from benchmarks.pretend.clever import World
from tests.connectors.clever.clever_world import (
    STUDENTS,
    configured,
    contact,
    marlow,
    pull,
    serving,
    student,
    tie,
    user,
)
from tests.connectors.roster_world import Pulled, mail

SECRET = "zephyrquill"
T1, K1, P1, G1 = (PersonRef(person_id=i) for i in ("T1", "K1", "P1", "G1"))


def read(tmp_path: Path, world: World | None = None, **more: object) -> Pulled:
    with serving(world) as running:
        return pull(running, tmp_path, None, **more)


def test_people_come_with_names_grades_and_further_ids(tmp_path: Path) -> None:
    people = {p.person_id: p for p in read(tmp_path).of(Person)}
    assert people["T1"] == Person("T1", "Dana", "Whit", None, ("dwhit", "9001"))
    assert people["K1"] == Person("K1", "Jo", "Reyes1", "9", ("5001",))
    assert people["P1"] == Person("P1", "Pat", "Lane")
    assert people["G1"] == Person("G1", "Ana", "Reyes")  # Clever writes a contact's name in one
    assert len(people) == STUDENTS + 3


def test_a_student_goes_by_the_name_that_is_preferred(tmp_path: Path) -> None:
    world = marlow()
    world.put("users", student(1, preferred_name={"first": "Joey", "last": None}))
    assert Person("K1", "Joey", "Reyes1", "9", ("5001",)) in read(tmp_path, world).facts


def test_roles_come_with_school_and_days(tmp_path: Path) -> None:
    pulled = read(tmp_path)
    hats = pulled.of(Hat)
    assert {hat.school_id for hat in hats if hat.person == T1} == {"10", "20"}
    assert {hat.role for hat in hats if hat.person in (T1, P1)} == {HatRole.STAFF}
    assert Hat(K1, HatRole.STUDENT, "10", date(2026, 9, 1), date(2027, 6, 20)) in hats
    assert Hat(PersonRef(person_id="K2"), HatRole.STUDENT, "10") in hats
    assert Hat(G1, HatRole.GUARDIAN) in hats
    assert len([hat for hat in hats if hat.person == K1]) == 1
    assert pulled.rejected == []


def test_schools_addresses_sections_and_guardians_come_out(tmp_path: Path) -> None:
    pulled = read(tmp_path)
    assert pulled.of(School) == [School("10", "Alder Hill High School"), School("20", "Birch Lane")]
    assert PersonAddress(G1, mail("ana@home.example"), AddressUse.ROSTER) in pulled.facts
    assert pulled.of(SchoolClass) == [SchoolClass("A1", "Algebra 1", "10")]
    begins, ends = date(2026, 9, 1), date(2027, 1, 22)
    assert pulled.of(ClassMember) == [
        ClassMember("A1", T1, ClassRole.TEACHER, begins, ends),
        ClassMember("A1", K1, ClassRole.STUDENT, begins, ends),
        ClassMember("A1", PersonRef(person_id="K2"), ClassRole.STUDENT, begins, ends),
    ]
    assert pulled.of(GuardianLink) == [GuardianLink(K1, G1)]


def test_a_teacher_who_is_a_mother_is_one_person_with_two_roles(tmp_path: Path) -> None:
    world = marlow()
    both = world.users["u20"]
    both["roles"]["contact"] = {"student_relationships": [tie(2)]}
    pulled = read(tmp_path, world)
    roles = [hat.role for hat in pulled.of(Hat) if hat.person == T1]
    assert sorted(roles) == ["guardian", "staff", "staff"]
    assert GuardianLink(PersonRef(person_id="K2"), T1) in pulled.facts
    assert len(pulled.of(Person)) == STUDENTS + 3


@pytest.mark.parametrize(
    ("type_", "relationship", "guardian"),
    [
        ("Parent/Guardian", None, True),
        ("Primary", "Grandparent", True),
        ("Family", "Aunt/Uncle", True),
        ("Emergency", "Parent", True),
        ("Emergency", "Other", False),
        ("Other", None, False),
        (None, None, False),
        ("Family", "Sibling", False),
        ("Primary", "Self", False),
    ],
)
def test_not_every_contact_is_a_guardian(
    type_: str | None, relationship: str | None, guardian: bool, tmp_path: Path
) -> None:
    world = marlow()
    world.put("users", contact(tie(1, type_, relationship)))
    pulled = read(tmp_path, world)
    assert (GuardianLink(K1, G1) in pulled.facts) == guardian
    assert (Hat(G1, HatRole.GUARDIAN) in pulled.facts) == guardian
    assert "G1" in {p.person_id for p in pulled.of(Person)}
    if not guardian:
        assert pulled.note("no guardian of the student by the settings").count == 1
        assert pulled.note("people without any role").count == 1


def test_the_settings_say_which_types_count(tmp_path: Path) -> None:
    world = marlow()
    world.put("users", contact(tie(1, "Emergency", "Other")))
    assert GuardianLink(K1, G1) in read(tmp_path, world, guardians=["Emergency"]).facts


def test_without_guardians_no_contact_is_asked_for(tmp_path: Path) -> None:
    with serving() as running:
        pulled = pull(running, tmp_path, guardians=[])
        assert running.count("users.contact") == 0
    assert len(pulled.of(Person)) == STUDENTS + 2
    assert FactKind.GUARDIANS not in configured(tmp_path, {"token": "t", "guardians": []}).provides
    assert FactKind.GUARDIANS in configured(tmp_path, {"token": "t"}).provides


def test_an_id_that_two_people_bear_is_nobodys(tmp_path: Path) -> None:
    world = marlow()
    staff = {"staff_id": "K2", "schools": ["s1"]}
    world.put("users", user("u22", "Sam", "Hart", "sam@marlow.example", staff=staff))
    pulled = read(tmp_path, world)
    people = {p.person_id: p for p in pulled.of(Person)}
    assert "K2" not in people
    assert people["clever:u22"].other_ids == ()
    assert people["clever:u12"].other_ids == ("5002",)
    assert pulled.note("that another has too").count == 2
    assert pulled.note("that another has too").lost


def test_an_id_that_one_bears_first_and_another_second_is_nobodys(tmp_path: Path) -> None:
    world = marlow()
    teacher, staff = {"sis_id": "T7", "schools": ["s1"]}, {"staff_id": "K2"}
    both = user("u22", "Sam", "Hart", "sam@marlow.example", teacher=teacher, staff=staff)
    world.put("users", both)
    people = {p.person_id: p for p in read(tmp_path, world).of(Person)}
    assert "K2" not in people
    assert people["T7"].other_ids == ()
    assert people["clever:u12"].family_name == "Reyes2"


def test_who_has_no_id_of_the_student_system_goes_by_clevers(tmp_path: Path) -> None:
    world = marlow()
    world.put("users", contact(tie(1), sis_id=None))
    pulled = read(tmp_path, world)
    assert GuardianLink(K1, PersonRef(person_id="clever:u30")) in pulled.facts
    assert pulled.note("without an id of the student system").count == 1


def test_what_clever_sends_along_is_dropped(tmp_path: Path) -> None:
    world = marlow()
    private = dict.fromkeys(("dob", "gender", "race", "iep_status", "state_id", "home_language"), SECRET)
    nested = {"location": {"address": SECRET}, "ext": {"x": SECRET}, "disability": {"code": SECRET}}
    world.put("users", student(1, **private, **nested), contact(tie(1), phone=SECRET))
    pulled = read(tmp_path, world)
    assert len(pulled.of(Person)) == STUDENTS + 3
    assert SECRET not in repr(pulled)


def test_what_refers_to_nobody_is_left_out_and_said(tmp_path: Path) -> None:
    world = marlow()
    section = world.sections["c1"]
    world.put("sections", {**section, "students": ["u11", "u99"], "term_id": "t9", "school": "s9"})
    world.put("users", contact(tie(1), tie(9), {"type": "Parent/Guardian"}))
    world.put("users", student(2, schools=["s8"]))
    pulled = read(tmp_path, world)
    assert pulled.note("members who are not among the people").lost
    assert pulled.note("at no school that Clever shows").count == 1
    assert pulled.note("of a term that Clever does not show").count == 1
    assert pulled.note("a student who is not in the roster").count == 1
    assert pulled.note("names no student").count == 1
    assert pulled.note("a school that Clever does not show").count == 1
    assert [m.person for m in pulled.of(ClassMember)] == [T1, K1]
    assert Hat(PersonRef(person_id="K2"), HatRole.STUDENT, None) in pulled.facts


def test_a_day_that_is_none_is_not_known(tmp_path: Path) -> None:
    world = marlow()
    days = [{"school": "s1", "start_date": "soon", "end_date": "2027-06-20"}]
    world.put("users", student(1, enrollments=days))
    pulled = read(tmp_path, world)
    assert Hat(K1, HatRole.STUDENT, "10", None, date(2027, 6, 20)) in pulled.facts
    assert pulled.note("a day that is no date").lost


def test_an_address_that_is_none_is_said(tmp_path: Path) -> None:
    world = marlow()
    world.users["u20"]["email"] = "dwhit at marlow"
    pulled = read(tmp_path, world)
    assert pulled.note("email that is no e-mail address").lost
    assert T1 not in [a.person for a in pulled.of(PersonAddress)]


def test_nobody_with_a_role_is_no_roster(tmp_path: Path) -> None:
    world = marlow()
    world.users.clear()
    with serving(world) as running, pytest.raises(Malformed, match="nobody with a role"):
        pull(running, tmp_path)


def test_the_same_answers_are_the_same_pages(tmp_path: Path) -> None:
    world = marlow()
    world.users = dict(reversed(world.users.items()))
    assert read(tmp_path).facts == read(tmp_path, world).facts
