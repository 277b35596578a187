"""``auditor hold``: what must not be deleted, set and lifted by name, and listed for good."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from auditor import holds
from auditor.audit import Workplace
from auditor.holds import Hold, HoldKind
from auditor.itembook import stored_items
from auditor.recognising import person_of
from cron import leader, wiring
from cron.options import HERE, AsJson, Config, end
from cron.outcome import CommandError, Outcome

app = typer.Typer(help="Legal holds: what must not be deleted until the hold is lifted.")
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who says so.")]


@app.command("set")
def set_command(
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; without a student's name.")],
    by: By,
    person: Annotated[str | None, typer.Option(metavar="ID", help="A person's id.")] = None,
    item: Annotated[str | None, typer.Option(metavar="ITEM", help="An item: AH-0412.")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="All there is.")] = False,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Keep a person, an item or everything from being deleted."""
    end(lambda: set_hold(config, person, item, everything, reason, by), as_json)


@app.command("list")
def list_command(config: Config = HERE, as_json: AsJson = False) -> None:
    """List every hold there ever was."""
    end(lambda: list_holds(config), as_json)


@app.command("lift")
def lift_command(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `hold list` shows it.")],
    by: By,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Lift a hold; it stays on the list."""
    end(lambda: lift_hold(config, number, by), as_json)


def set_hold(
    config: Path, person: str | None, item: str | None, everything: bool, reason: str, by: str
) -> Outcome:
    """Set a hold on exactly one thing."""
    if (person is not None) + (item is not None) + everything != 1:
        raise CommandError(
            "a hold is on one thing",
            where="hold set",
            cure="Give --person ID, --item ITEM or --everything, and a hold for each",
        )
    why, who = said(reason, "--reason"), said(by, "--by")
    office, now = wiring.prepare(config), datetime.now(UTC)
    with (
        leader.lead(office.settings.storage, job="hold set", now=now),
        wiring.workplace(office) as place,
    ):
        kind, subject = HoldKind.EVERYTHING, ""
        if person is not None:
            kind, subject = HoldKind.PERSON, str(person_of(place, person))
        elif item is not None:
            kind, subject = HoldKind.ITEM, _item(place, item)
        with place.ledger.begin() as connection:
            made = holds.set_hold(connection, kind, subject, reason=why, by=who, now=now)
    return Outcome(document(made), lambda screen: _show(made, screen))


def _item(place: Workplace, item: str) -> str:
    with place.ledger.read() as connection:
        known = {one.id.casefold(): one.id for one in stored_items(connection)}
    if item.casefold() not in known:
        raise CommandError("there is no such item", where=item, cure="See `auditor items`")
    return known[item.casefold()]


def list_holds(config: Path) -> Outcome:
    """List every hold, the lifted ones too."""
    storage = wiring.prepare(config).settings.storage
    with wiring.ledger_alone(storage) as ledger, ledger.read() as connection:
        found = holds.all_holds(connection)

    def show(screen: Console) -> None:
        for one in found:
            _show(one, screen)
        if not found:
            screen.print("No hold was ever set.")

    return Outcome([document(one) for one in found], show)


def lift_hold(config: Path, number: int, by: str) -> Outcome:
    """Lift a hold that stands."""
    who = said(by, "--by")
    storage, now = wiring.prepare(config).settings.storage, datetime.now(UTC)
    with (
        leader.lead(storage, job="hold lift", now=now),
        wiring.ledger_alone(storage) as ledger,
        ledger.begin() as connection,
    ):
        lifted = holds.lift(connection, number, by=who, now=now)
    return Outcome(document(lifted), lambda screen: _show(lifted, screen))


def said(text: str, option: str) -> str:
    """Return what somebody wrote on one line; refuses nothing at all and control characters."""
    plain = " ".join(text.split())
    if not plain or any(unicodedata.category(c)[0] == "C" for c in plain):
        raise CommandError("there is nothing written", where=option, cure="Write it in quotes")
    return plain


def document(hold: Hold) -> dict[str, Any]:
    """Return a hold for machines; a person is a number."""
    return {
        "number": hold.hold_id,
        "on": hold.shown,
        "reason": hold.reason,
        "set_by": hold.set_by,
        "set_at": hold.set_at.isoformat(),
        "lifted_by": hold.lifted_by,
        "lifted_at": None if hold.lifted_at is None else hold.lifted_at.isoformat(),
    }


def _show(hold: Hold, screen: Console) -> None:
    mark = "[yellow]■[/]" if hold.stands else "[dim]□[/]"
    text = f"Hold {hold.hold_id} on {hold.shown}, set by {hold.set_by} on {hold.set_at:%Y-%m-%d}"
    if hold.lifted_at is not None:
        text += f", lifted by {hold.lifted_by} on {hold.lifted_at:%Y-%m-%d}"
    screen.print(f"{mark} {escape(text)}: {escape(hold.reason)}", soft_wrap=True)
