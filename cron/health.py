"""How the whole stands, in one small file beside the data: for monitors, and for ``/health``.

It holds days, times and exit codes, and no name of a person. What it says of nights comes from the
ledger each time it is written, so that it cannot disagree with it for longer than a minute.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from auditor import runs
from auditor.ledger import Ledger
from cron import wiring
from cron.settings import Storage

NAME = "health.json"
SILENT = timedelta(minutes=3)
"""Without a sign of life for this long the scheduler counts as gone; it gives one each minute."""


@dataclass(frozen=True, slots=True)
class LastNight:
    audit_date: date
    state: str
    run_id: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class JobState:
    """When the scheduler last began a job, and how it ended; None while it is under way."""

    began_at: datetime
    exit_code: int | None


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the scheduler says of itself. ``alive_at`` is None once it has stopped in order."""

    alive_at: datetime | None
    next: Mapping[str, datetime]
    jobs: Mapping[str, JobState]


@dataclass(frozen=True, slots=True)
class Health:
    written_at: datetime
    version: str
    last_night: LastNight | None
    scheduler: Pulse | None
    """None where no scheduler has ever run: then something else starts the jobs."""
    trouble: str | None
    """Why the ledger could not be asked; ``last_night`` is then what it said before."""

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(json.dumps(asdict(self), default=_text))
        return found


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)


def reasons(health: Health | None, now: datetime, zone: ZoneInfo, report_by: time) -> list[str]:
    """Return what is not well, each in a sentence; nothing if all is."""
    if health is None:
        return ["Nothing has ever been run here."]
    local = now.astimezone(zone)
    found = [] if health.trouble is None else [health.trouble]
    pulse = health.scheduler
    if pulse is not None and pulse.alive_at is not None and now - pulse.alive_at > SILENT:
        when = f"{pulse.alive_at.astimezone(zone):%Y-%m-%d %H:%M}"
        found.append(f"The scheduler has given no sign of life since {when}.")
    if (late := late_night(health.last_night, local, report_by)) is not None:
        found.append(late)
    if pulse is not None:
        for name, job in sorted(pulse.jobs.items()):
            if job.exit_code not in (None, 0, 3):
                when = f"{job.began_at.astimezone(zone):%Y-%m-%d %H:%M}"
                found.append(f"The job {name} begun at {when} ended with {job.exit_code}.")
    return found


def late_night(last: LastNight | None, local: datetime, report_by: time) -> str | None:
    """Say that the page of last night is late, if it is; ``local`` is now in the district."""
    if local.time() < report_by:
        return None
    wanted = local.date() - timedelta(days=1)
    if last is not None and last.audit_date >= wanted:
        return None
    newest = "no night ever was" if last is None else f"the newest is {last.audit_date}"
    due = f"{report_by:%H:%M} on {local.date()}"
    return f"The night of {wanted} was not finished by {due}; {newest}."


# ---- on disk ---------------------------------------------------------------------------------


def last_night(ledger: Ledger) -> LastNight | None:
    """Return the newest finished night the ledger knows."""
    with ledger.read() as connection:
        newest = runs.newest_night(connection)
    if newest is None:
        return None
    state = "complete" if newest.complete else "gaps"
    return LastNight(newest.audit_date, state, newest.run_id, newest.started_at)


def read(data: Path) -> Health | None:
    """Return what was last written, or None if there is nothing that can be read."""
    try:
        raw = json.loads((data / NAME).read_text(encoding="utf-8"))
        return _health(raw)
    except (OSError, ValueError, KeyError, TypeError):  # it is only told again, never relied on
        return None


def write(data: Path, health: Health) -> None:
    """Put the file in place at once; may raise ``OSError``."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = data / f".{NAME}.{os.getpid()}"
    handle = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(health.as_json(), file, indent=1)
        draft.replace(data / NAME)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def refresh(storage: Storage, ledger: Ledger, now: datetime, pulse: Pulse | None = None) -> Health:
    """Write what the ledger says now; without ``pulse`` the scheduler's last word stays."""
    if pulse is None:
        before = read(storage.data)
        pulse = None if before is None else before.scheduler
    health = Health(now, wiring.software(), last_night(ledger), pulse, None)
    write(storage.data, health)
    return health


def refresh_without_ledger(storage: Storage, now: datetime, pulse: Pulse, trouble: str) -> None:
    """Write that the ledger cannot be asked; what it said before stays."""
    before = read(storage.data)
    night = None if before is None else before.last_night
    write(storage.data, Health(now, wiring.software(), night, pulse, trouble))


def _health(raw: Mapping[str, Any]) -> Health:
    night, pulse = raw["last_night"], raw["scheduler"]
    return Health(
        written_at=datetime.fromisoformat(raw["written_at"]),
        version=raw["version"],
        last_night=None
        if night is None
        else LastNight(
            date.fromisoformat(night["audit_date"]),
            night["state"],
            night["run_id"],
            datetime.fromisoformat(night["began_at"]),
        ),
        scheduler=None if pulse is None else _pulse(pulse),
        trouble=raw["trouble"],
    )


def _pulse(raw: Mapping[str, Any]) -> Pulse:
    alive = raw["alive_at"]
    return Pulse(
        alive_at=None if alive is None else datetime.fromisoformat(alive),
        next={name: datetime.fromisoformat(at) for name, at in raw["next"].items()},
        jobs={
            name: JobState(datetime.fromisoformat(job["began_at"]), job["exit_code"])
            for name, job in raw["jobs"].items()
        },
    )
