"""The education roster: ids, roles and schools of accounts, classes, and students' families."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditor.model import (
    ClassMember,
    ClassRole,
    DirectoryAccount,
    GuardianLink,
    Hat,
    HatRole,
    Person,
    PersonRef,
    School,
    SchoolClass,
)
from auditor.records import Fact
from auditor.source import Denied, Malformed, Note, SourceError, Transient
from benchmarks.pretend.microsoft import Class, Contact, User, World, guid
from benchmarks.pretend.microsoft import School as Pretended
from benchmarks.pretend.serving import Request
from tests.connectors.microsoft.directory_world import (
    account,
    directory,
    mail,
    pull,
    serving,
    tenant,
)

ROLES = [
    {"education": "teacher", "role": "staff"},
    {"education": "student", "role": "student"},
]
ANA = account("ana.reyes", person_id="T1", role="teacher")
KIM = account(
    "kim.ito",
    person_id="S7",
    role="student",
    grade="10",
    contacts=(
        Contact("Mari Ann Ito", "Mari@home.example"),
        Contact("Dr. Sol Vane", "vane@clinic.example", "doctor"),
        Contact("No Mail", "by telephone"),
    ),
)
LOU = account(
    "lou.reyes",
    person_id="S8",
    role="student",
    contacts=(
        Contact("Ana Reyes", "ana.reyes@marlow.example", "parent"),
        Contact("Mari Ann Ito", "mari@home.example", "relative"),
    ),
)
CLASS = Class(
    guid("class", "C1"), "C1", "Algebra 1", (ANA.upn,), (KIM.upn, LOU.upn), begins="2026-08-31"
)
WORLD = tenant(
    [ANA, KIM, LOU],
    classes=(replace(CLASS, ends="2027-01-22"),),
    schools=(
        Pretended(guid("s", 10), "10", "Alder High", (ANA.upn, KIM.upn, LOU.upn), (CLASS.id,)),
        Pretended(guid("s", 20), "20", "Elm", (ANA.upn,)),
    ),
)
CLASS_ID = f"microsoft-class:{CLASS.id}"


def read(
    tmp_path: Path, world: World = WORLD, **settings: object
) -> tuple[list[Fact], dict[str, Note]]:
    with serving(world) as microsoft:
        found = pull(directory(microsoft, tmp_path, **{"roles": ROLES, **settings}))
        assert world.canary not in repr(found)
        return found


def ref(user: User) -> PersonRef:
    return PersonRef(f"microsoft:{user.id}")


def test_the_schools_records_say_id_role_and_school_of_an_account(tmp_path: Path) -> None:
    facts, _ = read(tmp_path, person_id="education", education=True)
    accounts = {f.given_name: f for f in facts if isinstance(f, DirectoryAccount)}
    assert {name: one.person_id for name, one in accounts.items()} == {
        "Ana": "T1",
        "Kim": "S7",
        "Lou": "S8",
    }
    assert accounts["Ana"].roles == ((HatRole.STAFF, "10"), (HatRole.STAFF, "20"))
    assert accounts["Kim"].roles == ((HatRole.STUDENT, "10"),)
    assert not [f for f in facts if isinstance(f, School)]  # the student system names its own


def test_the_school_of_an_entry_counts_before_that_of_the_records(tmp_path: Path) -> None:
    roles = [{"education": "teacher", "role": "staff", "school": "30"}]
    facts, _ = read(tmp_path, education=True, roles=roles)
    assert {f.given_name: f.roles for f in facts if isinstance(f, DirectoryAccount)} == {
        "Ana": ((HatRole.STAFF, "30"),),
        "Kim": (),
        "Lou": (),
    }


def test_without_classes_asked_for_only_the_records_of_people_are_read(tmp_path: Path) -> None:
    with serving(WORLD) as microsoft:
        facts, _ = pull(directory(microsoft, tmp_path, roles=ROLES))
        asked = {one.endpoint for one in microsoft.asked if one.endpoint.startswith("education")}
    assert asked == {"education.users.list"}
    assert not [f for f in facts if isinstance(f, (SchoolClass, GuardianLink))]


def test_classes_are_dated_by_their_term_and_hold_teachers_and_students(tmp_path: Path) -> None:
    facts, notes = read(tmp_path, education=True)
    assert SchoolClass(CLASS_ID, "Algebra 1", "10") in facts
    term = (date(2026, 8, 31), date(2027, 1, 22))
    assert sorted((f for f in facts if isinstance(f, ClassMember)), key=repr) == sorted(
        (
            ClassMember(CLASS_ID, ref(ANA), ClassRole.TEACHER, *term),
            ClassMember(CLASS_ID, ref(KIM), ClassRole.STUDENT, *term),
            ClassMember(CLASS_ID, ref(LOU), ClassRole.STUDENT, *term),
        ),
        key=repr,
    )
    assert not [note for note in notes.values() if note.lost]


def test_as_the_roster_it_brings_schools_grades_and_its_own_ids(tmp_path: Path) -> None:
    facts, _ = read(tmp_path, roster=True, person_id="education", education=True)
    assert [f for f in facts if isinstance(f, School)] == [
        School("10", "Alder High"),
        School("20", "Elm"),
    ]
    assert Person("S7", "Kim", "Ito", "10") in facts
    members = {f.person for f in facts if isinstance(f, ClassMember)}
    assert members == {PersonRef("T1"), PersonRef("S7"), PersonRef("S8")}


def test_families_are_guardians_and_one_of_our_own_is_the_same_person(tmp_path: Path) -> None:
    facts, notes = read(tmp_path, guardians=True)
    mari = "microsoft-guardian:mari@home.example"
    assert [f for f in facts if isinstance(f, DirectoryAccount) and f.account_id == mari] == [
        DirectoryAccount(
            mari, (mail("mari@home.example"),), "Mari Ann", "Ito", roles=((HatRole.GUARDIAN, None),)
        )
    ]
    assert {f for f in facts if isinstance(f, GuardianLink)} == {
        GuardianLink(ref(KIM), PersonRef(mari)),
        GuardianLink(ref(LOU), PersonRef(mari)),
        GuardianLink(ref(LOU), ref(ANA)),
    }
    assert Hat(ref(ANA), HatRole.GUARDIAN) in facts
    assert "vane" not in repr(facts)
    note = notes["guardians without an e-mail address, left out"]
    assert (note.count, note.lost) == (1, True)


def test_families_are_asked_of_students_in_use_alone(tmp_path: Path) -> None:
    gone = replace(LOU, disabled_at=datetime(2026, 11, 2, tzinfo=UTC))
    with serving(replace(WORLD, users=(ANA, KIM, gone))) as microsoft:
        pull(directory(microsoft, tmp_path, roles=ROLES, guardians=True))
        asked = [one for one in microsoft.asked if one.endpoint == "education.users.get"]
    assert [one.path.rpartition("/")[2] for one in asked] == [KIM.id]
    assert asked[0].query["$select"] == "id,relatedContacts"


def test_a_family_that_is_not_shown_any_more_is_told(tmp_path: Path) -> None:
    with serving(WORLD) as microsoft:
        microsoft.faults.plan("education.users.get", "404")
        _, notes = pull(directory(microsoft, tmp_path, roles=ROLES, guardians=True))
    note = notes["students whose family Microsoft does not show any more"]
    assert (note.count, note.lost) == (1, True)


def test_a_member_who_is_no_account_of_ours_is_counted_and_nobody_to_audit_is_left_out(
    tmp_path: Path,
) -> None:
    pat = account("pat.lund", kind="Guest", mail="pat@lund.example")
    cart = account("cart.seven", "Devices", person_id="D1", role="student")
    more = replace(CLASS, students=(KIM.upn, pat.upn, cart.upn))
    world = replace(WORLD, users=(ANA, KIM, pat, cart), classes=(more,))
    roles = [*ROLES, {"department": "Devices", "education": "student", "role": "none"}]
    facts, notes = read(tmp_path, world, education=True, roles=roles)
    members = {f.person for f in facts if isinstance(f, ClassMember)}
    assert members == {ref(ANA), ref(KIM)}
    note = notes["members of classes who have no account of the district's, left out"]
    assert (note.count, note.lost) == (1, True)


def test_a_tenant_without_school_data_sync_does_not_look_like_one_without_classes(
    tmp_path: Path,
) -> None:
    world = replace(WORLD, edition=replace(WORLD.edition, classes=False))
    facts, notes = read(tmp_path, world, education=True)
    assert not [f for f in facts if isinstance(f, SchoolClass)]
    for text in (
        "the education roster has no class in it",
        "the education roster makes nobody a student or teacher",
    ):
        assert notes[text].lost


OTHER = Class(guid("class", "C2"), "C2", "Biology", (ANA.upn,), (LOU.upn,))
TWO = replace(WORLD, classes=(CLASS, OTHER))


def of_algebra(request: Request) -> bool:
    return CLASS.id in request.path


@pytest.mark.parametrize("kind", ["403", "404"])
def test_one_class_that_is_not_shown_is_told_and_stops_no_other(tmp_path: Path, kind: str) -> None:
    with serving(TWO) as microsoft:
        microsoft.faults.plan("education.classes.members", kind, where=of_algebra)
        facts, notes = pull(directory(microsoft, tmp_path, roles=ROLES, education=True))
    assert [f.title for f in facts if isinstance(f, SchoolClass)] == ["Biology"]
    note = notes["classes whose members Microsoft does not show"]
    assert (note.count, note.lost) == (1, True)


@pytest.mark.parametrize(
    ("endpoint", "kind", "error"),
    [
        ("education.users.list", "403", Denied),
        ("education.users.list", "garbage", Malformed),
        ("education.users.list", "404", Malformed),
        ("education.schools.users", "410", Malformed),
        ("education.classes.list", "404", Malformed),
        ("education.schools.list", "503", Transient),
        ("education.schools.users", "500", Transient),
        ("education.schools.classes", "403", Denied),
        ("education.classes.list", "503", Transient),
        ("education.classes.members", "403", Denied),
        ("education.classes.teachers", "503", Transient),
        ("education.users.get", "403", Denied),
    ],
)
def test_the_roster_is_read_whole_or_not_at_all(
    tmp_path: Path, endpoint: str, kind: str, error: type[SourceError]
) -> None:
    with serving(TWO) as microsoft:
        microsoft.faults.plan(endpoint, kind, times=300)
        source = directory(microsoft, tmp_path, roles=ROLES, education=True, guardians=True)
        with pytest.raises(error):
            pull(source)


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        ("education.users.list", "item twice"),
        ("education.schools.list", "page token repeats"),
        ("education.schools.users", "item twice"),
        ("education.classes.list", "item twice"),
        ("education.classes.members", "body cut"),
        ("education.classes.teachers", "503 retry after"),
        ("education.users.get", "garbage"),
    ],
)
def test_what_passes_by_itself_changes_no_fact(tmp_path: Path, endpoint: str, kind: str) -> None:
    with serving(TWO) as microsoft:
        source = directory(microsoft, tmp_path, roles=ROLES, education=True, guardians=True)
        before, _ = pull(source)
        microsoft.faults.plan(endpoint, kind)
        after, _ = pull(source)
        assert microsoft.faults.done
    assert after == before
