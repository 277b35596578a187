"""A policy pack is data, and every mistake in it is named at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.policy import PolicyError, load_pack
from auditor.result import Verb

PACK = Path(__file__).parents[2] / "config" / "policies" / "injdb.toml"
RULES = {
    "direct-no-adult": frozenset({"minimum_messages"}),
    "adult-dropped-mid-thread": frozenset[str](),
    "two-person-space": frozenset[str](),
    "personal-address-traffic": frozenset[str](),
    "coach-partial-team": frozenset({"parity_window_minutes"}),
}


def test_the_pack_speaks_with_the_policys_own_verbs() -> None:
    pack = load_pack(PACK, rules=RULES)
    verbs = {rule: pack.clauses[b.clause].verb for rule, b in pack.bindings.items()}
    assert verbs["direct-no-adult"] is Verb.DISCOURAGED
    assert verbs["coach-partial-team"] is Verb.REQUIRED
    assert verbs["personal-address-traffic"] is Verb.PROHIBITED
    assert set(pack.bindings) == set(RULES)


def test_a_district_may_use_its_own_words_and_settings() -> None:
    plain = load_pack(PACK, rules=RULES)
    own = load_pack(
        PACK,
        rules=RULES,
        quotes={"INJDB-9": "Copy another adult."},
        switches={"parity_window_minutes": 15},
        parameters={"direct-no-adult": {"minimum_messages": 3}},
    )
    assert own.clauses["INJDB-9"].words == "Copy another adult."
    assert own.number("parity_window_minutes") == 15
    assert own.bindings["direct-no-adult"].parameters == {"minimum_messages": 3}
    assert own.sha256 != plain.sha256


def test_an_unknown_pack_names_those_there_are() -> None:
    with pytest.raises(PolicyError, match=r"no such policy pack; there are: .*injdb"):
        load_pack(PACK.with_name("nowhere.toml"), rules=RULES)


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    text = PACK.read_text(encoding="utf-8")
    for right, wrong in (
        ('verb = "discouraged"', 'verb = "frowned-upon"'),
        ('clause = "INJDB-17"', 'clause = "INJDB-99"'),
        ('readers = ["athletic_director"]', 'readers = ["janitor"]'),
        ("[grounds.crisis]", "[grounds.panic]"),
        ('absorbs = ["direct-no-adult"]', 'absorbs = ["no-such-rule"]'),
        ("value = 1440", 'value = "a day"'),
        ("[switches.machine_mail]", "[oddments.machine_mail]"),
    ):
        assert right in text
        text = text.replace(right, wrong)
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_pack(path, rules=RULES)
    said = "\n".join(caught.value.problems)
    for word in ("frowned-upon", "INJDB-99", "janitor", "panic", "no-such-rule", "parity", "oddments"):
        assert word in said
    assert all(str(path) in problem for problem in caught.value.problems)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("[policy]\nid = \n", encoding="utf-8")
    with pytest.raises(PolicyError, match="line 2"):
        load_pack(path, rules=RULES)


def test_settings_that_name_nothing_are_mistakes() -> None:
    with pytest.raises(PolicyError) as caught:
        load_pack(
            PACK,
            rules=RULES,
            quotes={"X-1": "x"},
            switches={"nonsense": 1},
            parameters={"direct-no-adult": {"nonsense": 1}, "none": {}},
        )
    assert len(caught.value.problems) == 4
