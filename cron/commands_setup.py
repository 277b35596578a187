"""``auditor init`` and ``check``: setting up, before any data is read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from auditor.ledger import StorageError
from auditor.private import SecretError
from auditor.source import CheckResult
from cron import initialise, rights, ways, wiring
from cron.outcome import CommandError, Exit, Outcome
from cron.secrets import read_keyring
from cron.wiring import Office


def init(
    folder: Path, told_on: date | None = None, how: str | None = None, by: str | None = None
) -> Outcome:
    """Prepare a folder for a district; what is there already stays as it is.

    The other three are the notice to staff, which goes into new settings.
    """
    settings = folder / "district.toml"
    told = None if settings.exists() else rights.given_notice(told_on, how, by)
    try:
        made, kept = initialise.initialise(folder, told)
    except OSError as error:
        raise CommandError(
            f"the folder cannot be prepared ({error.strerror})",
            where=str(error.filename or folder),
            cure="Name a folder this account may write in",
        ) from error

    def show(screen: Console) -> None:
        for path in made:
            screen.print(f"[green]✓[/] {escape(str(path))}", soft_wrap=True)
        for path in kept:
            screen.print(
                f"[dim]– {escape(str(path))}: there already, left as it is[/]", soft_wrap=True
            )
        if told is None and settings in made:
            screen.print(f"\n[yellow]–[/] {rights.WHY}")
        screen.print(
            f"\nNext: edit {escape(str(folder / 'district.toml'))}, drop the files in, then"
        )
        screen.print(f"  auditor check --config {escape(str(folder / 'district.toml'))}")

    document = {
        "made": [str(path) for path in made],
        "kept": [str(path) for path in kept],
        "notice_recorded": told is not None,
    }
    return Outcome(document, show)


def check(config: Path) -> Outcome:
    """Check settings, pepper, policy, rules and reach, the mail server's too; reads no data.

    Ends with 2 if anything is not in order.
    """
    office = wiring.prepare(config)
    lines = [
        ("settings", CheckResult(True, str(config.absolute()))),
        ("policy", CheckResult(True, f"{office.pack.name}, rev. {office.pack.revision}")),
        ("rules", CheckResult(True, ", ".join(sorted(office.pack.bindings)))),
        ("pepper", _pepper(office)),
        ("ledger", _ledger(office)),
        ("schedule", CheckResult(True, str(office.settings.schedule))),
        ("notice", _notice(office)),
    ]
    for connection in office.connections:
        source = connection.connect(connection.context)
        lines += [(connection.settings.name, result) for result in source.check()]
    if (delivery := office.settings.delivery) is not None:
        lines += [("mail", result) for result in ways.reach(delivery.line)]
    in_order = all(result.ok for _, result in lines)
    document = {
        "ok": in_order,
        "checks": [
            {"of": of, "ok": result.ok, "text": result.text, "cure": result.cure}
            for of, result in lines
        ],
    }

    def show(screen: Console) -> None:
        for of, result in lines:
            mark = "[green]✓[/]" if result.ok else "[red]✗[/]"
            screen.print(f"{mark} [bold]{escape(of)}[/]: {escape(result.text)}", soft_wrap=True)
            if result.cure is not None:
                screen.print(f"  [green]→[/] {escape(result.cure)}", soft_wrap=True)

    return Outcome(document, show, Exit.COMPLETE if in_order else Exit.USAGE)


def _notice(office: Office) -> CheckResult:
    district = office.settings.district
    return rights.checked_notice(district, datetime.now(UTC).astimezone(district.timezone).date())


def _pepper(office: Office) -> CheckResult:
    path = office.settings.storage.pepper
    if not path.is_symlink() and not path.exists() and not office.has_ledger():
        return CheckResult(True, f"{path}: will be made on the first run")
    try:
        read_keyring(path)
    except SecretError as error:
        return CheckResult(False, f"{error.where}: {error.what}", error.cure)
    return CheckResult(True, f"{path}: kept safely")


def _ledger(office: Office) -> CheckResult:
    storage = office.settings.storage
    where = str(storage.server or storage.data / wiring.LEDGER_NAME)
    try:
        begun = office.has_ledger()
    except (StorageError, SecretError) as error:
        return CheckResult(False, f"{error.where}: {error.what}", error.cure)
    return CheckResult(True, where if begun else f"{where}: will be made on the first run")
