"""``auditor connectors``: what is installed and configured, and each known system's way in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from auditor.policy import KnownSystem
from auditor.source import Source
from cron import catalogue, wiring
from cron.outcome import Outcome
from cron.systems_page import systems_page


def connectors(config: Path) -> Outcome:
    """List connectors and systems and, where settings are found, the sources that use them."""
    installed = {n: [e.value for e in found] for n, found in wiring.installed_connectors().items()}
    described = [_connector(name) for name in installed]
    known = [_system(system, installed) for system in catalogue.systems().values()]
    sources: list[dict[str, Any]] = []
    if config.exists():
        sources = [
            _source(connection.settings.connector, connection.connect(connection.context))
            for connection in wiring.prepare(config).connections
        ]

    def show(screen: Console) -> None:
        screen.print("[bold]Installed[/]")
        for one in described:
            _show_connector(one, screen)
        screen.print("\n[bold]Systems[/] [dim](docs/systems.md says more)[/]")
        for one in known:
            _show_system(one, screen)
        screen.print(f"\n[bold]Configured[/] [dim]({escape(str(config))})[/]")
        _show_sources(sources, screen)

    document = {
        "installed": installed,
        "connectors": described,
        "systems": known,
        "sources": sources,
    }
    return Outcome(document, show)


def paper() -> Outcome:
    """Return ``docs/systems.md``."""
    text = systems_page(
        catalogue.systems(), catalogue.connectors(), wiring.installed_connectors()
    )
    return Outcome({"markdown": text}, lambda screen: screen.out(text, end="", highlight=False))


def _connector(name: str) -> dict[str, Any]:
    """Return what a connector says of itself; what others wrote may say nothing."""
    known = catalogue.connectors().get(name)
    return {
        "name": name,
        "title": known and known.title,
        "provides": known and [kind.value for kind in known.provides],
        "sees": known and known.sees,
        "cannot_see": known and list(known.cannot_see),
        "page": known and known.page,
    }


def _system(system: KnownSystem, installed: Collection[str]) -> dict[str, Any]:
    verified = None if system.columns is None else catalogue.is_verified(system.columns)
    return {
        "system": system.id,
        "name": system.name,
        "status": system.status.value,
        "route": system.route(installed),
        "connectors": list(system.connectors),
        "columns": system.columns,
        "layout_verified": verified,
        "checked": system.checked,
        "no_connector": system.no_connector,
        "sees": system.sees,
        "cannot_see": system.cannot_see,
    }


def _source(connector: str, source: Source) -> dict[str, Any]:
    context = source.context
    return {
        "source": context.name,
        "title": context.title,
        "connector": connector,
        "provides": sorted(kind.value for kind in source.provides),
        "cannot_see": list(catalogue.limits(connector, context.settings)),
    }


# ---- for people ----------------------------------------------------------------------------


def _show_connector(one: dict[str, Any], screen: Console) -> None:
    screen.print(f"  {escape(one['name']):<20} {escape(one['title'] or 'says nothing of itself')}")
    if one["title"] is not None:
        _more(20, f"sees: {one['sees']}", screen)
        _more(20, f"cannot see: {' '.join(one['cannot_see'])}", screen)


def _show_system(one: dict[str, Any], screen: Console) -> None:
    ended = " (ended)" if one["status"] == "retired" else ""
    screen.print(f"  {escape(one['system']):<20} {escape(one['name'])}{ended}: {one['route']}")
    _more(20, one["checked"], screen)


def _show_sources(sources: Iterable[dict[str, Any]], screen: Console) -> None:
    listed = list(sources)
    for source in listed:
        screen.print(
            f"  {source['source']:<16} {source['connector']:<12} {escape(source['title'])}"
        )
        _more(16, f"brings {', '.join(source['provides']) or 'nothing yet'}", screen)
        if source["cannot_see"]:
            _more(16, f"cannot see: {' '.join(source['cannot_see'])}", screen)
    if not listed:
        screen.print("  none: there is no such settings file; `auditor init DIR` writes one")


def _more(width: int, text: str, screen: Console) -> None:
    screen.print(f"  {'':<{width}} [dim]{escape(text)}[/]", soft_wrap=True)
