"""Who was who: deliveries in, people and hats on a day out, and nothing guessed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from auditor.directory import (
    Register,
    State,
    build_tables,
    day_number,
    deliver,
    from_tables,
    to_tables,
)
from auditor.directory.delivered import Delivered
from auditor.keys import AddressRules, Keyring, email_address, person_id_address
from auditor.model import (
    Address,
    AddressUse,
    GroupMember,
    GuardianLink,
    Hat,
    HatRole,
    Person,
    PersonAddress,
    PersonRef,
    RosterFact,
    School,
    Team,
    TeamMember,
    TeamRole,
)

KEYS = Keyring(b"p" * 32)
RULES = AddressRules(district_domains=frozenset({"marlow.example"}))
DAY = day_number(date(2026, 10, 5))


def mail(text: str) -> Address:
    address = email_address(text, RULES)
    assert address is not None
    return address


def person(id_: str, given: str, family: str, role: HatRole, grade: str | None = None) -> list[RosterFact]:
    ref = PersonRef(person_id=id_)
    return [
        Person(id_, given, family, grade),
        Hat(ref, role, "s1"),
        PersonAddress(ref, mail(f"{id_}@marlow.example"), AddressUse.ROSTER),
    ]


BASE: list[RosterFact] = [
    School("s1", "Alder Hill High School"),
    *person("t1", "Dana", "Whit", HatRole.STAFF),
    *person("k1", "Jo", "Reyes", HatRole.STUDENT, "10"),
    *person("k2", "Jo", "Reyes", HatRole.STUDENT, "11"),
]


def take(before: State, facts: Sequence[RosterFact], day: int = DAY) -> Delivered:
    return deliver(before, {"roster": facts}, day=day, keyring=KEYS, rules=RULES)


def register(state: State, margin: int = 14) -> Register:
    return Register(state, build_tables(state, season_margin_days=margin, show_address=str))


def people_at(state: State, text: str, day: int = DAY) -> set[int]:
    return {key for key, _ in register(state).people_at(KEYS.address(mail(text)), day)}


def test_an_address_leads_to_its_person_and_hat() -> None:
    state = take(State(), BASE).state
    assert people_at(state, "t1@marlow.example") == {KEYS.person("t1")}
    shown = register(state).person(KEYS.person("t1"), DAY)
    assert (shown.name, shown.hats, shown.school_ids) == ("Dana Whit", ("staff",), ("s1",))


def test_the_state_survives_its_tables_unchanged() -> None:
    state = take(State(), BASE).state
    assert to_tables(from_tables(to_tables(state))) == to_tables(state)


def test_who_left_is_judged_by_the_day() -> None:
    before = take(State(), BASE).state
    after = take(before, [f for f in BASE if "k1" not in repr(f)], DAY + 3).state
    assert register(after).holds(KEYS.person("k1"), HatRole.STUDENT, DAY + 2)
    assert not register(after).holds(KEYS.person("k1"), HatRole.STUDENT, DAY + 3)
    assert register(after).person(KEYS.person("k1"), DAY).name == "Jo Reyes"


def test_a_source_that_did_not_deliver_keeps_its_word() -> None:
    before = take(State(), BASE).state
    after = deliver(before, {"other": []}, day=DAY + 1, keyring=KEYS, rules=RULES).state
    assert people_at(after, "k1@marlow.example", DAY + 1) == {KEYS.person("k1")}


def test_two_people_with_one_address_are_nobody_and_queued() -> None:
    twin = PersonAddress(PersonRef(person_id="k2"), mail("k1@marlow.example"), AddressUse.ROSTER)
    built = build_tables(
        take(State(), [*BASE, twin]).state, season_margin_days=0, show_address=lambda _: "k…"
    )
    assert [(u.kind, "2 people" in u.reason) for u in built.unmatched] == [("address", True)]
    assert people_at(take(State(), [*BASE, twin]).state, "k1@marlow.example") == set()


def test_two_guardians_may_share_an_address() -> None:
    shared = mail("home@family.example")
    facts: list[RosterFact] = [*BASE]
    for id_ in ("g1", "g2"):
        ref = PersonRef(person_id=id_)
        facts += [
            Person(id_, id_, "Reyes"),
            PersonAddress(ref, shared, AddressUse.ROSTER),
            GuardianLink(PersonRef(person_id="k1"), ref),
        ]
    state = take(State(), facts).state
    assert people_at(state, "home@family.example") == {KEYS.person("g1"), KEYS.person("g2")}


def test_an_address_passed_on_belongs_to_each_in_turn() -> None:
    ref = PersonRef(person_id="k2")
    first = PersonAddress(PersonRef(person_id="k1"), mail("crew@marlow.example"), AddressUse.ROSTER, end=date(2026, 9, 30))
    second = PersonAddress(ref, mail("crew@marlow.example"), AddressUse.ROSTER, start=date(2026, 10, 1))
    state = take(State(), [*BASE, first, second]).state
    assert people_at(state, "crew@marlow.example", day_number(date(2026, 9, 30))) == {KEYS.person("k1")}
    assert people_at(state, "crew@marlow.example", day_number(date(2026, 10, 1))) == {KEYS.person("k2")}


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        (PersonRef(given_name="Jo", family_name="Reyes"), "fits 2 people"),
        (PersonRef(person_id="nobody"), "is not in any roster"),
        (PersonRef(email="x@marlow.example"), "is not in any roster"),
        (PersonRef(), "the row names nobody"),
    ],
)
def test_a_reference_that_is_not_one_person_is_queued(ref: PersonRef, reason: str) -> None:
    team = Team("v", "Varsity", "sport", "s1")
    out = take(State(), [*BASE, team, TeamMember("v", ref, TeamRole.ATHLETE)])
    assert [(u.kind, u.reason, bool(u.hint)) for u in out.unmatched] == [("team member", reason, True)]
    assert "Reyes" not in "".join(u.reference for u in out.unmatched)


def test_name_and_grade_settle_a_namesake() -> None:
    team = Team("v", "Varsity", "sport", "s1")
    ref = PersonRef(given_name="jo", family_name="REYES", grade="11")
    state = take(State(), [*BASE, team, TeamMember("v", ref, TeamRole.ATHLETE)]).state
    assert register(state).roster(KEYS.team("v"), DAY) == {KEYS.person("k2")}


def test_a_coach_is_a_coach_for_the_season_and_its_margin() -> None:
    team = Team("v", "Varsity", "sport", "s1", season_start=date(2026, 8, 24), season_end=date(2026, 10, 31))
    lead = TeamMember("v", PersonRef(person_id="t1"), TeamRole.HEAD_COACH)
    found = register(take(State(), [*BASE, team, lead]).state, margin=14)
    key = KEYS.person("t1")
    assert found.holds(key, HatRole.COACH, day_number(date(2026, 11, 14)))
    assert not found.holds(key, HatRole.COACH, day_number(date(2026, 11, 15)))
    assert found.person(key, DAY).hats == ("staff", "coach of Varsity")


def test_lists_inside_lists_reach_their_people_even_in_a_ring() -> None:
    outer, inner = mail("all@marlow.example"), mail("team@marlow.example")
    facts = [
        *BASE,
        GroupMember(outer, inner),
        GroupMember(inner, mail("k1@marlow.example")),
        GroupMember(inner, outer),
    ]
    built = build_tables(take(State(), facts).state, season_margin_days=0, show_address=str)
    pairs = set(
        zip(*(built.tables["group_member"].column(c).to_pylist() for c in ("group_key", "member_key")), strict=True)
    )
    assert (KEYS.address(outer), KEYS.address(mail("k1@marlow.example"))) in pairs


@pytest.mark.parametrize(
    ("id_", "address", "use", "kind"),
    [
        ("t1", "dana@home.example", AddressUse.PERSONAL, "personal"),
        ("t1", "dana@home.example", AddressUse.ROSTER, "personal"),
        ("k1", "family@home.example", AddressUse.ROSTER, "outside"),
        ("k1", "jo@home.example", AddressUse.PERSONAL, "personal"),
    ],
)
def test_what_kind_of_address_it_is(id_: str, address: str, use: AddressUse, kind: str) -> None:
    fact = PersonAddress(PersonRef(person_id=id_), mail(address), use)
    found = register(take(State(), [*BASE, fact]).state)
    assert found.people_at(KEYS.address(mail(address)), DAY) == ((KEYS.person(id_), kind),)


def test_a_volunteers_only_address_is_not_a_personal_one() -> None:
    ref = PersonRef(person_id="v1")
    facts = [
        *BASE,
        Person("v1", "Vi", "Olt"),
        Hat(ref, HatRole.COACH, "s1"),
        PersonAddress(ref, mail("vi@home.example"), AddressUse.ROSTER),
    ]
    found = register(take(State(), facts).state)
    assert found.people_at(KEYS.address(mail("vi@home.example")), DAY)[0][1] == "outside"


def test_ids_and_usernames_are_addresses_too() -> None:
    facts = [*BASE, Person("k9", "Lee", "Ng", "9", other_ids=("lng", "90001"))]
    found = register(take(State(), facts).state)
    for text in ("k9", "lng", "90001"):
        assert found.people_at(KEYS.address(person_id_address(text)), DAY) == (
            (KEYS.person("k9"), "person-id"),
        )
