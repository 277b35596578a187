"""Exceptions are checked, not believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

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
from auditor.policy import PolicyError, load_pack
from auditor.rule import load_rules

KEYS = Keyring(b"a" * 32)
PACK = Path(__file__).parents[2] / "config" / "policies" / "injdb.toml"
RULES = {name: frozenset(rule.parameters) for name, rule in load_rules().items()}
INJDB = load_pack(PACK, rules=RULES)
SENT = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
DAY = day_number(date(2026, 10, 5))


def ref(id_: str) -> PersonRef:
    return PersonRef(person_id=id_)


WORLD: list[RosterFact] = [
    *(
        Person(i, i.title(), "Invented")
        for i in ("coach", "boss", "new", "mum", "kid", "pal", "kin")
    ),
    Hat(ref("coach"), HatRole.STAFF),
    Hat(ref("boss"), HatRole.STAFF),
    Hat(ref("new"), HatRole.STAFF, start=date(2026, 9, 28)),
    *(Hat(ref(i), HatRole.STUDENT) for i in ("kid", "pal", "kin")),
    Team("v", "Varsity", "sport"),
    TeamMember("v", ref("coach"), TeamRole.HEAD_COACH),
    TeamMember("v", ref("kid"), TeamRole.ATHLETE),
    TeamMember("v", ref("pal"), TeamRole.ATHLETE),
    GuardianLink(ref("kin"), ref("coach")),
    GuardianLink(ref("kid"), ref("mum")),
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
CRISIS = replace(GRANT, ground=Ground.CRISIS, granted_by_role="principal")
BOSTON = ZoneInfo("America/New_York")


def on_file(*filed: Authorization) -> Exceptions:
    facts = {"roster": [*WORLD, *filed]}
    state = deliver(State(), facts, day=DAY, keyring=KEYS, rules=AddressRules()).state
    built = build_tables(state, season_margin_days=14, show_address=str)
    return Exceptions(INJDB, Register(state, built), KEYS, zone=BOSTON)


def ask(contact: Contact, *filed: Authorization) -> Outcome:
    return on_file(*filed).outcome(contact)


def standing(filed: Authorization) -> str:
    exceptions = on_file(filed)
    (one,) = exceptions.filed
    return exceptions.standing(one, DAY)


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
    outcome = ask(PERSONAL, replace(GRANT, **changed))  # type: ignore[arg-type]  # fields by name
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


GRANTERS = [
    (None, "does not name a granter the rosters know."),
    ("stranger", "does not name a granter the rosters know."),
    ("coach", "granted by the person it is for."),
    ("kid", "granted by the student it is about."),
    ("pal", "granted by a student."),
    ("mum", "granted by somebody who was not on the staff that day."),
    ("new", "granted by somebody who was not on the staff that day."),
]


@pytest.mark.parametrize(("granter", "because"), GRANTERS)
def test_only_somebody_else_on_the_staff_that_day_can_grant(
    granter: str | None, because: str
) -> None:
    grant = replace(GRANT, granted_by=None if granter is None else ref(granter))
    outcome = ask(PERSONAL, grant)
    assert outcome.covered_by is None
    assert outcome.tried[0].endswith(f": {because}")
    assert standing(grant) == because


def test_a_granter_is_judged_on_the_day_of_the_grant() -> None:
    hired = datetime(2026, 9, 28, 9, tzinfo=BOSTON)
    grant = replace(GRANT, granted_by=ref("new"), granted_at=hired)
    assert ask(PERSONAL, grant).covered_by == "A1"
    undated = replace(CRISIS, granted_by=ref("new"), granted_at=None)
    assert ask(PERSONAL, undated).covered_by == "A1"
    early = replace(PERSONAL, day=DAY - 8)
    assert "not on the staff that day" in " ".join(ask(early, undated).tried)


@pytest.mark.parametrize(
    ("on_record", "carried_by", "because"),
    [
        ("Remind", "gmail", "is for Remind, not for gmail."),
        ("Remind", None, "is for one tool, and the tool of this message is not known."),
        ("Remind", "remind", None),
        (None, "gmail", None),
        (None, None, None),
    ],
)
def test_an_approval_for_one_tool_covers_that_tool_only(
    on_record: str | None, carried_by: str | None, because: str | None
) -> None:
    outcome = ask(replace(PERSONAL, tool=carried_by), replace(GRANT, tool=on_record))
    if because is None:
        assert outcome.covered_by == "A1"
    else:
        assert outcome.covered_by is None
        assert outcome.tried[0].endswith(f": {because}")


@pytest.mark.parametrize("missing", ["starts_on", "ends_on"])
@pytest.mark.parametrize(
    ("contact", "grant"),
    [
        (PERSONAL, CRISIS),
        (PERSONAL, replace(CRISIS, ground=Ground.SAFETY)),
        (TEAM, CONFIDENTIAL),
        (TEAM, replace(CONFIDENTIAL, ground=Ground.SUBGROUP)),
    ],
    ids=["crisis", "safety", "confidential", "subgroup"],
)
def test_a_ground_that_must_be_bounded_needs_both_its_dates(
    contact: Contact, grant: Authorization, missing: str
) -> None:
    assert ask(contact, grant).covered_by == "A1"
    endless = replace(grant, **{missing: None})  # type: ignore[arg-type]  # fields by name
    outcome = ask(contact, endless)
    assert outcome.covered_by is None
    assert outcome.tried[0].endswith(": does not say from when until when it holds.")
    assert standing(endless) == "does not say from when until when it holds."


def test_other_grounds_may_stay_open_ended() -> None:
    open_ended = replace(GRANT, starts_on=None, ends_on=None)
    assert ask(PERSONAL, open_ended).covered_by == "A1"
    assert standing(open_ended) == "in force"


def test_an_approval_dated_in_the_future_covers_nothing_yet() -> None:
    tomorrow = datetime.combine(date(2026, 10, 6), time(), BOSTON)
    grant = replace(CRISIS, granted_at=tomorrow)
    outcome = ask(PERSONAL, grant)
    assert outcome.covered_by is None
    assert outcome.tried[0].endswith(": is dated in the future.")
    assert standing(grant) == "is dated in the future."


def test_the_districts_day_lasts_until_its_own_midnight() -> None:
    tonight = datetime.combine(date(2026, 10, 5), time(23, 59, 59), BOSTON)
    grant = replace(CRISIS, granted_at=tonight)
    assert ask(PERSONAL, grant).covered_by == "A1"
    assert standing(grant) == "in force"


def test_a_record_without_a_scope_is_not_shown_as_in_force() -> None:
    assert standing(replace(GRANT, student=None)).startswith("names neither a student nor a team")


def test_a_flag_of_a_ground_is_true_or_false(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    text = PACK.read_text(encoding="utf-8")
    path.write_text(text.replace("bounded = true", 'bounded = "yes"', 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"\[grounds.safety\] bounded: is neither yes nor no"):
        load_pack(path, rules=RULES)
