"""``auditor records``: tables that people enter by hand, checked whole and kept in versions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auditor.ledger import Ledger
from auditor.source import Note
from cron import leader, wiring
from cron.options import HERE, AsJson, Config, end
from cron.outcome import CommandError, Exit, Outcome
from cron.recordbook import Entered, RecordBook, Version
from cron.recordcheck import KINDS, RowError, check, kind_named, kind_of_file
from cron.settings import CONFIG, load_settings

app = typer.Typer(help="Enter tables of records: approvals, tools, crisis reports, accounts.")
_ENTERED_HINT = "Read by the next nightly run; people no roster knows are then on its page."


@app.command("template")
def template_command(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="The table: disclosures.")],
    as_json: AsJson = False,
) -> None:
    """Print a table's headings and an example row, to start a file from."""
    end(lambda: template(kind), as_json)


@app.command("list")
def list_command(config: Config = HERE, as_json: AsJson = False) -> None:
    """List the tables, their versions, and who entered the latest."""
    end(lambda: list_records(config), as_json)


@app.command("import")
def import_command(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The CSV file to enter."),
    ],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who enters it.")],
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="The table, if the file's name is not its."),
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Check a file and take all of it in, or nothing."""
    end(lambda: import_file(config, file, kind, by), as_json)


# ---- template ------------------------------------------------------------------------------


def template(name: str) -> Outcome:
    """Return a table's heading row and an example row."""
    kind = kind_named(name, "KIND")
    lines = (CONFIG / "examples" / f"{kind}.csv").read_text(encoding="utf-8").splitlines()
    headings, example = lines[:2]
    document = {"kind": kind, "headings": headings, "example": example}
    return Outcome(document, lambda screen: screen.out(f"{headings}\n{example}", highlight=False))


# ---- list ----------------------------------------------------------------------------------


def list_records(config: Path) -> Outcome:
    """List every table that can be entered, with its latest version."""
    settings = load_settings(config)
    storage, zone = settings.storage, settings.district.timezone
    found: dict[str, tuple[Version, ...]] = {}
    in_force: dict[str, bool] = {}
    if Ledger.is_begun(wiring.ledger_address(storage)):
        with wiring.ledger_alone(storage) as ledger:
            book = RecordBook(storage.records, ledger)
            found = book.versions()
            in_force = {kind: book.is_in_force(known[-1]) for kind, known in found.items()}
    document = [_listed(kind, found.get(kind, ()), in_force.get(kind), zone) for kind in KINDS]
    return Outcome(document, lambda screen: _show_list(document, screen))


def _listed(
    kind: str, known: tuple[Version, ...], in_force: bool | None, zone: ZoneInfo
) -> dict[str, Any]:
    """Return one table; what is not known of one that was never entered is null."""
    latest = known[-1] if known else None
    return {
        "kind": kind,
        "versions": len(known),
        "rows": latest and latest.rows,
        "by": latest and latest.entered_by,
        "at": latest and latest.entered_at.astimezone(zone).isoformat(),
        "sha256": latest and latest.sha256,
        "file": latest and latest.file,
        "in_force": in_force,
    }


def _show_list(document: Iterable[dict[str, Any]], screen: Console) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("table", "versions", "rows", "entered by", "on"):
        table.add_column(heading, justify="right" if heading in ("versions", "rows") else "left")
    for one in document:
        rows, by, at = ("–", "–", "–")
        if one["versions"]:
            rows, by, at = str(one["rows"]), escape(one["by"]), one["at"][:10]
        style = None if one["versions"] else "dim"
        table.add_row(one["kind"], str(one["versions"]), rows, by, at, style=style)
    screen.print(table)
    for one in document:
        if one["in_force"] is False:
            screen.print(
                f"[yellow]–[/] {one['kind']}.csv is not what was entered last; "
                f"enter the file {escape(one['file'])} or yours again"
            )


# ---- import --------------------------------------------------------------------------------


def import_file(config: Path, file: Path, named: str | None, by: str) -> Outcome:
    """Take a file in whole as the next version of its table, or say all that is wrong with it.

    The policy is not looked at: a report must not wait until somebody has mended that.
    """
    kind = kind_of_file(file) if named is None else kind_named(named, "--kind")
    name = _name_of(by)
    settings = load_settings(config)
    checked = check(settings, kind, file.name, file.read_bytes())
    if checked.rejected:
        return _refused(kind, file, [RowError.of(row) for row in checked.rejected])
    storage, zone = settings.storage, settings.district.timezone
    now = datetime.now(UTC)
    with (
        leader.lead(storage, job=f"records import {kind}", now=now.astimezone(zone)),
        wiring.ledger_alone(storage) as ledger,
    ):
        book = RecordBook(storage.records, ledger)
        entered = book.enter(kind, checked.content, rows=checked.rows, by=name, at=now)
    return _taken(entered, book.in_force(kind), checked.notes, zone)


def _name_of(by: str) -> str:
    name = " ".join(by.split())
    if not name or any(unicodedata.category(c)[0] == "C" for c in name):
        raise CommandError(
            "this is no name", where="--by", cure='Write who enters it: --by "Dana Example"'
        )
    return name


def _refused(kind: str, file: Path, errors: list[RowError]) -> Outcome:
    def show(screen: Console) -> None:
        many = "1 row cannot" if len(errors) == 1 else f"{len(errors):,} rows cannot"
        screen.print(
            f"[bold red]✗[/] {escape(file.name)}: {many} be used, so nothing was taken",
            soft_wrap=True,
        )
        for error in errors:
            screen.print(escape(str(error)), soft_wrap=True)

    document = {"kind": kind, "taken": False, "errors": [error.as_json() for error in errors]}
    return Outcome(document, show, Exit.FAILED, failure=True)


def _taken(entered: Entered, path: Path, notes: tuple[Note, ...], zone: ZoneInfo) -> Outcome:
    version = replace(entered.version, entered_at=entered.version.entered_at.astimezone(zone))
    entered = replace(entered, version=version)
    document = {
        "kind": version.kind,
        "taken": True,
        "new": entered.is_new,
        "version": version.number,
        "rows": version.rows,
        "by": version.entered_by,
        "at": version.entered_at.isoformat(),
        "sha256": version.sha256,
        "file": version.file,
        "in_force": str(path),
        "mended": entered.mended,
        "set_aside": None if entered.set_aside is None else str(entered.set_aside),
        "notes": [{"text": note.text, "count": note.count} for note in notes],
    }
    return Outcome(document, lambda screen: _show_taken(entered, path, notes, screen))


def _show_taken(entered: Entered, path: Path, notes: tuple[Note, ...], screen: Console) -> None:
    version = entered.version
    rows = "1 row" if version.rows == 1 else f"{version.rows:,} rows"
    what = f"{version.kind}, version {version.number}: {rows}"
    who = f"entered by {escape(version.entered_by)} on {version.entered_at.date()}"
    if entered.is_new:
        screen.print(f"[green]✓[/] {what}", soft_wrap=True)
    else:
        screen.print(f"– nothing new: this is {what}, {who}", soft_wrap=True)
    if entered.mended:
        screen.print(f"  {escape(path.name)} was not this version, and is again", soft_wrap=True)
    if entered.set_aside is not None:
        text = f"  {path.name} had been changed by hand; that file is now {entered.set_aside}"
        screen.print(escape(text), soft_wrap=True)
    for note in notes:
        screen.print(f"  [dim]{escape(note.text)}[/]", soft_wrap=True)
    if entered.is_new or entered.mended:
        screen.print(f"  [dim]{_ENTERED_HINT}[/]", soft_wrap=True)
