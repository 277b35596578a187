"""What a night leaves on record: stated days, newest names, counts, approvals, addresses met."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from auditor.directory import (
    OPEN_END,
    OPEN_START,
    Interval,
    State,
    day_number,
    from_tables,
    missing_kinds,
    to_tables,
)
from auditor.model import (
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
    TeamMember,
    TeamRole,
)
from auditor.result import DirectoryCount, Unmatched
from tests.auditor.directory_world import (
    ALDER,
    DAY,
    KEYS,
    SIS,
    VARSITY,
    athlete,
    mail,
    on_record,
    person,
    ref,
    register,
    take,
)

FIRST, LAST = date(2026, 9, 1), date(2026, 11, 30)
DANA, SAM, JO = KEYS.person("t1"), KEYS.person("k1"), KEYS.person("k2")
LIST, HOME = mail("all@marlow.example"), mail("dana@home.example")


# ---- which days --------------------------------------------------------------------------

DATED: list[tuple[str, dict[str, object], RosterFact]] = [
    ("hat", {"person_key": DANA, "role": "coach", "school_id": "s2"}, Hat(ref("t1"), HatRole.COACH, "s2", FIRST, LAST)),
    ("class_member", {"class_key": KEYS.school_class("c1"), "person_key": DANA, "role": "aide"}, ClassMember("c1", ref("t1"), ClassRole.AIDE, FIRST, LAST)),
    ("team_member", {"team_key": KEYS.team("v"), "person_key": DANA, "role": "manager"}, TeamMember("v", ref("t1"), TeamRole.MANAGER, FIRST, LAST)),
    ("guardian", {"guardian_key": DANA, "student_key": SAM}, GuardianLink(ref("k1"), ref("t1"), FIRST, LAST)),
    ("group_member", {"group_key": KEYS.address(LIST), "member_key": KEYS.address(HOME)}, GroupMember(LIST, HOME, FIRST, LAST)),
    ("address", {"address_key": KEYS.address(HOME), "person_key": DANA, "use": "roster", "inside": 0}, PersonAddress(ref("t1"), HOME, AddressUse.ROSTER, FIRST, LAST)),
]


@pytest.mark.parametrize(("relation", "row", "fact"), DATED)
def test_stated_days_are_kept_first_and_last_included(relation: str, row: dict[str, object], fact: RosterFact) -> None:
    state = take(State(), {"sis": SIS, "lists": [fact]}).state
    span = {"source": "lists", "from_day": day_number(FIRST), "until_day": day_number(LAST) + 1}
    assert [r for r in on_record(state, relation) if r["source"] == "lists"] == [row | span]


def hats(state: State, source: str) -> list[tuple[object, object, object]]:
    found = (r for r in on_record(state, "hat") if r["source"] == source)
    return [(r["role"], r["from_day"], r["until_day"]) for r in found]


def test_a_list_that_is_new_to_a_source_tells_of_what_was_whatever_others_have() -> None:
    state = take(State(), {"sis": SIS, "lists": []}).state
    state = take(state, {"sis": SIS, "lists": [Hat(ref("t1"), HatRole.COACH)]}, DAY + 3).state
    assert hats(state, "lists") == [("coach", OPEN_START, OPEN_END)]


def test_somebody_new_to_a_list_begins_that_day() -> None:
    state = take(State(), {"sis": SIS}).state
    state = take(state, {"sis": [*SIS, *person("k9", "Lee Ng", HatRole.STUDENT)]}, DAY + 3).state
    assert ("student", DAY + 3, OPEN_END) in hats(state, "sis")
    assert not register(state).holds(KEYS.person("k9"), HatRole.STUDENT, DAY + 2)


def test_a_tie_that_is_entered_late_has_held_all_along_beside_older_ties() -> None:
    old, late = GuardianLink(ref("k1"), ref("t1")), GuardianLink(ref("k2"), ref("t1"))
    state = take(State(), {"sis": [*SIS, old]}).state
    state = take(state, {"sis": [*SIS, old, late]}, DAY + 9).state
    assert register(state).guardians_of(JO, DAY) == {DANA}


def test_what_never_began_and_is_withdrawn_leaves_nothing() -> None:
    planned = Hat(ref("t1"), HatRole.COACH, start=date(2026, 12, 1))
    state = take(State(), {"sis": SIS, "lists": [planned]}).state
    assert hats(state, "lists") == [("coach", day_number(date(2026, 12, 1)), OPEN_END)]
    assert hats(take(state, {"lists": []}, DAY + 1).state, "lists") == []


def test_what_is_withdrawn_and_delivered_again_on_one_day_keeps_its_past() -> None:
    state = take(State(), {"sis": SIS}).state
    state = take(state, {"sis": [ALDER]}, DAY + 3).state
    state = take(state, {"sis": SIS}, DAY + 3).state
    assert ("staff", OPEN_START, OPEN_END) in hats(state, "sis")


def test_no_days_are_none_and_open_ends_stay_open_when_widened() -> None:
    assert not Interval(DAY, DAY)
    assert Interval(DAY, DAY + 1)
    assert Interval(DAY, DAY + 5).widen(2) == Interval(DAY - 2, DAY + 7)
    assert Interval(OPEN_START, OPEN_END).widen(2) == Interval(OPEN_START, OPEN_END)


# ---- counts ------------------------------------------------------------------------------


def test_the_counts_say_what_holds_now_what_came_and_what_went() -> None:
    over = ClassMember("c1", ref("t1"), ClassRole.AIDE, end=date(2026, 10, 4))
    places = [athlete(ref("k1")), ClassMember("c1", ref("k1"), ClassRole.STUDENT), over]
    first = take(State(), {"sis": [*SIS, *places]})
    assert first.counts == (
        DirectoryCount("roles", 3, 3, 0),
        DirectoryCount("addresses", 6, 6, 0),
        DirectoryCount("class places", 1, 1, 0),
        DirectoryCount("team places", 1, 1, 0),
        DirectoryCount("guardian links", 0, 0, 0),
        DirectoryCount("group members", 0, 0, 0),
    )
    leavers = [fact for fact in SIS if "k1" not in repr(fact)]
    links: list[RosterFact] = [GuardianLink(ref("k2"), ref("t1")), GroupMember(LIST, HOME)]
    second = take(first.state, {"sis": [*leavers, *links, athlete(ref("k2"))]}, DAY + 1)
    assert {c.what: (c.now, c.added, c.removed) for c in second.counts} == {
        "roles": (2, 0, 1),
        "addresses": (4, 0, 2),
        "class places": (0, 0, 1),
        "team places": (1, 1, 1),
        "guardian links": (1, 1, 0),
        "group members": (1, 1, 0),
    }


def test_the_addresses_met_are_handed_on_for_the_address_book() -> None:
    met = take(State(), {"lists": [GroupMember(LIST, HOME), Person("t9", "Kim", "Day")]}).addresses
    assert met.keys() == {KEYS.address(a) for a in met.values()}
    assert {a.text for a in met.values()} == {"all@marlow.example", "dana@home.example", "t9"}


# ---- what things are called --------------------------------------------------------------


def test_the_first_source_names_a_thing_and_tomorrow_it_may_name_it_anew() -> None:
    ours, theirs = School("s1", "Alder Hill"), School("s1", "A. H. S.")
    state = take(State(), {"sis": [ours], "lists": [theirs]}).state
    assert register(state).school_name("s1") == "Alder Hill"
    state = take(state, {"sis": [], "lists": [theirs]}, DAY + 1).state
    assert register(state).school_name("s1") == "A. H. S."


def test_a_class_is_on_record_with_its_title_and_school() -> None:
    state = take(State(), {"sis": [SchoolClass("c1", "Algebra", "s1")]}).state
    key = KEYS.school_class("c1")
    wanted = {"class_key": key, "class_id": "c1", "title": "Algebra", "school_id": "s1", "source": "sis"}
    assert on_record(state, "class") == [wanted]


def test_the_first_and_the_newest_delivery_of_each_source_are_remembered() -> None:
    state = take(State(), {"sis": SIS, "lists": []}).state
    state = from_tables(to_tables(take(state, {"sis": SIS}, DAY + 3).state))
    state = take(state, {"sis": SIS}, DAY + 5).state
    assert on_record(state, "delivery") == [
        {"day": DAY, "first_day": DAY, "source": "lists"},
        {"day": DAY + 5, "first_day": DAY, "source": "sis"},
    ]
    assert (state.delivered_on("sis"), state.delivered_on("lists")) == (DAY + 5, DAY)
    assert state.delivered_on("nobody") is None
    assert State().delivered_on("sis") is None


def test_a_source_that_never_delivered_misses_nothing() -> None:
    assert missing_kinds(State(), "sis", frozenset(), DAY) == ()


# ---- schools -----------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["Oak Academy", "Twin School"])
def test_a_hat_at_no_single_school_is_kept_without_one_and_queued(written: str) -> None:
    twins = [School("x1", "Twin School"), School("x2", "twin school ")]
    hat = Hat(ref("t1"), HatRole.COACH, written)
    out = take(State(), {"sis": [*SIS, *twins], "lists": [hat]})
    assert out.unmatched == (
        Unmatched("lists", "school", written, "is no single school of the roster", "write the school's id as the roster does"),
    )
    assert [r["school_id"] for r in on_record(out.state, "hat") if r["source"] == "lists"] == [None]


def test_a_school_of_a_source_that_is_gone_is_no_namesake() -> None:
    hat = Hat(ref("t1"), HatRole.COACH, " alder hill HIGH school ")
    old = School("old-1", "Alder Hill High School")
    state = take(State(), {"old": [old], "sis": [ALDER]}).state
    assert len(take(state, {"sis": [*SIS, hat]}, DAY + 1).unmatched) == 1
    out = take(state, {"sis": [*SIS, hat]}, DAY + 1, configured=("sis",))
    assert out.unmatched == ()
    assert [r["school_id"] for r in on_record(out.state, "hat") if r["role"] == "coach"] == ["s1"]


# ---- approvals ---------------------------------------------------------------------------

GRANT = Authorization(
    "A1", Ground.COACH_CONTACT, ref("t1"), ref("k1"), "v", "mail", ref("t1"), "principal",
    datetime(2026, 9, 1, 8, 0, 0, 5, tzinfo=timezone(timedelta(hours=-4))), FIRST, LAST,
    "guardian_included", "medical", "form 7",
)  # fmt: skip


def filed(grant: Authorization) -> list[dict[str, object]]:
    return on_record(take(State(), {"sis": [*SIS, VARSITY, grant]}).state, "authorization")


def test_an_approval_is_on_record_as_filed() -> None:
    (row,) = filed(GRANT)
    noon = datetime(2026, 9, 1, 12, tzinfo=UTC)
    assert row | {
        "authorization_id": "A1", "ground": "coach_contact", "adult_key": DANA, "student_key": SAM,
        "team_key": KEYS.team("v"), "tool": "mail", "granted_by": "t1", "granted_by_key": DANA,
        "granted_by_role": "principal", "granted_us": int(noon.timestamp()) * 1_000_000 + 5,
        "starts_on": day_number(FIRST), "ends_on": day_number(LAST) + 1,
        "condition": "guardian_included", "reason_code": "medical", "evidence": "form 7",
        "source": "sis",
    } == row  # fmt: skip


def test_what_an_approval_does_not_say_is_not_known() -> None:
    (row,) = filed(Authorization("A2", Ground.TOOL, *(None,) * 9))  # all unsaid
    said = {name: value for name, value in row.items() if value is not None}
    assert said == {"authorization_id": "A2", "ground": "tool", "source": "sis"}


@pytest.mark.parametrize(
    ("granter", "shown", "key"),
    [
        (PersonRef(email="t1@marlow.example", given_name="D"), "t1@marlow.example", DANA),
        (PersonRef(given_name="Dana", family_name="Whit"), "Dana Whit", DANA),
        (PersonRef(family_name="Moss"), "Moss", None),
        (PersonRef(person_id="90001", email="t1@marlow.example"), "90001", None),
    ],
)
def test_a_granter_is_kept_as_written_and_found_only_if_known(granter: PersonRef, shown: str, key: int | None) -> None:
    (row,) = filed(dataclasses.replace(GRANT, granted_by=granter))
    assert (row["granted_by"], row["granted_by_key"]) == (shown, key)


@pytest.mark.parametrize("unknown", [{"adult": ref("x")}, {"student": ref("x")}])
def test_an_approval_that_names_somebody_unknown_is_not_kept(unknown: dict[str, PersonRef]) -> None:
    assert filed(dataclasses.replace(GRANT, **unknown)) == []  # type: ignore[arg-type]  # fields by name


def test_an_approval_that_is_no_longer_delivered_is_withdrawn() -> None:
    state = take(State(), {"sis": [*SIS, GRANT], "lists": [dataclasses.replace(GRANT, authorization_id="A2")]}).state
    state = take(state, {"sis": SIS}, DAY + 1).state
    assert [row["authorization_id"] for row in on_record(state, "authorization")] == ["A2"]
