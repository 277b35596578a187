"""The relations the rules join with: their columns, whose an address is, and lists in lists."""

from __future__ import annotations

import random
from datetime import date

import pyarrow as pa
import pytest

from auditor.directory import State, build_tables, day_number, from_tables, to_tables
from auditor.model import (
    AddressUse,
    ClassMember,
    ClassRole,
    GroupMember,
    GuardianLink,
    Hat,
    HatRole,
    PersonAddress,
    RosterFact,
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
    for_rules,
    mail,
    on_record,
    person,
    ref,
    register,
    take,
)

DANA, SAM, JO = KEYS.person("t1"), KEYS.person("k1"), KEYS.person("k2")
SPAN = ("from_day", "until_day")
COLUMNS: dict[str, tuple[str, ...]] = {
    "person": ("person_key", "person_id", "given_name", "family_name", "grade"),
    "person_address": ("address_key", "person_key", "kind", *SPAN),
    "person_role": ("person_key", "role", "school_id", *SPAN),
    "class_member": ("class_key", "person_key", "role", *SPAN),
    "team_member": ("team_key", "person_key", "role", *SPAN),
    "guardian": ("guardian_key", "student_key", *SPAN),
    "group_member": ("group_key", "member_key", *SPAN),
    "list_address": ("address_key",),
    "day": ("day", "is_school_day"),
}
EVERYTHING: list[RosterFact] = [
    *SIS,
    VARSITY,
    athlete(ref("k1")),
    Hat(ref("t1"), HatRole.STAFF),  # beside the same hat at a school
    ClassMember("c1", ref("t1"), ClassRole.TEACHER),
    ClassMember("c1", ref("k2"), ClassRole.STUDENT),
    GuardianLink(ref("k1"), ref("t1")),
    GroupMember(mail("all@marlow.example"), mail("k1@marlow.example")),
    GroupMember(mail("all@marlow.example"), mail("k2@marlow.example")),
]


# ---- columns -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", [from_tables({}), take(State(), {"sis": EVERYTHING}).state])
def test_the_rules_find_the_columns_they_name_even_when_nothing_is_in_them(state: State) -> None:
    tables = build_tables(state, season_margin_days=0, show_address=str).tables
    numbers = {"day", "is_school_day", "from_day", "until_day"}
    for name, columns in COLUMNS.items():
        assert tuple(tables[name].column_names) == columns
        kinds = [pa.int64() if c.endswith("_key") or c in numbers else pa.string() for c in columns]
        assert tables[name].schema.types == kinds


def test_people_are_handed_to_the_rules_with_names_and_grade() -> None:
    state = take(State(), {"sis": SIS}).state
    (sam,) = (r for r in for_rules(state, "person") if r["person_key"] == SAM)
    values = (SAM, "k1", "Sam", "Okoro", "10")
    assert sam == dict(zip(COLUMNS["person"], values, strict=True))


def test_the_same_facts_in_any_order_make_the_same_tables() -> None:
    state = take(State(), {"sis": EVERYTHING}).state
    built = build_tables(state, season_margin_days=0, show_address=str).tables
    for seed in range(5):
        shuffled = random.Random(seed).sample(EVERYTHING, len(EVERYTHING))
        other = take(State(), {"sis": shuffled}).state
        assert to_tables(other) == to_tables(state)
        assert build_tables(other, season_margin_days=0, show_address=str).tables == built


def test_what_several_sources_say_is_said_to_the_rules_once() -> None:
    early = Hat(ref("t1"), HatRole.COACH, "s1", end=date(2026, 10, 9))
    late = Hat(ref("t1"), HatRole.COACH, "s1", date(2026, 10, 7), date(2026, 10, 20))
    state = take(State(), {"sis": SIS, "lists": [early], "office": [late]}).state
    (coach,) = (r for r in for_rules(state, "person_role") if r["role"] == "coach")
    assert coach["until_day"] == day_number(date(2026, 10, 21))


# ---- memory on disk ----------------------------------------------------------------------


def test_the_memory_is_the_same_after_a_night_on_disk() -> None:
    state = take(State(), {"sis": EVERYTHING, "lists": []}).state
    state = take(state, {"sis": [fact for fact in EVERYTHING if "k1" not in repr(fact)]}, DAY + 3).state
    state = take(state, {"sis": EVERYTHING}, DAY + 5).state
    again = from_tables(to_tables(state))
    assert again == state
    assert {r["from_day"] for r in on_record(again, "hat") if r["person_key"] == SAM} > {DAY + 5}
    after = take(again, {"sis": EVERYTHING}, DAY + 6).state
    assert to_tables(after) == to_tables(take(state, {"sis": EVERYTHING}, DAY + 6).state)


def test_an_empty_memory_has_every_table_and_nothing_in_them() -> None:
    empty = to_tables(State())
    assert {table.num_rows for table in empty.values()} == {0}
    assert to_tables(from_tables(empty)) == empty == to_tables(from_tables({}))
    kinds = {(field.name, field.type) for table in empty.values() for field in table.schema}
    assert {("source", pa.string()), ("from_day", pa.int64()), ("until_day", pa.int64())} <= kinds
    assert all(table.column_names.count("source") == 1 for table in empty.values())
    assert not any(pa.types.is_null(kind) for _, kind in kinds)


# ---- whose an address is -----------------------------------------------------------------

SHARED = "crew@marlow.example"


def at(state: State, text: str, day: int = DAY) -> set[int]:
    return {key for key, _ in register(state).people_at(address_key(text), day)}


def test_an_address_is_nobodys_only_on_the_days_that_two_claim_it() -> None:
    claims = [address("k1", SHARED, end=date(2026, 10, 7)), address("k2", SHARED, date(2026, 10, 6))]
    state = take(State(), {"sis": [*SIS, *claims]}).state
    held = [at(state, SHARED, DAY + n) for n in range(5)]
    assert held == [{SAM}, set(), set(), {JO}, {JO}]


def contested(state: State, shown: str | None) -> tuple[tuple[Unmatched, ...], list[int]]:
    asked: list[int] = []

    def show(key: int) -> str | None:
        asked.append(key)
        return shown

    return build_tables(state, season_margin_days=0, show_address=show).unmatched, asked


@pytest.mark.parametrize(
    ("shown", "reference"), [("c…@marlow.example", "c…@marlow.example"), (None, "an address no longer in any roster")]
)
def test_an_address_that_several_claim_is_queued(shown: str | None, reference: str) -> None:
    claims = [address(id_, SHARED) for id_ in ("k1", "k2", "t1")]
    unmatched, asked = contested(take(State(), {"sis": [*SIS, *claims]}).state, shown)
    assert unmatched == (
        Unmatched(
            "directory",
            "address",
            reference,
            "is claimed by 3 people at the same time, so it counts as nobody's",
            "give each person their own address in the roster",
        ),
    )
    assert asked == [address_key(SHARED)]


def test_an_address_passed_on_or_listed_twice_for_one_person_is_not_queued() -> None:
    passed = [address("k1", SHARED, end=date(2026, 10, 7)), address("k2", SHARED, date(2026, 10, 8))]
    state = take(State(), {"sis": [*SIS, *passed], "lists": [address("t1", "t1@marlow.example")]}).state
    assert contested(state, None) == ((), [])


def family(*more: RosterFact) -> State:
    """Return two guardians of one student with one address between them."""
    facts: list[RosterFact] = [*SIS]
    for id_ in ("g1", "g2"):
        facts += [*person(id_, f"{id_} Okoro"), GuardianLink(ref("k1"), ref(id_))]
        facts += [PersonAddress(ref(id_), mail("home@family.example"), AddressUse.ROSTER)]
    return take(State(), {"sis": [*facts, *more]}).state


def test_an_address_may_be_guardians_together_but_nobody_elses() -> None:
    both = {KEYS.person("g1"), KEYS.person("g2")}
    assert at(family(), "home@family.example") == both
    assert contested(family(), None)[0] == ()
    for more in (
        Hat(ref("g1"), HatRole.STAFF, "s1"),
        Hat(ref("g2"), HatRole.VOLUNTEER, "s1"),
        address("k1", "home@family.example"),
    ):
        state = family(more)
        assert at(state, "home@family.example") == set()
        assert len(contested(state, None)[0]) == 1


# ---- lists in lists ----------------------------------------------------------------------

OUTER, INNER, DEEP = (mail(f"{name}@marlow.example") for name in ("all", "team", "deep"))
SEPTEMBER, OCTOBER = (date(2026, 9, 1), date(2026, 9, 30)), (date(2026, 9, 15), date(2026, 10, 31))


def members(*facts: RosterFact) -> list[tuple[object, ...]]:
    state = take(State(), {"sis": [*SIS, *facts]}).state
    found = for_rules(state, "group_member")
    return [tuple(row.values()) for row in found if row["group_key"] == KEYS.address(OUTER)]


def test_a_list_in_a_list_reaches_its_people_on_the_days_that_both_hold() -> None:
    sam = mail("k1@marlow.example")
    facts = [GroupMember(OUTER, INNER, *SEPTEMBER), GroupMember(INNER, DEEP), GroupMember(DEEP, sam, *OCTOBER)]
    outer, member = KEYS.address(OUTER), KEYS.address(sam)
    assert members(*facts) == [(outer, member, day_number(date(2026, 9, 15)), day_number(date(2026, 10, 1)))]
    apart = GroupMember(DEEP, sam, date(2026, 11, 1))
    assert members(*facts[:2], apart) == []


def test_people_reached_in_two_ways_are_reached_on_all_those_days() -> None:
    sam = mail("k1@marlow.example")
    facts = [GroupMember(OUTER, sam, *OCTOBER), GroupMember(OUTER, INNER), GroupMember(INNER, sam, *SEPTEMBER)]
    (row,) = members(*facts)
    assert row[2:] == (day_number(date(2026, 9, 1)), day_number(date(2026, 11, 1)))


def test_the_lists_themselves_are_named_and_no_list_is_its_own_member() -> None:
    facts = [GroupMember(OUTER, INNER), GroupMember(INNER, OUTER), GroupMember(INNER, mail("k2@marlow.example"))]
    assert [row[1] for row in members(*facts)] == [address_key("k2@marlow.example")]
    state = take(State(), {"sis": [*SIS, *facts]}).state
    found = [row["address_key"] for row in for_rules(state, "list_address")]
    assert sorted(found, key=str) == sorted((KEYS.address(OUTER), KEYS.address(INNER)), key=str)
