"""A district's policy as data: clauses, which rule answers which, and who may grant what.

A rule looks for a pattern and knows no policy; the pack says which clause the pattern touches,
how strongly that clause speaks, who reads about it and what usually explains it. A pack is a
TOML file; every mistake in it is reported at once, each naming the place and the cure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from auditor.model import Ground
from auditor.result import Verb

READERS = ("principal", "athletic_director")
CONDITIONS = ("guardian_included",)
VALUE = str | int | bool


class PolicyError(Exception):
    """A pack cannot be used. ``problems`` holds one line for each mistake."""

    def __init__(self, where: str, problems: Iterable[str]) -> None:
        self.problems = tuple(f"{where}: {problem}" for problem in problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Clause:
    id: str
    verb: Verb
    paraphrase: str
    citation: str
    quote: str | None = None
    """The policy's exact words, where the district put them in its own settings."""

    @property
    def words(self) -> str:
        return self.quote or self.paraphrase


@dataclass(frozen=True, slots=True)
class Binding:
    """What a rule's hits mean under this policy."""

    rule: str
    clause: str
    also: tuple[str, ...]
    coach_clause: str | None
    """The clause that speaks instead when the adult wears a coach's or adviser's hat."""
    readers: tuple[str, ...]
    next_step: str
    parameters: Mapping[str, int | str]
    absorbs: tuple[str, ...]
    """Rules whose hit on the same message, adult and student is part of this one."""


@dataclass(frozen=True, slots=True)
class GroundRules:
    """What a ground for an exception covers, and what it takes."""

    ground: Ground
    name: str
    covers: tuple[str, ...]
    granted_by: tuple[str, ...]
    """Roles with authority to grant it."""
    prior: bool
    """Must have been granted before the message it is to cover."""
    bounded: bool
    """The record must say both when it starts and when it ends."""
    conditions: tuple[str, ...]
    """Conditions that always apply, whatever the record says."""
    reason_codes: tuple[str, ...]
    """Where not empty, the record must carry one of these."""
    from_guardian_link: bool
    """A guardian link in the roster is proof enough."""
    enabled: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """A question the policy leaves open, and how it is answered here."""

    id: str
    name: str
    value: VALUE
    words: str


@dataclass(frozen=True, slots=True)
class Pack:
    id: str
    name: str
    revision: str
    text_sha256: str | None
    clauses: Mapping[str, Clause]
    bindings: Mapping[str, Binding]
    grounds: Mapping[Ground, GroundRules]
    switches: Mapping[str, Switch]
    sha256: str
    """Of the pack as used, the district's own settings included."""

    def switch(self, id_: str) -> VALUE:
        return self.switches[id_].value

    def number(self, id_: str) -> int:
        """Return a switch that holds a number; the loader has checked that it does."""
        return int(self.switches[id_].value)


NUMERIC_SWITCHES = ("parity_window_minutes", "season_margin_days", "episode_gap_days")


def load_pack(
    path: Path,
    *,
    rules: Mapping[str, frozenset[str]],
    quotes: Mapping[str, str] | None = None,
    switches: Mapping[str, VALUE] | None = None,
    parameters: Mapping[str, Mapping[str, int | str]] | None = None,
) -> Pack:
    """Read and check a pack, then lay the district's own settings over it.

    ``rules`` names every rule there is with its parameters. Raises ``PolicyError`` with every
    mistake found.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.toml"))) or "none"
        raise PolicyError(str(path), [f"no such policy pack; there are: {known}"]) from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(str(path), [f"not readable as TOML: {error}"]) from None
    reader = _Reader()
    pack = reader.pack(raw)
    pack = reader.overlay(pack, quotes or {}, switches or {}, parameters or {})
    reader.check(pack, rules)
    if reader.problems:
        raise PolicyError(str(path), reader.problems)
    digest = sha256(repr((text, _sorted(quotes), _sorted(switches), _sorted(parameters))).encode())
    return replace(pack, sha256=digest.hexdigest())


def _sorted(mapping: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    pairs = (mapping or {}).items()
    return sorted((k, _sorted(v) if isinstance(v, Mapping) else v) for k, v in pairs)


class _Reader:
    """Turns the raw tables into types and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def pack(self, raw: Mapping[str, Any]) -> Pack:
        head = self._table(raw, "policy", "the file")
        clauses = {k: self._clause(k, v) for k, v in self._tables(raw, "clauses")}
        bindings = {k: self._binding(k, v) for k, v in self._tables(raw, "rules")}
        grounds = {}
        for name, table in self._tables(raw, "grounds"):
            if name in set(Ground):
                grounds[Ground(name)] = self._ground(Ground(name), table)
            else:
                allowed = ", ".join(Ground)
                self.problems.append(f"[grounds.{name}]: not a ground; allowed: {allowed}")
        switches = {k: self._switch(k, v) for k, v in self._tables(raw, "switches")}
        unknown = set(raw) - {"policy", "clauses", "rules", "grounds", "switches"}
        self.problems += [f"[{name}]: unknown section; remove it" for name in sorted(unknown)]
        return Pack(
            id=self._text(head, "id", "[policy]"),
            name=self._text(head, "name", "[policy]"),
            revision=self._text(head, "revision", "[policy]"),
            text_sha256=head.get("text_sha256"),
            clauses=clauses,
            bindings=bindings,
            grounds=grounds,
            switches=switches,
            sha256="",
        )

    def _clause(self, id_: str, table: Mapping[str, Any]) -> Clause:
        where = f'[clauses."{id_}"]'
        verb = self._text(table, "verb", where)
        if verb not in set(Verb):
            self.problems.append(f"{where} verb: {verb!r} is not one of {', '.join(Verb)}")
            verb = Verb.GUIDELINE
        paraphrase, citation = (self._text(table, k, where) for k in ("paraphrase", "citation"))
        return Clause(id_, Verb(verb), paraphrase, citation)

    def _binding(self, rule: str, table: Mapping[str, Any]) -> Binding:
        where = f'[rules."{rule}"]'
        readers = self._list(table, "readers", where)
        for reader in readers:
            if reader not in READERS:
                allowed = ", ".join(READERS)
                self.problems.append(f"{where} readers: {reader!r} is not one of {allowed}")
        return Binding(
            rule=rule,
            clause=self._text(table, "clause", where),
            also=self._list(table, "also", where),
            coach_clause=table.get("coach_clause"),
            readers=readers,
            next_step=self._text(table, "next_step", where),
            parameters=dict(table.get("parameters", {})),
            absorbs=self._list(table, "absorbs", where),
        )

    def _ground(self, ground: Ground, table: Mapping[str, Any]) -> GroundRules:
        where = f"[grounds.{ground}]"
        conditions = self._list(table, "conditions", where)
        for condition in conditions:
            if condition not in CONDITIONS:
                allowed = ", ".join(CONDITIONS)
                self.problems.append(f"{where} conditions: {condition!r} is not one of {allowed}")
        return GroundRules(
            ground=ground,
            name=self._text(table, "name", where),
            covers=self._list(table, "covers", where),
            granted_by=self._list(table, "granted_by", where),
            prior=self._flag(table, "prior", where),
            bounded=self._flag(table, "bounded", where),
            conditions=conditions,
            reason_codes=self._list(table, "reason_codes", where),
            from_guardian_link=self._flag(table, "from_guardian_link", where),
            enabled=self._flag(table, "enabled", where, default=True),
        )

    def _switch(self, id_: str, table: Mapping[str, Any]) -> Switch:
        where = f"[switches.{id_}]"
        value = table.get("value")
        if not isinstance(value, (str, int, bool)):
            self.problems.append(f"{where} value: give a number, a word, true or false")
            value = 0
        return Switch(
            id_, self._text(table, "name", where), value, self._text(table, "words", where)
        )

    def overlay(
        self,
        pack: Pack,
        quotes: Mapping[str, str],
        switches: Mapping[str, VALUE],
        parameters: Mapping[str, Mapping[str, int | str]],
    ) -> Pack:
        for id_ in sorted(set(quotes) - set(pack.clauses)):
            self.problems.append(f'settings [policy.quote] "{id_}": the pack has no such clause')
        for id_ in sorted(set(switches) - set(pack.switches)):
            self.problems.append(f"settings [policy.switches] {id_}: the pack has no such switch")
        for id_ in sorted(set(parameters) - set(pack.bindings)):
            self.problems.append(f'settings [policy.parameters."{id_}"]: the pack has no such rule')
        return replace(
            pack,
            clauses={k: replace(c, quote=quotes.get(k)) for k, c in pack.clauses.items()},
            switches={
                k: replace(s, value=switches.get(k, s.value)) for k, s in pack.switches.items()
            },
            bindings={
                k: replace(b, parameters={**b.parameters, **parameters.get(k, {})})
                for k, b in pack.bindings.items()
            },
        )

    def check(self, pack: Pack, rules: Mapping[str, frozenset[str]]) -> None:
        """Check what only the whole pack can show: everything named exists."""
        for binding in pack.bindings.values():
            where = f'[rules."{binding.rule}"]'
            if binding.rule not in rules:
                known = ", ".join(sorted(rules))
                self.problems.append(f"{where}: no such rule; there are: {known}")
                continue
            for name in sorted(set(binding.parameters) - rules[binding.rule]):
                self.problems.append(f"{where} parameters: the rule has no parameter {name!r}")
            for clause in (binding.clause, binding.coach_clause, *binding.also):
                if clause is not None and clause not in pack.clauses:
                    self.problems.append(f"{where}: no clause {clause!r} in [clauses]")
            self._known_rules(f"{where} absorbs", binding.absorbs, rules)
        for ground in pack.grounds.values():
            self._known_rules(f"[grounds.{ground.ground}] covers", ground.covers, rules)
        for id_ in NUMERIC_SWITCHES:
            switch = pack.switches.get(id_)
            value = None if switch is None else switch.value
            if isinstance(value, bool) or not isinstance(value, int):
                self.problems.append(f"[switches.{id_}] value: give a whole number")

    def _known_rules(self, where: str, named: Iterable[str], rules: Iterable[str]) -> None:
        self.problems += [f"{where}: no rule {r!r}" for r in named if r not in set(rules)]

    # ---- small readers -------------------------------------------------------------------

    def _table(self, raw: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
        value = raw.get(key)
        if isinstance(value, dict):
            return value
        self.problems.append(f"{where}: section [{key}] is missing")
        return {}

    def _tables(self, raw: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, Any]]]:
        found: list[tuple[str, Mapping[str, Any]]] = []
        for name, table in self._table(raw, key, "the file").items():
            if isinstance(table, dict):
                found.append((name, table))
            else:
                self.problems.append(f"[{key}] {name}: must be a section of its own")
        return found

    def _text(self, table: Mapping[str, Any], key: str, where: str) -> str:
        value = table.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.problems.append(f"{where} {key}: missing; write it as text in quotes")
        return ""

    def _list(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
        self.problems.append(f"{where} {key}: must be a list of words")
        return ()

    def _flag(
        self, table: Mapping[str, Any], key: str, where: str, *, default: bool = False
    ) -> bool:
        value = table.get(key, default)
        if isinstance(value, bool):
            return value
        self.problems.append(f"{where} {key}: must be true or false")
        return default
