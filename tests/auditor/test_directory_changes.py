"""How the directory takes corrections: new domains, shared ids, late ties, sources that go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import pytest

from auditor.directory import (
    OPEN_START,
    Register,
    State,
    build_tables,
    day_number,
    deliver,
    missing_kinds,
)
from auditor.directory.delivered import Delivered
from auditor.keys import AddressRules, Keyring, email_address
from auditor.model import (
    Address,
    AddressKind,
    AddressUse,
    Authorization,
    ClassMember,
    ClassRole,
    Ground,
    GroupMember,
    GuardianLink,
    Hat,
    HatRole,
    Person,
    PersonAddress,
    PersonRef,
    RosterFact,
    School,
    SchoolClass,
    Team,
    TeamMember,
    TeamRole,
)
from auditor.source import FactKind

KEYS = Keyring(b"p" * 32)
RULES = AddressRules(district_domains=frozenset({"marlow.example"}))
MORE_RULES = AddressRules(district_domains=frozenset({"marlow.example", "staff.example"}))
DAY = day_number(date(2026, 10, 5))


def mail(text: str) -> Address:
    address = email_address(text, RULES)
    assert address is not None
    return address


def person(id_: str, given: str, family: str, role: HatRole, *other: str) -> list[RosterFact]:
    ref = PersonRef(person_id=id_)
    return [
        Person(id_, given, family, None, other),
        Hat(ref, role, "s1"),
        PersonAddress(ref, mail(f"{given}@marlow.example"), AddressUse.ROSTER),
    ]


SIS: list[RosterFact] = [
    School("s1", "Alder Hill High School"),
    *person("t1", "Dana", "Whit", HatRole.STAFF),
    *person("S1", "Sam", "Okoro", HatRole.STUDENT),
    *person("S2", "Jo", "Reyes", HatRole.STUDENT),
]
DANA, SAM, VERA = PersonRef(person_id="t1"), PersonRef(person_id="S1"), PersonRef(person_id="S1")


def take(
    before: State,
    facts: Mapping[str, Sequence[RosterFact]],
    day: int = DAY,
    *,
    rules: AddressRules = RULES,
    configured: Collection[str] | None = None,
) -> Delivered:
    return deliver(before, facts, day=day, keyring=KEYS, rules=rules, configured=configured)


def register(state: State) -> Register:
    return Register(state, build_tables(state, season_margin_days=0, show_address=str))


def approval(id_: str, adult: PersonRef) -> Authorization:
    return Authorization(
        id_, Ground.COACH_CONTACT, adult, None, None, None, None, None, None, None, None
    )


# ---- what kind of address ----------------------------------------------------------------


def kind_of(state: State, text: str) -> str:
    ((_, kind),) = register(state).people_at(KEYS.address(mail(text)), DAY + 1)
    return kind


def test_an_address_is_a_district_one_once_its_domain_is_listed() -> None:
    second = PersonAddress(DANA, mail("dana@staff.example"), AddressUse.ROSTER)
    before = take(State(), {"sis": [*SIS, second]}).state
    assert kind_of(before, "dana@staff.example") == "personal"
    after = take(before, {"sis": [*SIS, second]}, DAY + 1, rules=MORE_RULES).state
    assert kind_of(after, "dana@staff.example") == "district"


@pytest.mark.parametrize("first", [AddressUse.ROSTER, AddressUse.PERSONAL])
def test_an_address_listed_as_personal_is_personal_whatever_else_lists_it(first: AddressUse) -> None:
    other = AddressUse.PERSONAL if first is AddressUse.ROSTER else AddressUse.ROSTER
    listed = [PersonAddress(DANA, mail("whit@marlow.example"), use) for use in (first, other)]
    assert kind_of(take(State(), {"sis": [*SIS, *listed]}).state, "whit@marlow.example") == "personal"


# ---- one id, two people ------------------------------------------------------------------

VOLUNTEERS: list[RosterFact] = [
    Person("S1", "Vera", "Olt"),
    PersonAddress(VERA, mail("vera@home.example"), AddressUse.ROSTER),
    Hat(VERA, HatRole.VOLUNTEER, "s1"),
    TeamMember("v", VERA, TeamRole.VOLUNTEER_COACH),
    ClassMember("c1", VERA, ClassRole.AIDE),
    GuardianLink(PersonRef(person_id="S2"), VERA),
    approval("A1", VERA),
]


def assert_not_merged(out: Delivered, day: int) -> None:
    found = register(out.state)
    sam = KEYS.person("S1")
    assert found.person(sam, day).name == "Sam Okoro"
    assert found.person(sam, day).hats == ("student",)
    assert found.people_at(KEYS.address(mail("vera@home.example")), day) == ()
    assert found.guardians_of(KEYS.person("S2"), day) == frozenset()
    assert found.approvals == ()
    places = out.state.dated["class_member"].items()
    assert not any(row[1] == sam and day in span for row, spans in places for span in spans)
    assert {(u.source, u.reference, u.reason, u.hint) for u in out.unmatched} == {
        (
            "people",
            "person_id S1",
            "is another person's in sis",
            "give this person an id of their own",
        )
    }
    assert {u.kind for u in out.unmatched} >= {"person", "address", "volunteer", "approval"}


def test_an_id_that_is_another_persons_merges_nobody() -> None:
    out = take(State(), {"sis": SIS, "people": VOLUNTEERS})
    assert_not_merged(out, DAY)


def test_an_id_stays_its_persons_on_a_night_their_roster_fails() -> None:
    before = take(State(), {"sis": SIS}).state
    assert_not_merged(take(before, {"people": VOLUNTEERS}, DAY + 1), DAY + 1)


def test_an_id_goes_to_the_roster_believed_first_though_another_used_it_before() -> None:
    before = take(State(), {"people": VOLUNTEERS}).state
    assert_not_merged(take(before, {"sis": SIS, "people": VOLUNTEERS}, DAY + 1), DAY + 1)


@pytest.mark.parametrize("name", [(" sam ", "OKORO"), ("", "Okoro"), ("Sam", " ")])
def test_the_same_person_may_be_named_by_two_sources(name: tuple[str, str]) -> None:
    facts: list[RosterFact] = [Person("S1", *name), Hat(SAM, HatRole.VOLUNTEER, "s1")]
    out = take(State(), {"sis": SIS, "people": facts})
    assert out.unmatched == ()
    assert register(out.state).person(KEYS.person("S1"), DAY).hats == ("volunteer", "student")


def test_a_person_may_change_name_in_their_own_roster() -> None:
    before = take(State(), {"sis": SIS}).state
    out = take(before, {"sis": [*SIS[:1], *person("t1", "Dana", "Moss", HatRole.STAFF)]}, DAY + 1)
    assert out.unmatched == ()
    assert register(out.state).person(KEYS.person("t1"), DAY + 1).name == "Dana Moss"


def test_an_own_id_goes_before_another_persons_user_name() -> None:
    facts = [*SIS, *person("S9", "Lee", "Ng", HatRole.STUDENT, "S1")]
    out = take(State(), {"sis": facts, "people": [TeamMember("v", SAM, TeamRole.ATHLETE)]})
    assert out.unmatched == ()
    assert register(out.state).roster(KEYS.team("v"), DAY) == {KEYS.person("S1")}


# ---- kinship -----------------------------------------------------------------------------


def link(start: date | None = None) -> GuardianLink:
    return GuardianLink(PersonRef(person_id="S2"), DANA, start)


def guardian_first(state: State) -> list[int]:
    return [span.first for spans in state.dated["guardian"].values() for span in spans]


def test_a_tie_that_is_entered_late_has_held_all_along() -> None:
    before = take(State(), {"sis": SIS}).state
    after = take(before, {"sis": [*SIS, link()]}, DAY + 9).state
    assert guardian_first(after) == [OPEN_START]
    assert not register(after).holds(KEYS.person("S2"), HatRole.GUARDIAN, DAY)


def test_a_tie_with_a_stated_start_holds_from_then() -> None:
    before = take(State(), {"sis": SIS}).state
    after = take(before, {"sis": [*SIS, link(date(2026, 10, 1))]}, DAY + 9).state
    assert guardian_first(after) == [day_number(date(2026, 10, 1))]


def test_a_tie_that_was_withdrawn_and_returns_does_not_cover_the_days_between() -> None:
    state = take(State(), {"sis": [*SIS, link()]}).state
    state = take(state, {"sis": SIS}, DAY + 3).state
    state = take(state, {"sis": [*SIS, link()]}, DAY + 9).state
    assert guardian_first(state) == [OPEN_START, DAY + 9]


# ---- sources that go ---------------------------------------------------------------------


def test_a_source_that_is_no_longer_configured_ends_and_leaves_its_names() -> None:
    office: list[RosterFact] = [
        approval("A1", DANA),
        Team("v", "Varsity", "sport", "s1"),
        TeamMember("v", DANA, TeamRole.HEAD_COACH),
    ]
    before = take(State(), {"sis": SIS, "office": office}).state
    kept = take(before, {"sis": SIS}, DAY + 5).state
    assert register(kept).holds(KEYS.person("t1"), HatRole.COACH, DAY + 5)
    assert len(register(kept).approvals) == 1
    after = take(before, {"sis": SIS}, DAY + 5, configured=("sis",)).state
    found = register(after)
    assert found.holds(KEYS.person("t1"), HatRole.COACH, DAY + 4)
    assert not found.holds(KEYS.person("t1"), HatRole.COACH, DAY + 5)
    assert found.approvals == ()
    assert set(after.latest["delivery"]) == {"sis"}
    team = found.team(KEYS.team("v"))
    assert team is not None
    assert team.name == "Varsity"


def test_a_configured_source_that_failed_keeps_its_word() -> None:
    before = take(State(), {"sis": SIS, "office": [approval("A1", DANA)]}).state
    after = take(before, {"sis": SIS}, DAY + 5, configured=("sis", "office")).state
    assert len(register(after).approvals) == 1


def test_a_renamed_source_does_not_double_anything() -> None:
    before = take(State(), {"sis": SIS}).state
    renamed = [Person("t1", "Dana", "Moss") if f == SIS[1] else f for f in SIS]
    out = take(before, {"roster": renamed}, DAY + 5, configured=("roster",))
    assert {count.what: count.now for count in out.counts}["roles"] == 3
    assert out.unmatched == ()
    assert register(out.state).person(KEYS.person("t1"), DAY + 5).name == "Dana Moss"


def test_a_source_that_is_configured_again_does_not_rewrite_the_days_before() -> None:
    state = take(State(), {"sis": SIS, "office": [Hat(DANA, HatRole.COACH, "s1")]}).state
    state = take(state, {"sis": SIS}, DAY + 2, configured=("sis",)).state
    back: list[RosterFact] = [Hat(DANA, HatRole.ADVISER, "s1")]
    state = take(state, {"sis": SIS, "office": back}, DAY + 4).state
    assert register(state).holds(KEYS.person("t1"), HatRole.COACH, DAY + 1)
    assert not register(state).holds(KEYS.person("t1"), HatRole.ADVISER, DAY + 3)
    assert register(state).holds(KEYS.person("t1"), HatRole.ADVISER, DAY + 4)


# ---- lists that stop coming --------------------------------------------------------------

EVERYTHING: list[tuple[FactKind, RosterFact]] = [
    (FactKind.CLASSES, ClassMember("c1", DANA, ClassRole.TEACHER)),
    (FactKind.TEAMS, TeamMember("v", DANA, TeamRole.HEAD_COACH)),
    (FactKind.GUARDIANS, link()),
    (FactKind.GROUPS, GroupMember(mail("all@marlow.example"), mail("jo@marlow.example"))),
    (FactKind.PERSONAL_ADDRESSES, PersonAddress(DANA, mail("d@home.example"), AddressUse.PERSONAL)),
    (
        FactKind.PERSONAL_ADDRESSES,
        PersonAddress(DANA, Address(AddressKind.PHONE, "+15550100"), AddressUse.PERSONAL),
    ),
    (FactKind.AUTHORIZATIONS, approval("A1", DANA)),
    (FactKind.PEOPLE, Hat(DANA, HatRole.STAFF, "s1")),
    (FactKind.PEOPLE, Hat(SAM, HatRole.STUDENT, "s1")),
]


@pytest.mark.parametrize(("kind", "fact"), EVERYTHING)
def test_a_list_that_is_no_longer_offered_is_missing(kind: FactKind, fact: RosterFact) -> None:
    state = take(State(), {"sis": SIS, "office": [fact]}).state
    others = frozenset(FactKind) - {kind}
    assert missing_kinds(state, "office", others, DAY + 1) == (kind,)
    assert missing_kinds(state, "office", frozenset({kind}), DAY + 1) == ()
    assert missing_kinds(state, "nobody", others, DAY + 1) == ()


def test_a_list_that_only_holds_what_is_over_is_not_missing() -> None:
    over = TeamMember("v", DANA, TeamRole.HEAD_COACH, end=date(2026, 10, 7))
    state = take(State(), {"sis": SIS, "office": [over]}).state
    last = day_number(date(2026, 10, 7))
    assert missing_kinds(state, "office", frozenset(), last) == (FactKind.TEAMS,)
    assert missing_kinds(state, "office", frozenset(), last + 1) == ()


def test_a_further_address_or_a_volunteers_hat_may_come_with_any_list() -> None:
    facts: list[RosterFact] = [
        PersonAddress(DANA, mail("whit@marlow.example"), AddressUse.ROSTER),
        Hat(DANA, HatRole.VOLUNTEER, "s1"),
        SchoolClass("c1", "Algebra", "s1"),
    ]
    state = take(State(), {"sis": SIS, "office": facts}).state
    assert missing_kinds(state, "office", frozenset(), DAY + 1) == ()


# ---- schools of teams --------------------------------------------------------------------


def test_a_team_filed_under_its_schools_name_is_at_that_school() -> None:
    office: list[RosterFact] = [
        Team("v", "Varsity", "sport", "alder hill high school"),
        TeamMember("v", DANA, TeamRole.HEAD_COACH),
    ]
    out = take(State(), {"office": office, "sis": SIS})
    assert out.unmatched == ()
    assert out.state.latest["team"][KEYS.team("v")][4] == "s1"
    coaching = build_tables(out.state, season_margin_days=0, show_address=str).tables["person_role"]
    assert {r["school_id"] for r in coaching.to_pylist() if r["role"] == "coach"} == {"s1"}
    assert register(out.state).schools_of(KEYS.person("t1"), DAY) == ("s1",)


def test_a_team_at_no_known_school_is_queued_once_and_keeps_what_was_written() -> None:
    out = take(State(), {"sis": SIS, "office": [Team("v", "Varsity", "sport", "Elm Academy")]})
    assert [(u.source, u.kind, u.reference, u.count) for u in out.unmatched] == [
        ("office", "school", "Elm Academy", 1)
    ]
    team = register(out.state).team(KEYS.team("v"))
    assert team is not None
    assert team.school_id == "Elm Academy"
