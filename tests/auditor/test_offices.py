"""Who held which office when: an approval is worth what its granter was that day, no more."""

from __future__ import annotations

import pytest

from auditor.directory import Interval
from auditor.offices import Offices
from auditor.policy import Office
from tests.auditor.office_world import BOSS, COACH, DAY, PACK, TERM, holding, with_office

OTHER = 44
ANY: tuple[str, ...] = ()


def test_whoever_holds_it_there_that_day_holds_it() -> None:
    offices = Offices(PACK, [holding(BOSS, "principal", "s1")])
    assert offices.holds(BOSS, "principal", ("s1",), DAY) is True
    assert offices.holds(BOSS, "principal", ("s2", "s1"), DAY) is True
    assert offices.holds(OTHER, "principal", ("s1",), DAY) is False


@pytest.mark.parametrize(
    ("day", "held"),
    [(TERM.first - 1, False), (TERM.first, True), (TERM.until - 1, True), (TERM.until, False)],
)
def test_an_office_is_held_on_its_days_only(day: int, held: bool) -> None:
    offices = Offices(PACK, [holding(BOSS, "principal", "s1")])
    assert offices.holds(BOSS, "principal", ("s1",), day) is held
    assert offices.holders("principal", ("s1",), day) == ({BOSS} if held else set())


def test_where_nobody_is_named_it_is_not_known() -> None:
    assert Offices(PACK).holds(BOSS, "principal", ("s1",), DAY) is None
    elsewhere = Offices(PACK, [holding(OTHER, "principal", "s2"), holding(OTHER, "it")])
    assert elsewhere.holds(BOSS, "principal", ("s1",), DAY) is None
    assert Offices(PACK).holdings == ()


def test_a_principal_of_one_school_is_not_the_other_schools_though_it_names_nobody() -> None:
    offices = Offices(PACK, [holding(BOSS, "principal", "s2"), holding(OTHER, "principal", "s3")])
    assert offices.holds(BOSS, "principal", ("s1",), DAY) is False
    assert offices.holders("principal", ("s1",), DAY) == frozenset()


def test_an_office_of_the_district_is_held_over_every_school() -> None:
    offices = Offices(PACK, [holding(BOSS, "athletic_director")])
    assert offices.holds(BOSS, "athletic_director", ("s1",), DAY) is True
    assert offices.holds(OTHER, "athletic_director", ("s1",), DAY) is False
    assert offices.holders("athletic_director", ("s1",), DAY) == {BOSS}


def test_where_no_school_is_asked_about_every_holder_counts() -> None:
    offices = Offices(PACK, [holding(BOSS, "principal", "s1"), holding(OTHER, "principal", "s2")])
    assert offices.holds(OTHER, "principal", ANY, DAY) is True
    assert offices.holds(COACH, "principal", ANY, DAY) is False
    assert offices.holders("principal", ANY, DAY) == {BOSS, OTHER}


def test_who_holds_a_higher_office_holds_those_it_stands_for() -> None:
    offices = Offices(PACK, [holding(BOSS, "principal", "s1")])
    assert offices.holds(BOSS, "building_administrator", ("s1",), DAY) is True
    assert offices.holders("building_administrator", ("s1",), DAY) == {BOSS}
    other_way = Offices(PACK, [holding(BOSS, "building_administrator", "s1")])
    assert other_way.holds(BOSS, "principal", ("s1",), DAY) is None
    assert other_way.holders("principal", ("s1",), DAY) == frozenset()


def test_an_office_the_policy_does_not_know_is_only_itself() -> None:
    offices = Offices(PACK, [holding(BOSS, "nurse", days=Interval(DAY, DAY + 1))])
    assert offices.holds(BOSS, "nurse", ANY, DAY) is True
    assert offices.holds(BOSS, "nurse", ANY, DAY + 1) is False
    assert offices.above("nurse") == ()


def test_what_is_about_a_holder_is_read_further_up_and_never_in_a_ring() -> None:
    assert Offices(PACK).above("principal") == (
        *("superintendent_designee", "superintendent", "school_committee"),
    )
    assert Offices(PACK).above("school_committee") == ()
    ring = with_office(Office("superintendent", "Superintendent", False, "principal", ()))
    assert Offices(ring).above("principal") == (
        *("superintendent_designee", "superintendent", "principal"),
    )


def test_an_office_is_called_by_its_name() -> None:
    offices = Offices(PACK, [holding(BOSS, "it")])
    assert offices.name("athletic_director") == "Athletic Director"
    assert offices.name("dean_of_students") == "dean of students"
    assert offices.holdings == (holding(BOSS, "it"),)
