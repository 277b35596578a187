"""``auditor run``: the jobs that change something, one at a time for each ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor import audit, runs
from auditor.audit import Weekly, Workplace
from auditor.ledger import StorageError
from auditor.result.baseline import BaselineWeek
from cron import configured, console, decisionfile, digesting, health, leader, wiring
from cron.as_json import not_checked
from cron.digesting import Period
from cron.mailing import Mailing, Posted
from cron.outcome import CommandError, Exit, Outcome
from cron.post import PostOffice
from cron.press import Press
from cron.ran import AlreadyDone, Job, Page, Ran
from cron.wiring import Office

EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """How a job is to be done, where that is not as usual."""

    again: bool = False
    """Do it though it was done before."""
    mailing: Mailing = Mailing.SEND
    only: Period | None = None
    """Narrows a digest to the mail about one kind of period."""


USUAL = Asked()


def run(config: Path, job: Job, given_date: date | None, asked: Asked = USUAL) -> Outcome:
    """Do a job for an audit date, by default yesterday in the district."""
    if asked.only is not None and job is not Job.DIGEST:
        cure = f"Write: auditor run digest --job {asked.only}"
        raise CommandError(f"{job} has no parts", where="--job", cure=cure)
    if asked.again or job is Job.DIGEST:  # a digest sends nothing twice by itself
        ran: Ran | AlreadyDone = do(config, job, given_date, asked)
    else:
        ran = once(config, job, given_date, asked)
    return Outcome(ran.as_json(), ran.show, ran.exit_code)


def once(
    config: Path, job: Job, given_date: date | None, asked: Asked = USUAL
) -> Ran | AlreadyDone:
    """Do a job under the lock and publish its pages, unless it was done before.

    Of one done before, only the mail that did not go out is sent; but a week's pages with gaps that
    have closed since are made anew.
    """
    with _shift(config, job, given_date, asked) as shift:
        with shift.place.ledger.read() as connection:
            version = runs.policy_version(shift.place)
            earlier = runs.earlier(connection, job, shift.audit_date, version)
        if earlier is None or (job is Job.WEEKLY and _less_is_missing(shift, earlier)):
            return _do(shift, job)
        mailing = shift.asked.mailing
        posted = digesting.once_more(shift.post, job, shift.audit_date, mailing, shift.step)
        return AlreadyDone(earlier, posted)


def revise_week(config: Path, day: date, asked: Asked = USUAL) -> Ran | None:
    """Make the pages of the last week that ended by ``day`` anew, if gaps of theirs have closed."""
    with _shift(config, Job.WEEKLY, runs.identity_day(Job.WEEKLY, day), asked) as shift:
        with shift.place.ledger.read() as connection:
            version = runs.policy_version(shift.place)
            earlier = runs.earlier(connection, Job.WEEKLY, day, version)
        if earlier is None or not _less_is_missing(shift, earlier):
            return None
        return _do(shift, Job.WEEKLY)


def _less_is_missing(shift: _Shift, earlier: runs.Earlier) -> bool:
    """Whether something that a week's pages said was not checked is there by now."""
    if earlier.complete:
        return False
    stated = audit.stated_now(shift.place, runs.identity_day(Job.WEEKLY, shift.audit_date))
    missing = () if stated is None else not_checked(stated)
    return not set(earlier.outcome.get("not_checked", ())) <= set(missing)


def do(config: Path, job: Job, given_date: date | None, asked: Asked = USUAL) -> Ran:
    """Do a job under the lock and publish its pages, though it may have been done before."""
    with _shift(config, job, given_date, asked) as shift:
        return _digest(shift) if job is Job.DIGEST else _do(shift, job)


@dataclass(frozen=True, slots=True)
class _Shift:
    """What a run works with while it alone may work."""

    office: Office
    place: Workplace
    audit_date: date
    now: datetime
    asked: Asked
    post: PostOffice | None
    step: console.Step


@contextmanager
def _shift(config: Path, job: Job, given_date: date | None, asked: Asked) -> Iterator[_Shift]:
    office = wiring.prepare(config)
    now = datetime.now(UTC)
    zone = office.settings.district.timezone
    audit_date = given_date or yesterday(now, zone)
    refuse_day(audit_date, now.astimezone(zone).date())
    label = f"{job} {audit_date}"
    with (
        leader.lead(office.settings.storage, job=label, now=now.astimezone(zone)),
        digesting.workplace(office, job, audit_date, now, asked.mailing) as place,
        console.steps(label) as step,
    ):
        configured.note(office, place, config, now)
        post = digesting.post_office(office, place, now)
        try:
            yield _Shift(office, place, audit_date, now, asked, post, step)
        finally:
            _tell_health(office, place)


def _tell_health(office: Office, place: Workplace) -> None:
    try:
        health.refresh(office.settings.storage, place.ledger, datetime.now(UTC))
    except (OSError, StorageError) as error:  # the run is what it is; the next one tells again
        console.LOG.warning("%s was not written: %s", health.NAME, error)


def _do(shift: _Shift, job: Job) -> Ran:
    with digesting.failure_told(shift.post, job, shift.audit_date, shift.asked.mailing):
        ran = _nightly(shift) if job is Job.NIGHTLY else _weekly(shift)
    assert ran.run_id is not None  # noqa: S101  (both are runs)
    runs.tell(shift.place.ledger, ran.run_id, ran.as_json())
    return _with_mail(ran, _post(shift, job, [page.json for page in ran.pages]))


def _post(shift: _Shift, job: Job, pages: list[Path]) -> Posted | None:
    asked = shift.asked.mailing
    return digesting.after_job(shift.post, job, pages, shift.audit_date, asked, shift.step)


def _digest(shift: _Shift) -> Ran:
    asked = shift.asked
    posted = digesting.digest(shift.post, shift.audit_date, asked.mailing, asked.only, shift.step)
    return _with_mail(Ran(Job.DIGEST, None, shift.audit_date, Exit.COMPLETE, (), ()), posted)


def _with_mail(ran: Ran, posted: Posted | None) -> Ran:
    """Add what became of the mail; mail that did not go out is a gap, whatever else went well."""
    trouble = posted is not None and posted.troubles
    code = Exit.GAPS if trouble and ran.exit_code is Exit.COMPLETE else ran.exit_code
    return replace(ran, posted=posted, exit_code=code)


def yesterday(now: datetime, zone: ZoneInfo) -> date:
    """Return the day a run audits: the last one that is over in the district."""
    return now.astimezone(zone).date() - timedelta(days=1)


def refuse_day(audit_date: date, today: date) -> None:
    """Raise ``CommandError`` for a day that cannot be audited."""
    if not EARLIEST <= audit_date <= today:
        raise CommandError(
            f"{audit_date} cannot be audited: today is {today}",
            where="--date",
            cure=f"Give a day from {EARLIEST} to today; a wrong clock is mended before a run",
        )


def _nightly(shift: _Shift) -> Ran:
    office, place, audit_date = shift.office, shift.place, shift.audit_date
    sources = wiring.open_sources(office, place.ledger)
    chores = tuple(decisionfile.take_in(place, office.settings.decisions, shift.now))
    night = audit.nightly(
        place,
        sources,
        audit_date=audit_date,
        now=shift.now,
        progress=shift.step,
        chores=chores,
    )
    shift.step("pages")
    made = Press(place, office.settings.storage.reports / Job.NIGHTLY).put(night)
    page = Page("IT", night.verdict, made.html, made.json, made.csv, made.sha256)
    return Ran(
        Job.NIGHTLY,
        night.run_id,
        audit_date,
        Exit(night.exit_code),
        (page,),
        tuple(not_checked(night.coverage)),
        night,
    )


def _weekly(shift: _Shift) -> Ran:
    place, audit_date, now = shift.place, shift.audit_date, shift.now
    with runs.recorded(place, Job.WEEKLY, audit_date, now) as run_id:
        press = Press(place, shift.office.settings.storage.reports / Job.WEEKLY)
        if audit.kept_back(place.district, audit.week_end(audit_date)) is None:
            week = audit.weekly(place, audit_date=audit_date, now=now, progress=shift.step)
            shift.step("pages")
            pages, stated = _weekly_pages(week, press), week.coaches.coverage
        else:
            sums = audit.baseline(place, audit_date=audit_date, now=now, progress=shift.step)
            pages, stated = (_baseline_page(sums, press),), sums.coverage
        early = not place.district.is_over(runs.identity_day(Job.WEEKLY, audit_date), now)
        runs.close(place.ledger, run_id, complete=stated.complete, now=now, early=early)
    return Ran(
        Job.WEEKLY,
        run_id,
        audit_date,
        Exit.COMPLETE if stated.complete else Exit.GAPS,
        pages,
        tuple(not_checked(stated)),
    )


def _baseline_page(sums: BaselineWeek, press: Press) -> Page:
    """Make the one page there is before staff were told of the audit."""
    made = press.put(sums)
    reader = f"Sums only. {sums.notice}"
    return Page(reader, sums.verdict, made.html, made.json, made.csv, made.sha256)


def _weekly_pages(week: Weekly, press: Press) -> tuple[Page, ...]:
    pages = []
    for school in week.principals:
        made = press.put(school)
        reader = f"Principal, {school.school_name}"
        pages.append(Page(reader, school.verdict, made.html, made.json, made.csv, made.sha256))
    for office_id, above in week.authorities:
        made = press.put(above)
        named = above.reader or above.office
        reader = named if above.office in named else f"{named}, {above.office}"
        if office_id == "superintendent_designee":
            reader = f"{named}, for items about readers or of no school"
        pages.append(Page(reader, above.verdict, made.html, made.json, made.csv, made.sha256))
    made = press.put(week.coaches)
    verdict = week.coaches.verdict
    pages.append(Page("Athletic director", verdict, made.html, made.json, made.csv, made.sha256))
    made = press.put(week.clauses)
    verdict = week.clauses.verdict
    pages.append(Page("Clause coverage", verdict, made.html, made.json, made.csv, made.sha256))
    for again in week.revised:
        made = press.put(again)
        reader = f"New revision {again.imprint.report_id} of the week before"
        pages.append(Page(reader, again.verdict, made.html, made.json, made.csv, made.sha256))
    return tuple(pages)
