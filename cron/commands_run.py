"""``auditor run``: the jobs that change something, one at a time for each data folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from auditor import audit
from auditor.audit import Weekly, Workplace
from auditor.result import Night, Tone, Verdict
from cron import console, wiring
from cron.as_json import not_checked
from cron.lock import run_lock
from cron.outcome import CommandError, Exit, Outcome
from cron.wiring import Office
from reports import baseline, clauses, coach, nightly, principal

EARLIEST = date(1990, 1, 1)
TONES = {Tone.OK: "green", Tone.LOOK: "blue", Tone.GAP: "yellow", Tone.FAILED: "red"}


class Job(StrEnum):
    NIGHTLY = "nightly"
    WEEKLY = "weekly"


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
    audit_date: date
    exit_code: Exit
    pages: tuple[Page, ...]
    not_checked: tuple[str, ...]
    night: Night | None = None

    def as_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "job": self.job.value,
            "audit_date": self.audit_date.isoformat(),
            "complete": self.exit_code is Exit.COMPLETE,
            "exit_code": int(self.exit_code),
            "not_checked": list(self.not_checked),
            "pages": [page.as_json() for page in self.pages],
        }
        if (night := self.night) is not None:
            document |= {
                "run_id": night.run_id,
                "messages_tested": night.messages_tested,
                "items_open": night.items_open,
                "items_new": night.items_new,
                "items_covered": night.items_covered,
                "seconds": {s.name: round(s.seconds, 3) for s in night.steps},
            }
        return document


def run(config: Path, job: Job, given_date: date | None) -> Outcome:
    """Do a job for an audit date, by default yesterday in the district."""
    ran = do(config, job, given_date)
    return Outcome(ran.as_json(), lambda screen: _show(ran, screen), ran.exit_code)


def do(config: Path, job: Job, given_date: date | None) -> Ran:
    """Do a job under the lock and publish its pages."""
    office = wiring.prepare(config)
    now = datetime.now(UTC)
    zone = office.settings.district.timezone
    today = now.astimezone(zone).date()
    audit_date = given_date or today - timedelta(days=1)
    if not EARLIEST <= audit_date <= today:
        raise CommandError(
            f"{audit_date} cannot be audited: today is {today}",
            where="--date",
            cure=f"Give a day from {EARLIEST} to today; a wrong clock is mended before a run",
        )
    label = f"{job} {audit_date}"
    data = office.settings.storage.data
    with (
        run_lock(data, job=label, now=now.astimezone(zone)),
        wiring.workplace(office, may_begin=True) as place,
        console.steps(label) as step,
    ):
        if job is Job.NIGHTLY:
            return _nightly(office, place, audit_date, now, step)
        return _weekly(office, place, audit_date, now, step)


def _nightly(
    office: Office, place: Workplace, audit_date: date, now: datetime, step: console.Step
) -> Ran:
    sources = wiring.open_sources(office, place.ledger)
    night = audit.nightly(place, sources, audit_date=audit_date, now=now, progress=step)
    step("pages")
    made = nightly.publish(night, office.settings.storage.reports / Job.NIGHTLY)
    page = Page("IT", night.verdict, made.html, made.json, made.csv, made.sha256)
    return Ran(
        Job.NIGHTLY,
        audit_date,
        Exit(night.exit_code),
        (page,),
        tuple(not_checked(night.coverage)),
        night,
    )


def _weekly(
    office: Office, place: Workplace, audit_date: date, now: datetime, step: console.Step
) -> Ran:
    if audit.kept_back(place.district, audit.week_end(audit_date)) is not None:
        return _baseline(office, place, audit_date, now, step)
    week: Weekly = audit.weekly(place, audit_date=audit_date, now=now, progress=step)
    folder = office.settings.storage.reports / Job.WEEKLY
    step("pages")
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
            reader = f"{named}, for items about readers"
        pages.append(Page(reader, above.verdict, made.html, made.json, made.csv, made.sha256))
    made = coach.publish(week.coaches, folder)
    verdict = week.coaches.verdict
    pages.append(Page("Athletic director", verdict, made.html, made.json, made.csv, made.sha256))
    made = clauses.publish(week.clauses, folder)
    verdict = week.clauses.verdict
    pages.append(Page("Clause coverage", verdict, made.html, made.json, made.csv, made.sha256))
    return Ran(
        Job.WEEKLY,
        audit_date,
        Exit.COMPLETE if week.complete else Exit.GAPS,
        tuple(pages),
        tuple(not_checked(week.coaches.coverage)),
    )


def _baseline(
    office: Office, place: Workplace, audit_date: date, now: datetime, step: console.Step
) -> Ran:
    """Make the one page there is before staff were told of the audit."""
    week = audit.baseline(place, audit_date=audit_date, now=now, progress=step)
    made = baseline.publish(week, office.settings.storage.reports / Job.WEEKLY)
    page = Page(
        f"Sums only. {week.notice}", week.verdict, made.html, made.json, made.csv, made.sha256
    )
    return Ran(
        Job.WEEKLY,
        audit_date,
        Exit.COMPLETE if week.coverage.complete else Exit.GAPS,
        (page,),
        tuple(not_checked(week.coverage)),
    )


def _show(ran: Ran, screen: Console) -> None:
    for page in ran.pages:
        colour = TONES[page.verdict.tone]
        screen.print(
            f"[bold {colour}]●[/] [bold]{escape(page.reader)}[/]: {escape(page.verdict.line)}"
        )
        screen.print(f"  [dim]{escape(page.html.absolute().as_uri())}[/]", soft_wrap=True)
    if ran.not_checked:
        screen.print("\n[yellow]Not checked in full[/]")
        for line in ran.not_checked:
            screen.print(f"  – {escape(line)}")
