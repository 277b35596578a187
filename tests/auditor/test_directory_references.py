"""Whom a file means: one person or nobody, and what the queue of the unmatched says of the rest."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from auditor.directory import State, mask
from auditor.model import (
    AddressUse,
    Authorization,
    ClassMember,
    ClassRole,
    Ground,
    GuardianLink,
    Hat,
    HatRole,
    Person,
    PersonAddress,
    PersonRef,
    RosterFact,
    TeamMember,
    TeamRole,
)
from auditor.result import Unmatched
from tests.auditor.directory_world import (
    DAY,
    KEYS,
    SIS,
    VARSITY,
    address,
    address_key,
    athlete,
    known,
    mail,
    on_record,
    person,
    ref,
    register,
    take,
)

SAM, JO = KEYS.person("k1"), KEYS.person("k2")
BY_ID = "use the id as the roster writes it"
BY_MAIL = "use the person's id or district e-mail"
BY_NAME = "add the person_id column"
NOT_THERE = "is not in any roster"


def named(given: str, family: str, grade: str | None = None) -> PersonRef:
    return PersonRef(given_name=given, family_name=family, grade=grade)


def mailed(text: str) -> PersonRef:
    return PersonRef(email=text)


def meant(who: PersonRef, *more: RosterFact) -> set[int]:
    """Return whom a team's list means by ``who``."""
    return set(known(VARSITY, *more, athlete(who)).roster(KEYS.team("v"), DAY))


def queued(*facts: RosterFact, source: str = "lists") -> list[Unmatched]:
    return list(take(State(), {"sis": SIS, source: facts}).unmatched)


# ---- one person --------------------------------------------------------------------------


def test_a_user_name_that_is_nobodys_own_id_finds_its_person() -> None:
    assert meant(ref("lng"), *person("k9", "Lee Ng", None, None, "lng")) == {KEYS.person("k9")}
    assert meant(ref(" k1 ")) == {SAM}


@pytest.mark.parametrize(
    "text", ["k1@marlow.example", " K1@Marlow.Example ", "k1+team@marlow.example", "k1@marlow-schools.example"]
)
def test_an_e_mail_address_finds_its_person_however_it_is_spelled(text: str) -> None:
    assert meant(mailed(text)) == {SAM}


def test_an_id_goes_before_an_e_mail_address_and_that_before_a_name() -> None:
    assert meant(PersonRef("k1", "k2@marlow.example", "Jo", "Reyes")) == {SAM}
    assert meant(PersonRef(None, "k1@marlow.example", "Jo", "Reyes")) == {SAM}


def test_a_name_finds_its_person_in_any_case_and_spacing() -> None:
    assert meant(named("SAM", " okoro ")) == {SAM}
    double = [Person("k8", "Mary  Ann", "De La Cruz")]
    assert meant(named("mary ann", "de  la cruz"), *double) == {KEYS.person("k8")}


@pytest.mark.parametrize(
    ("grade", "written", "same"),
    [("9", "09", True), ("09", " 9", True), ("K", "k", True), ("10", "1", False), ("9", "10", False), (None, "9", False), (None, "", True)],
)
def test_a_grade_is_compared_as_a_grade(grade: str | None, written: str, same: bool) -> None:
    pupil = Person("k8", "Ann", "Ode", grade)
    on_their_own = person("k8", "Ann Ode", None, grade)
    assert on_their_own[0] == pupil
    assert meant(named("Ann", "Ode", written), *on_their_own) == ({KEYS.person("k8")} if same else set())


# ---- nobody ------------------------------------------------------------------------------


def test_half_a_name_names_nobody() -> None:
    assert meant(PersonRef(given_name="Sam")) == set()
    assert meant(PersonRef(family_name="Okoro")) == set()


def test_an_address_that_has_passed_on_names_its_new_person_only() -> None:
    passed = [
        address("k1", "crew@marlow.example", end=date(2026, 9, 30)),
        address("k2", "crew@marlow.example", start=date(2026, 10, 1)),
    ]
    assert meant(mailed("crew@marlow.example"), *passed) == {JO}
    assert meant(mailed("crew@marlow.example"), passed[0]) == set()


@pytest.mark.parametrize(
    ("who", "reference", "reason", "hint"),
    [
        (ref("90001"), "person_id 90001", NOT_THERE, BY_ID),
        (ref("nobody"), "person_id n…", NOT_THERE, BY_ID),
        (mailed("vi@home.example"), "v…@home.example", NOT_THERE, BY_MAIL),
        (mailed("unreadable"), "u…", NOT_THERE, BY_MAIL),
        (mailed("crew@marlow.example"), "c…@marlow.example", "fits 2 people", BY_MAIL),
        (named("Vi", "Olt"), "a first and last name", NOT_THERE, BY_NAME),
        (named("Sam", "Okoro", "12"), "a first and last name", NOT_THERE, BY_NAME),
        (named("Ann", "Ode"), "a first and last name", "fits 2 people", BY_NAME),
        (
            PersonRef(given_name="Sam"),
            "(blank)",
            "the row names nobody",
            "fill in person_id, e-mail, or first and last name",
        ),
    ],
)
def test_whom_nobody_or_several_answer_to_is_queued_with_a_way_out(
    who: PersonRef, reference: str, reason: str, hint: str
) -> None:
    twins = [
        *(Person(id_, "Ann", "Ode") for id_ in ("k6", "k7")),
        *(address(id_, "crew@marlow.example") for id_ in ("k6", "k7")),
    ]
    assert queued(*twins, athlete(who)) == [
        Unmatched("lists", "team member", reference, reason, hint, 1)
    ]


def test_a_user_name_of_two_people_is_neither() -> None:
    twins = [Person(id_, id_, "Ode", None, ("ode",)) for id_ in ("k6", "k7")]
    (one,) = queued(*twins, athlete(ref("ode")))
    assert (one.reference, one.reason) == ("person_id o…", "fits 2 people")


def test_rows_that_fail_alike_are_queued_once_and_counted() -> None:
    lost = [athlete(ref("90001")), TeamMember("w", ref("90001"), TeamRole.MEMBER)]
    other = athlete(ref("90002"))
    assert [(u.reference, u.count) for u in queued(*lost, other, lost[0])] == [
        ("person_id 90001", 3),
        ("person_id 90002", 1),
    ]


def approval(**names: PersonRef) -> RosterFact:
    blank = Authorization("A1", Ground.FAMILY, *(None,) * 9)  # all unsaid
    return dataclasses.replace(blank, **names)  # type: ignore[arg-type]  # fields by name


LOST = ref("90001")


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (PersonAddress(LOST, mail("x@home.example"), AddressUse.PERSONAL), "address"),
        (PersonAddress(mailed("90001@x.example"), mail("x@home.example"), AddressUse.PERSONAL), "address"),
        (Hat(LOST, HatRole.VOLUNTEER), "volunteer"),
        (ClassMember("c1", LOST, ClassRole.AIDE), "class member"),
        (athlete(LOST), "team member"),
        (GuardianLink(ref("k1"), LOST), "guardian"),
        (GuardianLink(LOST, ref("t1")), "student of a guardian"),
        (approval(adult=LOST), "approval"),
        (approval(student=LOST), "approval"),
        (approval(granted_by=LOST), "granter of an approval"),
    ],
)
def test_the_queue_says_whose_list_it_was_and_what_the_row_was_about(fact: RosterFact, kind: str) -> None:
    (one,) = queued(fact)
    assert (one.source, one.kind, one.reason) == ("lists", kind, NOT_THERE)


def test_a_tie_to_somebody_unknown_is_no_tie() -> None:
    for link in (GuardianLink(ref("k1"), LOST), GuardianLink(LOST, ref("t1"))):
        assert on_record(take(State(), {"sis": [*SIS, link]}).state, "guardian") == []


# ---- addresses of people who are named otherwise -------------------------------------------


@pytest.mark.parametrize("who", [mailed("t1@marlow.example"), named("Dana", "Whit")])
def test_an_address_may_be_listed_for_somebody_named_by_e_mail_or_name(who: PersonRef) -> None:
    # listed before the roster that says whose address it is
    listed = PersonAddress(who, mail("dana@home.example"), AddressUse.PERSONAL)
    out = take(State(), {"lists": [listed], "sis": SIS})
    assert out.unmatched == ()
    found = register(out.state).people_at(address_key("dana@home.example"), DAY)
    assert found == ((KEYS.person("t1"), "personal"),)
    (row,) = (r for r in on_record(out.state, "address") if r["use"] == "personal")
    assert (row["source"], row["inside"]) == ("lists", 0)


# ---- one id, two people ------------------------------------------------------------------


@pytest.mark.parametrize("name", [("Dana", "Olt"), ("Vera", "Whit")])
def test_another_given_or_family_name_is_another_person(name: tuple[str, str]) -> None:
    out = take(State(), {"sis": SIS, "lists": [Person("t1", *name), athlete(ref("t1"))]})
    assert [(u.kind, u.reason) for u in out.unmatched] == [
        ("person", "is another person's in sis"),
        ("team member", "is another person's in sis"),
    ]
    assert register(out.state).person(KEYS.person("t1"), DAY).name == "Dana Whit"
    assert register(out.state).roster(KEYS.team("v"), DAY) == frozenset()


# ---- what may be shown -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        ("sam.okoro@marlow.example", "s…@marlow.example"),
        ("  sam@marlow.example ", "s…@marlow.example"),
        ("sam@b@marlow.example", "s…@marlow.example"),
        (" okoro ", "o…"),
        ("90001", "90001"),
        *((id_, id_) for id_ in ("S1", "t1055", "ST20001", "S-20001", "st-1", "7")),
        *((" S-1 ", "S-1"), ("stu1", "s…"), ("jreyes27", "j…"), ("sam.okoro.12", "s…")),
        *(("27sam", "2…"), ("S--1", "S…"), ("S1a", "S…"), ("-1", "-…"), ("S_1", "S…"), ("S", "S…")),
        *(("S٣", "S…"), ("É1", "É…"), ("1-2", "1…"), ("S1\nS2", "S…"), ("…", "……")),
        ("", "…"),
    ],
)
def test_a_reference_is_shown_without_a_name(reference: str, shown: str) -> None:
    assert mask(reference) == shown
