"""Teams on a day: who plays, who leads, at which school, in which season and its margin."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.directory import OPEN_END, OPEN_START, Interval, State, day_number
from auditor.model import HatRole, RosterFact, School, Team, TeamMember, TeamRole
from auditor.result import TeamShown
from tests.auditor.directory_world import (
    ALDER,
    DAY,
    KEYS,
    SIS,
    TODAY,
    VARSITY,
    for_rules,
    known,
    person,
    ref,
    register,
    take,
)

FIRST, LAST = date(2026, 8, 24), date(2026, 10, 31)
FALL = Team("f", "Fall", "sport", "s1", "soccer", "varsity", FIRST, LAST)
V, F = KEYS.team("v"), KEYS.team("f")
DANA, SAM, JO = KEYS.person("t1"), KEYS.person("k1"), KEYS.person("k2")


def on(team: str, id_: str, role: TeamRole, start: date | None = None, end: date | None = None) -> RosterFact:
    return TeamMember(team, ref(id_), role, start, end)


# ---- what a team is ----------------------------------------------------------------------


def test_a_team_is_shown_with_all_that_its_list_says() -> None:
    found = known(FALL, VARSITY)
    assert found.team(F) == TeamShown("f", "Fall", "sport", "s1", "soccer", "varsity")
    assert found.team(V) == TeamShown("v", "Varsity", "sport", "s1", None, None)
    assert found.team(KEYS.team("x")) is None
    assert found.team_keys == tuple(sorted((F, V)))


def test_a_team_of_no_school_stays_so() -> None:
    team = known(Team("v", "Varsity", "club")).team(V)
    assert team is not None
    assert team.school_id is None


def school_shown(state: State) -> str | None:
    team = register(state).team(V)
    assert team is not None
    return team.school_id


NAMED = Team("v", "Varsity", "sport", "ALDER HILL high school", "soccer")


def test_a_team_finds_its_school_though_the_school_is_learned_of_later() -> None:
    state = take(State(), {"office": [NAMED]}).state
    assert school_shown(state) == "ALDER HILL high school"
    assert school_shown(take(state, {"sis": SIS}, DAY + 1).state) == "s1"


def test_a_team_whose_school_name_later_turns_out_to_be_two_schools_is_at_neither() -> None:
    state = take(State(), {"office": [NAMED]}).state
    schools: list[RosterFact] = [ALDER, School("s3", "Alder Hill High School")]
    assert school_shown(take(state, {"sis": schools}, DAY + 1).state) == "ALDER HILL high school"


def test_a_schools_id_goes_before_another_schools_name() -> None:
    facts: list[RosterFact] = [ALDER, School("s2", "s1"), Team("v", "Varsity", "sport", "s1", "soccer")]
    assert school_shown(take(State(), {"sis": facts}).state) == "s1"


def test_the_newest_word_about_a_team_stays_when_nobody_delivers_it_any_more() -> None:
    state = take(State(), {"sis": [*SIS, VARSITY]}).state
    state = take(state, {"sis": [*SIS, Team("v", "Varsity Girls", "sport", "s2")]}, DAY + 1).state
    team = register(take(state, {"sis": SIS}, DAY + 2).state).team(V)
    assert team == TeamShown("v", "Varsity Girls", "sport", "s2")


def test_a_teams_list_is_as_old_as_its_sources_newest_delivery() -> None:
    state = take(State(), {"sis": SIS, "office": [VARSITY]}).state
    state = take(state, {"office": [VARSITY]}, DAY + 3).state
    state = take(state, {"sis": SIS}, DAY + 9).state
    assert register(state).delivered_on(V) == DAY + 3
    assert register(state).delivered_on(KEYS.team("x")) is None
    gone = take(state, {"sis": SIS}, DAY + 10, configured=("sis",)).state
    assert register(gone).team(V) is not None
    assert register(gone).delivered_on(V) is None


# ---- who is on it ------------------------------------------------------------------------

EVERYBODY = [
    *person("a1", "Ann Ode"),
    *person("a2", "Bo Pell"),
    on("v", "k1", TeamRole.ATHLETE, end=TODAY),
    on("v", "k2", TeamRole.MEMBER),
    on("v", "t1", TeamRole.MANAGER),
    on("v", "a1", TeamRole.ADVISER),
    on("v", "a2", TeamRole.ASSISTANT_COACH, end=TODAY),
]


def test_a_roster_is_athletes_and_members_of_that_day() -> None:
    found = known(VARSITY, *EVERYBODY)
    assert found.roster(V, DAY) == {SAM, JO}
    assert found.roster(V, DAY + 1) == {JO}
    assert found.roster(F, DAY) == frozenset()


def test_leaders_are_those_who_coach_or_advise_on_that_day() -> None:
    found = known(VARSITY, *EVERYBODY)
    both = sorted((KEYS.person("a1"), KEYS.person("a2")))
    assert found.leaders(V, DAY) == tuple(both)
    assert found.leaders(V, DAY + 1) == (KEYS.person("a1"),)
    assert found.leaders(F, DAY) == ()


def test_whoever_leads_in_two_ways_is_one_leader() -> None:
    twice = [on("v", "t1", TeamRole.HEAD_COACH), on("v", "t1", TeamRole.ADVISER)]
    assert known(VARSITY, *twice).leaders(V, DAY) == (DANA,)


def test_whoever_ever_led_a_team_is_known_for_it() -> None:
    past = on("f", "t1", TeamRole.HEAD_COACH, end=date(2026, 9, 1))
    found = known(FALL, past, on("f", "k1", TeamRole.ATHLETE))
    assert found.leads_any(DANA)
    assert not found.leads_any(SAM)
    assert not found.leads_any(JO)


def test_on_a_team_is_whoever_is_listed_for_that_team_on_that_day() -> None:
    found = known(VARSITY, FALL, *EVERYBODY)
    assert found.on_team(SAM, V, DAY)
    assert not found.on_team(SAM, V, DAY + 1)
    assert not found.on_team(SAM, F, DAY)
    assert found.on_team(DANA, V, DAY)
    assert not found.on_team(KEYS.person("nobody"), V, DAY)


# ---- seasons -----------------------------------------------------------------------------


def test_a_season_runs_from_its_first_through_its_last_day() -> None:
    found = known(FALL, VARSITY)
    assert found.season(F) == Interval(day_number(FIRST), day_number(LAST) + 1)
    assert found.season(V) == Interval(OPEN_START, OPEN_END)


def days(state: State, relation: str, margin: int) -> list[tuple[object, object]]:
    found = for_rules(state, relation, margin)
    return [(r["from_day"], r["until_day"]) for r in found if r.get("role") not in ("staff", "student")]


@pytest.mark.parametrize("relation", ["team_member", "person_role"])
@pytest.mark.parametrize("margin", [0, 14])
def test_a_place_on_a_team_lasts_the_season_and_its_margin_before_and_after(relation: str, margin: int) -> None:
    state = take(State(), {"sis": [*SIS, FALL, on("f", "t1", TeamRole.HEAD_COACH)]}).state
    wanted = (day_number(FIRST) - margin, day_number(LAST) + 1 + margin)
    assert days(state, relation, margin) == [wanted]


def test_an_open_season_needs_no_margin() -> None:
    state = take(State(), {"sis": [*SIS, VARSITY, on("v", "t1", TeamRole.HEAD_COACH)]}).state
    assert days(state, "team_member", 14) == [(OPEN_START, OPEN_END)]
    begun = Team("v", "Varsity", "sport", "s1", season_start=FIRST)
    state = take(State(), {"sis": [*SIS, begun, on("v", "t1", TeamRole.HEAD_COACH)]}).state
    assert days(state, "team_member", 14) == [(day_number(FIRST) - 14, OPEN_END)]


def test_a_place_that_ends_within_the_season_ends_then_and_one_outside_it_is_none() -> None:
    left = on("f", "t1", TeamRole.HEAD_COACH, end=TODAY)
    early = on("f", "k1", TeamRole.ATHLETE, end=date(2026, 7, 1))
    state = take(State(), {"sis": [*SIS, FALL, left, early]}).state
    assert days(state, "team_member", 0) == [(day_number(FIRST), DAY + 1)]
    assert register(state).roster(F, day_number(date(2026, 7, 1))) == frozenset()


def test_a_team_that_no_list_names_has_no_season_to_end_with() -> None:
    state = take(State(), {"sis": [*SIS, on("x", "t1", TeamRole.HEAD_COACH)]}).state
    assert days(state, "team_member", 14) == [(OPEN_START, OPEN_END)]
    (coach,) = (r for r in for_rules(state, "person_role") if r["role"] == "coach")
    assert coach["school_id"] is None


@pytest.mark.parametrize(
    ("role", "hats"),
    [
        (TeamRole.HEAD_COACH, {HatRole.COACH}),
        (TeamRole.ASSISTANT_COACH, {HatRole.COACH}),
        (TeamRole.VOLUNTEER_COACH, {HatRole.COACH, HatRole.VOLUNTEER}),
        (TeamRole.ADVISER, {HatRole.ADVISER}),
        (TeamRole.ATHLETE, set()),
        (TeamRole.MEMBER, set()),
        (TeamRole.MANAGER, set()),
    ],
)
def test_leading_a_team_gives_its_hats_at_the_teams_school(role: TeamRole, hats: set[HatRole]) -> None:
    elm = Team("v", "Varsity", "sport", "s2")
    # athletes before and after, none of whom may end the search for hats
    others = [on("v", id_, TeamRole.ATHLETE) for id_ in ("k1", "k2")]
    facts = [*SIS, elm, others[0], *person("a1", "Ann Ode"), on("v", "a1", role), others[1]]
    state = take(State(), {"sis": facts}).state
    ann = KEYS.person("a1")
    found = {(r["role"], r["school_id"]) for r in for_rules(state, "person_role") if r["person_key"] == ann}
    assert found == {(hat.value, "s2") for hat in hats}
    assert {hat for hat in HatRole if register(state).holds(ann, hat, DAY)} == hats
