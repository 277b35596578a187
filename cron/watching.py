"""``auditor watch``: was last night's page there in time? Asked by something that is not us.

A scheduler that has died cannot say so. This is for a line of cron, or any other timer, that does
not depend on it: quiet while all is well, and an exit code other than 0 when it is not.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from auditor import incidents
from auditor.incidents import Incident, Kind
from auditor.ledger import Ledger
from cron import health, wiring
from cron.outcome import Exit, Outcome
from cron.settings import Settings, load_settings

_CURE = "See the log of the last run, then `auditor run catch-up`"


def watch(config: Path) -> Outcome:
    """Say nothing before the hour or if last night is finished; else end with 1 and note it."""
    settings = load_settings(config)
    now = datetime.now(UTC)
    local = now.astimezone(settings.district.timezone)
    address = wiring.ledger_address(settings.storage)
    late, last = None, None
    if local.time() >= settings.schedule.report_by:
        if Ledger.is_begun(address):
            with Ledger.open(address) as ledger:
                last = health.last_night(ledger)
                late = health.late_night(last, local, settings.schedule.report_by)
                if late is not None:
                    with ledger.begin() as connection:
                        found = Incident(now, "nightly", Kind.OVERDUE, late)
                        incidents.note(connection, found)
        else:
            late = health.late_night(None, local, settings.schedule.report_by)
    return _late(late, settings, now) if late else _quiet(last, settings)


def _quiet(last: health.LastNight | None, settings: Settings) -> Outcome:
    due = f"{settings.schedule.report_by:%H:%M}"
    night = None if last is None else last.audit_date.isoformat()
    return Outcome({"late": False, "report_by": due, "last_night": night}, lambda _: None)


def _late(late: str, settings: Settings, now: datetime) -> Outcome:
    told = health.read(settings.storage.data)
    zone, report_by = settings.district.timezone, settings.schedule.report_by
    also = [] if told is None else health.reasons(told, now, zone, report_by)
    also = [reason for reason in also if reason != late]
    who = "IT"

    def show(screen: Console) -> None:
        screen.print(f"[bold red]✗[/] {escape(late)}", soft_wrap=True)
        for reason in also:
            screen.print(f"  – {escape(reason)}", soft_wrap=True)
        screen.print(f"  [green]→[/] {who}: {escape(_CURE)}", soft_wrap=True)

    document = {"late": True, "what": late, "also": also, "who": who, "cure": _CURE}
    return Outcome(document, show, Exit.FAILED, failure=True)
