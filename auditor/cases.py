"""The cases beside each rule, and the nightly proof that the rules still see what they must.

A case is a tiny world with what is expected of the rule, hits and silence alike. Every night all
of them go through the same engine as the district's messages; a rule that no longer tells one
from the other turns the night's verdict, however few items there are.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from auditor.caseworld import FIRST_DAY, LAST_DAY, CaseError, CaseWriter, World
from auditor.engine import Engine, Inputs, open_engine
from auditor.result import SelfTests
from auditor.rule import Rule

_CASE_KEYS = frozenset(
    ("name", "codes", "people", "lists", "messages", "hits", "parameters", "records")
)
Settings = tuple[tuple[str, int | str], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One tiny world of one rule."""

    rule: str
    name: str
    codes: tuple[str, ...]
    """What it is that might explain the contact; see ``auditor.rule.CODES``."""
    parameters: Settings
    hits: frozenset[str]
    """``"m1 teacher student"``: message or record, adult (``-`` for none), then the student, team
    or thing; `` ?`` behind it marks an uncertain one and `` by student`` what the student sent."""
    writer: CaseWriter

    @property
    def label(self) -> str:
        return f"{self.rule}: {self.name}"


def load_cases(rules: Mapping[str, Rule]) -> tuple[World, list[Case]]:
    """Return the cases of all rules and the one world they live in; raises ``CaseError``."""
    world = World()
    cases: list[Case] = []
    for rule in rules.values():
        cases += _read(rule, rule.path.with_suffix(".cases.toml"), world)
    return world, cases


def self_test(rules: Mapping[str, Rule], *, temp_directory: Path) -> SelfTests:
    """Judge every case of every rule; raises ``CaseError`` if a case file cannot be read."""
    world, cases = load_cases(rules)
    with TemporaryDirectory(dir=temp_directory, prefix="cases-") as name:
        folder = Path(name)
        messages, parties = folder / "message.parquet", folder / "message_party.parquet"
        pq.write_table(world.messages(), messages)
        pq.write_table(world.parties(), parties)
        inputs = Inputs((messages,), (parties,), world.directory(), FIRST_DAY, LAST_DAY)
        # so little is quicker on one thread than shared out
        with open_engine(inputs, temp_directory=folder, threads=1) as engine:
            wrong = failures(engine, rules, cases)
    return SelfTests(len(cases) - len(wrong), len(cases), tuple(sorted(wrong)))


def failures(
    engine: Engine, rules: Mapping[str, Rule], cases: Sequence[Case]
) -> dict[str, frozenset[str]]:
    """Return for every case that came out otherwise what the rule said instead."""
    together: dict[tuple[str, Settings], list[Case]] = defaultdict(list)
    for case in cases:
        together[case.rule, case.parameters].append(case)
    wrong: dict[str, frozenset[str]] = {}
    for (rule_id, settings), some in together.items():
        rule = rules[rule_id]
        values = {name: parameter.default for name, parameter in rule.parameters.items()}
        rows = engine.run(rule, {**values, **dict(settings)}).to_pylist()
        for case in some:
            said = frozenset(filter(None, (_said(rule, row, case.writer) for row in rows)))
            if said != case.hits:
                wrong[case.label] = said
    return wrong


def _said(rule: Rule, row: Mapping[str, Any], writer: CaseWriter) -> str | None:
    """Return a row in the words of a case's ``hits``, or None if it is another case's."""
    records = rule.kind == "records"
    event = writer.name(row["record_key" if records else "message_key"])
    if event is None:
        return None
    adult = row["adult_key"]
    about = (row[key] for key in ("student_key", "team_key", "thing_key") if row.get(key))
    words = [event, "-" if adult is None else writer.name(adult), *map(writer.name, about)]
    if not records and not row["sent_by_adult"]:
        words.append("by student")
    if row["uncertain"]:
        words.append("?")
    return " ".join(str(word) for word in words)


def _read(rule: Rule, path: Path, world: World) -> list[Case]:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CaseError(f"{path}: a rule needs cases; write what must and must not hit") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{path}: not readable as TOML: {error}") from None
    people: dict[str, str] = raw.get("people", {})
    lists: dict[str, list[str]] = raw.get("lists", {})
    return [_case(rule, path, one, people, lists, world) for one in raw.get("case", [])]


def _case(
    rule: Rule,
    path: Path,
    raw: Mapping[str, Any],
    people: Mapping[str, str],
    lists: Mapping[str, list[str]],
    world: World,
) -> Case:
    name = raw.get("name")
    if not isinstance(name, str) or set(raw) - _CASE_KEYS:
        surplus = ", ".join(sorted(set(raw) - _CASE_KEYS)) or "no name"
        raise CaseError(f"{path}: {name or 'a case'} has {surplus}")
    writer = CaseWriter(world, f"{rule.id}/{name}")
    for who, hats in {**people, **raw.get("people", {})}.items():
        writer.person(who, hats)
    for list_name, members in {**lists, **raw.get("lists", {})}.items():
        writer.mailing_list(list_name, members)
    for ordinal, said in enumerate(raw.get("messages", []), start=1):
        writer.message(f"m{ordinal}", said, ordinal)
    for relation, rows in raw.get("records", {}).items():
        for row in rows:
            writer.record(relation, row)
    return Case(
        rule.id,
        name,
        tuple(raw.get("codes", ())),
        tuple(sorted(raw.get("parameters", {}).items())),
        frozenset(raw.get("hits", ())),
        writer,
    )
