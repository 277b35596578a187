"""The yardsticks are right: plain pandas finds what the audit finds, in every world there is here.

A comparison of two programs says something only if both answer the same question, and a scan is
a floor only if it reads what the audit reads. Nothing here looks at how long anything took.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from auditor.cases import load_cases
from auditor.caseworld import FIRST_DAY, LAST_DAY, World
from auditor.desk import desk_for
from auditor.directory import day_number, deliver, from_tables
from auditor.engine import (
    FACTS,
    MESSAGE_COPY,
    MESSAGE_COPY_PARTY,
    Inputs,
    fact_sql,
    open_engine,
)
from auditor.lake import MESSAGE, PARTY
from auditor.pulling import pull
from auditor.rule import load_rules
from auditor.source import Window
from benchmarks import bench, plain_contacts, plain_pandas
from benchmarks.district import Sizes, make_district, write_district
from benchmarks.parts import SCANNED, engine_rows
from benchmarks.plain_pandas import RULES as PLAIN
from cron import wiring
from tests.benchmarks.chance_world import Chance

RULES = {name: rule for name, rule in load_rules().items() if name in PLAIN}
BENCH = Path(__file__).parents[2] / "benchmarks" / "bench.py"
Found = dict[str, plain_pandas.Rows]


def by_engine(inputs: Inputs, spill: Path) -> Found:
    with open_engine(inputs, temp_directory=spill) as engine:
        return {
            rule.id: frozenset(
                engine_rows(engine.run(rule, {n: p.default for n, p in rule.parameters.items()}))
            )
            for rule in RULES.values()
        }


def by_pandas(inputs: Inputs) -> Found:
    asked = plain_pandas.Question(
        inputs.message_files,
        inputs.party_files,
        {name: table.to_pandas() for name, table in inputs.directory.items()},
        inputs.first_day,
        inputs.last_day,
        inputs.whole_team_minutes,
    )
    return {rule: plain_pandas.rows(hits) for rule, hits in plain_pandas.answer(asked).items()}


def written(folder: Path, world: World) -> Inputs:
    pq.write_table(world.messages(), folder / "message.parquet")
    pq.write_table(world.parties(), folder / "party.parquet")
    files = ((folder / "message.parquet",), (folder / "party.parquet",))
    return Inputs(*files, world.directory(), FIRST_DAY, LAST_DAY)


# ---- plain pandas and the audit say the same -------------------------------------------------


def test_pandas_finds_what_the_audit_finds_in_every_rules_cases(tmp_path: Path) -> None:
    inputs = written(tmp_path, load_cases(RULES)[0])
    found = by_pandas(inputs)
    assert found == by_engine(inputs, tmp_path)
    assert min(len(hits) for hits in found.values()) >= 3


NIGHT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Inputs, Path]]:
    """The sample district as the program takes it in, from the dropped files on."""
    folder, last = tmp_path_factory.mktemp("sample"), date(2026, 11, 22)
    write_district(folder, make_district(Sizes(), seed=7, end=last))
    office = wiring.prepare(folder / "district.toml")
    with wiring.workplace(office, may_begin=True) as place:
        window = Window(last - timedelta(days=27), last)
        sources = wiring.open_sources(office, place.ledger)
        pulled = [pull(place, source, window, "bench", now=NIGHT) for source in sources]
        assert not any(one.failure for one in pulled)
        facts = {one.name: one.facts for one in pulled}
        addresses = place.district.addresses
        delivered = deliver(
            from_tables({}), facts, day=day_number(last), keyring=place.keyring, rules=addresses
        )
        desk = desk_for(place, delivered.state, {})
        first = last - timedelta(days=13)
        files = place.lake.message_files(first - timedelta(days=30), last)
        days = (day_number(first), day_number(last))
        yield Inputs(*files, desk.built.tables, *days), folder


def test_pandas_finds_what_the_audit_finds_in_the_sample_district(
    sample: tuple[Inputs, Path],
) -> None:
    inputs, folder = sample
    found = by_pandas(inputs)
    assert found == by_engine(inputs, folder)
    assert min(len(hits) for hits in found.values()) > 0


@pytest.mark.integration
def test_pandas_finds_what_the_audit_finds_in_worlds_of_chance(tmp_path: Path) -> None:
    world = World()
    for seed in range(400):
        Chance(world, seed).tell()
    inputs = written(tmp_path, world)
    found = by_pandas(inputs)
    assert found == by_engine(inputs, tmp_path)
    assert min(len(hits) for hits in found.values()) >= 10


# ---- the scan reads what the facts read, and only that ---------------------------------------


def test_the_scan_reads_the_columns_the_facts_read_and_no_others(tmp_path: Path) -> None:
    inputs = written(tmp_path, load_cases(RULES)[0])
    read: dict[str, set[str]] = {"message": set(), "message_party": set()}
    with duckdb.connect(":memory:") as connection:
        for select, view, files in (
            (MESSAGE_COPY, "message_copy", inputs.message_files),
            (MESSAGE_COPY_PARTY, "message_copy_party", inputs.party_files),
        ):
            sql = select.format(files=f"read_parquet('{files[0]}')")
            connection.execute(f"CREATE VIEW {view} AS {sql}")
        for name, table in inputs.directory.items():
            connection.register(name, table)
        connection.execute("CREATE TABLE judged_days AS SELECT 1 AS first_day, 9 AS last_day")
        connection.execute("CREATE TABLE whole_team_window AS SELECT 1440::BIGINT AS minutes")
        for fact in FACTS:
            plan = connection.execute(f"EXPLAIN (FORMAT json) {fact_sql(fact)}").fetchall()
            for columns in _read_from_files(json.loads(plan[0][1])):
                party = columns & {"address_key", "role", "via_group_key"}
                read["message_party" if party else "message"] |= columns
            connection.execute(f"CREATE TABLE {fact} AS {fact_sql(fact)}")
    plain = {
        r: {c.replace("epoch_us(sent_at)", "sent_at") for c in some} for r, some in SCANNED.items()
    }
    assert read == plain
    assert set(plain_contacts.MESSAGE_COLUMNS) == plain["message"]
    assert set(plain_contacts.PARTY_COLUMNS) == plain["message_party"]


def _read_from_files(nodes: list[dict[str, Any]]) -> Iterator[set[str]]:
    """Yield the columns that each reading of a file asks for, filters included."""
    for node in nodes:
        if "PARQUET" in node["name"]:
            asked = node["extra_info"]
            columns = asked.get("Projections", [])
            filters = re.findall(r"\b[a-z_]+\b", str(asked.get("Filters", "")))
            known = {*MESSAGE.names, *PARTY.names}
            yield {*([columns] if isinstance(columns, str) else columns), *(known & {*filters})}
        yield from _read_from_files(node.get("children", []))


# ---- the command -----------------------------------------------------------------------------


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH), "--rounds", "1", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("bench") / "kept"
    done = run("--messages", "4000", "--json", "--keep", folder)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_one_run_gives_all_figures(kept: tuple[Path, dict[str, Any]]) -> None:
    found = kept[1]
    for name in ("audit_s", "scan_s", "pandas_s", "peak_mib", "audit_cpu_s", "pandas_cpu_s"):
        assert found[name] > 0, name
    assert found["messages"] == 4000 and 12_000 < found["parties"] < 14_000
    assert set(found["hits"]) == set(RULES) and found["hits"]["direct-no-adult"] > 0
    assert set(found["versions"]) == {"python", "duckdb", "pyarrow", "pandas", "numpy"}
    assert [target["limit"] for target in found["targets"]] == [15, 5, 1024]


@pytest.mark.integration
def test_a_kept_folder_is_used_again_and_never_mixed(kept: tuple[Path, dict[str, Any]]) -> None:
    folder, first = kept
    again = run("--messages", "4000", "--keep", folder)
    assert again.returncode == 0, again.stderr
    assert f"{first['parties']:,} parties" in again.stdout
    assert "plain pandas" in again.stdout
    other = run("--messages", "5000", "--keep", folder)
    assert other.returncode == 1 and "other messages" in other.stderr and not other.stdout
    taken = run("--messages", "4000", "--keep", folder.parent)
    assert taken.returncode == 1 and "not empty" in taken.stderr


def test_hits_that_differ_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "hits-audit.json").write_text('{"a-rule": [[1, 2, 3, null, 1, 0]]}')
    (tmp_path / "hits-pandas.json").write_text('{"a-rule": []}')
    with pytest.raises(bench.BenchError, match="a-rule: 1 in the audit, 0 in pandas"):
        bench.same_hits(tmp_path)


def test_targets_are_held_on_the_limit_and_missed_beyond() -> None:
    wall, cpu = {"audit": 3.0, "scan": 0.2, "pandas": 15.0}, {"audit": 3.1, "scan": 0.2}
    held = bench.targets(wall, {**cpu, "pandas": 15.0}, 1024.0)
    assert [(t["held_by_wall"], t["held_by_cpu"]) for t in map(bench.Target.as_json, held)] == [
        (True, False),
        (True, False),
        (True, None),
    ]
    assert (
        bench.targets(wall, {**cpu, "pandas": 15.0}, 1024.1)[2].as_json()["held_by_wall"] is False
    )
