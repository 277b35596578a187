"""``auditor subject-export``: what is held about one student, given out and logged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from auditor import recognising, rightslog, subject
from cron import leader, scanning, wiring
from cron.commands_hold import said
from cron.options import HERE, AsJson, Config, end
from cron.outcome import Outcome
from cron.wiring import Office
from reports import certificate
from reports import subject as page


def export_command(
    student: Annotated[str, typer.Option(metavar="ID", help="The student's id.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who gives it out.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="To whom, and why.")],
    out: Annotated[Path, typer.Option(metavar="PATH", help="The folder to write to.")] = Path(),
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Write all that is held about a student, with other students masked."""
    end(lambda: export(config, student, by=by, reason=reason, out=out), as_json)


def export(config: Path, student: str, *, by: str, reason: str, out: Path) -> Outcome:
    """Write the export into ``out`` and log that it was made."""
    who, why = said(by, "--by"), said(reason, "--reason")
    office, now = wiring.prepare(config), datetime.now(UTC)
    with (
        leader.lead(office.settings.storage, job="subject-export", now=now),
        wiring.workplace(office) as place,
    ):
        person = recognising.find_person(place, student)
        held = subject.subject_export(
            place, student, by=who, reason=why, pages=_pages(office, person), now=now
        )
        made = page.export(held)
        with place.ledger.begin() as connection:
            number = rightslog.note_export(
                connection, person.key, by=who, reason=why, document_sha256=made.sha256, now=now
            )
    html, twin = made.write(out, f"subject-export-{number:06d}")

    def show(screen: Console) -> None:
        screen.print(
            f"{len(held.messages)} messages, {len(held.items)} items, {len(held.pages)} pages."
        )
        screen.print(f"  [dim]{escape(html.absolute().as_uri())}[/]", soft_wrap=True)
        screen.print("Other students are masked in it. It may be read only by you: mode 0600.")

    files = {"number": number, "html": str(html), "json": str(twin), "sha256": made.sha256}
    return Outcome({"export": json.loads(made.json), "files": files}, show)


def _pages(office: Office, person: recognising.Person) -> set[str]:
    """Return the ids of the pages still on disk that name the student."""
    folder = office.settings.storage.reports
    kept = folder / certificate.FOLDER
    pages = (p for p in scanning.files_below(folder) if not p.is_relative_to(kept))
    return {path.stem for path in scanning.scan(pages, person.traces).found}
