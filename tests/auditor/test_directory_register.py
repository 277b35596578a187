"""What the register answers of people, schools and classes, for the day that is asked about."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.directory import Register, State, build_tables, from_tables
from auditor.model import (
    AddressUse,
    ClassMember,
    ClassRole,
    GuardianLink,
    Hat,
    HatRole,
    PersonAddress,
    RosterFact,
    School,
    SchoolClass,
    Team,
    TeamMember,
    TeamRole,
)
from auditor.result import PersonShown, ThingShown
from tests.auditor.directory_world import (
    DAY,
    KEYS,
    SIS,
    TODAY,
    VARSITY,
    address,
    address_key,
    known,
    mail,
    person,
    ref,
    register,
    take,
)

DANA, SAM, JO = KEYS.person("t1"), KEYS.person("k1"), KEYS.person("k2")
ALGEBRA, BIOLOGY = SchoolClass("c1", "Algebra", "s1"), SchoolClass("c2", "Biology", "s1")


def hats(*facts: RosterFact, key: int = DANA, day: int = DAY) -> tuple[str, ...]:
    return known(*facts).person(key, day).hats


# ---- who somebody is ---------------------------------------------------------------------


def test_a_person_is_shown_with_id_name_hats_grade_and_schools() -> None:
    shown = known().person(SAM, DAY)
    assert shown == PersonShown("k1", "Sam", "Okoro", ("student",), "10", ("s1",))


@pytest.mark.parametrize(
    ("key", "shown"), [(0x123456789ABCDEF0, "#9abcdef0"), (5, "#00000005"), (-1, "#ffffffff")]
)
def test_somebody_whom_no_roster_names_is_shown_by_a_short_number(key: int, shown: str) -> None:
    assert known().person(key, DAY) == PersonShown(shown, "", "")


def test_a_key_is_found_by_roster_id_and_by_nothing_else() -> None:
    found = known()
    assert found.person_key("k1") == SAM
    assert found.person_key("Sam") is None
    assert found.person_key("nobody") is None


def test_a_register_of_nothing_knows_nobody() -> None:
    built = build_tables(from_tables({}), season_margin_days=0, show_address=str)
    for state in (State(), from_tables({})):
        found = Register(state, built)
        assert found.person(SAM, DAY).given_name == ""
        assert found.person_key("k1") is None
        assert (found.school_ids, found.team_keys, found.approvals) == ((), (), ())
        assert found.people_at(address_key("k1@marlow.example"), DAY) == ()
        assert found.shared_classes(DANA, SAM, DAY) == ()
        assert found.school_name("s1") == "s1"
        assert found.newest_day == 0


def test_the_newest_day_is_that_of_whichever_source_delivered_last() -> None:
    state = take(State(), {"sis": SIS}).state
    state = take(state, {"office": []}, DAY + 2).state
    assert register(take(state, {"sis": SIS}, DAY + 1).state).newest_day == DAY + 2


# ---- hats in words -----------------------------------------------------------------------


def test_staff_who_teach_a_class_on_that_day_are_teachers() -> None:
    teaches = ClassMember("c1", ref("t1"), ClassRole.TEACHER, end=TODAY)
    assert hats(teaches) == ("teacher",)
    assert hats(teaches, day=DAY + 1) == ("staff",)


@pytest.mark.parametrize("role", [ClassRole.AIDE, ClassRole.STUDENT])
def test_staff_who_are_in_a_class_without_teaching_it_are_staff(role: ClassRole) -> None:
    assert hats(ClassMember("c1", ref("t1"), role)) == ("staff",)


def test_a_class_that_somebody_else_teaches_makes_nobody_else_a_teacher() -> None:
    other = person("t2", "Lee Ng", HatRole.STAFF)
    facts = [*other, ClassMember("c1", ref("t2"), ClassRole.TEACHER)]
    assert hats(*facts) == ("staff",)
    assert hats(*facts, key=KEYS.person("t2")) == ("teacher",)


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (TeamRole.HEAD_COACH, ("staff", "coach of Varsity")),
        (TeamRole.ASSISTANT_COACH, ("staff", "assistant coach of Varsity")),
        (TeamRole.VOLUNTEER_COACH, ("staff", "volunteer coach of Varsity", "volunteer")),
        (TeamRole.ADVISER, ("staff", "adviser of Varsity")),
        (TeamRole.ATHLETE, ("staff",)),
        (TeamRole.MANAGER, ("staff",)),
    ],
)
def test_leading_a_team_is_a_hat_in_words(role: TeamRole, words: tuple[str, ...]) -> None:
    assert hats(VARSITY, TeamMember("v", ref("t1"), role)) == words


def test_the_coach_of_a_team_that_no_list_names_coaches_a_team() -> None:
    assert hats(TeamMember("x", ref("t1"), TeamRole.HEAD_COACH)) == ("staff", "coach of a team")


def test_the_same_words_are_said_once() -> None:
    twin = Team("v2", "Varsity", "sport", "s2")
    both = [TeamMember(id_, ref("t1"), TeamRole.HEAD_COACH) for id_ in ("v", "v2")]
    assert hats(VARSITY, twin, *both) == ("staff", "coach of Varsity")


def test_volunteers_students_and_machines_are_said_in_this_order() -> None:
    roles = (HatRole.SYSTEM, HatRole.STUDENT, HatRole.VOLUNTEER)
    assert hats(*(Hat(ref("k1"), role, "s1") for role in roles), key=SAM) == (
        "volunteer",
        "student",
        "system",
    )


def test_a_guardian_has_no_hat_in_words() -> None:
    facts = [*person("g1", "Pat Okoro"), GuardianLink(ref("k1"), ref("g1"))]
    assert hats(*facts, key=KEYS.person("g1")) == ()


# ---- schools -----------------------------------------------------------------------------


def test_the_schools_of_a_person_are_those_of_the_hats_of_that_day() -> None:
    found = known(Hat(ref("t1"), HatRole.COACH, "s2", end=TODAY), Hat(ref("t1"), HatRole.VOLUNTEER))
    assert found.schools_of(DANA, DAY) == ("s1", "s2")
    assert found.schools_of(DANA, DAY + 1) == ("s1",)


def test_a_guardians_hat_is_at_no_school() -> None:
    facts = [*person("g1", "Pat Okoro"), Hat(ref("g1"), HatRole.GUARDIAN, "s1")]
    assert known(*facts).schools_of(KEYS.person("g1"), DAY) == ()


def test_a_school_is_called_by_its_name_and_an_unknown_one_by_what_is_written() -> None:
    found = known(School("a0", "Ash Road"))
    assert found.school_name("s2") == "Elm Street Middle School"
    assert found.school_name("Oak") == "Oak"
    assert found.school_ids == ("a0", "s1", "s2")


# ---- addresses, ties and classes ---------------------------------------------------------


def test_a_district_address_is_had_only_while_it_is_ones_own() -> None:
    found = known(*person("t2", "Lee Ng"), address("t2", "lee@marlow.example"))
    assert found.has_district_address(SAM, DAY)
    assert not found.has_district_address(KEYS.person("nobody"), DAY)
    gone = [fact for fact in SIS if "k1@" not in repr(fact)]
    after = take(take(State(), {"sis": SIS}).state, {"sis": gone}, DAY + 3).state
    assert register(after).has_district_address(SAM, DAY + 2)
    assert not register(after).has_district_address(SAM, DAY + 3)


def test_a_personal_and_an_outside_address_are_no_district_address() -> None:
    facts = [
        *(fact for fact in person("g1", "Pat Okoro") if not isinstance(fact, PersonAddress)),
        PersonAddress(ref("g1"), mail("pat@home.example"), AddressUse.ROSTER),
        PersonAddress(ref("g1"), mail("okoro@home.example"), AddressUse.PERSONAL),
    ]
    assert not known(*facts).has_district_address(KEYS.person("g1"), DAY)


def test_guardians_are_those_of_that_student_on_that_day() -> None:
    facts = [
        *person("g1", "Pat Okoro"),
        *person("g2", "Ada Okoro"),
        *person("g3", "Max Reyes"),
        GuardianLink(ref("k1"), ref("g1"), end=TODAY),
        GuardianLink(ref("k1"), ref("g2")),
        GuardianLink(ref("k2"), ref("g3")),
    ]
    found = known(*facts)
    assert found.guardians_of(SAM, DAY) == {KEYS.person("g1"), KEYS.person("g2")}
    assert found.guardians_of(SAM, DAY + 1) == {KEYS.person("g2")}
    assert found.guardians_of(JO, DAY) == {KEYS.person("g3")}
    assert found.guardians_of(DANA, DAY) == frozenset()


def places(**roles: ClassRole) -> list[RosterFact]:
    """Return who is in Biology, and with which role."""
    return [ClassMember("c2", ref(id_), role) for id_, role in roles.items()]


def test_shared_classes_are_those_the_adult_taught_the_student_in() -> None:
    facts = [
        ALGEBRA,
        BIOLOGY,
        *places(t1=ClassRole.TEACHER, k1=ClassRole.STUDENT),
        ClassMember("c1", ref("t1"), ClassRole.AIDE, end=date(2026, 10, 6)),
        ClassMember("c1", ref("k1"), ClassRole.STUDENT, end=date(2026, 10, 7)),
    ]
    found = known(*facts)
    assert found.shared_classes(DANA, SAM, DAY) == ("Algebra", "Biology")
    assert found.shared_classes(DANA, SAM, DAY + 2) == ("Biology",)
    assert found.shared_classes(DANA, JO, DAY) == ()
    assert found.shared_classes(KEYS.person("nobody"), SAM, DAY) == ()


def test_a_class_both_attend_or_only_one_is_in_is_not_shared() -> None:
    found = known(ALGEBRA, BIOLOGY, *places(k1=ClassRole.STUDENT, k2=ClassRole.STUDENT))
    assert found.shared_classes(SAM, JO, DAY) == ()
    apart = [ClassMember("c1", ref("t1"), ClassRole.TEACHER), *places(k1=ClassRole.STUDENT)]
    assert known(ALGEBRA, BIOLOGY, *apart).shared_classes(DANA, SAM, DAY) == ()


def test_a_shared_class_without_a_title_on_record_is_left_out() -> None:
    facts = places(t1=ClassRole.TEACHER, k1=ClassRole.STUDENT)
    assert known(*facts).shared_classes(DANA, SAM, DAY) == ()


def test_a_class_is_found_by_its_key() -> None:
    found = known(SchoolClass("c9", "Latin", "s2"))
    key = KEYS.school_class("c9")
    assert found.school_class(key) == ThingShown("class", "c9", "Latin", "s2")
    assert found.school_class(KEYS.school_class("c0")) is None
