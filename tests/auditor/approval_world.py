"""A school with a coach, a principal and two athletes, and approvals on file there, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from auditor.authorizations import Came, Contact, Exceptions, Outcome
from auditor.directory import Interval, State
from auditor.model import (
    Authorization,
    Ground,
    GuardianLink,
    HatRole,
    School,
    Team,
    TeamMember,
    TeamRole,
)
from auditor.offices import Holding, Offices
from auditor.policy import Pack
from auditor.records import Disclosure, StateFact, SubgroupMember
from tests.auditor.directory_world import DAY, KEYS, person, ref, register, take
from tests.auditor.office_world import PACK

BOSTON = ZoneInfo("America/New_York")
NOON = datetime(2026, 10, 5, 16, 0, tzinfo=UTC)
WORLD: list[StateFact] = [
    *(School("s1", "Alder Hill High School"), School("s2", "Elm Street Middle School")),
    *(f for id_ in ("coach", "boss", "head", "aide") for f in person(id_, f"{id_} Olt", HatRole.STAFF)),
    *(f for id_ in ("kid", "pal") for f in person(id_, f"{id_} Ng", HatRole.STUDENT)),
    *(f for id_ in ("mum",) for f in person(id_, f"{id_} Ng")),
    Team("v", "Varsity", "sport", "s1"),
    Team("e", "Elm Choir", "club", "s2"),
    TeamMember("v", ref("coach"), TeamRole.HEAD_COACH),
    *(TeamMember("v", ref(id_), TeamRole.ATHLETE) for id_ in ("kid", "pal")),
    GuardianLink(ref("kid"), ref("mum")),
]
COACH, BOSS, HEAD, AIDE, KID, PAL, MUM = (
    KEYS.person(id_) for id_ in ("coach", "boss", "head", "aide", "kid", "pal", "mum")
)
GRANT = Authorization(
    "A1", Ground.COACH_CONTACT, ref("coach"), ref("kid"), None, None, ref("boss"), "Principal",
    NOON - timedelta(days=10), date(2026, 9, 1), date(2026, 12, 1),
)  # fmt: skip
GRANTED = DAY - 10
PAIR = Contact(
    "personal-address-traffic", COACH, KID, None, int(NOON.timestamp()) * 1_000_000, DAY,
    frozenset({KID}), frozenset(),
)  # fmt: skip
TO_TEAM = replace(
    PAIR, rule="coach-partial-team", student=None, team=KEYS.team("v"), students=frozenset({KID})
)
CAPTAIN = SubgroupMember(
    "G1", "v", "Captains", ref("kid"), ref("boss"), "Principal", GRANT.granted_at,
    date(2026, 9, 1), date(2026, 12, 1),
)  # fmt: skip
CRISIS = Disclosure(
    "C1", ref("coach"), ref("kid"), "phone", NOON, None, NOON + timedelta(hours=3), ref("boss"),
    "Principal",
)  # fmt: skip
TOOL = replace(
    GRANT, ground=Ground.TOOL, adult=None, student=None, tool="Remind",
    granted_by_role="superintendent",
)  # fmt: skip
FAMILY = replace(PAIR, rule="direct-no-adult", adult=MUM)


def held(person_key: int, office: str, school: str | None = None, days: Interval | None = None) -> Holding:
    return Holding(person_key, office, school, days or Interval(DAY - 100, DAY + 100))


def desk(
    *facts: StateFact, offices: Iterable[Holding] | None = (), pack: Pack = PACK, zone: tzinfo = BOSTON
) -> Exceptions:
    state = take(State(), {"roster": [*WORLD, *facts]}).state
    named = None if offices is None else Offices(pack, offices)
    return Exceptions(pack, register(state, 14), KEYS, named, zone)


def came(out: Outcome) -> list[Came]:
    return [one.came for one in out.attempts]
