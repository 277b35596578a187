"""``auditor serve``: the jobs at their times, for hosts that have no scheduler of their own.

What is due stands in the settings and what was done in the ledger, so nothing of the scheduler
itself needs keeping: it is made anew at each start, and first makes up for what was missed.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, Protocol

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.cron import CronTrigger

from auditor import incidents
from auditor.incidents import Incident, Kind
from auditor.ledger import StorageError
from auditor.private import SecretError
from cron import health, healthserver, wiring
from cron.child import Child, Ended
from cron.console import LOG
from cron.health import JobState, Pulse
from cron.jobs import NAMES, Job
from cron.outcome import Exit, Outcome
from cron.settings import Settings
from cron.timing import When

BEAT = 60.0
"""Seconds between two signs of life; each also makes the scheduler look at the clock again."""
FIRST_WAIT, LONGEST_WAIT, MOST_WAITS = 2.0, 60.0, 360
"""How long a job waits while another run holds the district: up to about six hours."""
_WELL = (Exit.COMPLETE, Exit.GAPS)
_THREAD = "APScheduler"
_KINDS = {
    EVENT_JOB_ERROR: (Kind.FAILED, "failed"),
    EVENT_JOB_MISSED: (Kind.MISSED, "was not started"),
    EVENT_JOB_MAX_INSTANCES: (Kind.OVERLAPPED, "was not started, for it was still under way"),
}


class Runner(Protocol):
    """Does jobs; ``cron.child.Child``."""

    def run(self, arguments: Sequence[str]) -> Ended | None:
        """Do a job to its end; None if it was stopped."""
        ...

    def stop(self) -> None:
        """End the job under way and begin no other."""
        ...


class JobFailed(Exception):
    """A job ended badly, or could not begin for hours."""


def scheduler(kind: type[BaseScheduler], settings: Settings, **executors: Any) -> BaseScheduler:
    """Return a scheduler without jobs, for one job at a time: a late one waits, none is dropped."""
    return kind(
        jobstores={"default": MemoryJobStore()},
        executors={"default": ThreadPoolExecutor(1), **executors},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        timezone=settings.district.timezone,
    )


def trigger(when: When, settings: Settings) -> CronTrigger:
    """Return when a job fires, in the district's zone."""
    return CronTrigger(
        day_of_week=when.weekday,
        day=when.day,
        hour=when.at.hour,
        minute=when.at.minute,
        second=0,
        timezone=settings.district.timezone,
    )


class Serving:
    """A scheduler at work for one district."""

    def __init__(self, settings: Settings, child: Runner) -> None:
        self.settings = settings
        self.child = child
        self._orders: SimpleQueue[bool] = SimpleQueue()
        self._stopping = threading.Event()
        self.scheduler = scheduler(BackgroundScheduler, settings)
        before = health.read(settings.storage.data)
        pulse = None if before is None else before.scheduler
        self._jobs: dict[str, JobState] = {} if pulse is None else dict(pulse.jobs)
        self._noted: list[Incident] = []

    # ---- jobs ------------------------------------------------------------------------------

    def declare(self, target: BaseScheduler, now: datetime) -> None:
        """Give a scheduler its jobs, and those that were missed to be done at once."""
        target.add_listener(self._heard, sum(_KINDS))
        local = now.astimezone(self.settings.district.timezone)
        for number, (job, when) in enumerate(self.settings.schedule.jobs):
            target.add_job(self.do, trigger(when, self.settings), id=job.name, args=[job])
            missed = self._missed(job, when, local)
            if missed is not None:
                told = f"{job.name} was due at {missed:%Y-%m-%d %H:%M}; it was not done then."
                self._noted.append(Incident(now, job.name, Kind.MISSED, told))
            if missed is not None or job.at_start:  # numbered, for the order is by id
                target.add_job(self.do, id=f"{number:02} {job.name}", args=[job])

    def _missed(self, job: Job, when: When, local: datetime) -> datetime | None:
        """Return when a job that has been begun before was due and was not done.

        One that was begun and has no end was cut off with the scheduler that began it.
        """
        last = self._jobs.get(job.name)
        due = when.last_before(local)
        if last is None:
            return None
        cut_off = last.exit_code is None and not job.at_start
        return due if cut_off or last.began_at < due else None

    def do(self, job: Job) -> None:
        """Do a job; raises ``JobFailed`` if it does not end well."""
        self._jobs[job.name] = JobState(datetime.now(UTC), None)
        LOG.info("%s: begins", job.name)
        ended = self._run(job)
        if ended is None:
            return  # we were told to stop; what is missing is done at the next start
        self._jobs[job.name] = replace(self._jobs[job.name], exit_code=ended.code)
        self._orders.put(False)  # so that what it did is told at once
        if ended.code not in _WELL:
            raise JobFailed(f"it ended with {ended.code}: {ended.why or 'see the log'}")
        LOG.info("%s: ended with %d", job.name, ended.code)

    def _run(self, job: Job) -> Ended | None:
        """Run a job, waiting for as long as another run is under way; None if told to stop."""
        wait = FIRST_WAIT
        ended = self.child.run(job.arguments)
        for _ in range(MOST_WAITS):
            if ended is None or ended.code != Exit.HELD:
                break
            LOG.info("%s: waits, %s", job.name, ended.why)
            if self._stopping.wait(wait):
                return None
            wait = min(2 * wait, LONGEST_WAIT)
            ended = self.child.run(job.arguments)
        return ended

    def _heard(self, event: JobEvent) -> None:
        """Note what became of a job that did not end well."""
        kind, words = _KINDS[event.code]
        zone = self.settings.district.timezone
        named = event.job_id.lstrip("0123456789 ")
        due = getattr(event, "scheduled_run_time", None) or event.scheduled_run_times[0]
        told = f"{named}, due at {due.astimezone(zone):%Y-%m-%d %H:%M}, {words}."
        if isinstance(error := getattr(event, "exception", None), JobFailed):
            told = f"{told[:-1]}: {error}"
        LOG.error("%s", told)
        if error is not None and not isinstance(error, JobFailed):  # a fault of ours
            LOG.error("%s", event.traceback)
        self._noted.append(Incident(datetime.now(UTC), named, kind, told))
        self._orders.put(False)

    # ---- signs of life ---------------------------------------------------------------------

    def beat(self) -> bool:
        """Give a sign of life; return False if the scheduler's thread is gone.

        A clock that was set forward leaves the scheduler asleep until the old hour; waking it
        makes it look again.
        """
        alive = any(thread.name == _THREAD for thread in threading.enumerate())
        self._write(datetime.now(UTC) if alive else None)
        self.scheduler.wakeup()
        return alive

    def _write(self, alive_at: datetime | None) -> None:
        fires = {j.id: j.next_run_time for j in self.scheduler.get_jobs() if j.id in NAMES}
        pulse = Pulse(alive_at, fires, dict(self._jobs))
        storage = self.settings.storage
        waiting, self._noted = self._noted, []
        try:
            try:
                with wiring.ledger_alone(storage) as ledger:
                    with ledger.begin() as connection:
                        for found in waiting:
                            incidents.note(connection, found)
                    waiting = []
                    health.refresh(storage, ledger, datetime.now(UTC), pulse)
            except (StorageError, SecretError) as error:
                self._noted = waiting + self._noted
                trouble = f"The ledger cannot be used: {error}"
                LOG.warning("%s", trouble)
                health.refresh_without_ledger(storage, datetime.now(UTC), pulse, trouble)
        except OSError as error:
            LOG.warning("no sign of life could be written: %s", error)

    def ask(self) -> tuple[dict[str, Any], list[str]]:
        """Return what is known, and why not all is well."""
        told = health.read(self.settings.storage.data)
        zone, report_by = self.settings.district.timezone, self.settings.schedule.report_by
        known: Mapping[str, Any] = {} if told is None else told.as_json()
        return dict(known), health.reasons(told, datetime.now(UTC), zone, report_by)

    # ---- from start to end -----------------------------------------------------------------

    def serve(self, beat: float = BEAT) -> Exit:
        """Work until told to stop."""
        port = self.settings.schedule.health_port
        with ExitStack() as stack:
            if port is not None:
                stack.enter_context(healthserver.answering(port, self.ask))
            self.declare(self.scheduler, datetime.now(UTC))
            self.scheduler.start()
            LOG.info("serve: %s", self.settings.schedule)
            alive = self.beat()
            while alive and not self._told(beat):
                alive = self.beat()
            self._stopping.set()
            self.child.stop()
            self.scheduler.shutdown(wait=True)
            self._write(None)
        LOG.info("serve: stopped")
        return Exit.COMPLETE if alive else Exit.FAILED

    def stop(self) -> None:
        """Tell it to stop; safe at any moment, in a signal handler too."""
        self._orders.put(True)

    def _told(self, seconds: float) -> bool:
        """Wait until it is time for a sign of life; return whether we were told to stop."""
        try:
            return self._orders.get(timeout=seconds)
        except Empty:
            return False


@contextmanager
def told_to_stop(tell: Callable[[], None]) -> Iterator[None]:
    """Have SIGTERM and SIGINT call ``tell`` while the block runs."""

    def stop(_: int, __: FrameType | None) -> None:
        tell()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def serve(config: Path) -> Outcome:
    """Start every job at its time until told to stop."""
    settings = wiring.prepare(config).settings
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # we say ourselves what failed
    serving = Serving(settings, Child(config.absolute()))
    with told_to_stop(serving.stop):
        code = serving.serve()
    return Outcome({"stopped": True, "exit_code": int(code)}, lambda _: None, code)
