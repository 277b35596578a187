"""The command line: one verb for each thing a person wants. Thin on purpose."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cron import (
    catching_up,
    commands_approvals,
    commands_breaker,
    commands_clauses,
    commands_columns,
    commands_compact,
    commands_connectors,
    commands_decide,
    commands_export,
    commands_grant,
    commands_hold,
    commands_look,
    commands_policy,
    commands_purge,
    commands_records,
    commands_roster,
    commands_run,
    commands_setup,
    commands_verify,
    demo,
    serving,
    watching,
)
from cron.commands_run import Asked
from cron.digesting import Period
from cron.mailing import mailing_of
from cron.options import HERE, AsJson, Config
from cron.options import a_day as _day
from cron.options import end as _end
from cron.ran import Job

app = typer.Typer(
    name="auditor",
    help="Checks every contact between adults and students against the district's own policy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, which may hold addresses
    rich_markup_mode=None,
    epilog="Exit codes: 0 complete, 1 failed, 2 usage or settings, 3 finished with gaps, "
    "75 another run is under way.",
)


@app.command("demo")
def demo_command(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="Where to put it; empty, or an earlier demo.")
    ] = Path("demo-district"),
    schools: Annotated[int, typer.Option(help="How many schools.")] = 3,
    staff: Annotated[int, typer.Option(help="How many staff.")] = 60,
    students: Annotated[int, typer.Option(help="How many students.")] = 700,
    weeks: Annotated[int, typer.Option(help="How many weeks.")] = 4,
    seed: Annotated[int, typer.Option(help="Same seed, same district.")] = 7,
    google: Annotated[
        bool,
        typer.Option("--google", help="Its mail and chat come from a server that acts as Google."),
    ] = False,
    microsoft: Annotated[
        bool,
        typer.Option("--microsoft", help="They come from a server that acts as Microsoft."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Audit an invented district and compare with what was planted."""
    sizes = demo.Sizes(schools, staff, students, weeks, seed)
    cloud = "google" if google else "microsoft" if microsoft else None
    _end(lambda: demo.demo(folder, sizes, cloud), as_json)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The district's folder.")],
    notice_date: Annotated[
        date | None,
        typer.Option(parser=_day, metavar="YYYY-MM-DD", help="When staff were told of the audit."),
    ] = None,
    notice_how: Annotated[str | None, typer.Option(metavar="TEXT", help="How.")] = None,
    notice_by: Annotated[str | None, typer.Option(metavar="NAME", help="Who says so.")] = None,
    as_json: AsJson = False,
) -> None:
    """Prepare a district's folder; overwrites nothing. Asks when staff were told of the audit."""
    _end(lambda: commands_setup.init(folder, notice_date, notice_how, notice_by), as_json)


@app.command()
def check(config: Config = HERE, as_json: AsJson = False) -> None:
    """Check settings, policy, secrets and reach; reads no data."""
    _end(lambda: commands_setup.check(config), as_json)


@app.command()
def run(
    job: Annotated[Job, typer.Argument(help="What to do.")],
    audit_date: Annotated[
        date | None,
        typer.Option("--date", parser=_day, metavar="YYYY-MM-DD", help="Default: yesterday."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Do once more what has been done already.")
    ] = False,
    no_mail: Annotated[bool, typer.Option("--no-mail", help="Send no mail.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write mails to reports/outbox and send none.")
    ] = False,
    only: Annotated[
        Period | None, typer.Option("--job", help="digest: mail about this period only.")
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Check up to a day (nightly), or every day missed (catch-up); make the week's pages (weekly);
    send mail anew (digest).

    What is done already for that day under that policy is not done a second time.
    """
    asked = Asked(again, mailing_of(no_mail=no_mail, dry_run=dry_run), only)
    if job is Job.CATCH_UP:
        _end(lambda: catching_up.catch_up(config, audit_date, asked), as_json)
    else:
        _end(lambda: commands_run.run(config, job, audit_date, asked), as_json)


@app.command()
def items(
    as_of: Annotated[
        date | None,
        typer.Option(
            "--as-of",
            parser=_day,
            metavar="YYYY-MM-DD",
            help="Day since which an item is new. Default: the last audit date.",
        ),
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """List every item that stands."""
    _end(lambda: commands_look.items(config, as_of), as_json)


@app.command()
def explain(
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Its id: AH-0412.")],
    packet: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write it to print: a .html file, or a folder."),
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Print how an item came about, record by record; or write it to print and be answered."""
    _end(lambda: commands_look.explain(config, item, packet, twin=as_json), as_json)


@app.command()
def coverage(
    first: Annotated[date | None, typer.Option("--from", parser=_day, metavar="YYYY-MM-DD")] = None,
    last: Annotated[
        date | None,
        typer.Option(
            "--to", parser=_day, metavar="YYYY-MM-DD", help="Default: the last audit date."
        ),
    ] = None,
    units: Annotated[
        bool, typer.Option("--units", help="Each mailbox or space too, by its name.")
    ] = False,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Show which days of which source were read."""
    _end(lambda: commands_look.coverage(config, first, last, units=units), as_json)


@app.command()
def clauses(
    first: Annotated[
        date | None,
        typer.Option("--from", parser=_day, metavar="YYYY-MM-DD", help="Default: a week."),
    ] = None,
    last: Annotated[
        date | None,
        typer.Option(
            "--to", parser=_day, metavar="YYYY-MM-DD", help="Default: the last audit date."
        ),
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Show what was checked of each clause of the policy, and what no system can show."""
    _end(lambda: commands_clauses.clauses(config, first, last), as_json)


@app.command()
def approvals(config: Config = HERE, as_json: AsJson = False) -> None:
    """List approvals on file: whether each holds, and what it was used for."""
    _end(lambda: commands_approvals.approvals(config), as_json)


@app.command()
def connectors(
    paper: Annotated[
        bool, typer.Option("--paper", help="Print docs/systems.md, in Markdown, instead.")
    ] = False,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """List connectors, the systems they read or cannot read, and the sources that use them."""
    if paper:
        _end(commands_connectors.paper, as_json)
    else:
        _end(lambda: commands_connectors.connectors(config), as_json)


@app.command()
def serve(config: Config = HERE, as_json: AsJson = False) -> None:
    """Start every job at its time, until told to stop; first make up for what was missed."""
    _end(lambda: serving.serve(config), as_json)


@app.command()
def watch(config: Config = HERE, as_json: AsJson = False) -> None:
    """Be quiet if last night's page was there in time; else say so and end with 1."""
    _end(lambda: watching.watch(config), as_json)


app.command("grant")(commands_grant.grant_command)
app.command("compact")(commands_compact.compact_command)
app.command("decide")(commands_decide.decide_command)
app.command("verify")(commands_verify.verify_command)
app.command("purge")(commands_purge.purge_command)
app.command("subject-export")(commands_export.export_command)
app.add_typer(commands_hold.app, name="hold")
app.command("replay")(commands_policy.replay_command)
app.add_typer(commands_records.app, name="records")
app.add_typer(commands_columns.app, name="columns")
app.add_typer(commands_policy.app, name="policy")
app.add_typer(commands_roster.app, name="roster")
app.add_typer(commands_breaker.app, name="breaker")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
