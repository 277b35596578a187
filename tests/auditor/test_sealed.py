"""The sealed district proves the way from a source to an item, and its verdict turns the night."""

from __future__ import annotations

import shutil
import tomllib
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

PLAN = ROOT / "auditor/sealed.toml"
TUESDAY = date(2026, 3, 10)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[NightWorld]:
    with night_world(tmp_path) as made:
        yield made


def with_policy(world: NightWorld, name: str) -> None:
    known = {rule_id: frozenset(rule.parameters) for rule_id, rule in rules().items()}
    pack = load_pack(ROOT / f"config/policies/{name}.toml", rules=known)
    world.place = replace(world.place, pack=pack)


@pytest.mark.parametrize(
    ("name", "planted", "quiet"), [("injdb", 25, 24), ("maapp", 13, 23), ("louisiana", 15, 23)]
)
def test_under_every_policy_what_is_planted_is_found_and_the_rest_is_quiet(
    world: NightWorld, name: str, planted: int, quiet: int
) -> None:
    with_policy(world, name)
    tests = sealed_test(world.place)
    assert tests.failed == ()
    assert tests.passed == tests.total == planted + quiet
    left = [path for path in world.place.temp.iterdir() if path.name.startswith("sealed-")]
    assert left == []


LEFT_OUT = {
    "coach-without-account": "everybody in the sealed district has an address",
    "list-not-roster": "its team has no mailing list",
    "parity-concentration": "an adult would have to write far more than all others do",
    "reason-code-overuse": "a coach would have to write far more than all others do",
}
"""Rules for which nothing is planted, and why."""


def test_a_case_is_planted_for_every_rule_that_a_policy_binds_or_it_is_said_why_not() -> None:
    known = {rule_id: frozenset(rule.parameters) for rule_id, rule in rules().items()}
    planted = {one["rule"] for one in tomllib.loads(PLAN.read_text("utf-8"))["planted"]}
    bound: set[str] = set()
    for path in (ROOT / "config/policies").glob("*.toml"):
        bound |= load_pack(path, rules=known).bindings.keys()
    assert bound - planted == LEFT_OUT.keys()


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


def test_each_planted_case_is_found_by_its_rule_alone(world: NightWorld) -> None:
    with_policy(world, "injdb")
    empty = {
        rule_id: replace(rule, query=f"SELECT * FROM ({rule.query}) AS found WHERE 1 = 0")
        for rule_id, rule in rules().items()
    }
    world.place = replace(world.place, rules=empty)
    failed = sealed_test(world.place).failed
    assert len(failed) == 25
    assert all(one.startswith("sealed district, missed: ") for one in failed)


CARELESS = {
    "approval-does-not-hold": ("WHERE t.outcome", "WHERE t.outcome = 'covers' OR t.outcome", "an approval that is in force"),
    "guardian-not-included": ("t.outcome =", "1 = 1 OR t.outcome =", "the guardian whom a permission asks for"),
    "coach-not-apprised": ("t.in_digest = 0", "t.in_digest >= 0", "a coach's message of which a digest told"),
    "social-only-post": ("c.left_out > 0", "c.left_out >= 0", "a post that a mail repeated"),
    "tool-without-notice": ("OR notice_day IS NOT NULL", "", "of which a principal was told"),
    "crisis-reported-late": ("reported_us > first_us + ", "reported_us > first_us - ", "reported the next day"),
    "account-not-affiliated": ("WHERE found > 0", "WHERE found >= 0", "an account that was approved"),
    "handbook-not-acknowledged": ("FROM handbook_done f\n        WHERE", "FROM handbook_done f WHERE 1 = 0 AND", "has reviewed"),
    "setting-drift": ("WHERE COALESCE(as_expected, 0) = 0", "", "a setting that is as it should be"),
    "mail-forwarded-outside": ("COALESCE(m.is_district, 0) = 0", "1 = 1", "forwards within the district"),
    "personal-contact-in-signature": ("COALESCE(m.is_district, 0) = 0", "1 = 1", "a signature with a district address"),
    "one-student-group": ("WHERE f.first_student = f.last_student", "WHERE 1 = 1", "a mailing list of two students"),
    "student-made-space": ("AND s.is_student = 1", "", "a space that an adult made"),
    "family-tie-unconfirmed": ("WHERE COALESCE(t.confirmed, 0) = 0", "", "a family tie that is on record"),
}  # fmt: skip
"""Rule -> what of its text is changed so that it lists too much, and the quiet case that shows it."""


def test_a_rule_that_lists_too_much_is_seen_by_its_quiet_case(world: NightWorld) -> None:
    with_policy(world, "injdb")
    careless = dict(rules())
    for rule_id, (was, now, _) in CARELESS.items():
        assert was in careless[rule_id].query, rule_id
        query = careless[rule_id].query.replace(was, now)
        careless[rule_id] = replace(careless[rule_id], query=query)
    world.place = replace(world.place, rules=careless)
    failed = sealed_test(world.place).failed
    for rule_id, (_, _, quiet) in CARELESS.items():
        assert any("listed: " in one and quiet in one for one in failed), (rule_id, failed)


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
