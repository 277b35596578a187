"""What each kind of record reaches, how it stands on a day, and what is said when it does not hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from auditor.authorizations import LAST_ZONE, Came, Exceptions, Outcome
from auditor.directory import State
from auditor.model import Authorization, Ground
from tests.auditor.approval_world import (
    BOSS,
    CAPTAIN,
    CRISIS,
    GRANT,
    KID,
    MUM,
    NOON,
    PAIR,
    PAL,
    TO_TEAM,
    TOOL,
    WORLD,
    came,
    desk,
    held,
)
from tests.auditor.directory_world import DAY, KEYS, ref, register, take
from tests.auditor.office_world import PACK, with_ground

# ---- sub-groups -----------------------------------------------------------------------------------


def test_a_sub_group_reaches_the_members_it_names() -> None:
    only_kid = desk(CAPTAIN)
    assert only_kid.outcome(TO_TEAM).covered_by == "G1"
    both = replace(TO_TEAM, students=frozenset({KID, PAL}))
    out = only_kid.outcome(both)
    assert (out.covered_by, came(out)) == (None, [Came.SCOPE])
    assert out.tried == ("G1 (Registered sub-group): the message also went to students it does not name.",)
    assert desk(CAPTAIN, replace(CAPTAIN, member=ref("pal"))).outcome(both).covered_by == "G1"
    assert only_kid.outcome(replace(TO_TEAM, students=frozenset({PAL}))) == Outcome(None, ())
    assert only_kid.outcome(PAIR) == Outcome(None, ())


def test_a_sub_group_that_fails_says_so_once_for_all_its_members() -> None:
    late = [replace(CAPTAIN, member=ref(id_), approved_at=NOON + timedelta(hours=1)) for id_ in ("kid", "pal")]
    out = desk(*late).outcome(replace(TO_TEAM, students=frozenset({KID, PAL})))
    assert (out.covered_by, came(out)) == (None, [Came.LATE])


def test_a_sub_group_that_names_no_member_is_everybody_and_so_nobody() -> None:
    nobody = replace(GRANT, ground=Ground.SUBGROUP, adult=None, student=None, team_id="v")
    out = desk(nobody).outcome(TO_TEAM)
    assert (out.covered_by, came(out)) == (None, [Came.SCOPE])
    assert out.tried[0].endswith("names none of its members, so it is not known who is in the sub-group.")


# ---- crisis reports and tools ---------------------------------------------------------------------


def test_a_crisis_that_was_told_afterwards_excepts_its_pair_that_day() -> None:
    out = desk(CRISIS).outcome(replace(PAIR, rule="direct-no-adult"))
    assert (out.covered_by, came(out)) == ("C1", [Came.COVERS])
    assert came(desk(CRISIS).outcome(replace(PAIR, day=DAY + 1))) == [Came.ENDED]
    assert came(desk(CRISIS).outcome(replace(PAIR, day=DAY - 1))) == [Came.NOT_BEGUN]
    assert desk(CRISIS).outcome(replace(PAIR, student=PAL)) == Outcome(None, ())
    untold = replace(CRISIS, reported_to=None)
    assert came(desk(untold).outcome(PAIR)) == [Came.AUTHORITY]
    assert came(desk(replace(CRISIS, reported_to=ref("coach"))).outcome(PAIR)) == [Came.AUTHORITY]


def test_a_crisis_stands_for_another_schools_principal_to_hear_of_no_more() -> None:
    elsewhere = [held(BOSS, "principal", "s2")]
    assert came(desk(CRISIS, offices=elsewhere).outcome(PAIR)) == [Came.AUTHORITY]
    assert desk(CRISIS, offices=[held(BOSS, "principal", "s1")]).outcome(PAIR).covered_by == "C1"


def test_a_tools_approval_needs_neither_adult_nor_student() -> None:
    by_remind = replace(PAIR, rule="unapproved-tool", tool="remind")
    assert desk(TOOL).outcome(by_remind).covered_by == "A1"
    assert came(desk(TOOL).outcome(replace(by_remind, tool="Snap"))) == [Came.SCOPE]
    assert came(desk(TOOL).outcome(PAIR)) == [Came.OTHER]
    nameless = desk(replace(TOOL, tool=None)).outcome(by_remind)
    assert nameless.tried[0].endswith(": names neither a student nor a team, so its scope is not known.")


def test_any_other_record_has_to_name_its_adult() -> None:
    grant = replace(GRANT, adult=None)
    out = desk(grant).outcome(PAIR)
    assert (out.covered_by, came(out)) == (None, [Came.SCOPE])
    assert out.tried[0].endswith(": names no adult.")


# ---- on what day, and what it is said of ------------------------------------------------------------


def test_without_a_zone_a_moment_is_read_where_its_day_ends_last() -> None:
    late = datetime(2026, 10, 6, 11, 59, tzinfo=UTC)
    grant = replace(GRANT, ground=Ground.CRISIS, granted_at=late)
    state = take(State(), {"roster": [*WORLD, grant]}).state
    without = Exceptions(PACK, register(state), KEYS)
    assert LAST_ZONE.utcoffset(None) == timedelta(hours=-12)
    assert without.outcome(PAIR).covered_by == "A1"
    assert came(desk(grant).outcome(PAIR)) == [Came.OTHER]


@pytest.mark.parametrize(
    ("changed", "stands"),
    [
        ({}, "in force"),
        ({"starts_on": date(2026, 10, 5)}, "in force"),
        ({"starts_on": date(2026, 10, 6)}, "starts Oct 6, 2026"),
        ({"starts_on": None, "ends_on": None}, "in force"),
        ({"ends_on": date(2026, 10, 18)}, "in force, ends Oct 18, 2026"),
        ({"ends_on": date(2026, 10, 19)}, "in force"),
        ({"ends_on": date(2026, 10, 5)}, "in force, ends Oct 5, 2026"),
        ({"ends_on": date(2026, 10, 4)}, "ended Oct 4, 2026"),
        ({"ground": Ground.ROLE_EXEMPTION}, "not an exception under this policy"),
        ({"ground": Ground.CLOSE_IN_AGE}, "not an exception under this policy"),
        ({"granted_by": ref("kid")}, "granted by the student it is about."),
    ],
)
def test_how_an_approval_stands_is_said_in_words(changed: dict[str, object], stands: str) -> None:
    exceptions = desk(replace(GRANT, **changed))  # type: ignore[arg-type]  # fields by name
    assert exceptions.standing(exceptions.filed[0], DAY) == stands


def test_approvals_that_end_soon_are_listed_the_first_to_end_first() -> None:
    def until(id_: str, day: int | None) -> Authorization:
        ends = None if day is None else date(2026, 10, day)
        return replace(GRANT, authorization_id=id_, ends_on=ends)

    on_file = [until("A1", 9), until("A2", 7), until("A3", 7), until("A4", 25), until("A5", 4)]
    late = replace(until("A7", 8), granted_by_role="it")
    exceptions = desk(*on_file, until("A6", None), late)
    assert [f.id for f in exceptions.ending(DAY)] == ["A2", "A3", "A1"]
    assert [f.id for f in exceptions.ending(DAY + 8)] == ["A4"]


def test_a_ground_that_is_switched_off_or_missing_excepts_nothing() -> None:
    off = desk(GRANT, pack=with_ground(Ground.COACH_CONTACT, enabled=False)).outcome(PAIR)
    assert (off.covered_by, came(off)) == (None, [Came.OTHER])
    assert off.tried[0].endswith(": this ground is switched off in the policy settings.")
    age = desk(replace(GRANT, ground=Ground.CLOSE_IN_AGE)).outcome(PAIR)
    assert age.tried == ("A1 (close_in_age): is not a ground for this kind of item.",)
    assert came(age) == [Came.OTHER]
    assert {one.key for one in age.attempts} == {KEYS.key("approval", "A1")}


def test_of_several_approvals_one_that_holds_is_enough_and_what_failed_is_told() -> None:
    late = replace(GRANT, authorization_id="A0", granted_at=NOON + timedelta(minutes=1))
    out = desk(GRANT, late).outcome(PAIR)
    assert (out.covered_by, came(out)) == ("A1", [Came.LATE, Came.COVERS])
    for_any = replace(TOOL, authorization_id="Z1")
    both = desk(late, for_any).outcome(replace(PAIR, rule="unapproved-tool", tool="Remind"))
    assert (both.covered_by, came(both)) == ("Z1", [Came.OTHER, Came.COVERS])


def test_the_reason_and_the_bounds_that_a_ground_asks_for_are_words_of_their_own() -> None:
    matter = replace(GRANT, ground=Ground.CONFIDENTIAL, reason_code="gossip")
    assert came(desk(matter).outcome(TO_TEAM)) == [Came.OTHER]
    assert desk(matter).outcome(TO_TEAM).tried[0].endswith(
        ": has no reason code; allowed: medical, social, academic, other."
    )
    endless = replace(matter, reason_code="medical", ends_on=None)
    assert came(desk(endless).outcome(TO_TEAM)) == [Came.SCOPE]
    off_team = replace(GRANT, team_id="v", student=None)
    elsewhere = desk(off_team).outcome(replace(PAIR, student=MUM, students=frozenset({MUM})))
    assert came(elsewhere) == [Came.SCOPE]
