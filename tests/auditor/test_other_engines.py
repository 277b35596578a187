"""The same text gives the same hits on SQLite and Spark, and a seeded mistake is always noticed."""

from __future__ import annotations

import pytest

from auditor.cases import failures, load_cases
from auditor.engine import FACTS, fact_sql
from auditor.rule import load_rules
from tests.auditor.other_engines import SparkEngine, sqlite_engine

RULES = load_rules()
SEEDED = (
    ("person_span", "works = 1 AND is_student = 0", "works = 1"),
    ("person_span", "AND is_system = 0", ""),
    ("person_span", "r.until_day > s.from_day", "r.until_day >= s.from_day"),
    ("student_message", "MAX(c.automation) < 2", "MAX(c.automation) < 3"),
    ("student_message", "MAX(c.automation) < 2", "MAX(c.automation) < 1"),
    ("student_message", "MAX(c.automation) < 2", "MIN(c.automation) < 2"),
    ("student_message", "COALESCE(MIN(c.thread_key), MIN(c.container_key))", "MIN(c.container_key)"),
    ("list_day_member", "w.sent_day >= g.from_day", "w.sent_day < g.from_day"),
    ("party", "WHERE w.message_key IS NULL", "WHERE 1 = 1"),
    ("party_direct", "k.group_key IS NULL AND t.via_group_key IS NULL", "1 = 0"),
    ("party_direct", "p.sent_day < a.until_day", "p.sent_day <= a.until_day"),
    ("party_direct", "LEFT JOIN address_person", "JOIN address_person"),
    ("party_via_list", "p.to_list = 1", "p.to_list = 0"),
    ("list_day_audience", "WHEN person_key IS NULL THEN 1", "WHEN person_key IS NULL THEN 0"),
    ("audience", "is_adult = 1 AND role_rank = 0 THEN", "role_rank = 0 THEN"),
    ("audience", "p.to_list = 1", "p.to_list = 0"),
    ("student_message", "c.channel = 'chat' OR c.container_key IS NOT NULL", "c.channel = 'chat'"),
    ("context_contact", "g.student_key = a.first_student", "1 = 1"),
    ("context_contact", "OR last_adult <> adult_key", ""),
    ("context_contact", "OR guardian_present = 1", ""),
    ("context_contact", "unknown_addressed + on_behalf", "unknown_addressed"),
    ("context_contact", "hidden + unparsed", "unparsed"),
    ("contact", "c.sent_day BETWEEN d.first_day AND d.last_day", "1 = 1"),
    ("team_day", "w.sent_day < t.until_day", "1 = 1"),
    ("team_day", "'athlete', 'member'", "'athlete', 'member', 'manager'"),
    ("team_message", "s.all_on_team = 1 AND s.reached > 0", "s.reached > 0"),
    ("team_message", "s.all_on_team = 1 AND s.reached > 0", "s.all_on_team = 1"),
    ("team_message", "r.sent_us <= m.sent_us + w.minutes * 60000000", "1 = 1"),
    ("team_message", "r.sent_us >= m.sent_us - w.minutes * 60000000", "1 = 1"),
    ("team_message", "COALESCE(t.students, m.reached)", "m.reached"),
    ("team_reach", "w.sent_day >= t.from_day", "1 = 1"),
    ("team_reach", "'athlete', 'member'", "'athlete', 'member', 'manager'"),
)


def test_sqlite_gives_the_same_hits() -> None:
    world, cases = load_cases(RULES)
    with sqlite_engine(world) as engine:
        assert failures(engine, RULES, cases) == {}


def test_every_seeded_mistake_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    world, cases = load_cases(RULES)
    by_rule = [[case for case in cases if case.rule == rule] for rule in RULES]
    missed = []
    with sqlite_engine(world) as engine:
        for fact, right, wrong in SEEDED:
            assert right in fact_sql(fact)
            with engine.with_fact(fact, fact_sql(fact).replace(right, wrong)):
                if not any(failures(engine, RULES, some) for some in by_rule):
                    missed.append((fact, right))
        assert failures(engine, RULES, cases) == {}
    with capsys.disabled():
        print(f" seeded mistakes noticed {len(SEEDED) - len(missed)}/{len(SEEDED)} ", end="")
    assert missed == []


@pytest.mark.integration
def test_spark_gives_the_same_hits() -> None:
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    try:
        world, cases = load_cases(RULES)
        engine = SparkEngine.of(session, world)
        assert len(FACTS) > 0
        assert failures(engine, RULES, cases) == {}
    finally:
        session.stop()
