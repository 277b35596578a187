"""Options that every command takes, and how every command ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cron.console import log_to_stderr
from cron.outcome import Outcome, finish

HERE = Path("district.toml")
Config = Annotated[Path, typer.Option("--config", metavar="PATH", help="The settings file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def a_day(text: str) -> date:
    """Return a day as it is written on the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day; write it as 2026-11-22") from None


def end(command: Callable[[], Outcome], as_json: bool) -> None:
    """Run a command, put out what came of it and leave with its exit code."""
    log_to_stderr()
    raise typer.Exit(finish(command, as_json=as_json))
