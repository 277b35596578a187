"""What the clause coverage statement rests on, gathered: nights, checks, and staff day by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from auditor import runbook
from auditor.coverage import days_between
from auditor.desk import Desk
from auditor.directory import day_number
from auditor.ledger.tables import rule_run
from auditor.model import HatRole
from auditor.nightrecord import NightRecord
from auditor.result import CoverageStatement, RuleRun, SourceCoverage, SourceState
from auditor.rule import Rule


@dataclass(frozen=True, slots=True)
class SchoolStaff:
    """Who was on the staff of a school, day by day (person keys)."""

    school_id: str
    name: str
    by_day: Mapping[date, frozenset[int]]

    @property
    def people(self) -> frozenset[int]:
        return frozenset().union(*self.by_day.values())


@dataclass(frozen=True, slots=True)
class Period:
    """What is known of some days, by the word of the newest night."""

    nights: tuple[NightRecord, ...]
    """Finished nights that may have judged one of the days; the newest is the last."""
    runs: Mapping[str, RuleRun]
    """How each check went in the newest night."""
    stated: CoverageStatement
    schools: tuple[SchoolStaff, ...]

    @property
    def days(self) -> tuple[date, ...]:
        return days_between(self.stated.first, self.stated.last)

    @property
    def channels(self) -> tuple[SourceCoverage, ...]:
        """Return the sources of messages that were planned."""
        return tuple(s for s in self.stated.sources if not s.is_roster)

    @property
    def days_read(self) -> frozenset[date]:
        """Days on which every source of messages was read in full; none where there is none."""
        read = [frozenset(d.day for d in s.days) - frozenset(s.unread) for s in self.channels]
        return frozenset.intersection(*read) if read else frozenset()

    @property
    def unread(self) -> tuple[str, ...]:
        """Return what is missing of the messages, in words."""
        behind = [s for s in self.channels if s.state is not SourceState.FULL]
        if not self.channels:
            return ("no source of messages is set up",)
        return tuple(f"{_days(len(s.unread))} of {s.title} not read in full" for s in behind)

    @property
    def unstaffed(self) -> tuple[str, ...]:
        """Return the schools without any staff on file, of whose days nothing can be said."""
        nobody_at = tuple(s.name for s in self.schools if not s.people)
        return nobody_at if self.schools else ("any school",)

    def days_made(self, rule_id: str) -> frozenset[date]:
        """Return the days on which some night has made a check."""
        return frozenset(
            day
            for night in self.nights
            if any(bound.rule == rule_id and bound.ran for bound in night.rules)
            for day in self.days
            if night.judged_from <= day <= night.audit_date
        )


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def gather(
    desk: Desk, connection: Connection, record: NightRecord, stated: CoverageStatement
) -> Period:
    """Read what bears on the days of ``stated``; ``record`` is the newest night."""
    before = [
        n for n in runbook.finished_nights(connection, stated.first) if n.run_id < record.run_id
    ]
    table = rule_run.c
    query = select(table.rule, table.state, table.hits, table.reason)
    runs = {
        name: _run(rule, SourceState(state), hits, reason)
        for name, state, hits, reason in connection.execute(
            query.where(table.run_id == record.run_id)
        )
        if (rule := desk.place.rules.get(name)) is not None
    }
    days = days_between(stated.first, stated.last)
    return Period((*before, record), runs, stated, _schools(desk, days))


def _run(rule: Rule, state: SourceState, hits: int | None, reason: str | None) -> RuleRun:
    needs = tuple(str(need) for need in rule.needs)
    return RuleRun(rule.id, rule.title, needs, state, hits, 0.0, reason)


def _schools(desk: Desk, days: tuple[date, ...]) -> tuple[SchoolStaff, ...]:
    """Return every school at which anybody works or learns on one of the days."""
    register, configured = desk.register, desk.place.district.schools
    staff = {day: register.staff_on(day_number(day)) for day in days}
    attended = _attended(desk, days)
    found = []
    for school_id in register.school_ids:
        by_day = {
            day: frozenset(person for person, where, _ in people if where == school_id)
            for day, people in staff.items()
        }
        settings = configured.get(school_id)
        name = register.school_name(school_id) if settings is None else settings.name
        one = SchoolStaff(school_id, name, by_day)
        if one.people or school_id in attended:
            found.append(one)
    return tuple(found)


def _attended(desk: Desk, days: tuple[date, ...]) -> frozenset[str]:
    """Return the schools that have a student on one of the days."""
    first, last = day_number(days[0]), day_number(days[-1])
    rows = desk.built.tables["person_role"].to_pylist()
    return frozenset(
        row["school_id"]
        for row in rows
        if row["role"] == HatRole.STUDENT.value
        and row["school_id"] is not None
        and row["from_day"] <= last
        and first < row["until_day"]
    )
