"""Accounts of Canvas as accounts of a directory; courses as classes, observers as guardians."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.directory import State, deliver
from auditor.keys import Keyring, person_id_address
from auditor.model import (
    Address,
    AddressKind,
    AddressUse,
    ClassMember,
    ClassRole,
    DirectoryAccount,
    GuardianLink,
    HatRole,
    Person,
    PersonAddress,
    PersonRef,
    RosterFact,
    SchoolClass,
)
from auditor.records import Fact
from auditor.source import Denied, FactKind, Malformed, Transient
from benchmarks.pretend.canvas import EVERYTHING, Course, Enrollment, User
from connectors.accountfacts import SHARED
from tests.connectors.canvas.canvas_world import (
    COURSE,
    ONE_DAY,
    OTHER,
    PARENT,
    RULES,
    SECOND,
    STUDENT,
    TEACHER,
    USERS,
    canvas,
    letter,
    pull,
    serving,
    talk,
    world,
)
from tests.connectors.read_back import Read, people


def read(folder: Path, there: Any = None, **settings: Any) -> Read:
    with serving(there or world()) as running:
        return pull(running, folder, kind="people", **settings)


def facts(found: Read, kind: type[Fact]) -> list[Any]:
    return [fact for page in found.pages for fact in page.facts if isinstance(fact, kind)]


def mail(text: str) -> Address:
    return Address(AddressKind.EMAIL, text)


def test_each_account_has_its_addresses_and_its_id_in_the_roster(tmp_path: Path) -> None:
    found = {one.account_id: one for one in facts(read(tmp_path), DirectoryAccount)}
    assert len(found) == len(USERS)
    assert found["canvas:10"] == DirectoryAccount(
        "canvas:10",
        (mail("ana.reyes@marlow.example"), Address(AddressKind.PERSON_ID, "canvas:10")),
        "Ana",
        "Reyes",
        "T10",
    )
    assert found["canvas:30"].person_id is None
    assert found["canvas:30"].roles == ()


def test_only_accounts_are_asked_for_unless_more_is_wanted(tmp_path: Path) -> None:
    with serving(world()) as running:
        source = canvas(running, tmp_path, kind="people")
        assert source.provides == {FactKind.PEOPLE}
        list(source.pull(ONE_DAY))
        assert {one.endpoint for one in running.asked} == {"users.list"}
        assert running.acted == []


def test_courses_are_classes_with_their_members(tmp_path: Path) -> None:
    found = read(tmp_path, classes=True)
    assert facts(found, SchoolClass) == [SchoolClass("canvas:7", "Biology")]
    members = {one.person.person_id: one.role for one in facts(found, ClassMember)}
    assert members == {
        "canvas:10": ClassRole.TEACHER,
        "canvas:11": ClassRole.AIDE,
        "canvas:20": ClassRole.STUDENT,
        "canvas:21": ClassRole.STUDENT,
        "canvas:22": ClassRole.STUDENT,
    }
    assert facts(found, GuardianLink) == []
    nameless = read(tmp_path, classes=True, names=False)
    assert facts(nameless, SchoolClass) == [SchoolClass("canvas:7", "Course 7")]
    assert "Biology" not in repr(nameless.pages)


def test_who_left_a_course_is_no_member(tmp_path: Path) -> None:
    left = replace(
        COURSE, enrollments=(*COURSE.enrollments[:2], Enrollment(OTHER, "student", state="completed"))
    )
    found = read(tmp_path, world(courses=(left,)), classes=True)
    assert len(facts(found, ClassMember)) == 2


def test_observers_are_guardians_where_the_district_says_so(tmp_path: Path) -> None:
    loose = replace(COURSE, enrollments=(*COURSE.enrollments, Enrollment(TEACHER, "observer")))
    found = read(tmp_path, world(courses=(loose,)), guardians=True)
    (link,) = facts(found, GuardianLink)
    assert (link.student.person_id, link.guardian.person_id) == ("canvas:20", f"canvas:{PARENT}")
    accounts = {one.account_id: one for one in facts(found, DirectoryAccount)}
    assert accounts[f"canvas:{PARENT}"].roles == ((HatRole.GUARDIAN, None),)
    assert accounts["canvas:10"].roles == ()
    assert facts(found, SchoolClass) == []
    assert found.notes == {"observer of nobody in particular": 1}


def test_a_number_of_canvas_is_whoever_the_roster_knows_by_id_or_sign_in(tmp_path: Path) -> None:
    wrong = User(25, "Mel Orr", "mel.orr@marlow.example", "nobodys")
    ida = User(24, "Ida Fox", "ida.fox@marlow.example")
    there = world(users=(*USERS, ida, wrong))
    told = facts(read(tmp_path, there), DirectoryAccount)
    roster: list[RosterFact] = [Person("K20", "Kit", "Lowe"), Person("K24", "Ida", "Fox")]
    roster += [
        PersonAddress(PersonRef(person_id=id_), mail(f"{name}@marlow.example"), AddressUse.ROSTER)
        for id_, name in (("K20", "kit.lowe"), ("K24", "ida.fox"))
    ]
    keys = Keyring(bytes(range(32)))
    done = deliver(
        State(), {"sis": roster, "canvas": told}, day=20_000, keyring=keys, rules=RULES
    )
    owners = {row[0]: row[1] for row in done.state.dated["address"]}
    for number, person in ((20, "K20"), (24, "K24")):
        assert owners[keys.address(person_id_address(f"canvas:{number}"))] == keys.person(person)
    assert keys.address(person_id_address("canvas:25")) not in owners
    assert "person_id n…" in {one.reference for one in done.unmatched}


def test_what_two_accounts_of_other_names_bear_names_neither(tmp_path: Path) -> None:
    first, second = USERS[1], USERS[2]
    assert first.sis_id == "T10"
    same_id = replace(second, sis_id="T10")
    there = world(talk(5, letter(51, same_id.id, STUDENT)), users=(*USERS[:2], same_id, *USERS[3:]))
    with serving(there) as running:
        (message,) = pull(running, tmp_path).messages
        told = pull(running, tmp_path, kind="people")
    assert people(message) == {second.login: "from", "K20": "to"}
    accounts = {one.account_id: one for one in facts(told, DirectoryAccount)}
    assert {accounts[f"canvas:{one.id}"].person_id for one in (first, second)} == {None}
    assert told.notes == {SHARED: 2}


def test_a_sign_in_name_or_address_of_two_people_is_neithers(tmp_path: Path) -> None:
    second = replace(USERS[2], login=USERS[1].login, sis_id=None)
    claims = User(40, "Pat Nye", "pnye", None, USERS[3].login)
    conversation = talk(5, letter(51, SECOND, STUDENT, 40))
    there = world(conversation, users=(*USERS[:2], second, *USERS[3:], claims))
    with serving(there) as running:
        found = pull(running, tmp_path).message
        none = pull(running, tmp_path, person_id="none").message
    assert people(found) == {"canvas:11": "from", "K20": "member", "canvas:40": "member"}
    assert USERS[1].login not in people(none)


def test_what_is_not_shown_is_not_known(tmp_path: Path) -> None:
    there = world(permissions=EVERYTHING - {"read_sis", "read_email_addresses"})
    found = {one.account_id: one for one in facts(read(tmp_path, there), DirectoryAccount)}
    assert found["canvas:10"].person_id is None


def test_one_course_that_is_refused_is_said_and_all_are_an_error(tmp_path: Path) -> None:
    second = Course(8, "Chemistry", (Enrollment(TEACHER, "teacher"),))
    with serving(world(courses=(COURSE, second))) as running:
        running.faults.plan("enrollments.list", "403", where=lambda request: "/7/" in request.path)
        found = pull(running, tmp_path, kind="people", classes=True)
        assert [one.class_id for one in facts(found, SchoolClass)] == ["canvas:8"]
        assert found.notes == {"course whose members Canvas does not show to the token's owner": 1}
        running.faults.plan("enrollments.list", "403", times=9)
        with pytest.raises(Denied):
            pull(running, tmp_path, kind="people", classes=True)


@pytest.mark.parametrize(
    ("endpoint", "kind", "error"),
    [
        ("users.list", "403", Denied),
        ("users.list", "404", Denied),
        ("users.list", "503", Transient),
        ("users.list", "garbage", Malformed),
        ("courses.list", "503", Transient),
        ("enrollments.list", "503", Transient),
    ],
)
def test_a_list_that_cannot_be_read_stands_for_nobody(
    tmp_path: Path, endpoint: str, kind: str, error: type[Exception]
) -> None:
    with serving(world()) as running:
        running.faults.plan(endpoint, kind, times=9)
        with pytest.raises(error):
            pull(running, tmp_path, kind="people", classes=True)


def test_a_canvas_without_users_or_courses_is_no_roster(tmp_path: Path) -> None:
    with pytest.raises(Denied, match="not one user"):
        read(tmp_path, world(users=()))
    with pytest.raises(Denied, match="not one course"):
        read(tmp_path, world(courses=()), classes=True)
