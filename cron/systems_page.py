"""The paper for an administrator: every system a school may write with, and how it is checked.

Made from the data that the program itself uses, so that it cannot promise more than is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from auditor.policy import KnownSystem
from auditor.policy.systems import SystemStatus
from cron.catalogue import ConnectorFacts, is_verified

_HEAD = """\
# What can be checked, system by system

Made from `config/systems.toml` and `config/connectors.toml` by `make docs`; a test fails where it
is not up to date. Edit those files, not this one.

- **How**: *a source of its own* asks the system or reads what it logs; *a file* is an export that
  somebody saves, read through a column map; *by hand* means that only people can look, and that its
  days count as not known whoever has looked; *none* means that nothing shows it.
- *Not verified*: no district has yet held the column map against a file of its own. It is used only
  where the settings accept that, and every page then says so in its first line.
- That a system stands here approves it for nobody: that is a district's to say, in `tools.csv`.
"""
_CONNECTORS = """
## Connectors

What a source set up with each of them brings. No connector keeps the text or subject of a message.

"""


def systems_page(
    systems: Mapping[str, KnownSystem],
    connectors: Mapping[str, ConnectorFacts],
    installed: Collection[str],
) -> str:
    """Return the paper in Markdown; of the connectors those that are ``installed``."""
    listed = _systems(systems, installed)
    return "\n".join((_HEAD, *listed, _CONNECTORS, *_rows(connectors, installed), ""))


def _systems(systems: Mapping[str, KnownSystem], installed: Collection[str]) -> Iterator[str]:
    yield _row(("system", "how", "what is done", "what it shows", "what it cannot show"))
    yield _row(["---"] * 5)
    current = [one for one in systems.values() if one.status is SystemStatus.CURRENT]
    retired = [one for one in systems.values() if one.status is SystemStatus.RETIRED]
    for one in (*current, *retired):
        cells = (_name(one), _how(one, installed), one.checked, _seen(one), _unseen(one))
        yield _row(map(_cell, cells))


def _name(system: KnownSystem) -> str:
    if system.status is SystemStatus.CURRENT:
        return system.name
    ended = "" if system.ended is None else f" on {system.ended}"
    return f"{system.name} (ended{ended})"


def _how(system: KnownSystem, installed: Collection[str]) -> str:
    route = system.route(installed)
    if system.columns is None or is_verified(system.columns):
        return route
    return route.replace("a file", "a file (not verified)")


def _seen(system: KnownSystem) -> str:
    return system.sees or "Nothing."


def _unseen(system: KnownSystem) -> str:
    return " ".join(filter(None, (system.cannot_see, system.no_connector))) or "–"


def _rows(connectors: Mapping[str, ConnectorFacts], installed: Collection[str]) -> Iterator[str]:
    yield _row(("connector", "reads", "brings", "sees", "cannot see"))
    yield _row(["---"] * 5)
    for name in sorted(set(installed) & connectors.keys()):
        one = connectors[name]
        brings = ", ".join(kind.value.replace("-", " ") for kind in one.provides)
        cells = map(_cell, (one.title, brings, one.sees, " ".join(one.cannot_see)))
        yield _row((f"[`{name}`]({one.page})", *cells))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
