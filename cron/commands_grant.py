"""``auditor grant``: a user lets the audit see the list of messages that this user sent.

Some systems show a person's messages to that person alone. Whoever is asked opens a link, sees in
the system's own words what is granted, and may take it back there at any time. Nothing is sent to
anybody by this command: people hand the link on themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from connectors.schoology import Schoology
from cron import wiring
from cron.console import LOG
from cron.options import HERE, AsJson, Config
from cron.options import end as _end
from cron.outcome import CommandError, Exit, Outcome


def grant_command(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Its name in the settings.")],
    finish: Annotated[
        bool, typer.Option("--finish", help="Collect the tokens of users who have agreed.")
    ] = False,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Give out a link by which one user lets the audit see what this user sent."""
    _end(lambda: collect(config, source) if finish else give_out(config, source), as_json)


def give_out(config: Path, source: str) -> Outcome:
    """Make a link for one user."""
    link = _source(config, source).granting().link()
    LOG.info("link given out for %s", source)

    def show(screen: Console) -> None:
        screen.print("A link for one user, good for an hour:\n")
        screen.print(f"  {escape(link)}\n", soft_wrap=True)
        screen.print(
            "Whoever opens it and agrees grants the account they are signed in with, so give it to "
            "nobody else. Then run\n"
        )
        screen.print(f"  auditor grant {escape(source)} --finish")

    return Outcome({"source": source, "link": link}, show)


def collect(config: Path, source: str) -> Outcome:
    """Put the tokens of users who have agreed on file; exit code 3 while links are unanswered."""
    found = list(_source(config, source).granting().finish())
    LOG.info("%s: %d tokens collected", source, sum(one.uid is not None for one in found))

    def show(screen: Console) -> None:
        for one in found:
            whose = "a link" if one.uid is None else f"account {one.uid}"
            mark = "[yellow]–[/]" if one.uid is None else "[green]✓[/]"
            screen.print(f"{mark} {whose}: {escape(one.what)}")
        if not found:
            screen.print("No link is waiting for an answer.")

    code = Exit.GAPS if any(one.uid is None for one in found) else Exit.COMPLETE
    return Outcome([{"account": one.uid, "what": one.what} for one in found], show, code)


def _source(config: Path, name: str) -> Schoology:
    connections = {one.context.name: one for one in wiring.prepare(config).connections}
    if name not in connections:
        known = ", ".join(sorted(connections))
        raise CommandError("there is no such source", where=name, cure=f"There are: {known}")
    connection = connections[name]
    source = connection.connect(connection.context)
    if not isinstance(source, Schoology):
        raise CommandError(
            "users grant nothing to this source",
            where=name,
            cure="Name a source whose connector is schoology",
        )
    return source
