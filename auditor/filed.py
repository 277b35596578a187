"""Everything on file that may except a contact, in one form: approvals, sub-groups, crisis reports.

An office writes them in tables of their own; what each of them excepts, and on what conditions, is
the same question, asked in ``authorizations``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from auditor.directory import Register, day_number
from auditor.directory.state import Row
from auditor.keys import Keyring
from auditor.model import Ground

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Filed:
    """An approval as the directory holds it. Days are day numbers; ``until`` is not included."""

    id: str
    key: int
    ground: Ground
    adult: int | None
    student: int | None
    team: int | None
    granted_by_key: int | None
    granted_by_role: str | None
    granted_us: int | None
    starts: int | None
    until: int | None
    tool: str | None = None
    granted_by: str | None = None
    conditions: tuple[str, ...] = ()
    reason_code: str | None = None
    evidence: str | None = None
    requested_by_key: int | None = None
    granted_some_time_on: int | None = None
    """The day it was granted, where the record gives the day and not the hour."""
    is_unreported: bool = False
    """A crisis the office knows of and the adult has not reported: no exception yet."""

    @classmethod
    def of(cls, row: Row, keyring: Keyring, zone: tzinfo) -> Filed:
        """Read a row of the directory's ``authorization`` relation."""
        (id_, ground, adult, student, team, tool, by, by_key, role, at, starts, until) = row[:12]
        condition, reason_code, evidence, requested = row[12:16]
        return cls(
            id=id_,
            key=keyring.key("approval", id_),
            ground=Ground(ground),
            adult=adult,
            student=student,
            team=team,
            tool=tool,
            granted_by=by,
            granted_by_key=by_key,
            granted_by_role=word(role),
            granted_us=at,
            starts=starts,
            until=until,
            conditions=tuple(c.strip() for c in (condition or "").split(";") if c.strip()),
            reason_code=reason_code,
            evidence=evidence,
            requested_by_key=requested,
            granted_some_time_on=some_time_on(at, zone),
        )


def on_file(register: Register, keyring: Keyring, zone: tzinfo) -> list[Filed]:
    """Return all that is on file, in order of id.

    Members of a sub-group are one approval each, under the sub-group's id; a crisis report excepts
    its pair for its days, and stands for itself whenever it was made.
    """
    found = [Filed.of(row, keyring, zone) for row in register.approvals]
    found += _subgroups(register.subgroups, keyring, zone)
    found += [_crisis(row, keyring, zone) for row in register.disclosures]
    return sorted(found, key=lambda filed: (filed.id, filed.student or 0))


def _subgroups(rows: Iterable[Row], keyring: Keyring, zone: tzinfo) -> Iterable[Filed]:
    for row in rows:
        _, id_, team, name, member, by_key, role, at, starts, until = row[:10]
        yield Filed(
            id=id_,
            key=keyring.key("approval", id_),
            ground=Ground.SUBGROUP,
            adult=None,
            student=member,
            team=team,
            granted_by_key=by_key,
            granted_by_role=word(role),
            granted_us=at,
            starts=starts,
            until=until,
            evidence=name,
            granted_some_time_on=some_time_on(at, zone),
        )


def _crisis(row: Row, keyring: Keyring, zone: tzinfo) -> Filed:
    id_, adult, student, _, first_us, last, reported_us, told, role = row[:9]
    first = day_in(first_us, zone)
    until = last
    if until is None:  # without a last day it ends with the day on which it was told
        until = first + 1 if reported_us is None else day_in(reported_us, zone) + 1
    return Filed(
        id=id_,
        key=keyring.key("approval", id_),
        ground=Ground.CRISIS,
        adult=adult,
        student=student,
        team=None,
        granted_by_key=told,
        granted_by_role=word(role),
        granted_us=reported_us,
        starts=first,
        until=until,
        is_unreported=reported_us is None,
    )


def day_in(microseconds: int, zone: tzinfo) -> int:
    """Return the day number of a stored time in a zone."""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    return day_number(moment.astimezone(zone).date())


def some_time_on(microseconds: int | None, zone: tzinfo) -> int | None:
    """Return the day of a time that is a day's last second: that is how a bare day is kept."""
    if microseconds is None:
        return None
    moment = (_EPOCH + timedelta(microseconds=microseconds)).astimezone(zone)
    bare = moment.time() == _LAST_SECOND
    return day_number(moment.date()) if bare else None


def by_adult(filed: Iterable[Filed]) -> dict[int | None, list[Filed]]:
    groups: dict[int | None, list[Filed]] = defaultdict(list)
    for one in filed:
        groups[one.adult].append(one)
    return groups


def plain_tool(written: str) -> str:
    """Return a tool's id from however it is written, where no catalogue tells more."""
    return written.strip().casefold()


def word(text: str | None) -> str | None:
    """Return an office as packs write it: "Athletic Director" -> "athletic_director"."""
    return None if text is None else text.strip().lower().replace(" ", "_").replace("-", "_")
