"""A policy, its offices and approvals made short, for tests of what covers a contact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from auditor.directory import Interval, day_number
from auditor.filed import Filed
from auditor.model import Ground, HatRole
from auditor.offices import Holding
from auditor.policy import GroundRules, Office, Pack, load_pack
from auditor.refusals import Contact
from auditor.rule import load_rules

PACKS = Path(__file__).parents[2] / "config" / "policies"
PACK = load_pack(
    PACKS / "injdb.toml",
    rules={name: frozenset(rule.parameters) for name, rule in load_rules().items()},
)
TODAY = date(2026, 10, 5)
DAY = day_number(TODAY)
DAY_US = 86_400_000_000
COACH, KID, PAL, BOSS = 1, 2, 3, 9
TEAM, OTHER_TEAM = 7, 8
TERM = Interval(DAY - 30, DAY + 30)


def with_ground(ground: Ground, **changed: object) -> Pack:
    rules: GroundRules = replace(PACK.grounds[ground], **changed)  # type: ignore[arg-type]  # by name
    return replace(PACK, grounds={**PACK.grounds, ground: rules})


def with_office(office: Office) -> Pack:
    return replace(PACK, offices={**PACK.offices, office.id: office})


def holding(
    person: int, office: str, school: str | None = None, days: Interval = TERM
) -> Holding:
    return Holding(person, office, school, days)


def filed(**changed: object) -> Filed:
    """Return the approval of a coach for one student, as the directory holds it."""
    made = Filed(
        id="A1",
        key=100,
        ground=Ground.COACH_CONTACT,
        adult=COACH,
        student=KID,
        team=None,
        tool=None,
        granted_by="boss",
        granted_by_key=BOSS,
        granted_by_role="athletic_director",
        granted_us=(DAY - 10) * DAY_US,
        starts=DAY - 9,
        until=DAY + 9,
        conditions=(),
        reason_code=None,
        evidence=None,
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name


def contact(**changed: object) -> Contact:
    """Return a message of a coach to one student at noon."""
    made = Contact(
        rule="personal-address-traffic",
        adult=COACH,
        student=KID,
        team=None,
        sent_us=DAY * DAY_US + DAY_US // 2,
        day=DAY,
        students=frozenset({KID}),
        guardians=frozenset(),
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name


def rules(**changed: object) -> GroundRules:
    made = GroundRules(
        ground=Ground.COACH_CONTACT,
        name="Coach",
        clause=None,
        covers=("personal-address-traffic",),
        granted_by=("principal",),
        hats=(HatRole.COACH,),
        prior=True,
        bounded=False,
        conditions=(),
        reason_codes=(),
        from_guardian_link=False,
        enabled=True,
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name
