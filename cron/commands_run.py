"""``auditor run``: the jobs that change something, one at a time for each data folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from auditor import audit, runs
from auditor.audit import Weekly, Workplace
from auditor.ledger import StorageError
from auditor.result import Night, Tone, Verdict
from cron import console, health, leader, wiring
from cron.as_json import not_checked
from cron.outcome import CommandError, Exit, Outcome
from cron.wiring import Office
from reports import clauses, coach, nightly, principal

EARLIEST = date(1990, 1, 1)
TONES = {Tone.OK: "green", Tone.LOOK: "blue", Tone.GAP: "yellow", Tone.FAILED: "red"}


class Job(StrEnum):
    NIGHTLY = "nightly"
    WEEKLY = "weekly"
    CATCH_UP = "catch-up"


@dataclass(frozen=True, slots=True)
class Page:
    """One page that was made: for whom, its verdict and its files."""

    reader: str
    verdict: Verdict
    html: Path
    json: Path
    csv: Path | None
    sha256: str

    def as_json(self) -> dict[str, Any]:
        return {
            "reader": self.reader,
            "tone": self.verdict.tone.value,
            "verdict": self.verdict.line,
            "html": str(self.html),
            "json": str(self.json),
            "csv": None if self.csv is None else str(self.csv),
            "sha256": self.sha256,
        }


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run came to. Only a night has ``night``."""

    job: Job
    run_id: str
    audit_date: date
    exit_code: Exit
    pages: tuple[Page, ...]
    not_checked: tuple[str, ...]
    night: Night | None = None

    def as_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "job": self.job.value,
            "run_id": self.run_id,
            "audit_date": self.audit_date.isoformat(),
            "already_done": False,
            "complete": self.exit_code is Exit.COMPLETE,
            "exit_code": int(self.exit_code),
            "not_checked": list(self.not_checked),
            "pages": [page.as_json() for page in self.pages],
        }
        if (night := self.night) is not None:
            document |= {
                "messages_tested": night.messages_tested,
                "items_open": night.items_open,
                "items_new": night.items_new,
                "items_covered": night.items_covered,
                "seconds": {s.name: round(s.seconds, 3) for s in night.steps},
            }
        return document

    def show(self, screen: Console) -> None:
        _show(self.as_json(), screen)


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """A run that was asked for and had been done before: what it said then."""

    earlier: runs.Earlier

    @property
    def exit_code(self) -> Exit:
        return Exit(self.earlier.exit_code)

    def as_json(self) -> dict[str, Any]:
        earlier = self.earlier
        return {
            "audit_date": earlier.audit_date.isoformat(),
            **earlier.outcome,
            "job": earlier.job,
            "run_id": earlier.run_id,
            "already_done": True,
            "complete": earlier.complete,
            "exit_code": earlier.exit_code,
        }

    def show(self, screen: Console) -> None:
        earlier = self.earlier
        screen.print(
            f"[dim]–[/] {earlier.job} {earlier.audit_date} is done already "
            f"(run {earlier.run_id}); nothing was changed. --again does it once more."
        )
        _show(self.as_json(), screen)


def run(config: Path, job: Job, given_date: date | None, *, again: bool = False) -> Outcome:
    """Do a job for an audit date, by default yesterday in the district."""
    ran = do(config, job, given_date) if again else once(config, job, given_date)
    return Outcome(ran.as_json(), ran.show, ran.exit_code)


def once(config: Path, job: Job, given_date: date | None) -> Ran | AlreadyDone:
    """Do a job under the lock and publish its pages, unless it was done before."""
    with _shift(config, job, given_date) as shift:
        with shift.place.ledger.read() as connection:
            version = runs.policy_version(shift.place)
            earlier = runs.earlier(connection, job, shift.audit_date, version)
        return _do(shift, job) if earlier is None else AlreadyDone(earlier)


def do(config: Path, job: Job, given_date: date | None) -> Ran:
    """Do a job under the lock and publish its pages, though it may have been done before."""
    with _shift(config, job, given_date) as shift:
        return _do(shift, job)


@dataclass(frozen=True, slots=True)
class _Shift:
    """What a run works with while it alone may work."""

    office: Office
    place: Workplace
    audit_date: date
    now: datetime
    step: console.Step


@contextmanager
def _shift(config: Path, job: Job, given_date: date | None) -> Iterator[_Shift]:
    office = wiring.prepare(config)
    now = datetime.now(UTC)
    zone = office.settings.district.timezone
    audit_date = given_date or yesterday(now, zone)
    refuse_day(audit_date, now.astimezone(zone).date())
    label = f"{job} {audit_date}"
    with (
        leader.lead(office.settings.storage, job=label, now=now.astimezone(zone)),
        wiring.workplace(office, may_begin=True) as place,
        console.steps(label) as step,
    ):
        try:
            yield _Shift(office, place, audit_date, now, step)
        finally:
            _tell_health(office, place)


def _tell_health(office: Office, place: Workplace) -> None:
    try:
        health.refresh(office.settings.storage, place.ledger, datetime.now(UTC))
    except (OSError, StorageError) as error:  # the run is what it is; the next one tells again
        console.LOG.warning("%s was not written: %s", health.NAME, error)


def _do(shift: _Shift, job: Job) -> Ran:
    ran = _nightly(shift) if job is Job.NIGHTLY else _weekly(shift)
    runs.tell(shift.place.ledger, ran.run_id, ran.as_json())
    return ran


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
    night = audit.nightly(
        place, sources, audit_date=audit_date, now=shift.now, progress=shift.step
    )
    shift.step("pages")
    made = nightly.publish(night, office.settings.storage.reports / Job.NIGHTLY)
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
        week: Weekly = audit.weekly(place, audit_date=audit_date, now=now, progress=shift.step)
        shift.step("pages")
        pages = _weekly_pages(week, shift.office.settings.storage.reports / Job.WEEKLY)
        runs.close(place.ledger, run_id, complete=week.complete, now=now)
    return Ran(
        Job.WEEKLY,
        run_id,
        audit_date,
        Exit.COMPLETE if week.complete else Exit.GAPS,
        pages,
        tuple(not_checked(week.coaches.coverage)),
    )


def _weekly_pages(week: Weekly, folder: Path) -> tuple[Page, ...]:
    pages = []
    for school in week.principals:
        made = principal.publish(school, folder)
        reader = f"Principal, {school.school_name}"
        pages.append(Page(reader, school.verdict, made.html, made.json, made.csv, made.sha256))
    for office_id, above in week.authorities:
        made = principal.publish(above, folder, principal.DESIGNEE_PAGE)
        named = above.reader or above.office
        reader = named if above.office in named else f"{named}, {above.office}"
        if office_id == "superintendent_designee":
            reader = f"{named}, for items about readers or of no school"
        pages.append(Page(reader, above.verdict, made.html, made.json, made.csv, made.sha256))
    made = coach.publish(week.coaches, folder)
    verdict = week.coaches.verdict
    pages.append(Page("Athletic director", verdict, made.html, made.json, made.csv, made.sha256))
    made = clauses.publish(week.clauses, folder)
    verdict = week.clauses.verdict
    pages.append(Page("Clause coverage", verdict, made.html, made.json, made.csv, made.sha256))
    return tuple(pages)


def _show(document: Mapping[str, Any], screen: Console) -> None:
    """Show a run as its document tells it, whether it was made just now or long ago."""
    for page in document.get("pages", ()):
        colour = TONES[Tone(page["tone"])]
        screen.print(
            f"[bold {colour}]●[/] [bold]{escape(page['reader'])}[/]: {escape(page['verdict'])}"
        )
        screen.print(f"  [dim]{escape(Path(page['html']).absolute().as_uri())}[/]", soft_wrap=True)
    if document.get("not_checked"):
        screen.print("\n[yellow]Not checked in full[/]")
        for line in document["not_checked"]:
            screen.print(f"  – {escape(line)}")
