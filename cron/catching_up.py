"""``auditor run catch-up``: the nights that were missed, oldest first, each as a run of its own.

A machine that was off for three days owes three pages, not one. Which nights are missing stands in
the ledger, so this may be started as often as one likes; it is also what the scheduler starts
every night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from auditor import incidents, notice, runs
from auditor.audit import AuditError
from auditor.incidents import Incident, Kind
from auditor.ledger import Ledger
from auditor.runs import MissingNights
from cron import wiring
from cron.commands_run import Asked, once, revise_week, yesterday
from cron.outcome import CommandError, Exit, Outcome
from cron.ran import AlreadyDone, Job, Ran
from cron.wiring import Office


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What a catch-up came to."""

    audit_date: date
    nights: tuple[Ran | AlreadyDone, ...]
    failed: tuple[tuple[date, AuditError], ...]
    too_old: str | None
    week: Ran | None = None
    """The pages of the last week, where they were made anew because gaps of theirs had closed."""

    @property
    def exit_code(self) -> Exit:
        if self.failed:
            return Exit.FAILED
        done = self.nights if self.week is None else (*self.nights, self.week)
        gaps = self.too_old or any(one.exit_code is not Exit.COMPLETE for one in done)
        return Exit.GAPS if gaps else Exit.COMPLETE

    def as_json(self) -> dict[str, Any]:
        return {
            "job": Job.CATCH_UP.value,
            "audit_date": self.audit_date.isoformat(),
            "complete": self.exit_code is Exit.COMPLETE,
            "exit_code": int(self.exit_code),
            "never_run": self.too_old,
            "failed": [
                {
                    "audit_date": day.isoformat(),
                    "what": error.what,
                    "where": error.where,
                    "cure": error.cure,
                }
                for day, error in self.failed
            ],
            "nights": [night.as_json() for night in self.nights],
            "week": None if self.week is None else self.week.as_json(),
        }

    def show(self, screen: Console) -> None:
        if not self.nights and not self.failed:
            screen.print(f"[dim]–[/] Every night up to {self.audit_date} is done.")
        for night in self.nights:
            night.show(screen)
        if self.week is not None:
            self.week.show(screen)
        for day, error in self.failed:
            screen.print(f"[bold red]✗[/] {day}: [cyan]{escape(error.where)}[/]: ", end="")
            screen.print(f"{escape(error.what)}\n  [green]→[/] {escape(error.cure)}")
        if self.too_old:
            screen.print(f"[yellow]–[/] {escape(self.too_old)}")


def catch_up(config: Path, given_date: date | None, asked: Asked) -> Outcome:
    """Run every night that is missing up to yesterday, oldest first.

    Then the last week's pages are made anew if that has closed gaps of theirs. A night that cannot
    be judged does not keep those after it from being tried.
    """
    if given_date is not None or asked.again:
        raise CommandError(
            "it finds out by itself which nights are missing",
            where="--again" if asked.again else "--date",
            cure="Leave it out; `auditor run nightly --date` runs one night",
        )
    office = wiring.prepare(config)
    now = datetime.now(UTC)
    last = yesterday(now, office.settings.district.timezone)
    missing, too_old = _missing(office, last, now)
    nights, failed = _run_each(config, office, missing.nights, now, asked)
    week = _week(config, last, asked, failed)
    caught = CaughtUp(last, tuple(nights), tuple(failed), too_old, week)
    return Outcome(caught.as_json(), caught.show, caught.exit_code)


def _missing(office: Office, last: date, now: datetime) -> tuple[MissingNights, str | None]:
    """Return the nights to run; those that are too long ago are written down, once."""
    if not office.has_ledger():
        return MissingNights((last,), None), None
    with Ledger.open(wiring.ledger_address(office.settings.storage)) as ledger:
        with ledger.read() as connection:
            missing = runs.missing_nights(connection, last, _told_on(office, last))
        if missing.too_old is None:
            return missing, None
        first, until = missing.too_old
        told = (
            f"The nights from {first} to {until} were never run and have no page: more than "
            f"{runs.MOST_NIGHTS} nights are not made up for. `auditor run nightly --date` runs one."
        )
        with ledger.begin() as connection:
            found = Incident(now, Job.CATCH_UP, Kind.SKIPPED, told)
            return missing, told if incidents.note(connection, found) else None


def _week(
    config: Path, last: date, asked: Asked, failed: list[tuple[date, AuditError]]
) -> Ran | None:
    """Make the last week's pages anew where a night has closed a gap of theirs."""
    try:
        return revise_week(config, last, asked)
    except AuditError as error:
        failed.append((last, error))
        return None


def _told_on(office: Office, last: date) -> date | None:
    told = notice.in_force(office.settings.district, last)
    return None if told is None else told.staff_told_on


def _run_each(
    config: Path, office: Office, nights: Sequence[date], now: datetime, asked: Asked
) -> tuple[list[Ran | AlreadyDone], list[tuple[date, AuditError]]]:
    done: list[Ran | AlreadyDone] = []
    failed: list[tuple[date, AuditError]] = []
    for night in nights:
        try:
            done.append(once(config, Job.NIGHTLY, night, asked))
        except AuditError as error:
            failed.append((night, error))
            told = f"The night of {night} could not be judged: {error}"
            with (
                wiring.ledger_alone(office.settings.storage) as ledger,
                ledger.begin() as connection,
            ):
                incidents.note(connection, Incident(now, Job.NIGHTLY, Kind.FAILED, told))
    return done, failed
