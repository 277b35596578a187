"""Whether who granted it could: authority by office and school on the day, and who is a guardian."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from auditor.authorizations import GUARDIAN_LINK, Came, Contact, Outcome
from auditor.directory import Interval
from auditor.model import Ground, GuardianLink, Hat, HatRole
from auditor.offices import Holding
from tests.auditor.approval_world import (
    AIDE,
    BOSS,
    COACH,
    FAMILY,
    GRANT,
    GRANTED,
    HEAD,
    KID,
    PAIR,
    PAL,
    came,
    desk,
    held,
)
from tests.auditor.directory_world import DAY, KEYS, ref
from tests.auditor.office_world import PACK, with_ground

# ---- authority ----------------------------------------------------------------------------------

NOT_THERE = "A1 (Approval of a coach's personal contact details): granted as Principal by somebody who did not hold that office there that day."
SAID_SO = " Nobody is named for its granter’s office, so that was taken from the record."


@pytest.mark.parametrize(
    ("offices", "covers", "said"),
    [
        ([held(BOSS, "principal", "s1")], True, False),
        ([held(BOSS, "principal")], True, False),
        ([held(HEAD, "principal", "s1"), held(BOSS, "principal", "s1")], True, False),
        ([held(HEAD, "principal", "s1")], False, False),
        ([held(BOSS, "principal", "s2")], False, False),
        ([held(BOSS, "principal", "s1", Interval(GRANTED + 1, DAY + 9))], False, False),
        ([held(BOSS, "principal", "s1", Interval(GRANTED, GRANTED + 1))], True, False),
        ([held(HEAD, "principal", "s2")], True, True),
        ([held(HEAD, "athletic_director")], True, True),
        ([], True, True),
        (None, True, True),
    ],
)
def test_the_granter_must_have_held_the_office_there_that_day(
    offices: list[Holding] | None, covers: bool, said: bool
) -> None:
    exceptions = desk(GRANT, offices=offices)
    out = exceptions.outcome(PAIR)
    assert out.covered_by == ("A1" if covers else None)
    assert came(out) == [Came.COVERS if covers else Came.AUTHORITY]
    whole = "A1 (Approval of a coach's personal contact details): covers this message."
    assert out.tried == ((whole + SAID_SO if said else whole) if covers else NOT_THERE,)
    assert exceptions.office_checked(exceptions.filed[0]) is not said


@pytest.mark.parametrize(
    ("about", "school", "covers"),
    [
        ({"adult": ref("coach"), "student": ref("kid")}, "s1", True),
        ({"adult": ref("mum"), "student": ref("kid")}, "s1", True),
        ({"adult": ref("coach"), "student": None, "team_id": "v"}, "s1", True),
        ({"adult": ref("mum"), "student": None, "team_id": "e"}, "s2", True),
        ({"adult": ref("mum"), "student": None, "team_id": "e"}, "s1", False),
        ({"adult": ref("coach"), "student": ref("kid")}, "s2", False),
    ],
)
def test_a_granter_speaks_for_the_school_of_the_student_the_adult_or_the_team(
    about: dict[str, object], school: str, covers: bool
) -> None:
    grant = replace(GRANT, **about)  # type: ignore[arg-type]  # fields by name
    exceptions = desk(grant, offices=[held(BOSS, "principal", school)])
    stands = exceptions.standing(exceptions.filed[0], DAY)
    assert (stands == "in force") is covers


def test_an_approval_without_a_day_of_its_own_is_judged_by_the_day_of_the_message() -> None:
    undated = replace(GRANT, ground=Ground.CRISIS, granted_at=None)
    offices = [held(BOSS, "principal", "s1", Interval(DAY - 1, DAY + 1))]
    exceptions = desk(undated, offices=offices)
    assert came(exceptions.outcome(PAIR)) == [Came.COVERS]
    assert exceptions.office_checked(exceptions.filed[0])
    late = desk(undated, offices=[held(BOSS, "principal", "s1", Interval(DAY + 1, DAY + 2))])
    assert came(late.outcome(PAIR)) == [Came.AUTHORITY]


@pytest.mark.parametrize(
    ("role", "because"),
    [
        ("it_director", "granted by it director; this ground needs Athletic Director, Principal."),
        (None, "granted by nobody named; this ground needs Athletic Director, Principal."),
    ],
)
def test_an_office_that_may_not_grant_it_is_told_which_may(role: str | None, because: str) -> None:
    out = desk(replace(GRANT, granted_by_role=role)).outcome(PAIR)
    assert (out.covered_by, came(out)) == (None, [Came.AUTHORITY])
    assert out.tried[0].endswith(f": {because}")


def test_who_asked_for_it_never_grants_it() -> None:
    asked = replace(GRANT, requested_by=ref("boss"))
    out = desk(asked, offices=[held(BOSS, "principal", "s1")]).outcome(PAIR)
    assert (out.covered_by, came(out)) == (None, [Came.AUTHORITY])
    assert out.tried[0].endswith(": granted by the person who asked for it.")
    assert desk(replace(GRANT, requested_by=ref("coach"))).outcome(PAIR).covered_by == "A1"


def test_a_granter_nobody_knows_cannot_be_checked() -> None:
    exceptions = desk(replace(GRANT, granted_by=None), offices=[held(BOSS, "principal")])
    assert not exceptions.office_checked(exceptions.filed[0])
    assert came(exceptions.outcome(PAIR)) == [Came.AUTHORITY]


# ---- for whom -----------------------------------------------------------------------------------


def test_what_is_for_coaches_is_for_nobody_else() -> None:
    grant = replace(GRANT, adult=ref("aide"))
    out = desk(grant).outcome(replace(PAIR, adult=AIDE))
    assert (out.covered_by, came(out)) == (None, [Came.SCOPE])
    assert out.tried[0].endswith(": may be granted to coach, adviser only, and the adult was none of it.")
    adviser = Hat(ref("aide"), HatRole.ADVISER)
    assert desk(grant, adviser).outcome(replace(PAIR, adult=AIDE)).covered_by == "A1"
    over = replace(adviser, end=date(2026, 10, 4))
    assert came(desk(grant, over).outcome(replace(PAIR, adult=AIDE))) == [Came.SCOPE]
    any_hat = with_ground(Ground.COACH_CONTACT, hats=())
    assert desk(grant, pack=any_hat).outcome(replace(PAIR, adult=AIDE)).covered_by == "A1"


def test_a_tie_in_the_roster_must_be_to_every_student_it_concerns() -> None:
    assert desk().outcome(FAMILY).covered_by == GUARDIAN_LINK
    (tie,) = desk().outcome(FAMILY).attempts
    assert (tie.key, tie.ground, tie.came) == (None, Ground.FAMILY, Came.COVERS)
    assert tie.line == "Guardian link in the roster: yes."
    group = replace(FAMILY, student=None, students=frozenset({KID, PAL}))
    assert desk().outcome(group).covered_by is None
    both = desk(GuardianLink(ref("pal"), ref("mum")))
    assert both.outcome(group).covered_by == GUARDIAN_LINK
    assert desk().outcome(replace(FAMILY, students=frozenset({KID, PAL}))).covered_by == GUARDIAN_LINK


@pytest.mark.parametrize(
    "contact",
    [
        replace(FAMILY, adult=COACH),
        replace(FAMILY, student=None, students=frozenset()),
        replace(FAMILY, rule="coach-partial-team"),
        replace(FAMILY, team=KEYS.team("v")),
        replace(FAMILY, adult=HEAD),
    ],
    ids=["another adult", "no student", "another rule", "a team", "another day"],
)
def test_a_tie_excepts_nothing_else(contact: Contact) -> None:
    tomorrow = desk(GuardianLink(ref("kid"), ref("head"), date(2026, 10, 6)))
    assert tomorrow.outcome(contact).covered_by is None
    assert tomorrow.outcome(replace(FAMILY, adult=HEAD, day=DAY + 1)).covered_by == GUARDIAN_LINK


def test_a_tie_counts_only_where_the_policy_lets_the_roster_prove_it() -> None:
    for off in ({"enabled": False}, {"from_guardian_link": False}):
        assert desk(pack=with_ground(Ground.FAMILY, **off)).outcome(FAMILY) == Outcome(None, ())
    without = replace(PACK, grounds={g: r for g, r in PACK.grounds.items() if g is not Ground.FAMILY})
    assert desk(pack=without).outcome(FAMILY) == Outcome(None, ())
