"""How every command ends: a document for machines, a view for people, and an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from rich.console import Console
from rich.markup import escape

from auditor.audit import AuditError
from auditor.ledger import StorageError
from auditor.private import SecretError
from auditor.source import SourceError
from cron.console import error_console, result_console
from cron.lock import LockHeld
from cron.mistakes import Mistake, SettingsError


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    COMPLETE = 0
    FAILED = 1
    USAGE = 2
    """The command line or the settings are mistaken."""
    GAPS = 3
    """Finished, but something planned was not checked."""
    HELD = 75
    """Another run holds the data folder (EX_TEMPFAIL: try again later)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    document: Any
    """JSON-ready."""
    show: Callable[[Console], None]
    exit_code: int = Exit.COMPLETE
    failure: bool = False
    """Nothing came of the command: what there is to show goes to stderr."""


class CommandError(Exception):
    """A command was asked for something it will not do, or that cannot be done now."""

    def __init__(self, what: str, *, where: str, cure: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(f"{where}: {what}. {cure}")
        self.code = code
        self.what = what
        self.where = where
        self.cure = cure


def written_out(option: str, text: str) -> str:
    """Return what somebody wrote for the record; raises ``CommandError`` where it is empty."""
    if not text.strip():
        raise CommandError("it is empty", where=option, cure="Write it out: it stays on record")
    return text.strip()


def finish(command: Callable[[], Outcome], *, as_json: bool) -> int:
    """Run a command, put out its result or its failure, and return the exit code."""
    try:
        outcome = command()
    except SettingsError as error:
        outcome = mistaken(error.mistakes)
    except LockHeld as error:
        outcome = _held(error)
    except CommandError as error:
        outcome = _failed(error.what, error.where, error.cure, error.code)
    except SecretError as error:
        outcome = _failed(error.what, str(error.where), error.cure, Exit.USAGE)
    except (AuditError, StorageError, SourceError) as error:
        outcome = _failed(error.what, error.where, error.cure, Exit.FAILED)
    except OSError as error:  # the disk, while pages or folders are written
        where = str(error.filename or "the disk")
        cure = "See that it is there, has room and may be written to, then run again"
        outcome = _failed(error.strerror or type(error).__name__, where, cure, Exit.FAILED)
    if as_json:
        print(json.dumps(outcome.document, ensure_ascii=False, indent=1))
    else:
        outcome.show(error_console() if outcome.failure else result_console())
    return outcome.exit_code


def mistaken(mistakes: Sequence[Mistake]) -> Outcome:
    """Return the outcome of settings that cannot be used."""

    def show(console: Console) -> None:
        many = "mistakes" if len(mistakes) > 1 else "mistake"
        console.print(f"[bold red]✗ {len(mistakes)} {many} in the settings[/]")
        for mistake in mistakes:
            key = "" if mistake.key is None else f"[bold]{escape(mistake.key)}[/]: "
            console.print(f"\n  [cyan]{escape(mistake.place)}[/]", soft_wrap=True)
            console.print(f"    {key}{escape(mistake.what)}")
            console.print(f"    [green]→[/] {escape(mistake.cure)}")

    return Outcome({"mistakes": [m.as_json() for m in mistakes]}, show, Exit.USAGE, failure=True)


def _failed(what: str, where: str, cure: str, code: Exit) -> Outcome:
    def show(console: Console) -> None:
        console.print(f"[bold red]✗[/] [cyan]{escape(where)}[/]: {escape(what)}")
        console.print(f"  [green]→[/] {escape(cure)}")

    return Outcome(
        {"error": {"what": what, "where": where, "cure": cure}}, show, code, failure=True
    )


def _held(error: LockHeld) -> Outcome:
    holder = error.holder
    who = str(holder) if holder else "a run that has only just begun"
    what = f"another run is under way: {who}"
    outcome = _failed(what, error.where, "Wait until it has ended", Exit.HELD)
    if holder is not None:
        since = holder.since.isoformat()
        said = {"pid": holder.pid, "host": holder.host, "job": holder.job, "since": since}
        outcome.document["holder"] = said
    return outcome
