"""The weekly pages: what stands at the end of a week, shown to those it concerns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from auditor import imprints, runbook, weeks
from auditor.checking import team_messages
from auditor.desk import Desk, open_desk
from auditor.directory import day_number
from auditor.itembook import stored_items
from auditor.items import StoredItem
from auditor.result import CoachWeek, CoverageStatement, PrincipalWeek
from auditor.workplace import AuditError, Workplace


@dataclass(frozen=True, slots=True)
class Weekly:
    """The weekly pages: one for each school, one for the athletic director."""

    first: date
    last: date
    principals: tuple[PrincipalWeek, ...]
    coaches: CoachWeek

    @property
    def complete(self) -> bool:
        return self.coaches.coverage.complete


def weekly(
    place: Workplace, *, audit_date: date, now: datetime, progress: Callable[[str], None]
) -> Weekly:
    """Show the last full week, Monday to Sunday, that ended by ``audit_date``.

    Raises ``AuditError`` when no night has finished: then there is nothing to show, not nothing
    to see.
    """
    last = audit_date - timedelta(days=(audit_date.weekday() + 1) % 7)
    first = last - timedelta(days=6)
    record, stated, checked, stored = _week_facts(place, first, last)
    titles = {s.name: s.title for s in record.sources}
    progress("weekly pages")
    desk = open_desk(place, titles)
    in_time = [i for i in stored if i.hits and i.hits[0].day <= day_number(last)]
    shown = desk.show_all(in_time, since=first)
    adults = {i.id: i.subject.adult for i in in_time}
    with desk.engine(first, last) as engine:
        coach_messages = team_messages(engine)
    principals = []
    for school_id in desk.register.school_ids:
        settings = place.district.schools.get(school_id)
        page = weeks.principal_week(
            school_id,
            desk.register.school_name(school_id) if settings is None else settings.name,
            shown,
            adults=adults,
            reader=_reader(desk, None if settings is None else settings.principal, last),
            imprint=imprints.blank(place, first, last, now),
            coverage=stated,
            weeks=checked,
            set_aside=record.set_aside,
        )
        short = school_id if settings is None else settings.short
        principals.append(replace(page, imprint=imprints.issue(place, "W", short, page, now)))
    coaches = weeks.coach_week(
        shown,
        coach_messages,
        adults=adults,
        reader=_reader(desk, place.district.athletic_director, last),
        imprint=imprints.blank(place, first, last, now),
        coverage=stated,
        shower=desk.shower,
        set_aside=record.set_aside,
    )
    coaches = replace(coaches, imprint=imprints.issue(place, "A", "AD", coaches, now))
    return Weekly(first, last, tuple(principals), coaches)


def _week_facts(
    place: Workplace, first: date, last: date
) -> tuple[
    runbook.NightRecord,
    CoverageStatement,
    tuple[tuple[date, bool | None], ...],
    list[StoredItem],
]:
    with place.ledger.read() as connection:
        record = runbook.last_night(connection)
        if record is None:
            raise AuditError(
                "no nightly run has finished yet, so there is nothing to report",
                where="weekly pages",
                cure="run `auditor run nightly` first",
            )
        stated = runbook.coverage_of(connection, record, first, last, place.district.known_limits)
        checked = runbook.checked_weeks(connection, record, weeks.mondays(last))
        return record, stated, checked, stored_items(connection)


def _reader(desk: Desk, named: str | None, last: date) -> weeks.Reader:
    key = desk.person_key(named)
    name = None if key is None else desk.register.person(key, day_number(last)).name
    return weeks.Reader(name, key, desk.instead)
