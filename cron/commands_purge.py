"""``auditor purge``: what is old, or one person, shown first and deleted only on a clear word."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auditor import recognising
from auditor.result.certificate import Certificate, Deleted
from cron import leader, purging, wiring
from cron.commands_hold import said
from cron.options import HERE, AsJson, Config, end
from cron.outcome import CommandError, Exit, Outcome
from reports import certificate
from reports.publishing import file_stem

SCHEDULED = "the retention schedule"
"""Who asks when nobody does: the settings say what goes."""


def purge_command(
    person: Annotated[
        str | None, typer.Option(metavar="ID", help="Erase this person instead.")
    ] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who asks for it.")] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; without the person's name.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it, only shown.")] = False,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Show what is past its retention, or held about a person; with --yes, delete it."""
    if person is None:
        end(lambda: retention(config, by, yes=yes), as_json)
    else:
        end(lambda: erase(config, person, by, reason, yes=yes), as_json)


def scheduled(config: Path) -> Outcome:
    """Let go of what is past its retention, as the scheduler's job."""
    return retention(config, SCHEDULED, yes=True)


def retention(config: Path, by: str | None, *, yes: bool) -> Outcome:
    """Show what the clocks let go of; with ``yes`` delete it and prove that it is gone."""
    who = said(by or "", "--by") if yes else ""
    office, now = wiring.prepare(config), datetime.now(UTC)
    with (
        leader.lead(office.settings.storage, job="purge", now=now),
        wiring.workplace(office) as place,
    ):
        if yes:
            return _certified(office, purging.let_go(office, place, by=who, now=now))
        plan = purging.planned(office, place, now)
    document = {"deleted": False, "lines": [_line(line) for line in plan.lines]}

    def show(screen: Console) -> None:
        _show_lines(plan.lines, screen)
        screen.print("\nNothing was deleted. `auditor purge --yes --by NAME` does it.")

    return Outcome(document, show)


def erase(
    config: Path, person_id: str, by: str | None, reason: str | None, *, yes: bool
) -> Outcome:
    """Show where a person is found; with ``yes`` erase them and prove that they are gone."""
    who, why = ("", "") if not yes else (said(by or "", "--by"), said(reason or "", "--reason"))
    office, now = wiring.prepare(config), datetime.now(UTC)
    with (
        leader.lead(office.settings.storage, job="purge", now=now),
        wiring.workplace(office) as place,
    ):
        person = recognising.find_person(place, person_id)
        purging.refuse_if_held(office, place, person)
        for text, option in ((who, "--by"), (why, "--reason")):
            if person.traces.in_text(text):
                raise CommandError(
                    "it names the person, and would stay in the certificate",
                    where=option,
                    cure="Write it without an id, an address or the name",
                )
        if yes:
            made = purging.erase(office, place, person, by=who, reason=why, now=now)
            return _certified(office, made)
        found = purging.traces_now(office, place, person)

    def show(screen: Console) -> None:
        for one in found:
            screen.print(f"  – {escape(one)}", soft_wrap=True)
        screen.print(
            f"{len(found)} places. Nothing was deleted; with --yes, --by and --reason it is."
        )

    return Outcome({"deleted": False, "found": list(found)}, show)


def _certified(office: wiring.Office, made: Certificate) -> Outcome:
    folder = office.settings.storage.reports / certificate.FOLDER
    page = folder / f"{file_stem(made.imprint.report_id)}.html"
    document = {
        "deleted": True,
        "proven": not made.proof.found,
        "certificate": json.loads(certificate.json_of(made)),
        "html": str(page),
    }

    def show(screen: Console) -> None:
        _show_lines(made.lines, screen)
        proof = made.proof
        if proof.found:
            screen.print("\n[red]✗[/] Still found:")
            for place in proof.found:
                screen.print(f"  – {escape(place)}", soft_wrap=True)
        else:
            screen.print(f"\n[green]✓[/] Found 0 in {proof.files} files ({proof.bytes:,} bytes).")
        for file in made.to_mend:
            screen.print(f"[yellow]–[/] Only you can mend {escape(file)}", soft_wrap=True)
        screen.print(f"  [dim]{escape(page.absolute().as_uri())}[/]", soft_wrap=True)

    return Outcome(document, show, Exit.FAILED if made.proof.found else Exit.COMPLETE)


def _line(line: Deleted) -> dict[str, Any]:
    before = None if line.before is None else line.before.isoformat()
    counts = {"count": line.deleted, "held": line.held}
    return {"of": line.of, "words": line.words, "before": before, **counts}


def _show_lines(lines: tuple[Deleted, ...], screen: Console) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("of", "before"):
        table.add_column(heading)
    for heading in ("goes", "kept by a hold"):
        table.add_column(heading, justify="right")
    for line in lines:
        before = "–" if line.before is None else line.before.isoformat()
        table.add_row(escape(line.words), before, f"{line.deleted:,}", f"{line.held:,}")
    screen.print(table)
