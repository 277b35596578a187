"""What every rule must satisfy, whoever adds it, and every case beside it."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from sqlglot import exp

from auditor.cases import Case, failures, load_cases
from auditor.caseworld import FIRST_DAY, LAST_DAY, World
from auditor.engine import FACTS, Engine, Inputs, fact_sql, open_engine
from auditor.policy import load_pack
from auditor.relations import RECORDS
from auditor.rule import CODES, Rule, load_rules

RULES = load_rules()
PACKS = sorted((Path(__file__).parents[2] / "config" / "policies").glob("*.toml"))
BASE = (
    *("message_copy", "message_copy_party", "judged_days", "whole_team_window"),
    *("person", "person_address", "person_role", "class_member", "team_member", "guardian"),
    *("group_member", "list_address", *RECORDS),
)
FUNCTIONS = frozenset(("COUNT", "SUM", "MIN", "MAX", "COALESCE", "CAST", "CASE", "LEAD", "EXISTS"))


@pytest.fixture(scope="module")
def cases() -> tuple[World, list[Case]]:
    return load_cases(RULES)


def _inputs(folder: Path, world: World) -> Inputs:
    pq.write_table(world.messages(), folder / "message.parquet")
    pq.write_table(world.parties(), folder / "party.parquet")
    files = ((folder / "message.parquet",), (folder / "party.parquet",))
    return Inputs(*files, world.directory(), FIRST_DAY, LAST_DAY)


@pytest.fixture(scope="module")
def engine(
    cases: tuple[World, list[Case]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("cases")
    with open_engine(_inputs(folder, cases[0]), temp_directory=folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def wrong(engine: Engine, cases: tuple[World, list[Case]]) -> Mapping[str, frozenset[str]]:
    return failures(engine, RULES, cases[1])


def test_every_case_comes_out_as_written(wrong: Mapping[str, frozenset[str]]) -> None:
    assert wrong == {}


@pytest.mark.parametrize("rule", RULES.values(), ids=str)
def test_a_rule_has_cases_that_hit_and_cases_that_do_not(
    rule: Rule, cases: tuple[World, list[Case]]
) -> None:
    mine = [case for case in cases[1] if case.rule == rule.id]
    assert len({case.name for case in mine}) == len(mine)
    assert any(case.hits for case in mine)
    assert any(not case.hits for case in mine)


@pytest.mark.parametrize("rule", RULES.values(), ids=str)
def test_each_code_that_applies_has_a_case(rule: Rule, cases: tuple[World, list[Case]]) -> None:
    shown = {code for case in cases[1] if case.rule == rule.id for code in case.codes}
    assert shown == set(rule.explained_by)


def test_every_code_there_is_has_a_case(cases: tuple[World, list[Case]]) -> None:
    assert {code for case in cases[1] for code in case.codes} == CODES


def test_every_rule_can_be_uncertain_or_says_why_not(cases: tuple[World, list[Case]]) -> None:
    """A day was read or it was not."""
    certain = {"coverage-gap"}
    doubtful = {case.rule for case in cases[1] if any(hit.endswith(" ?") for hit in case.hits)}
    assert doubtful == set(RULES) - certain


def test_whoever_is_listed_as_author_is_so_for_certain_only_if_nobody_else_may_have_written() -> None:
    """Each rule that goes by who wrote shows it with a message behind whose name somebody stands."""
    unshown = set()
    for rule in RULES.values():
        by_author = re.search(r"\b(contact|context_contact|team_message)\b", rule.query)
        if by_author is None or "adult_key" not in rule.identity:
            continue
        beside = tomllib.loads(rule.path.with_suffix(".cases.toml").read_text(encoding="utf-8"))
        if not any(
            any("on_behalf" in message for message in case.get("messages", ()))
            and any(hit.endswith(" ?") for hit in case.get("hits", ()))
            for case in beside["case"]
        ):
            unshown.add(rule.id)
    assert unshown == set()


@pytest.mark.parametrize("rule", RULES.values(), ids=str)
def test_a_rule_returns_the_columns_it_promises(engine: Engine, rule: Rule) -> None:
    rows = engine.run(rule, {name: p.default for name, p in rule.parameters.items()})
    assert tuple(rows.column_names) == rule.columns
    assert all(pa.types.is_integer(column.type) or pa.types.is_decimal(column.type)
               for column in rows.schema)
    assert set(rule.identity) <= set(rows.column_names)


def test_a_world_without_messages_has_no_hits(tmp_path: Path) -> None:
    with open_engine(_inputs(tmp_path, World()), temp_directory=tmp_path) as empty:
        for rule in RULES.values():
            values = {name: p.default for name, p in rule.parameters.items()}
            assert empty.run(rule, values).num_rows == 0
    no_files = Inputs((), (), World().directory(), FIRST_DAY, LAST_DAY)
    with open_engine(no_files, temp_directory=tmp_path) as empty:
        assert empty.query("SELECT * FROM message_in_window").num_rows == 0


def _statements() -> Mapping[str, str]:
    found = {f"facts/{name}": fact_sql(name) for name in FACTS}
    return {**found, **{f"rules/{rule.id}": rule.query for rule in RULES.values()}}


@pytest.mark.parametrize("name", _statements())
def test_only_standard_sql_over_the_facts(name: str) -> None:
    """The allow-list is what gave the same rows on every engine that was tried."""
    text = _statements()[name]
    parsed = sqlglot.parse_one(text, read="duckdb")
    assert isinstance(parsed, (exp.Select, exp.SetOperation))
    for function in parsed.find_all(exp.Func):
        spoken = type(function).__name__.upper() if not isinstance(function, exp.Anonymous) else (
            function.name.upper()
        )
        assert spoken in FUNCTIONS | {"AND", "OR", "IF"}, f"{spoken} is not allowed"
    assert not re.search(r"\b(QUALIFY|FILTER|UNNEST|LATERAL|DATE_|EPOCH|::)", text, re.IGNORECASE)
    own = {cte.alias for cte in parsed.find_all(exp.CTE)}
    read = {table.name for table in parsed.find_all(exp.Table)} - own
    place = FACTS.index(name.removeprefix("facts/")) if name.startswith("facts/") else len(FACTS)
    assert read <= {*BASE, *FACTS[:place]}


def test_every_fact_is_read_by_something() -> None:
    read: dict[str, set[str]] = defaultdict(set)
    for name, text in _statements().items():
        for table in sqlglot.parse_one(text, read="duckdb").find_all(exp.Table):
            read[table.name].add(name)
    asked_for_by_pages = {"message_in_window"}
    assert {fact for fact in FACTS if not read[fact]} <= asked_for_by_pages


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.stem)
def test_packs_bind_rules_that_exist(pack: Path) -> None:
    known = {name: frozenset(rule.parameters) for name, rule in RULES.items()}
    loaded = load_pack(pack, rules=known)
    assert set(loaded.bindings) <= set(RULES)


def test_a_rule_names_no_clause_and_no_district() -> None:
    for rule in RULES.values():
        assert not re.search(r"INJDB|MAAPP|Marlow", rule.path.read_text(encoding="utf-8"))
