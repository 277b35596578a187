"""``auditor items``, ``explain`` and ``coverage``: looking at what stands.

They change nothing but the chain, which keeps that somebody looked at people.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auditor import audit, explainwords
from auditor.audit import Workplace
from auditor.nightrecord import NightRecord
from auditor.result import CoverageStatement, DayRead, Item, ItemState
from auditor.runbook import PAGE_DAYS, last_night
from auditor.source import DayState
from cron import catalogue, looked, wiring
from cron.as_json import coverage_json, item_json, not_checked, units_json
from cron.outcome import CommandError, Exit, Outcome
from cron.settings import SourceSettings, load_settings
from reports import packet

_MARKS = {
    DayState.READ: "[green]■[/]",
    DayState.PART: "[yellow]◧[/]",
    DayState.MISSING: "[red]□[/]",
}
_DAYS_SHOWN = 14


@contextmanager
def _looking(config: Path) -> Iterator[tuple[Workplace, NightRecord]]:
    """Open the storage at what the last finished night left; raises if there was none."""
    office = wiring.prepare(config)
    if office.has_ledger():
        with wiring.workplace(office) as place:
            with place.ledger.read() as connection:
                record = last_night(connection)
            if record is not None:
                yield place, record
                return
    raise CommandError(
        "no nightly run has finished yet, so nothing can be said",
        where=str(office.settings.storage.data),
        cure="Run `auditor run nightly` first",
        code=Exit.FAILED,
    )


def items(config: Path, as_of: date | None) -> Outcome:
    """List every item that stands, and what was not checked beside them."""
    with _looking(config) as (place, record):
        found = audit.items(place, as_of=as_of)
        first = record.audit_date - timedelta(days=PAGE_DAYS - 1)
        stated = audit.coverage(place, first, record.audit_date)
        looked.note(place, "items")
    zone = place.district.timezone
    document = [item_json(item, zone) for item in found]
    return Outcome(document, lambda screen: _show_items(found, stated, screen))


def _show_items(found: tuple[Item, ...], stated: CoverageStatement, screen: Console) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("item", "state", "verb", "adult", "about", "what", "messages"):
        table.add_column(heading, justify="right" if heading == "messages" else "left")
    for item in found:
        table.add_row(
            item.id,
            item.state.value + (" ?" if item.uncertain else ""),
            item.verb.value,
            _shown(item.adult_name),
            _shown(item.about),
            escape(item.rule_title),
            str(len(item.messages)),
            style="dim" if item.state in (ItemState.COVERED, ItemState.DECIDED) else None,
        )
    screen.print(table)
    covered = sum(item.state is ItemState.COVERED for item in found)
    decided = sum(item.state is ItemState.DECIDED for item in found)
    told = f"{covered} covered" + (f", {decided} decided" if decided else "")
    screen.print(
        f"\n{len(found) - covered - decided} to look at, {told}. `?` marks uncertain."
    )
    if stated.complete:
        screen.print(f"Everything planned up to {stated.last} was checked.")
        return
    screen.print(f"[yellow]Not everything up to {stated.last} was checked:[/]")
    for line in not_checked(stated):
        screen.print(f"  – {escape(line)}")


def _shown(name: str) -> str:
    """Return a name that cannot steer the terminal: control and direction marks are dropped."""
    return escape("".join(c for c in name if unicodedata.category(c)[0] != "C"))


def explain(config: Path, item_id: str, to: Path | None = None, *, twin: bool = False) -> Outcome:
    """Print how an item came about, or write its packet ``to`` a file or folder.

    ``twin`` writes the packet's values as JSON beside it.
    """
    with _looking(config) as (place, _):
        explanation = audit.explain(place, item_id)
        looked.note(place, "explain" if to is None else "packet", explanation.item.id)
    document = explainwords.document(explanation)
    if to is not None:
        return _packet(document, packet.publish(explanation, to, twin=twin))

    def show(screen: Console) -> None:
        for line in explainwords.lines(explanation):
            screen.print(_shown(line), soft_wrap=True)

    return Outcome(document, show)


def _packet(document: dict[str, Any], made: packet.Packet) -> Outcome:
    files = {
        "html": str(made.html),
        "json": None if made.json is None else str(made.json),
        "sha256": made.sha256,
    }

    def show(screen: Console) -> None:
        screen.print(f"Packet of item [bold]{escape(document['id'])}[/]:")
        screen.print(f"  [dim]{escape(made.html.absolute().as_uri())}[/]", soft_wrap=True)
        screen.print("Other students are masked in it. It may be read only by you: mode 0600.")

    return Outcome({**document, "packet": files}, show)


def coverage(
    config: Path, first: date | None, last: date | None, *, units: bool = False
) -> Outcome:
    """State which days of which source were read; by default two weeks to the last audit date.

    ``units`` tells of every mailbox or space too, where a source tells them apart.
    """
    with _looking(config) as (place, record):
        today = datetime.now(UTC).astimezone(place.district.timezone).date()
        last = last or record.audit_date
        first = first or last - timedelta(days=_DAYS_SHOWN - 1)
        if first > last:
            raise CommandError(
                f"{first} is after {last}", where="--from", cure="Give the earlier day first"
            )
        stated = audit.coverage(place, first, last)
        mailboxes = audit.mailboxes(place, first, last) if units else {}
    unseen = _unseen(config)
    missed = max((today - record.audit_date).days - 1, 0)
    document = {
        **coverage_json(stated),
        "audit_date": record.audit_date.isoformat(),
        "nights_missed": missed,
        "cannot_see": [
            {"source": source.name, "title": source.title, "cannot_see": list(limits)}
            for source, limits in unseen
        ],
        **({"units": units_json(mailboxes)} if units else {}),
    }

    def show(screen: Console) -> None:
        _show_coverage(stated, screen)
        _show_units(mailboxes, screen)
        if unseen:
            screen.print("\n[bold]What these sources cannot see[/]")
        for source, limits in unseen:
            text = f"{source.title}: {' '.join(limits)}"
            screen.print(f"[dim]– {escape(text)}[/]", soft_wrap=True)
        if missed:
            have = "1 night since then has" if missed == 1 else f"{missed} nights since then have"
            screen.print(f"[yellow]–[/] The last was {record.audit_date}; {have} not been run.")

    return Outcome(document, show, Exit.COMPLETE if stated.complete else Exit.GAPS)


def _unseen(config: Path) -> list[tuple[SourceSettings, tuple[str, ...]]]:
    """Return of each source in use what stays out of its sight."""
    sources = load_settings(config).sources
    found = ((one, catalogue.limits(one.connector, one.settings)) for one in sources)
    return [(source, limits) for source, limits in found if limits]


def _show_units(
    found: Mapping[str, list[tuple[str, dict[date, DayRead]]]], screen: Console
) -> None:
    for source, mailboxes in found.items():
        screen.print(f"\n[bold]{escape(source)}, by mailbox or space[/]")
        for name, days in mailboxes:
            marks = "".join(_MARKS[days[day].state] for day in sorted(days))
            why = "; ".join(dict.fromkeys(d.reason for d in days.values() if d.reason))
            screen.print(f"  {escape(name):<12} {marks}  [dim]{escape(why)}[/]")


def _show_coverage(stated: CoverageStatement, screen: Console) -> None:
    screen.print(f"[bold]{stated.first} to {stated.last}[/]\n")
    width = max((len(source.title) for source in stated.sources), default=0)
    for source in stated.sources:
        days = "".join(_MARKS[day.state] for day in source.days)
        screen.print(f"{escape(source.title):<{width}}  {days}  {source.state.value}")
        if source.reason:
            screen.print(f"{'':<{width}}  [dim]{escape(source.reason)}[/]")
        if source.cure:
            screen.print(f"{'':<{width}}  [green]→[/] {escape(source.cure)}")
    for gap in stated.gaps:
        screen.print(f"[yellow]–[/] {escape(gap)}")
    for line in stated.excused:
        screen.print(f"[dim]– {escape(line)}[/]")
    for limit in stated.known_limits:
        text = f"{limit.text} Accepted by {limit.accepted_by} until {limit.until}."
        screen.print(f"[dim]– {escape(text)}[/]")
