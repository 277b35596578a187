"""Holding a check back that would suddenly list a large share of all staff at once.

That so many people took up the same thing in one night is less likely than that a list went wrong:
a group that is no longer expanded, a roster whose roles moved, a rule that was changed. Then nobody
is listed by that check, every page says that it was not made, and a person looks first. Whoever
releases it says who they are and why; the next night then goes back over the days it missed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from auditor import chain
from auditor.chain import Kind
from auditor.checking import Findings
from auditor.desk import Desk
from auditor.directory import day_number
from auditor.itembook import stored_items
from auditor.items import Hit
from auditor.ledger.kept import breaker_trip
from auditor.result import HELD_BACK, RuleRun, SourceState
from auditor.workplace import AuditError, Breaker, Workplace


@dataclass(frozen=True, slots=True)
class Trip:
    """One check that was held back, and who has released it since, if anybody has."""

    rule: str
    run_id: str
    held_at: datetime
    adults: frozenset[int]
    """Whom it would have listed and had not before: a release is about these."""
    staff: int
    """How many were on the staff of the district that night."""
    released_by: str | None = None
    released_at: datetime | None = None
    because: str | None = None

    def __str__(self) -> str:
        return f"{HELD_BACK}{len(self.adults)} more of {self.staff} members of staff at once"


def held_back(desk: Desk, found: Findings, last: date, run_id: str, now: datetime) -> Findings:
    """Return the findings without those of checks that would list too many people at once.

    Too many of those who are on the staff on ``last``, the last day judged.

    Such a check counts as not made, with the reason; that it was is kept in the ledger.
    """
    staff = len({key for key, _, _ in desk.register.staff_on(day_number(last))})
    allowed = _allowed(desk.place.district.breaker, staff)
    new = _newly_listed(desk, found.hits)
    held = {
        rule: Trip(rule, run_id, now, frozenset(adults), staff)
        for rule, adults in new.items()
        if len(adults) > allowed
    }
    if not held:
        return found
    with desk.place.ledger.begin() as connection:
        for trip in held.values():
            _remember(connection, trip)
    return replace(
        found,
        hits=tuple(hit for hit in found.hits if hit.subject.rule not in held),
        rules=tuple(_not_made(run, held.get(run.rule)) for run in found.rules),
    )


def _allowed(breaker: Breaker, staff: int) -> int:
    """Return how many people one night may list anew by one check."""
    return max(breaker.staff_people, staff * breaker.staff_percent // 100)


def _newly_listed(desk: Desk, hits: tuple[Hit, ...]) -> dict[str, set[int]]:
    """Return the adults whom each check would list tonight and neither has listed nor may list.

    Of messages alone: records, such as a handbook that nobody has signed, often concern everybody.
    """
    with desk.place.ledger.read() as connection:
        known = {
            (item.subject.rule, item.subject.adult)
            for item in stored_items(connection)
            if item.withdrawn_on is None
        }
        known |= {
            (trip.rule, adult)
            for trip in trips(connection)
            if trip.released_by is not None
            for adult in trip.adults
        }
    new: dict[str, set[int]] = {}
    for hit in hits:
        adult = hit.subject.adult
        listed = hit.sent_by_adult and hit.covered_by is None and not hit.is_record
        if adult is not None and listed and (hit.subject.rule, adult) not in known:
            new.setdefault(hit.subject.rule, set()).add(adult)
    return new


def _not_made(run: RuleRun, trip: Trip | None) -> RuleRun:
    if trip is None:
        return run
    return replace(run, state=SourceState.NONE, hits=None, reason=str(trip))


# ---- the ledger -----------------------------------------------------------------------------


def trips(connection: Connection) -> list[Trip]:
    """Return every check that was ever held back, the oldest first."""
    query = select(breaker_trip).order_by(breaker_trip.c.run_id, breaker_trip.c.rule)
    return [_trip(row) for row in connection.execute(query).mappings()]


def release(place: Workplace, rule: str, *, by: str, because: str, now: datetime) -> Trip:
    """Let a check list the people for whom it was held back last.

    Raises ``AuditError`` if it is not held back.
    """
    table = breaker_trip
    with place.ledger.begin() as connection:
        waiting = [
            trip for trip in trips(connection) if trip.rule == rule and trip.released_by is None
        ]
        if not waiting:
            raise AuditError(
                "it is not held back",
                where=rule,
                cure="`auditor breaker list` shows which checks are",
            )
        trip = waiting[-1]
        connection.execute(
            update(table)
            .where(table.c.rule == rule, table.c.run_id == trip.run_id)
            .values(released_by=by, released_at=now.isoformat(), released_because=because)
        )
        body = {"rule": rule, "held_back_in": trip.run_id}
        chain.append(connection, Kind.ACKNOWLEDGEMENT, now, body)
    return replace(trip, released_by=by, released_at=now, because=because)


def _remember(connection: Connection, trip: Trip) -> None:
    """Keep what is held back tonight in place of what was of that check and not yet released."""
    table = breaker_trip
    waiting = (table.c.rule == trip.rule) & table.c.released_by.is_(None)
    connection.execute(delete(table).where(waiting))
    connection.execute(
        insert(table).values(
            rule=trip.rule,
            run_id=trip.run_id,
            held_at=trip.held_at.isoformat(),
            people_json=json.dumps({"adults": sorted(trip.adults), "staff": trip.staff}),
        )
    )


def _trip(row: Mapping[Any, Any]) -> Trip:
    people = json.loads(row["people_json"])
    at = row["released_at"]
    return Trip(
        rule=row["rule"],
        run_id=row["run_id"],
        held_at=datetime.fromisoformat(row["held_at"]),
        adults=frozenset(people["adults"]),
        staff=people["staff"],
        released_by=row["released_by"],
        released_at=None if at is None else datetime.fromisoformat(at),
        because=row["released_because"],
    )
