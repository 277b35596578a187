"""``auditor policy`` and ``auditor replay``: looking at packs, trying another one beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from auditor.policy import Pack, PolicyError, load_pack
from auditor.policy.problems import written
from auditor.rule import Rule, load_rules
from cron import replaying
from cron.mistakes import Mistake, SettingsError
from cron.options import HERE, AsJson, Config, end
from cron.outcome import Outcome, mistaken
from cron.policy_shown import line_json, pack_json, show_list, show_pack
from cron.policy_table import policy_table
from cron.settings import CONFIG

app = typer.Typer(help="Look at policy packs: what they ask, how it is checked, what is open.")
Parameters = Mapping[str, frozenset[str]]


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the policy packs that come with the program."""
    end(list_packs, as_json)


@app.command("show")
def show_command(
    pack: Annotated[str, typer.Argument(metavar="PACK", help="Its name, or a file: injdb.")],
    as_json: AsJson = False,
) -> None:
    """Print a pack: clauses, checks, switches, grounds, offices."""
    end(lambda: show(pack), as_json)


@app.command("check")
def check_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pack's file.")],
    as_json: AsJson = False,
) -> None:
    """Check a pack's file: every mistake with its line and the cure."""
    end(lambda: check(file), as_json)


@app.command("table")
def table_command() -> None:
    """Print what is checked, clause by clause, as Markdown (docs/policy-coverage.md)."""
    end(table, as_json=False)


def replay_command(
    policy: Annotated[
        str | None,
        typer.Option("--policy", metavar="PACK", help="A pack or a file. Default: your own."),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=3660, help="Days up to the last audit date.")
    ] = 90,
    switches: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="SWITCH=VALUE", help="Answer a switch otherwise; as often as needed."
        ),
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Try another policy on past days: how many would be listed, and how many not."""
    end(lambda: replaying.replay(config, policy, days, tuple(switches or ())), as_json)


# ---- packs -----------------------------------------------------------------------------------


def list_packs() -> Outcome:
    """List the packs that come with the program."""
    document = [line_json(name, pack) for name, pack in shipped(load_rules()).items()]
    return Outcome(document, lambda screen: show_list(document, screen))


def show(named: str) -> Outcome:
    """Show a pack as it is, without what any district lays over it."""
    pack = _load(replaying.pack_path(named), _parameters(load_rules()))
    return Outcome(pack_json(pack), lambda screen: show_pack(pack, screen))


def check(file: Path) -> Outcome:
    """Check a pack's file; with mistakes the outcome is a failure with code 2."""
    try:
        pack = _load(file, _parameters(load_rules()))
    except SettingsError as error:
        return _mistakes(file, error)
    counts = (
        f"{len(pack.clauses)} clauses, {len(pack.bindings)} rules, {len(pack.switches)} switches"
    )

    def say(screen: Console) -> None:
        said = f"{pack.name}, {pack.revision}: {counts}"
        screen.print(f"[green]✓[/] {escape(str(file))}: {escape(said)}", soft_wrap=True)

    return Outcome({"ok": True, "mistakes": []}, say)


def _mistakes(file: Path, error: SettingsError) -> Outcome:
    outcome = mistaken(error.mistakes)

    def say(screen: Console) -> None:
        many = "mistakes" if len(error.mistakes) > 1 else "mistake"
        screen.print(f"[bold red]✗ {len(error.mistakes)} {many} in {escape(str(file))}[/]")
        for mistake in error.mistakes:
            key = "" if mistake.key is None else f"{escape(mistake.key)}: "
            screen.print(f"\n  [cyan]{escape(mistake.place)}[/]", soft_wrap=True)
            screen.print(f"    {key}{escape(mistake.what)}")
            screen.print(f"    [green]→[/] {escape(mistake.cure)}")

    document = {"ok": False, **outcome.document}
    return Outcome(document, say, outcome.exit_code, failure=True)


def table() -> Outcome:
    """Return the coverage paper as Markdown."""
    rules = load_rules()
    text = policy_table(shipped(rules), rules)
    return Outcome(text, lambda screen: screen.out(text, end="", highlight=False))


def shipped(rules: Mapping[str, Rule]) -> dict[str, Pack]:
    """Return the packs that come with the program, by name."""
    known = _parameters(rules)
    paths = sorted((CONFIG / "policies").glob("*.toml"))
    return {path.stem: _load(path, known) for path in paths}


def _parameters(rules: Mapping[str, Rule]) -> Parameters:
    return {name: frozenset(rule.parameters) for name, rule in rules.items()}


def _load(path: Path, known: Parameters) -> Pack:
    try:
        return load_pack(path, rules=known)
    except PolicyError as error:
        raise SettingsError(
            Mistake(p.file, p.line, written(p.key) if p.key else None, p.what, p.cure)
            for p in error.found
        ) from None
