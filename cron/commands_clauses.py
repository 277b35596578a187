"""``auditor clauses``: what was checked of each clause of the policy; it changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auditor import audit
from auditor.result.clauses import ClauseLine, ClauseStatement, Stand
from auditor.runbook import last_night
from cron import wiring
from cron.outcome import CommandError, Exit, Outcome
from cron.ran import TONES
from reports.clauses import days_words
from reports.documents import document
from reports.shown import plain

DAYS = 7
_HEAD = ("district", "timezone", "first", "last", "policy_name", "policy_revision", "policy_hash")
_COLOURS = {
    Stand.CLEAR: "green",
    Stand.ITEMS: "blue",
    Stand.NOT_ESTABLISHED: "red",
    Stand.SET_UP_IN_PART: "yellow",
}


def clauses(config: Path, first: date | None, last: date | None) -> Outcome:
    """State of every clause what was checked; by default in the week to the last audit date."""
    office = wiring.prepare(config)
    if not office.has_ledger():
        raise _nothing_yet(office)
    with wiring.workplace(office) as place:
        with place.ledger.read() as connection:
            record = last_night(connection)
        if record is None:
            raise _nothing_yet(office)
        last = last or record.audit_date
        first = first or last - timedelta(days=DAYS - 1)
        if first > last:
            raise CommandError(
                f"{first} is after {last}", where="--from", cure="Give the earlier day first"
            )
        statement = audit.clauses(place, first, last, now=datetime.now(UTC))
    return Outcome(
        as_json(statement),
        lambda screen: _show(statement, screen),
        Exit.COMPLETE if statement.complete else Exit.GAPS,
    )


def _nothing_yet(office: wiring.Office) -> CommandError:
    return CommandError(
        "no nightly run has finished yet, so nothing can be said",
        where=str(office.settings.storage.data),
        cure="Run `auditor run nightly` first",
        code=Exit.FAILED,
    )


def as_json(statement: ClauseStatement) -> dict[str, Any]:
    """Return the statement under the names of the page's JSON twin, without what was not issued."""
    values: dict[str, Any] = json.loads(document("clauses", statement))
    imprint = values.pop("imprint")
    kept = {key: value for key, value in imprint.items() if key in _HEAD}
    return {**values, **kept, "complete": statement.complete}


def _show(statement: ClauseStatement, screen: Console) -> None:
    imprint = statement.imprint
    screen.print(f"[bold]{escape(imprint.policy_name)}[/], {imprint.first} to {imprint.last}\n")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("clause", "wording", "standing", "person-days"):
        table.add_column(heading)
    for line in statement.lines:
        if line.state not in (Stand.NOT_OBSERVABLE, Stand.MUST_NOT):
            table.add_row(*_row(line), style=None if line.rules else "dim")
    screen.print(table)
    _show_lacks(statement, screen)
    for state, words in (
        (Stand.NOT_OBSERVABLE, "No system can show"),
        (Stand.MUST_NOT, "Must not be monitored"),
    ):
        ids = ", ".join(line.id for line in statement.standing(state))
        if ids:
            screen.print(f"[dim]{words}: {escape(ids)}[/]")
    verdict = statement.verdict
    screen.print(f"\n[bold {TONES[verdict.tone]}]●[/] {escape(plain(verdict.line))}")
    screen.print(f"  {escape(plain(verdict.sub))}")


def _row(line: ClauseLine) -> tuple[str, ...]:
    colour = _COLOURS.get(line.state)
    standing = escape(plain(line.standing))
    return (
        escape(line.id),
        line.verb.value,
        standing if colour is None else f"[{colour}]{standing}[/]",
        days_words(line.checked_person_days, line.planned_person_days) if line.channels else "–",
    )


def _show_lacks(statement: ClauseStatement, screen: Console) -> None:
    """Print what keeps clauses open, each reason once."""
    lacks = [lack for line in statement.lines for lack in line.lacks]
    if lacks:
        screen.print("\n[yellow]Not established, because:[/]")
    for lack in dict.fromkeys(lacks):
        screen.print(f"  – {escape(plain(lack))}")
    screen.print()
