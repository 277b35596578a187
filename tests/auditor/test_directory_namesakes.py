"""A name on a list means somebody who is here: who left keeps a name on record and answers to it no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from auditor.directory import State
from auditor.directory.intervals import Interval
from auditor.directory.people import NoMatch, PersonFinder
from auditor.directory.state import Row
from auditor.model import Hat, HatRole, Person, PersonRef, RosterFact
from tests.auditor.directory_world import (
    ALDER,
    DAY,
    KEYS,
    RULES,
    VARSITY,
    address,
    athlete,
    person,
    ref,
    register,
    take,
)

SAM = PersonRef(given_name="Sam", family_name="Okoro")
LISTED: list[RosterFact] = [ALDER, VARSITY, athlete(SAM)]
OLD, NEW = KEYS.person("old"), KEYS.person("new")
HAD_LEFT: list[RosterFact] = person("old", "Sam Okoro", HatRole.STUDENT, "12")
HAS_COME: list[RosterFact] = person("new", "Sam Okoro", HatRole.STUDENT, "9")


def roster(*nights: Sequence[RosterFact], last: Sequence[RosterFact] = LISTED) -> tuple[set[int], list[str]]:
    """Take in the roster of each night, and a coach's list on the last; return whom it means."""
    state = State()
    for n, facts in enumerate(nights):
        lists = last if n == len(nights) - 1 else []
        out = take(state, {"sis": facts, "coach": lists}, DAY + n)
        state = out.state
    found = register(state).roster(KEYS.team("v"), DAY + len(nights) - 1)
    return set(found), [u.reason for u in out.unmatched]


def test_a_namesake_who_left_does_not_make_a_new_student_ambiguous() -> None:
    assert roster(HAD_LEFT, HAS_COME) == ({NEW}, [])
    assert roster(HAD_LEFT, [], HAS_COME, HAS_COME) == ({NEW}, [])


def test_two_namesakes_who_are_both_here_stay_ambiguous() -> None:
    assert roster([*HAD_LEFT, *HAS_COME]) == (set(), ["fits 2 people"])
    assert roster(HAD_LEFT, [*HAD_LEFT, *HAS_COME]) == (set(), ["fits 2 people"])


def test_who_left_is_named_by_nobody_any_more() -> None:
    assert roster(HAD_LEFT, []) == (set(), ["is not in any roster"])
    assert roster(HAD_LEFT, [], HAD_LEFT) == ({OLD}, [])


def test_the_name_stays_on_record_for_items_of_the_days_before() -> None:
    state = take(take(State(), {"sis": HAD_LEFT}).state, {"sis": HAS_COME}, DAY + 1).state
    assert register(state).person(OLD, DAY).name == "Sam Okoro"
    assert register(state).knows(OLD)
    assert not register(state).knows(KEYS.person("nobody"))


def test_a_night_on_which_the_roster_fails_makes_nobody_leave() -> None:
    before = take(State(), {"sis": HAD_LEFT}).state
    out = take(before, {"coach": LISTED}, DAY + 1, configured=("sis", "coach"))
    assert register(out.state).roster(KEYS.team("v"), DAY + 1) == {OLD}
    gone = take(before, {"coach": LISTED}, DAY + 1, configured=("coach",))
    assert [u.reason for u in gone.unmatched] == ["is not in any roster"]


def test_who_was_delivered_today_without_a_role_or_an_address_counts() -> None:
    assert roster([Person("new", "Sam", "Okoro")]) == ({NEW}, [])


# ---- what shows that somebody is here ----------------------------------------------------------

PEOPLE = [(OLD, "old", "Sam", "Okoro", "12", "sis")]
YESTERDAY, NOW = Interval(DAY - 9, DAY), Interval(DAY, DAY + 1)


@pytest.mark.parametrize(
    ("addresses", "hats", "is_here"),
    [
        ((), (), True),
        ((NOW,), (), True),
        ((), (NOW,), True),
        ((YESTERDAY,), (), False),
        ((), (YESTERDAY,), False),
        ((YESTERDAY,), (YESTERDAY,), False),
        ((YESTERDAY,), (NOW,), True),
        ((NOW,), (YESTERDAY,), True),
        ((YESTERDAY, NOW), (), True),
        ((Interval(DAY + 1, DAY + 9),), (), False),
    ],
)
def test_an_address_or_a_role_in_force_that_day_shows_who_is_here(
    addresses: tuple[Interval, ...], hats: tuple[Interval, ...], is_here: bool
) -> None:
    dated: dict[str, dict[Row, tuple[Interval, ...]]] = {
        "address": {(77, OLD, "roster", 1, "sis"): addresses} if addresses else {},
        "hat": {(OLD, "student", "s1", "sis"): hats} if hats else {},
        "team_member": {(77, OLD, "athlete", "coach"): (NOW,)},
    }
    finder = PersonFinder(KEYS, RULES)
    finder.learn_people(PEOPLE, dated, DAY)
    found = finder.find(SAM)
    assert found == (OLD if is_here else NoMatch("a first and last name", "is not in any roster", "add the person_id column"))


def test_what_others_hold_shows_nothing_of_somebody() -> None:
    finder = PersonFinder(KEYS, RULES)
    finder.learn_people(PEOPLE, {"hat": {(NEW, "student", "s1", "sis"): (YESTERDAY,)}}, DAY)
    assert finder.find(SAM) == OLD


def test_a_last_day_in_the_roster_is_still_a_day_here() -> None:
    def leaves(day: date) -> list[RosterFact]:
        """Somebody no longer named by a roster but for an address and a role with an end."""
        return [address("old", "old@marlow.example", end=day), Hat(ref("old"), HatRole.STAFF, "s1", end=day)]

    before = take(State(), {"sis": [HAD_LEFT[0], *leaves(date(2026, 10, 6))]}).state
    for day, reasons in ((DAY + 1, []), (DAY + 2, ["is not in any roster"])):
        # the roster fails from the second night on; what it last said holds until its end
        state = State({**before.dated, "address": _without_ids(before)}, before.latest)
        out = take(state, {"coach": LISTED}, day, configured=("sis", "coach"))
        assert [u.reason for u in out.unmatched] == reasons


def _without_ids(state: State) -> dict[Row, tuple[Interval, ...]]:
    return {row: spans for row, spans in state.dated["address"].items() if row[2] != "person-id"}
