"""``auditor roster``: what was refused of the rosters, and taking it after all.

Whoever accepts a delivery says who they are and why, and both stay on record and on IT's page.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from auditor import rosterguard
from auditor.rosterguard import Refusal
from cron import wiring
from cron.console import LOG
from cron.options import HERE, AsJson, Config
from cron.options import end as _end
from cron.outcome import CommandError, Outcome, written_out

app = typer.Typer(
    help="Rosters that lost too much to be believed.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_command(config: Config = HERE, as_json: AsJson = False) -> None:
    """List the deliveries that were refused, and who accepted which."""
    _end(lambda: listed(config), as_json)


@app.command("accept")
def accept_command(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Its name in the settings.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who says that it is right.")],
    because: Annotated[str, typer.Option(metavar="REASON", help="Why so many are gone.")],
    delivery: Annotated[
        str | None, typer.Option(metavar="ID", help="Which one. Default: the newest refused.")
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Accept that the people a refused delivery left out are really gone."""
    _end(lambda: accept(config, source, delivery, by, because), as_json)


def listed(config: Path) -> Outcome:
    """Show every refused delivery, the oldest first."""
    office = wiring.prepare(config)
    found: list[Refusal] = []
    if office.has_ledger():
        with wiring.workplace(office) as place, place.ledger.read() as connection:
            found = rosterguard.refusals(connection)

    def show(screen: Console) -> None:
        for one in found:
            _show(one, screen)
        if not found:
            screen.print("No roster was ever refused.")

    return Outcome([_document(one) for one in found], show)


def accept(config: Path, source: str, delivery: str | None, by: str, because: str) -> Outcome:
    """Accept one refused delivery in somebody's name."""
    by, because = written_out("--by", by), written_out("--because", because)
    office = wiring.prepare(config)
    if not office.has_ledger():
        raise CommandError(
            "nothing was ever refused here",
            where=str(office.settings.storage.data),
            cure="Run `auditor run nightly` first",
        )
    with wiring.workplace(office) as place:
        accepted = rosterguard.accept(
            place,
            source,
            delivery=delivery,
            by=by,
            because=because,
            now=datetime.now(UTC),
        )
    LOG.info("roster delivery %s of %s accepted", accepted.delivery, source)

    def show(screen: Console) -> None:
        _show(accepted, screen)
        screen.print("The next nightly run takes it: auditor run nightly")

    return Outcome(_document(accepted), show)


def _show(one: Refusal, screen: Console) -> None:
    screen.print(f"[bold]{escape(one.source)}[/] {one.delivery}, refused {one.refused_at:%Y-%m-%d}")
    for loss in one.losses:
        screen.print(f"  – {escape(str(loss))}")
    if one.accepted_by is not None:
        said = f"accepted by {one.accepted_by}: {one.because}"
        screen.print(f"  [green]✓[/] {escape(said)}")


def _document(one: Refusal) -> dict[str, object]:
    return {
        "source": one.source,
        "delivery": one.delivery,
        "sha256": one.sha256,
        "refused_at": one.refused_at.isoformat(),
        "losses": [str(loss) for loss in one.losses],
        "accepted_by": one.accepted_by,
        "accepted_at": None if one.accepted_at is None else one.accepted_at.isoformat(),
        "because": one.because,
    }
