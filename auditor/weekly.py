"""The weekly pages: what stands at the end of a week, shown to those it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from auditor import imprints, notice, pastruns, runbook, weeks
from auditor.asof import Moment, at_the_end
from auditor.checking import team_messages
from auditor.clausefacts import gather
from auditor.clauses import clause_statement
from auditor.copies import Page
from auditor.desk import Desk, open_desk
from auditor.directory import day_number
from auditor.itembook import found_on, stored_items
from auditor.items import StoredItem
from auditor.nightrecord import NightRecord
from auditor.result import CoachWeek, CoverageStatement, Imprint, Item, PrincipalWeek
from auditor.result.clauses import ClauseStatement
from auditor.routing import IT
from auditor.workplace import AuditError, Workplace


@dataclass(frozen=True, slots=True)
class Weekly:
    """The weekly pages: one for each school, one for the athletic director, and those above them.

    ``authorities`` are pages of offices above: what the policy gives the superintendent to read,
    and what is about a reader of another page. An office without anything to read has none.
    """

    first: date
    last: date
    principals: tuple[PrincipalWeek, ...]
    coaches: CoachWeek
    authorities: tuple[tuple[str, PrincipalWeek], ...]
    """(office, its page), in the policy's order of offices."""
    clauses: ClauseStatement
    revised: tuple[Page, ...] = ()
    """New revisions of the week before, of pages whose facts are others by now."""

    @property
    def complete(self) -> bool:
        return self.coaches.coverage.complete


def weekly(
    place: Workplace, *, audit_date: date, now: datetime, progress: Callable[[str], None]
) -> Weekly:
    """Show the last full week, Monday to Sunday, that ended by ``audit_date``.

    Pages of the week before are issued again where late facts have changed them. Raises
    ``AuditError`` when no night has finished: then there is nothing to show, not nothing to see.
    Also where staff had not been told by the end of the week: see ``baseline``.
    """
    last = audit_date - timedelta(days=(audit_date.weekday() + 1) % 7)
    notice.require(place.district, last, "weekly pages")
    progress("weekly pages")
    principals: list[PrincipalWeek] = []
    authorities: list[tuple[str, PrincipalWeek]] = []
    coaches: list[CoachWeek] = []
    statements: list[ClauseStatement] = []
    for draft in drafts(place, last, now):
        page = imprints.issue(place, draft.kind, draft.audience, draft.page, now)
        if isinstance(page, CoachWeek):
            coaches.append(page)
        elif isinstance(page, ClauseStatement):
            statements.append(page)
        elif isinstance(page, PrincipalWeek) and draft.office is not None:
            authorities.append((draft.office, page))
        elif isinstance(page, PrincipalWeek):
            principals.append(page)
    return Weekly(
        last - timedelta(days=6),
        last,
        tuple(principals),
        coaches[0],
        tuple(authorities),
        statements[0],
        revised=tuple(_revised(place, last - timedelta(weeks=1), now)),
    )


def stated_now(place: Workplace, last: date) -> CoverageStatement | None:
    """Return what pages of the week that ended on ``last`` would say was checked.

    That is what makes their run complete or not. None while no night has finished.
    """
    with place.ledger.read() as connection:
        limits, accepted = place.district.known_limits, place.district.accepted_days
        word = runbook.word_on_week(connection, last, limits, accepted)
    if word is None:
        return None
    record, stated = word
    if notice.kept_back(place.district, last) is not None:
        return stated
    return _with_unplaced(stated, _unplaced_members(place, record.run_id))


def _revised(place: Workplace, last: date, now: datetime) -> Iterator[Page]:
    """Issue again the pages of a week that was issued, where their facts are others by now."""
    with place.ledger.read() as connection:
        if imprints.issued_until(connection, last) is None:
            return
    if notice.kept_back(place.district, last) is not None:
        return  # that week's page is one of sums, and stays one
    for draft in drafts(place, last, now):
        page = imprints.issue(place, draft.kind, draft.audience, draft.page, now)
        if page.imprint.made_at == now:
            yield page


@dataclass(frozen=True, slots=True)
class Draft:
    """A page that was made and not issued: its kind, the short word for its reader, its values."""

    kind: str
    audience: str
    page: Page
    office: str | None = None
    """The office above the others that reads it."""


def drafts(place: Workplace, last: date, now: datetime) -> Iterator[Draft]:
    """Make every page of the week that ended on ``last``, from what is known of it now.

    Decisions count until the week's pages were issued last, once those of a later week are out;
    for what was decided since stands on those.
    """
    week = _read_week(place, last - timedelta(days=6), last, now)
    desk = open_desk(place, {s.name: s.title for s in week.record.sources})
    shown = desk.show_all(week.stored, since=week.first)
    people = {i.id: desk.people_in(i) for i in week.stored}
    for school_id in desk.register.school_ids:
        yield _principal(desk, week, school_id, shown, people)
    yield _coaches(desk, week, shown, people)
    yield from _authorities(desk, week, shown, people)
    yield _clauses(desk, week, shown)


def _principal(
    desk: Desk, week: _Week, school_id: str, shown: Sequence[Item], people: weeks.People
) -> Draft:
    settings = desk.place.district.schools.get(school_id)
    page = weeks.principal_week(
        school_id,
        desk.register.school_name(school_id) if settings is None else settings.name,
        weeks.of_school(shown, school_id),
        people=people,
        reader=_reader(desk, "principal", (school_id,), week.last),
        imprint=week.imprint(desk.place),
        coverage=week.stated,
        weeks=week.checked,
        set_aside=week.record.set_aside,
    )
    return Draft("W", school_id if settings is None else settings.short, page)


def _authorities(
    desk: Desk, week: _Week, shown: Sequence[Item], people: weeks.People
) -> Iterator[Draft]:
    for office in desk.pack.offices:
        mine = [i for i in shown if i.routed_office == office or _reads(office, i)]
        if mine:
            yield _authority(desk, week, office, mine, people)


def _reads(office: str, item: Item) -> bool:
    """Whether an item is for an office that has no page of another kind."""
    return office in item.readers and office not in ("principal", "athletic_director", IT)


def _authority(
    desk: Desk,
    week: _Week,
    office: str,
    mine: Sequence[Item],
    people: weeks.People,
) -> Draft:
    page = weeks.principal_week(
        "",
        "",
        mine,
        people=people,
        reader=_reader(desk, office, (), week.last),
        imprint=week.imprint(desk.place),
        coverage=week.stated,
        weeks=week.checked,
        set_aside=week.record.set_aside,
        office=desk.offices.name(office),
    )
    audience = "SD" if office == "superintendent_designee" else _initials(office)
    return Draft("W", audience, page, office)


def _initials(office: str) -> str:
    return "-".join(word[:3].upper() for word in office.split("_"))


def _coaches(
    desk: Desk, week: _Week, shown: Sequence[Item], people: weeks.People
) -> Draft:
    told = notice.in_force(desk.place.district, week.last)
    first = week.first if told is None else max(week.first, told.staff_told_on)
    with desk.engine(first, week.last, intact=True) as engine:
        coach_messages = team_messages(engine)
    unplaced = _unplaced_members(desk.place, week.record.run_id)
    page = weeks.coach_week(
        shown,
        coach_messages,
        people=people,
        reader=_reader(desk, "athletic_director", (), week.last),
        imprint=week.imprint(desk.place),
        coverage=_with_unplaced(week.stated, unplaced),
        shower=desk.shower,
        set_aside=week.record.set_aside,
    )
    return Draft("A", "AD", page)


def _clauses(desk: Desk, week: _Week, shown: Sequence[Item]) -> Draft:
    place = desk.place
    with place.ledger.read() as connection:
        period = gather(desk, connection, week.record, week.stated)
    page = clause_statement(place.pack, place.rules, period, shown, week.imprint(place))
    return Draft("C", "ALL", page)


@dataclass(frozen=True, slots=True)
class _Week:
    """What the ledger knows of a week."""

    first: date
    last: date
    now: datetime
    record: NightRecord
    stated: CoverageStatement
    checked: tuple[tuple[date, bool | None], ...]
    stored: tuple[StoredItem, ...]

    def imprint(self, place: Workplace) -> Imprint:
        return imprints.blank(place, self.first, self.last, self.now)


def _read_week(place: Workplace, first: date, last: date, now: datetime) -> _Week:
    with place.ledger.read() as connection:
        limits, accepted = place.district.known_limits, place.district.accepted_days
        word = runbook.word_on_week(connection, last, limits, accepted)
        if word is None:
            raise AuditError(
                "no nightly run has finished yet, so there is nothing to report",
                where="weekly pages",
                cure="run `auditor run nightly` first",
            )
        record, stated = word
        checked = pastruns.checked_weeks(connection, record, weeks.mondays(last))
        newest = imprints.newest_week(connection)
        later = newest is not None and newest > last
        until = imprints.issued_until(connection, last) if later else None
        moment = Moment(first, last, until)
        stored = tuple(at_the_end(stored_items(connection), moment, found_on(connection)))
        return _Week(first, last, now, record, stated, checked, stored)


def _unplaced_members(place: Workplace, run_id: str) -> int:
    """Return how many places on team rosters fitted nobody for certain in the newest night."""
    with place.ledger.read() as connection:
        return pastruns.unmatched_count(connection, run_id, "team member")


def _with_unplaced(stated: CoverageStatement, unplaced: int) -> CoverageStatement:
    if not unplaced:
        return stated
    places = "1 place on a team roster fits" if unplaced == 1 else f"{unplaced} places fit"
    gap = f"{places} nobody for certain, so “whole team” may leave somebody out."
    return replace(stated, gaps=(*stated.gaps, gap))


def _reader(desk: Desk, office: str, schools: Sequence[str], last: date) -> weeks.Reader:
    """Return who reads a page: the holders of its office, and who reads what is about them."""
    day = day_number(last)
    people = desk.offices.holders(office, schools, desk.register.newest_day)
    names = sorted(desk.register.person(key, day).name for key in people)
    has_own_page = office in ("principal", "athletic_director")
    named = None if has_own_page else desk.router.reader_name(office)
    instead = desk.router.reader_name(desk.router.instead(office, people))
    return weeks.Reader(", ".join(names) or named, people, instead)
