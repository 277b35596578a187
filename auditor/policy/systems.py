"""Systems that schools are known to write with: which of them have ended, how each is checked.

A policy names the tools of its year, and a tool that has ended since is approved nowhere, however
well it is remembered. What is known of such systems is the same in every district and under every
policy, so it is one file (``config/systems.toml``) beneath all packs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from auditor.policy.pack import CatalogueEntry, Pack
from auditor.policy.problems import PolicyError, Problem
from auditor.policy.tomlfile import read_text, read_toml
from auditor.records import ToolKind, ToolStatus
from auditor.tomllines import KeyLines


class SystemStatus(StrEnum):
    CURRENT = "current"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class KnownSystem:
    """One system, as ``config/systems.toml`` explains its keys."""

    id: str
    """What a tool catalogue and messages call it."""
    name: str
    kinds: tuple[ToolKind, ...]
    status: SystemStatus
    checked: str
    """How its messages can be checked, in a sentence."""
    no_connector: str | None = None
    """Why no source can ask the system itself; None where one does."""
    ended: date | None = None
    """The day it was shut down; None: not known, or it goes on."""
    columns: str | None = None
    """File name of the column map for its export."""
    connectors: tuple[str, ...] = ()
    """The connectors that read it, by their names in the settings."""
    by_hand: bool = False
    """Whether people alone can look at it: the source ``by-hand``."""
    sees: str | None = None
    """What the way told of in ``checked`` shows, in a sentence."""
    cannot_see: str | None = None
    """What stays out of sight that way, in a sentence or two."""

    def route(self, installed: Collection[str]) -> str:
        """Say how it is read where these connectors are ``installed``; "none" where it is not."""
        ways = []
        if self.connectors:
            here = any(name in installed for name in self.connectors)
            ways.append("a source of its own" if here else "a source that is not installed here")
        if self.columns is not None:
            ways.append("a file")
        if self.by_hand:
            ways.append("by hand")
        return ", or ".join(ways) or "none"


def load_systems(path: Path) -> Mapping[str, KnownSystem]:
    """Return the systems in a file by id; raises ``PolicyError`` with every mistake."""
    text = read_text(path)
    raw = read_toml(path, text)
    lines = KeyLines(text)
    problems: list[Problem] = []
    found = {}
    for id_, table in raw.items():
        wrong = dict(_mistakes(table))
        for key, what in wrong.items():
            cure = "See the top of the file for what a system has"
            problems.append(Problem(path, lines.line((id_, key)), (id_, key), what, cure))
        if not wrong:
            found[id_] = _system(id_, table)
    if problems:
        raise PolicyError(problems)
    return found


def with_retired(pack: Pack, systems: Iterable[KnownSystem]) -> Pack:
    """Return a pack whose catalogue has the retired systems that it does not itself name."""
    known = {entry.id.casefold() for entry in pack.catalogue.values()}
    retired = {
        one.id: CatalogueEntry(one.id, one.name, one.kinds[0].value, ToolStatus.RETIRED.value, None)
        for one in systems
        if one.status is SystemStatus.RETIRED and one.id.casefold() not in known
    }
    return replace(pack, catalogue={**pack.catalogue, **retired})


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_text(one) for one in value)


def _are_kinds(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(one in tuple(ToolKind) for one in value)


_NEEDED: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "name": (_is_text, "must be text"),
    "kinds": (_are_kinds, f"must be a list of {', '.join(ToolKind)}"),
    "status": (lambda value: value in tuple(SystemStatus), 'must be "current" or "retired"'),
    "checked": (_is_text, "must be text"),
}
_OPTIONAL: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "no_connector": (_is_text, "must be text"),
    "ended": (lambda value: type(value) is date, "must be a day"),
    "columns": (_is_text, "must be text"),
    "connectors": (_are_texts, "must be a list of connectors' names"),
    "by_hand": (lambda value: value is True, "must be true, or left out"),
    "sees": (_is_text, "must be text"),
    "cannot_see": (_is_text, "must be text"),
}


def _mistakes(table: object) -> Iterable[tuple[str, str]]:
    if not isinstance(table, dict):
        yield "name", "is missing: a system is a section of its own"
        return
    for key in table.keys() - {*_NEEDED, *_OPTIONAL}:
        yield key, "is nothing a system has"
    for key, (is_right, what) in {**_NEEDED, **_OPTIONAL}.items():
        if key in table and not is_right(table[key]):
            yield key, what
        elif key in _NEEDED and key not in table:
            yield key, "is missing"
    if "ended" in table and table.get("status") == SystemStatus.CURRENT:
        yield "ended", "is only for a system that is retired"
    if not {"connectors", "no_connector"} & table.keys():
        yield "no_connector", "is missing: without a connector, say why there is none"


def _system(id_: str, table: Mapping[str, Any]) -> KnownSystem:
    return KnownSystem(
        id_,
        table["name"],
        tuple(ToolKind(one) for one in table["kinds"]),
        SystemStatus(table["status"]),
        table["checked"],
        table.get("no_connector"),
        table.get("ended"),
        table.get("columns"),
        tuple(table.get("connectors", ())),
        table.get("by_hand", False),
        table.get("sees"),
        table.get("cannot_see"),
    )
