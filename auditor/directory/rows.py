"""How a team and an approval stand on record: the columns of ``state.LATEST``, filled in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.directory.intervals import OPEN_END, OPEN_START, day_number
from auditor.directory.state import Row
from auditor.model import Authorization, PersonRef, Team

_UTC_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class ApprovalKeys:
    """Whom and what an approval names; None where it names none or, of a granter, nobody known."""

    adult: int | None
    student: int | None
    team: int | None
    granted_by: int | None
    requested_by: int | None = None


def team_row(source: str, key: int, team: Team) -> Row:
    """Return a team as it stands on record, its school as written."""
    return (
        key,
        team.team_id,
        team.name,
        team.kind,
        team.school_id,
        team.sport,
        team.level,
        OPEN_START if team.season_start is None else day_number(team.season_start),
        OPEN_END if team.season_end is None else day_number(team.season_end) + 1,
        source,
    )


def authorization_row(source: str, fact: Authorization, keys: ApprovalKeys) -> Row:
    """Return an approval as it stands on record."""
    granted_us = None
    if fact.granted_at is not None:
        granted_us = (fact.granted_at - _UTC_EPOCH) // timedelta(microseconds=1)
    return (
        fact.authorization_id,
        fact.ground.value,
        keys.adult,
        keys.student,
        keys.team,
        fact.tool,
        None if fact.granted_by is None else _named(fact.granted_by),
        keys.granted_by,
        fact.granted_by_role,
        granted_us,
        None if fact.starts_on is None else day_number(fact.starts_on),
        None if fact.ends_on is None else day_number(fact.ends_on) + 1,
        fact.condition,
        fact.reason_code,
        fact.evidence,
        keys.requested_by,
        source,
    )


def _named(ref: PersonRef) -> str:
    name = " ".join(part for part in (ref.given_name, ref.family_name) if part)
    return ref.person_id or ref.email or name
