"""``auditor breaker``: checks held back because they would have listed too many, and their release.

Whoever releases one says who they are and why, and both stay on record.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from auditor import breaker
from auditor.breaker import Trip
from cron import wiring
from cron.console import LOG
from cron.options import HERE, AsJson, Config
from cron.options import end as _end
from cron.outcome import CommandError, Outcome, written_out

app = typer.Typer(
    help="Checks that would have listed a large share of staff at once.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_command(config: Config = HERE, as_json: AsJson = False) -> None:
    """List the checks that were held back, and who released which."""
    _end(lambda: listed(config), as_json)


@app.command("release")
def release_command(
    rule: Annotated[str, typer.Argument(metavar="CHECK", help="Its id, as listed.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who says that it is right.")],
    because: Annotated[str, typer.Option(metavar="REASON", help="Why so many are concerned.")],
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Let a check list the people for whom it was held back."""
    _end(lambda: release(config, rule, by, because), as_json)


def listed(config: Path) -> Outcome:
    """Show every check that was held back, the oldest first."""
    office = wiring.prepare(config)
    found: list[Trip] = []
    if office.has_ledger():
        with wiring.workplace(office) as place, place.ledger.read() as connection:
            found = breaker.trips(connection)

    def show(screen: Console) -> None:
        for one in found:
            _show(one, screen)
        if not found:
            screen.print("No check was ever held back.")

    return Outcome([_document(one) for one in found], show)


def release(config: Path, rule: str, by: str, because: str) -> Outcome:
    """Release one check in somebody's name."""
    by, because = written_out("--by", by), written_out("--because", because)
    office = wiring.prepare(config)
    if not office.has_ledger():
        raise CommandError(
            "nothing was ever held back here",
            where=str(office.settings.storage.data),
            cure="Run `auditor run nightly` first",
        )
    with wiring.workplace(office) as place:
        now = datetime.now(UTC)
        released = breaker.release(place, rule, by=by, because=because, now=now)
    LOG.info("check %s released", rule)

    def show(screen: Console) -> None:
        _show(released, screen)
        screen.print("To list them now: auditor run nightly --again")

    return Outcome(_document(released), show)


def _show(one: Trip, screen: Console) -> None:
    screen.print(f"[bold]{escape(one.rule)}[/], held back {one.held_at:%Y-%m-%d}: {one}")
    if one.released_by is not None:
        screen.print(f"  [green]✓[/] {escape(f'released by {one.released_by}: {one.because}')}")


def _document(one: Trip) -> dict[str, object]:
    return {
        "rule": one.rule,
        "held_at": one.held_at.isoformat(),
        "adults": len(one.adults),
        "staff": one.staff,
        "released_by": one.released_by,
        "released_at": None if one.released_at is None else one.released_at.isoformat(),
        "because": one.because,
    }
