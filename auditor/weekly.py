"""The weekly pages: what stands at the end of a week, shown to those it concerns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from auditor import imprints, runbook, weeks
from auditor.checking import team_messages
from auditor.desk import Desk, open_desk
from auditor.directory import day_number
from auditor.itembook import stored_items
from auditor.items import StoredItem
from auditor.result import CoachWeek, CoverageStatement, Imprint, Item, PrincipalWeek
from auditor.workplace import AuditError, Workplace


@dataclass(frozen=True, slots=True)
class Weekly:
    """The weekly pages: one for each school, one for the athletic director.

    ``designee`` holds the items about readers of the others; None if there are none.
    """

    first: date
    last: date
    principals: tuple[PrincipalWeek, ...]
    coaches: CoachWeek
    designee: PrincipalWeek | None

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
    week = _read_week(place, last - timedelta(days=6), last, now)
    progress("weekly pages")
    desk = open_desk(place, {s.name: s.title for s in week.record.sources})
    in_time = [i for i in week.stored if i.hits and i.hits[0].day <= day_number(last)]
    shown = desk.show_all(in_time, since=week.first)
    adults = {i.id: i.subject.adult for i in in_time}
    return Weekly(
        week.first,
        week.last,
        tuple(
            _principal(desk, week, school_id, shown, adults)
            for school_id in desk.register.school_ids
        ),
        _coaches(desk, week, shown, adults),
        _designee(desk, week, shown, adults),
    )


def _principal(
    desk: Desk, week: _Week, school_id: str, shown: Sequence[Item], adults: Mapping[str, int]
) -> PrincipalWeek:
    settings = desk.place.district.schools.get(school_id)
    page = weeks.principal_week(
        school_id,
        desk.register.school_name(school_id) if settings is None else settings.name,
        weeks.of_school(shown, school_id),
        adults=adults,
        reader=_reader(desk, None if settings is None else settings.principal, week.last),
        imprint=week.imprint(desk.place),
        coverage=week.stated,
        weeks=week.checked,
        set_aside=week.record.set_aside,
    )
    short = school_id if settings is None else settings.short
    return replace(page, imprint=imprints.issue(desk.place, "W", short, page, week.now))


def _designee(
    desk: Desk, week: _Week, shown: Sequence[Item], adults: Mapping[str, int]
) -> PrincipalWeek | None:
    routed = [i for i in shown if i.routed_to is not None]
    if not routed:
        return None
    page = weeks.principal_week(
        "",
        "",
        routed,
        adults=adults,
        reader=weeks.Reader(desk.instead, None, desk.instead),
        imprint=week.imprint(desk.place),
        coverage=week.stated,
        weeks=week.checked,
        set_aside=week.record.set_aside,
    )
    return replace(page, imprint=imprints.issue(desk.place, "W", "SD", page, week.now))


def _coaches(
    desk: Desk, week: _Week, shown: Sequence[Item], adults: Mapping[str, int]
) -> CoachWeek:
    with desk.engine(week.first, week.last) as engine:
        coach_messages = team_messages(engine)
    unplaced = _unplaced_members(desk.place, week.record.run_id)
    page = weeks.coach_week(
        shown,
        coach_messages,
        adults=adults,
        reader=_reader(desk, desk.place.district.athletic_director, week.last),
        imprint=week.imprint(desk.place),
        coverage=_with_unplaced(week.stated, unplaced),
        shower=desk.shower,
        set_aside=week.record.set_aside,
    )
    return replace(page, imprint=imprints.issue(desk.place, "A", "AD", page, week.now))


@dataclass(frozen=True, slots=True)
class _Week:
    """What the ledger knows of a week."""

    first: date
    last: date
    now: datetime
    record: runbook.NightRecord
    stated: CoverageStatement
    checked: tuple[tuple[date, bool | None], ...]
    stored: tuple[StoredItem, ...]

    def imprint(self, place: Workplace) -> Imprint:
        return imprints.blank(place, self.first, self.last, self.now)


def _read_week(place: Workplace, first: date, last: date, now: datetime) -> _Week:
    with place.ledger.read() as connection:
        record = runbook.last_night(connection)
        if record is None:
            raise AuditError(
                "no nightly run has finished yet, so there is nothing to report",
                where="weekly pages",
                cure="run `auditor run nightly` first",
            )
        limits = place.district.known_limits
        stated = runbook.coverage_of(connection, record, first, last, limits)
        checked = runbook.checked_weeks(connection, record, weeks.mondays(last))
        stored = tuple(stored_items(connection))
        return _Week(first, last, now, record, stated, checked, stored)


def _unplaced_members(place: Workplace, run_id: str) -> int:
    """Return how many places on team rosters fitted nobody for certain in the newest night."""
    with place.ledger.read() as connection:
        return runbook.unmatched_count(connection, run_id, "team member")


def _with_unplaced(stated: CoverageStatement, unplaced: int) -> CoverageStatement:
    if not unplaced:
        return stated
    places = "1 place on a team roster fits" if unplaced == 1 else f"{unplaced} places fit"
    gap = f"{places} nobody for certain, so “whole team” may leave somebody out."
    return replace(stated, gaps=(*stated.gaps, gap))


def _reader(desk: Desk, named: str | None, last: date) -> weeks.Reader:
    key = desk.person_key(named)
    name = None if key is None else desk.register.person(key, day_number(last)).name
    return weeks.Reader(name, key, desk.instead)
