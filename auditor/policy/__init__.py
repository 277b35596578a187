"""A district's policy as data: clauses, which rule answers which, and who may grant what.

A rule looks for a pattern and knows no policy; the pack says which clause the pattern touches,
how strongly that clause speaks, who reads about it and what usually explains it. A pack is a
TOML file; every mistake in it is reported at once, each naming the line and the cure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from auditor.policy.consistency import check
from auditor.policy.pack import (
    VALUE,
    Audited,
    Binding,
    CatalogueEntry,
    Clause,
    GroundRules,
    Office,
    Pack,
    Switch,
)
from auditor.policy.problems import Key, PolicyError, Problem
from auditor.policy.reading import Reader
from auditor.policy.systems import KnownSystem, load_systems, with_retired
from auditor.policy.tomlfile import read_text, read_toml
from auditor.tomllines import KeyLines

__all__ = [
    "VALUE",
    "Audited",
    "Binding",
    "CatalogueEntry",
    "Clause",
    "GroundRules",
    "KnownSystem",
    "Office",
    "Pack",
    "PolicyError",
    "Problem",
    "Switch",
    "load_pack",
    "load_systems",
]


def load_pack(
    path: Path,
    *,
    rules: Mapping[str, frozenset[str]],
    quotes: Mapping[str, str] | None = None,
    switches: Mapping[str, VALUE] | None = None,
    parameters: Mapping[str, Mapping[str, int | str]] | None = None,
    systems: Path | None = None,
) -> Pack:
    """Read and check a pack, then lay the district's own settings over it.

    ``rules`` names every rule there is with its parameters; ``systems`` is the file of systems
    whose retired ones the catalogue has as well. Raises ``PolicyError`` with every mistake found.
    """
    text = read_text(path)
    raw = read_toml(path, text)
    lines = KeyLines(text)
    reader = Reader(path, lines)
    pack = reader.pack(raw)
    given = _Given(quotes or {}, switches or {}, parameters or {})
    problems = given.unknown(pack, path)
    pack = given.laid_over(pack)

    def wrong(key: Key, what: str, cure: str) -> None:
        reader.problems.append(given.placed(Problem(path, None, key, what, cure)))

    check(pack, rules, wrong)
    problems += [
        p if p.of_settings or p.line else replace(p, line=lines.line(p.key))
        for p in reader.problems
    ]
    if problems:
        raise PolicyError(problems)
    used: tuple[object, ...] = (text, _sorted(quotes), _sorted(switches), _sorted(parameters))
    if systems is not None:
        named = pack.catalogue.keys()
        pack = with_retired(pack, load_systems(systems).values())
        used = (*used, sorted(pack.catalogue.keys() - named))
    return replace(pack, sha256=sha256(repr(used).encode()).hexdigest())


class _Given:
    """What a district's settings lay over a pack."""

    def __init__(
        self,
        quotes: Mapping[str, str],
        switches: Mapping[str, VALUE],
        parameters: Mapping[str, Mapping[str, int | str]],
    ) -> None:
        self._quotes = quotes
        self._switches = switches
        self._parameters = parameters

    def unknown(self, pack: Pack, path: Path) -> list[Problem]:
        """Return a problem for everything the settings name and the pack has not."""
        kinds = (
            ("quote", self._quotes, pack.clauses, "clause"),
            ("switches", self._switches, pack.switches, "switch"),
            ("parameters", self._parameters, pack.bindings, "rule"),
        )
        return [
            Problem(
                path,
                None,
                ("policy", section, name),
                f"the pack has no such {what}",
                f"See {path} for what there is",
                of_settings=True,
            )
            for section, given, known, what in kinds
            for name in sorted(set(given) - set(known))
        ]

    def laid_over(self, pack: Pack) -> Pack:
        return replace(
            pack,
            clauses={k: replace(c, quote=self._quotes.get(k)) for k, c in pack.clauses.items()},
            switches={
                k: replace(s, value=self._switches.get(k, s.value))
                for k, s in pack.switches.items()
            },
            bindings={
                k: replace(b, parameters={**b.parameters, **self._parameters.get(k, {})})
                for k, b in pack.bindings.items()
            },
        )

    def placed(self, problem: Problem) -> Problem:
        """Place a problem in the settings where they brought the value in, else in the pack."""
        match problem.key:
            case ("switches", name, "value") if name in self._switches:
                key: Key = ("policy", "switches", name)
            case ("rules", rule, "parameters", name) if name in self._parameters.get(rule, {}):
                key = ("policy", "parameters", rule, name)
            case _:
                return problem
        return replace(problem, key=key, of_settings=True)


def _sorted(mapping: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    pairs = (mapping or {}).items()
    return sorted((k, _sorted(v) if isinstance(v, Mapping) else v) for k, v in pairs)
