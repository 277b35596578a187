"""The sealed district proves the way from a source to an item, and its verdict turns the night."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from auditor.engine import fact_sql
from auditor.policy import load_pack
from auditor.result import Tone
from auditor.rule import load_rules
from auditor.sealed import sealed_test
from tests.auditor.night_world import ROOT, NightWorld, night_world, rules

TUESDAY = date(2026, 3, 10)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[NightWorld]:
    with night_world(tmp_path) as made:
        yield made


def with_policy(world: NightWorld, name: str) -> None:
    known = {rule_id: frozenset(rule.parameters) for rule_id, rule in rules().items()}
    pack = load_pack(ROOT / f"config/policies/{name}.toml", rules=known)
    world.place = replace(world.place, pack=pack)


@pytest.mark.parametrize(("name", "planted"), [("injdb", 9), ("maapp", 12), ("louisiana", 9)])
def test_under_every_policy_what_is_planted_is_found_and_the_rest_is_quiet(
    world: NightWorld, name: str, planted: int
) -> None:
    with_policy(world, name)
    tests = sealed_test(world.place)
    assert tests.failed == ()
    assert tests.passed == tests.total == planted + 7
    left = [path for path in world.place.temp.iterdir() if path.name.startswith("sealed-")]
    assert left == []


def test_what_a_district_sets_its_limits_to_does_not_matter(world: NightWorld) -> None:
    known = {rule_id: frozenset(rule.parameters) for rule_id, rule in rules().items()}
    pack = load_pack(
        ROOT / "config/policies/injdb.toml",
        rules=known,
        switches={"parity_window_minutes": 20_000, "adult_hats": "contractor"},
        parameters={"direct-no-adult": {"minimum_messages": 9}},
    )
    world.place = replace(world.place, pack=pack)
    assert sealed_test(world.place).failed == ()


def broken(folder: Path, rule_id: str, was: str, now: str) -> dict[str, object]:
    """Return the rules with one of them read from a file in which a line was changed."""
    folder.mkdir()
    for suffix in (".sql", ".cases.toml"):
        shutil.copy(rules()[rule_id].path.with_suffix(suffix), folder)
    path = folder / f"{rule_id}.sql"
    text = path.read_text(encoding="utf-8")
    assert text.count(was) == 1
    path.write_text(text.replace(was, now), encoding="utf-8")
    return {**rules(), rule_id: load_rules(folder)[rule_id]}


def test_a_rule_that_drops_rows_turns_the_night(tmp_path: Path, world: NightWorld) -> None:
    damaged = broken(
        tmp_path / "rules", "direct-no-adult", "WHERE c.sent_by_adult = 1", "WHERE c.sent_by_adult = 2"
    )
    world.place = replace(world.place, rules=damaged)  # type: ignore[arg-type]  # rules all
    world.people(3)
    world.feed.silent = True
    night = world.night(TUESDAY)
    tests = night.coverage.self_tests
    assert tests is not None
    assert "sealed district, missed: one student and nobody else on a mail" in tests.failed
    assert night.verdict.tone is Tone.GAP
    assert night.exit_code == 3
    # and a source that ended without a word on its days has read none of them
    (chat,) = (s for s in night.coverage.sources if s.source == "chat")
    assert len(chat.missing) == 7
    assert chat.reason == "the source said nothing of this day"


def test_a_fault_on_the_way_is_seen_though_every_rule_is_whole(
    world: NightWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the facts forget who was copied: no rule's own text has changed."""
    whole = fact_sql("party_person")

    def without_copies(name: str) -> str:
        if name != "party_person":
            return fact_sql(name)
        return f"SELECT * FROM ({whole.partition('*/')[2]}) WHERE role_rank <> 2"

    monkeypatch.setattr("auditor.engine.fact_sql", without_copies)
    failed = sealed_test(world.place).failed
    assert "sealed district, listed: the student's own guardian is copied" in failed
