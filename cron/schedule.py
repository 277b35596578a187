"""When which job is due, as the district set it; read together with all other settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time

from cron import shape, timing
from cron.jobs import JOBS, NAMES, Job
from cron.mistakes import did_you_mean
from cron.timing import When

Wrong = Callable[[Sequence[str | int], str, str], None]
"""Told the key, what is wrong and its cure."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that is switched off is not there."""

    jobs: tuple[tuple[Job, When], ...]
    report_by: time
    """When last night's page has to be there."""
    health_port: int | None

    def __str__(self) -> str:
        jobs = ", ".join(f"{job.name} {when}" for job, when in self.jobs)
        return f"{jobs or 'nothing'}; last night's page by {self.report_by:%H:%M}"


def schedule(section: shape.ScheduleSection, wrong: Wrong, *, mail: bool) -> Schedule:
    """Return the schedule, and tell ``wrong`` of every mistake in it.

    Without ``mail`` set up, jobs that only send some are left out; to ask for one is a mistake.
    """
    written = dict(section.model_extra or {})
    for name in written.keys() - set(NAMES):
        known = (*NAMES, *shape.ScheduleSection.model_fields)
        wrong(("schedule", name), "there is no such job", did_you_mean(name, known))
    jobs = []
    for job in JOBS:
        text = written.get(job.name, job.default)
        if text == timing.OFF:
            continue
        if job.is_mail and not mail:
            if job.name in written:
                cure = "Add [delivery], or take this line out"
                wrong(("schedule", job.name), "no mail is set up", cure)
            continue
        try:
            if not isinstance(text, str):
                raise timing.NotATime("this is not text", f'Write "{job.default}", in quotes')
            jobs.append((job, timing.parse(text, job.forms)))
        except timing.NotATime as error:
            wrong(("schedule", job.name), error.what, error.cure)
    report_by = _report_by(section.report_by, jobs, wrong)
    return Schedule(tuple(jobs), report_by, section.health_port)


def _report_by(text: str, jobs: Sequence[tuple[Job, When]], wrong: Wrong) -> time:
    try:
        report_by = timing.clock(text)
    except timing.NotATime as error:
        wrong(("schedule", "report_by"), error.what, error.cure)
        return time(7)
    for job, when in jobs:
        if job.name == "nightly" and report_by <= when.at:
            cure = f"Write a time well after {when.at:%H:%M}, when the nightly run begins"
            wrong(("schedule", "report_by"), "the page would be due before the run begins", cure)
    return report_by
