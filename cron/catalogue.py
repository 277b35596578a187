"""What can be checked and how: every connector and every system known, as told to a person.

The words are data (``config/connectors.toml``, ``config/systems.toml``), so that the command line,
the coverage statement and the paper for an administrator say the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from auditor.policy import KnownSystem, load_systems
from auditor.source import FactKind
from cron.settings import CONFIG, SYSTEMS

CONNECTORS = CONFIG / "connectors.toml"
_COLUMNS = CONFIG / "columns"


@dataclass(frozen=True, slots=True)
class ConnectorFacts:
    """What one connector brings, sees and cannot see."""

    name: str
    title: str
    provides: tuple[FactKind, ...]
    sees: str
    cannot_see: tuple[str, ...]
    page: str
    """Its page, below ``docs``."""


@cache
def connectors() -> Mapping[str, ConnectorFacts]:
    """Return every connector described, by name; one that others wrote is not among them."""
    raw = tomllib.loads(CONNECTORS.read_text(encoding="utf-8"))
    return {
        name: ConnectorFacts(
            name,
            table["title"],
            tuple(FactKind(kind) for kind in table["provides"]),
            table["sees"],
            tuple(table["cannot_see"]),
            table["page"],
        )
        for name, table in raw.items()
    }


@cache
def systems() -> Mapping[str, KnownSystem]:
    """Return every system that is known, by the name a tool catalogue has for it."""
    return load_systems(SYSTEMS)


@cache
def is_verified(columns: str) -> bool:
    """Whether the map of this file name that comes with the program was verified by a district."""
    path: Path = _COLUMNS / columns
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return bool(found.get("verified_by"))


def limits(connector: str, settings: Mapping[str, object]) -> tuple[str, ...]:
    """Return what a configured source cannot see: its connector, and the system it is about."""
    known = connectors().get(connector)
    found = () if known is None else known.cannot_see
    named = settings.get("tool") or settings.get("system")
    system = systems().get(named.casefold()) if isinstance(named, str) else None
    of_file = connector in ("table", "by-hand") and system is not None
    if of_file and system is not None and system.cannot_see is not None:
        return (*found, f"{system.name}: {system.cannot_see}")
    return found
