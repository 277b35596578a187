"""Exceptions are checked, not believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from auditor.authorizations import GUARDIAN_LINK, Contact, Exceptions, Outcome
from auditor.directory import Register, State, build_tables, day_number, deliver
from auditor.keys import AddressRules, Keyring
from auditor.model import (
    Authorization,
    Ground,
    GuardianLink,
    Hat,
    HatRole,
    Person,
    PersonRef,
    RosterFact,
    Team,
    TeamMember,
    TeamRole,
)
from auditor.policy import load_pack

KEYS = Keyring(b"a" * 32)
PACK = Path(__file__).parents[2] / "config" / "policies" / "injdb.toml"
RULES = {
    name: frozenset[str]()
    for name in (
        "direct-no-adult",
        "adult-dropped-mid-thread",
        "two-person-space",
        "personal-address-traffic",
        "coach-partial-team",
    )
}
SENT = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
DAY = day_number(date(2026, 10, 5))


def ref(id_: str) -> PersonRef:
    return PersonRef(person_id=id_)


WORLD: list[RosterFact] = [
    *(Person(i, i.title(), "Invented") for i in ("coach", "boss", "kid", "pal", "kin")),
    Hat(ref("coach"), HatRole.STAFF),
    Hat(ref("boss"), HatRole.STAFF),
    *(Hat(ref(i), HatRole.STUDENT) for i in ("kid", "pal", "kin")),
    Team("v", "Varsity", "sport"),
    TeamMember("v", ref("coach"), TeamRole.HEAD_COACH),
    TeamMember("v", ref("kid"), TeamRole.ATHLETE),
    TeamMember("v", ref("pal"), TeamRole.ATHLETE),
    GuardianLink(ref("kin"), ref("coach")),
]
GRANT = Authorization(
    authorization_id="A1",
    ground=Ground.COACH_CONTACT,
    adult=ref("coach"),
    student=ref("kid"),
    team_id=None,
    tool=None,
    granted_by=ref("boss"),
    granted_by_role="athletic_director",
    granted_at=SENT - timedelta(days=10),
    starts_on=date(2026, 9, 1),
    ends_on=date(2026, 12, 1),
)
PERSONAL = Contact(
    rule="personal-address-traffic",
    adult=KEYS.person("coach"),
    student=KEYS.person("kid"),
    team=None,
    sent_us=int(SENT.timestamp() * 1_000_000),
    day=DAY,
    students=frozenset({KEYS.person("kid")}),
    guardians=frozenset(),
)
TEAM = replace(PERSONAL, rule="coach-partial-team", student=None, team=KEYS.team("v"))
CONFIDENTIAL = replace(GRANT, ground=Ground.CONFIDENTIAL, team_id="v", reason_code="medical")


def ask(contact: Contact, *filed: Authorization) -> Outcome:
    facts = {"roster": [*WORLD, *filed]}
    state = deliver(State(), facts, day=DAY, keyring=KEYS, rules=AddressRules()).state
    built = build_tables(state, season_margin_days=14, show_address=str)
    return Exceptions(load_pack(PACK, rules=RULES), Register(state, built)).outcome(contact)


def test_a_prior_approval_by_the_right_person_covers() -> None:
    assert ask(PERSONAL, GRANT).covered_by == "A1"


@pytest.mark.parametrize(
    ("changed", "because"),
    [
        ({"granted_by_role": "teacher"}, "this ground needs"),
        ({"granted_by_role": None}, "nobody named"),
        ({"granted_by": ref("coach")}, "the person it is for"),
        ({"granted_at": SENT + timedelta(minutes=1)}, "does not reach back"),
        ({"granted_at": None}, "does not say when"),
        ({"starts_on": date(2026, 10, 6)}, "starts Oct 6"),
        ({"ends_on": date(2026, 10, 4)}, "ended Oct 4"),
        ({"student": None}, "neither a student nor a team"),
        ({"condition": "guardian_included"}, "needs a guardian"),
        ({"condition": "full_moon"}, "cannot be checked"),
        ({"ground": Ground.CONFIDENTIAL}, "not a ground for this kind"),
        ({"ground": Ground.ROLE_EXEMPTION}, "not a ground for this kind"),
    ],
)
def test_an_approval_that_does_not_hold_says_why(changed: dict[str, object], because: str) -> None:
    outcome = ask(PERSONAL, replace(GRANT, **changed))  # type: ignore[arg-type]
    assert outcome.covered_by is None
    assert because in " ".join(outcome.tried)


def test_the_last_day_still_counts() -> None:
    assert ask(PERSONAL, replace(GRANT, ends_on=date(2026, 10, 5))).covered_by == "A1"


def test_an_approval_for_somebody_else_is_not_even_tried() -> None:
    assert ask(PERSONAL, replace(GRANT, student=ref("pal"))) == Outcome(None, ())


def test_a_team_approval_reaches_its_members_only() -> None:
    team = replace(GRANT, student=None, team_id="v")
    assert ask(PERSONAL, team).covered_by == "A1"
    kin = replace(PERSONAL, student=KEYS.person("pal"))
    assert ask(kin, team).covered_by == "A1"
    outside = replace(PERSONAL, adult=KEYS.person("coach"), student=KEYS.person("boss"))
    assert "not on that day" in " ".join(ask(outside, team).tried)


def test_a_guardians_permission_covers_only_messages_with_a_guardian() -> None:
    grant = replace(GRANT, ground=Ground.GUARDIAN, granted_by_role="principal")
    assert ask(PERSONAL, grant).covered_by is None
    included = replace(PERSONAL, guardians=frozenset({7}))
    assert ask(included, grant).covered_by == "A1"


def test_a_guardian_link_in_the_roster_is_a_family_tie() -> None:
    own_child = replace(PERSONAL, rule="direct-no-adult", student=KEYS.person("kin"))
    assert ask(own_child).covered_by == GUARDIAN_LINK
    assert ask(replace(own_child, student=KEYS.person("kid"))).covered_by is None


def test_a_family_tie_does_not_excuse_leaving_out_the_team() -> None:
    assert ask(replace(TEAM, students=frozenset({KEYS.person("kin")}))).covered_by is None


def test_a_confidential_reason_covers_the_student_it_names() -> None:
    assert ask(TEAM, CONFIDENTIAL).covered_by == "A1"
    both = replace(TEAM, students=frozenset({KEYS.person("kid"), KEYS.person("pal")}))
    assert "students it does not name" in " ".join(ask(both, CONFIDENTIAL).tried)
    second = replace(CONFIDENTIAL, authorization_id="A2", student=ref("pal"))
    assert ask(both, CONFIDENTIAL, second).covered_by == "A1"


def test_a_confidential_reason_needs_its_code() -> None:
    outcome = ask(TEAM, replace(CONFIDENTIAL, reason_code=None))
    assert "no reason code" in " ".join(outcome.tried)


def test_half_an_approval_covers_nobody() -> None:
    assert ask(PERSONAL, replace(GRANT, student=ref("unknown"))) == Outcome(None, ())
