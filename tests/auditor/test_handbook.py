"""Who has to review the handbook by when: a duty begun too early accuses people who just came."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from auditor.directory import State, day_number, from_tables
from auditor.handbook import Rows, handbook_rows, school_year
from auditor.model import Hat, HatRole
from auditor.policy import Pack
from auditor.records import Acknowledgement, StateFact
from auditor.result import ThingShown
from tests.auditor.directory_world import DAY, KEYS, SIS, person, ref, register, take
from tests.auditor.office_world import PACK

T1 = KEYS.person("t1")
BEGAN = day_number(date(2026, 8, 15))
HERE = KEYS.key("handbook", "s1\x002026-27")
ELM = KEYS.key("handbook", "s2\x002026-27")


def duties(
    *facts: StateFact, pack: Pack = PACK, day: int = DAY
) -> tuple[Rows, Rows, dict[int, ThingShown]]:
    state = take(State(), {"sis": [*SIS, *facts]}, day).state
    things: dict[int, ThingShown] = {}
    given = state.latest["acknowledgement"].values()
    return *handbook_rows(register(state), given, pack, KEYS, things), things


@pytest.mark.parametrize(
    ("day", "first", "label"),
    [
        (date(2026, 8, 14), date(2025, 8, 15), "2025-26"),
        (date(2026, 8, 15), date(2026, 8, 15), "2026-27"),
        (date(2026, 12, 31), date(2026, 8, 15), "2026-27"),
        (date(2027, 1, 1), date(2026, 8, 15), "2026-27"),
        (date(2027, 9, 1), date(2027, 8, 15), "2027-28"),
        (date(2099, 9, 1), date(2099, 8, 15), "2099-00"),
        (date(2108, 9, 1), date(2108, 8, 15), "2108-09"),
    ],
)
def test_a_school_year_is_named_by_both_its_years(day: date, first: date, label: str) -> None:
    assert school_year(day, (8, 15)) == (first, label)


def test_everybody_on_the_staff_of_a_school_owes_one_from_the_first_day_of_the_year() -> None:
    owed, done, things = duties()
    assert owed == [(T1, HERE, BEGAN + 60)]
    assert done == []
    assert things == {
        HERE: ThingShown(
            "handbook", "s1/2026-27", "2026-27, Alder Hill High School", "s1"
        )
    }


def test_who_came_later_owes_it_from_their_own_first_day_at_that_school() -> None:
    late = Hat(ref("t1"), HatRole.STAFF, "s2", date(2026, 9, 30))
    owed, _, things = duties(late)
    assert sorted(owed) == sorted([(T1, HERE, BEGAN + 60), (T1, ELM, DAY - 5 + 60)])
    assert set(things) == {HERE, ELM}
    early = duties(replace(late, start=date(2026, 8, 1)))
    assert (T1, ELM, BEGAN + 60) in early[0]


@pytest.mark.parametrize(
    "hat",
    [
        Hat(ref("t1"), HatRole.VOLUNTEER, "s2"),
        Hat(ref("t1"), HatRole.STAFF),
        Hat(ref("t1"), HatRole.STAFF, "s2", None, date(2026, 10, 4)),
        Hat(ref("t1"), HatRole.STAFF, "s2", date(2026, 10, 6)),
    ],
    ids=["a volunteer", "no school", "over", "not begun"],
)
def test_nobody_else_owes_one(hat: Hat) -> None:
    assert duties(hat)[0] == [(T1, HERE, BEGAN + 60)]


def test_an_account_that_is_a_machine_owes_nothing() -> None:
    machine = [*person("bot", "Copier Hall", HatRole.STAFF), Hat(ref("bot"), HatRole.SYSTEM)]
    assert duties(*machine)[0] == [(T1, HERE, BEGAN + 60)]


def test_the_first_acknowledgement_of_the_year_counts_at_every_school_of_theirs() -> None:
    given = [
        Acknowledgement(ref("t1"), "annex", "2026-27", date(2026, 10, 3)),
        Acknowledgement(ref("t1"), "handbook", "2026-27", date(2026, 10, 1)),
        Acknowledgement(ref("t1"), "handbook", "2025-26", date(2025, 9, 1)),
        Acknowledgement(ref("k1"), "handbook", "2026-27", date(2026, 9, 1)),
    ]
    _, done, _ = duties(*given)
    assert done == [(T1, HERE, DAY - 4)]
    _, done, _ = duties(*given, Hat(ref("t1"), HatRole.STAFF, "s2"))
    assert sorted(done) == sorted([(T1, HERE, DAY - 4), (T1, ELM, DAY - 4)])
    assert duties(*given[2:])[1] == []


def test_how_long_they_have_is_the_policys_to_say() -> None:
    within = replace(PACK.switches["acknowledge_within_days"], value=10)
    pack = replace(PACK, switches={**PACK.switches, within.id: within})
    assert duties(pack=pack)[0] == [(T1, HERE, BEGAN + 10)]
    unsaid = {id_: s for id_, s in PACK.switches.items() if id_ != within.id}
    assert duties(pack=replace(PACK, switches=unsaid))[0] == [(T1, HERE, BEGAN + 60)]


def test_without_a_school_year_or_a_roster_nobody_owes_anything() -> None:
    unsaid = {id_: s for id_, s in PACK.switches.items() if id_ != "school_year_begins"}
    assert duties(pack=replace(PACK, switches=unsaid)) == ([], [], {})
    nobody = register(from_tables({}))
    assert handbook_rows(nobody, [], PACK, KEYS, {}) == ([], [])
