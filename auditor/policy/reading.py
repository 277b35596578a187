"""Turns a pack's raw tables into types and collects what is wrong with them, each with its line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from auditor.model import Ground, HatRole
from auditor.policy.pack import (
    CONDITIONS,
    Audited,
    Binding,
    CatalogueEntry,
    Clause,
    GroundRules,
    Office,
    Pack,
    Switch,
)
from auditor.policy.problems import Key, Problem
from auditor.records import ToolKind, ToolStatus
from auditor.result import Verb
from auditor.tomllines import KeyLines

SECTIONS = ("policy", "clauses", "rules", "grounds", "offices", "switches", "catalogue")
Word = TypeVar("Word", bound=StrEnum)


class Reader:
    """Reads one pack as far as it can be understood."""

    def __init__(self, file: Path, lines: KeyLines) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._lines = lines

    def wrong(self, key: Key, what: str, cure: str) -> None:
        """Add a mistake about the value at ``key``."""
        self.problems.append(Problem(self._file, self._lines.line(key), key, what, cure))

    def pack(self, raw: Mapping[str, Any]) -> Pack:
        for name in sorted(set(raw) - set(SECTIONS)):
            self.wrong((name,), "there is no such section", f"Known are {', '.join(SECTIONS)}")
        head = self._section(raw, "policy")
        first, last = (self._day(("policy", k), head) for k in ("in_force_from", "in_force_until"))
        if first is not None and last is not None and last < first:
            what = f"ends on {last}, before it begins on {first}"
            self.wrong(("policy", "in_force_until"), what, "Mend one of the two days")
        digest = head.get("text_sha256")
        if digest is not None and not _is_sha256(digest):
            cure = "Write the 64 hexadecimal digits that sha256sum prints, or leave it out"
            self.wrong(("policy", "text_sha256"), "is no SHA-256", cure)
        return Pack(
            id=self._text(("policy", "id"), head),
            name=self._text(("policy", "name"), head),
            revision=self._text(("policy", "revision"), head),
            in_force_from=first,
            in_force_until=last,
            text_sha256=digest if isinstance(digest, str) else None,
            clauses={k: self._clause(k, t) for k, t in self._tables(raw, "clauses")},
            bindings={k: self._binding(k, t) for k, t in self._tables(raw, "rules")},
            grounds=self._grounds(raw),
            offices={k: self._office(k, t) for k, t in self._tables(raw, "offices")},
            switches={k: self._switch(k, t) for k, t in self._tables(raw, "switches")},
            catalogue={
                k: self._entry(k, t) for k, t in self._tables(raw, "catalogue", optional=True)
            },
            sha256="",
        )

    # ---- sections ------------------------------------------------------------------------

    def _clause(self, id_: str, table: Mapping[str, Any]) -> Clause:
        key = ("clauses", id_)
        self._only(key, table, "verb", "says", "paraphrase", "citation", "audited", "why", "data")
        return Clause(
            id=id_,
            verb=self._one_of((*key, "verb"), table, Verb, Verb.GUIDELINE),
            says=self._text((*key, "says"), table),
            paraphrase=self._text((*key, "paraphrase"), table),
            citation=self._text((*key, "citation"), table),
            audited=self._one_of((*key, "audited"), table, Audited, Audited.NOT_OBSERVABLE),
            why=self._text((*key, "why"), table),
            data=self._list((*key, "data"), table),
        )

    def _binding(self, rule: str, table: Mapping[str, Any]) -> Binding:
        key = ("rules", rule)
        known = ("clause", "also", "coach_clause", "readers", "next_step", "parameters", "absorbs")
        self._only(key, table, *known)
        parameters = table.get("parameters", {})
        if not isinstance(parameters, dict):
            self.wrong((*key, "parameters"), "is no section", f'Write [rules."{rule}".parameters]')
            parameters = {}
        return Binding(
            rule=rule,
            clause=self._text((*key, "clause"), table),
            also=self._list((*key, "also"), table),
            coach_clause=self._optional((*key, "coach_clause"), table),
            readers=self._list((*key, "readers"), table),
            next_step=self._text((*key, "next_step"), table),
            parameters=dict(parameters),
            absorbs=self._list((*key, "absorbs"), table),
        )

    def _grounds(self, raw: Mapping[str, Any]) -> dict[Ground, GroundRules]:
        found = {}
        for name, table in self._tables(raw, "grounds"):
            if name in set(Ground):
                found[Ground(name)] = self._ground(Ground(name), table)
            else:
                self.wrong(("grounds", name), "is no ground", f"Allowed: {', '.join(Ground)}")
        return found

    def _ground(self, ground: Ground, table: Mapping[str, Any]) -> GroundRules:
        key = ("grounds", ground.value)
        self._only(
            key, table, "name", "clause", "covers", "granted_by", "for", "prior", "bounded",
            "conditions", "reason_codes", "from_guardian_link", "enabled",
        )  # fmt: skip
        conditions = self._list((*key, "conditions"), table)
        for condition in conditions:
            if condition not in CONDITIONS:
                cure = f"What can be checked: {', '.join(CONDITIONS)}"
                self.wrong((*key, "conditions"), f"{condition!r} is no condition", cure)
        hats = []
        for word in self._list((*key, "for"), table):
            if word in set(HatRole):
                hats.append(HatRole(word))
            else:
                self.wrong((*key, "for"), f"{word!r} is no hat", f"Allowed: {', '.join(HatRole)}")
        return GroundRules(
            ground=ground,
            name=self._text((*key, "name"), table),
            clause=self._optional((*key, "clause"), table),
            covers=self._list((*key, "covers"), table),
            granted_by=self._list((*key, "granted_by"), table),
            hats=tuple(hats),
            prior=self._flag((*key, "prior"), table),
            bounded=self._flag((*key, "bounded"), table),
            conditions=conditions,
            reason_codes=self._list((*key, "reason_codes"), table),
            from_guardian_link=self._flag((*key, "from_guardian_link"), table),
            enabled=self._flag((*key, "enabled"), table, default=True),
        )

    def _office(self, id_: str, table: Mapping[str, Any]) -> Office:
        key = ("offices", id_)
        self._only(key, table, "name", "scope", "next", "stands_for")
        scope = self._text((*key, "scope"), table)
        if scope not in ("school", "district", ""):
            self.wrong((*key, "scope"), f"{scope!r} is neither", 'Write "school" or "district"')
        return Office(
            id=id_,
            name=self._text((*key, "name"), table),
            of_school=scope == "school",
            next=self._optional((*key, "next"), table),
            stands_for=self._list((*key, "stands_for"), table),
        )

    def _switch(self, id_: str, table: Mapping[str, Any]) -> Switch:
        key = ("switches", id_)
        self._only(key, table, "question", "name", "value", "words", "choices")
        value = table.get("value")
        if not isinstance(value, (str, int, bool)):
            self.wrong((*key, "value"), "is missing", "Give a number, a word, true or false")
            value = 0
        return Switch(
            id=id_,
            question=self._optional((*key, "question"), table),
            name=self._text((*key, "name"), table),
            value=value,
            words=self._text((*key, "words"), table),
            choices=self._list((*key, "choices"), table),
        )

    def _entry(self, id_: str, table: Mapping[str, Any]) -> CatalogueEntry:
        key = ("catalogue", id_)
        self._only(key, table, "name", "kind", "status", "clause")
        return CatalogueEntry(
            id=id_,
            name=self._text((*key, "name"), table),
            kind=self._one_of((*key, "kind"), table, ToolKind, ToolKind.APP).value,
            status=self._one_of((*key, "status"), table, ToolStatus, ToolStatus.UNAPPROVED).value,
            clause=self._optional((*key, "clause"), table),
        )

    # ---- single values -------------------------------------------------------------------

    def _section(self, raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = raw.get(name)
        if isinstance(value, dict):
            return value
        self.wrong((name,), "this section is missing", f"Add [{name}]")
        return {}

    def _tables(
        self, raw: Mapping[str, Any], name: str, *, optional: bool = False
    ) -> Iterable[tuple[str, Mapping[str, Any]]]:
        if optional and name not in raw:
            return
        for key, table in self._section(raw, name).items():
            if isinstance(table, dict):
                yield key, table
            else:
                self.wrong((name, key), "is no section of its own", f'Write [{name}."{key}"]')

    def _only(self, key: Key, table: Mapping[str, Any], *known: str) -> None:
        for name in sorted(set(table) - set(known)):
            self.wrong((*key, name), "there is no such key", f"Known are {', '.join(known)}")

    def _text(self, key: Key, table: Mapping[str, Any]) -> str:
        value = table.get(key[-1])
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.wrong(key, "is missing", "Write it as text in quotes")
        return ""

    def _optional(self, key: Key, table: Mapping[str, Any]) -> str | None:
        return self._text(key, table) if key[-1] in table else None

    def _one_of(
        self, key: Key, table: Mapping[str, Any], words: type[Word], otherwise: Word
    ) -> Word:
        value = self._text(key, table)
        if value in set(words):
            return words(value)
        if value:
            self.wrong(key, f"{value!r} is not a word for it", f"Allowed: {', '.join(words)}")
        return otherwise

    def _list(self, key: Key, table: Mapping[str, Any]) -> tuple[str, ...]:
        value = table.get(key[-1], [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self.wrong(key, "is no list of words", 'Write it as ["one", "two"]')
        return ()

    def _flag(self, key: Key, table: Mapping[str, Any], *, default: bool = False) -> bool:
        value = table.get(key[-1], default)
        if isinstance(value, bool):
            return value
        self.wrong(key, "is neither yes nor no", "Write true or false, without quotes")
        return default

    def _day(self, key: Key, table: Mapping[str, Any]) -> date | None:
        value = table.get(key[-1])
        if value is None or type(value) is date:
            return value
        cure = "Write a day of the calendar without quotes: 2016-12-21"
        self.wrong(key, "is no day" if isinstance(value, (str, datetime)) else "is no date", cure)
        return None


def _is_sha256(value: object) -> bool:
    digits = set("0123456789abcdef")
    return isinstance(value, str) and len(value) == 64 and set(value) <= digits  # noqa: PLR2004  (digits of a SHA-256)
