"""A policy pack is data that a district lays its own words over, and every mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.policy import PolicyError, load_pack
from auditor.result import Verb
from auditor.rule import load_rules

PACK = Path(__file__).parents[2] / "config" / "policies" / "injdb.toml"
RULES = {name: frozenset(rule.parameters) for name, rule in load_rules().items()}


def test_the_pack_speaks_with_the_policys_own_verbs() -> None:
    pack = load_pack(PACK, rules=RULES)
    verbs = {rule: pack.clauses[b.clause].verb for rule, b in pack.bindings.items()}
    assert verbs["direct-no-adult"] is Verb.DISCOURAGED
    assert verbs["coach-partial-team"] is Verb.REQUIRED
    assert verbs["personal-address-traffic"] is Verb.PROHIBITED


def test_a_binding_names_its_clauses_the_main_one_first() -> None:
    pack = load_pack(PACK, rules=RULES)
    for binding in pack.bindings.values():
        assert binding.clauses[0] == binding.clause
        assert len(set(binding.clauses)) == len(binding.clauses)
        for clause in binding.clauses:
            assert binding.rule in pack.rules_of(clause)


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
    assert plain.clauses["INJDB-9"].words == plain.clauses["INJDB-9"].paraphrase
    assert own.number("parity_window_minutes") == 15
    assert own.bindings["direct-no-adult"].parameters == {"minimum_messages": 3}
    assert own.sha256 != plain.sha256
    assert plain.sha256 == load_pack(PACK, rules=RULES).sha256


def test_an_unknown_pack_names_those_there_are() -> None:
    with pytest.raises(PolicyError, match=r"there is no such policy pack\. There are: .*injdb"):
        load_pack(PACK.with_name("nowhere.toml"), rules=RULES)


def test_every_mistake_is_reported_at_once_with_its_line_and_key(tmp_path: Path) -> None:
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
    lines = text.splitlines()
    for problem in caught.value.found:
        assert problem.line is not None
        assert str(problem).startswith(f"{path}:{problem.line}: [{problem.key[0]}")
        assert any(part in lines[problem.line - 1] for part in problem.key)


def test_a_line_that_is_no_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_text("[policy]\nid = \n", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_pack(path, rules=RULES)
    (said,) = caught.value.problems
    assert said.startswith(f"{path}:2: not readable as TOML")


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes('[policy]\nname = "Schüler"\n'.encode("latin-1"))
    with pytest.raises(PolicyError, match=r":2: this is not UTF-8 text"):
        load_pack(path, rules=RULES)


def test_settings_that_name_nothing_are_mistakes_of_the_settings() -> None:
    with pytest.raises(PolicyError) as caught:
        load_pack(
            PACK,
            rules=RULES,
            quotes={"X-1": "x"},
            switches={"nonsense": 1, "bcc_counts": "perhaps"},
            parameters={"direct-no-adult": {"nonsense": 1}, "none": {}},
        )
    assert {problem.key for problem in caught.value.found} == {
        ("policy", "quote", "X-1"),
        ("policy", "switches", "nonsense"),
        ("policy", "switches", "bcc_counts"),
        ("policy", "parameters", "direct-no-adult", "nonsense"),
        ("policy", "parameters", "none"),
    }
    assert all(problem.of_settings for problem in caught.value.found)
