"""The demo's closing words in the terminal: found against planted, what was not checked, pages."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cron.demo_score import EXPECTATIONS, RuleScore, Score
from cron.ran import TONES

if TYPE_CHECKING:
    from cron.demo import Demonstration

_HEADINGS = ("listed", "covered", "uncertain", "quiet")
_TITLES_FROM = 116
"""Columns from which the titles of checks fit on one line; below stand their short names."""
_MOST_DIFFERENCES = 20


def show(shown: Demonstration, screen: Console) -> None:
    """Print the summary of a demo."""
    night = next(ran.night for ran in reversed(shown.runs) if ran.night is not None)
    records = sum(shown.records.values())
    screen.print(
        f"\n[bold]{escape(night.imprint.district)}[/] [dim]– invented, nobody in it is real[/]"
    )
    screen.print(
        f"[dim]{records:,} records of mail, chat, learning platform and apps, "
        f"judged up to {night.audit_date}; {escape(night.imprint.policy_name)}[/]\n"
    )
    screen.print(_table(shown.score, titles=screen.width >= _TITLES_FROM))
    _verdict(shown.score, screen)
    _not_checked(shown, screen)
    _seconds(shown, screen)
    _pages(shown, screen)


def _table(score: Score, *, titles: bool) -> Table:
    table = Table(
        title="Found / planted",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_footer=True,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        footer_style="bold",
    )
    table.add_column("check", footer="all checks", no_wrap=True)
    for expectation, heading in zip(EXPECTATIONS, _HEADINGS, strict=True):
        found = sum(rule.found[expectation] for rule in score.rules)
        planted = sum(rule.planted[expectation] for rule in score.rules)
        table.add_column(heading, justify="right", footer=_share(found, planted))
    false_alarms = sum(rule.unexpected for rule in score.rules)
    table.add_column("false\nalarms", justify="right", footer=str(false_alarms))
    table.add_column("", footer=_mark(score.exact))
    for rule in score.rules:
        table.add_row(*_row(rule, rule.title if titles else rule.rule))
    return table


def _row(rule: RuleScore, name: str) -> list[str]:
    shares = [_share(rule.found[e], rule.planted[e]) for e in EXPECTATIONS]
    alarms = f"[red]{rule.unexpected}[/]" if rule.unexpected else "0"
    return [escape(name), *shares, alarms, _mark(rule.exact)]


def _share(found: int, planted: int) -> str:
    if not planted:
        return "[dim]–[/]"
    text = f"{found}/{planted}"
    return text if found == planted else f"[red]{text}[/]"


def _mark(exact: bool) -> str:
    return "[green]✓[/]" if exact else "[red]✗[/]"


def _verdict(score: Score, screen: Console) -> None:
    planted = sum(sum(rule.planted.values()) for rule in score.rules)
    if score.exact:
        screen.print(f"[bold green]✓ All {planted} planted truths found, and nothing else.[/]\n")
        return
    many = len(score.differences)
    screen.print(f"[bold red]✗ {many} difference{'s' if many > 1 else ''} from what was planted[/]")
    for line in score.differences[:_MOST_DIFFERENCES]:
        screen.print(f"  – {escape(line)}")
    if many > _MOST_DIFFERENCES:
        screen.print(f"  – and {many - _MOST_DIFFERENCES} more; --json lists all")
    screen.print()


def _not_checked(shown: Demonstration, screen: Console) -> None:
    screen.print("[bold]What could not be checked[/]")
    for line in shown.runs[-1].not_checked:
        screen.print(f"  [yellow]–[/] {escape(line)}")
    for line in shown.known_limits:
        screen.print(f"  [dim]– {escape(line)} (accepted by the district)[/]")
    if not shown.runs[-1].not_checked:
        screen.print("  [green]✓[/] every planned source was read in full")
    screen.print()


def _seconds(shown: Demonstration, screen: Console) -> None:
    screen.print("[bold]Seconds[/]")
    width = max(len(name) for name, _ in shown.seconds)
    for name, seconds in shown.seconds:
        screen.print(f"  {name:<{width}}  {seconds:7.2f}")
    night = next(ran.night for ran in reversed(shown.runs) if ran.night is not None)
    parts = ", ".join(f"{step.name} {step.seconds:.2f}" for step in night.steps)
    screen.print(f"  [dim]the last night: {parts}[/]")
    screen.print(
        f"  {'together':<{width}}  {sum(s for _, s in shown.seconds):7.2f}\n", style="bold"
    )


def _pages(shown: Demonstration, screen: Console) -> None:
    screen.print("[bold]Pages[/]")
    newest = {page.reader: page for ran in shown.runs for page in ran.pages}
    for page in newest.values():
        colour = TONES[page.verdict.tone]
        screen.print(
            f"  [{colour}]●[/] [bold]{escape(page.reader)}[/]: {escape(page.verdict.line)}"
        )
        screen.print(f"    {escape(str(page.html.absolute()))}", soft_wrap=True)
    config = escape(str(shown.folder / "district.toml"))
    screen.print("\n[bold]Look further[/]")
    # After `make demo` the command is in the project's own environment, not on the path.
    command = "auditor" if shutil.which("auditor") else escape(sys.argv[0])
    screen.print(f"  {command} items --config {config}", soft_wrap=True)
    screen.print(f"  {command} explain ITEM --config {config}", soft_wrap=True)
