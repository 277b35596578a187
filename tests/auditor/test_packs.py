"""The packs that come along say what they claim, and a pack with a mistake says where it is."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from auditor.policy import Audited, Pack, PolicyError, load_pack
from auditor.rule import load_rules

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "config" / "policies"
PACKS = ("injdb", "louisiana", "maapp")
RULES = {name: frozenset(rule.parameters) for name, rule in load_rules().items()}
WITHOUT_A_RULE = {
    "INJDB-7": "only a person can report a request, and nothing is looked for",
    "INJDB-27": "a message only a student sent makes no item, whatever the rule",
}
"""Clauses that can be checked, at least in part, and no rule answers: why."""


def pack(name: str) -> Pack:
    return load_pack(FOLDER / f"{name}.toml", rules=RULES)


# ---- what comes along ------------------------------------------------------------------------


def test_these_are_the_packs_there_are() -> None:
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.toml"))) == PACKS


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_loads_and_every_clause_is_answered(name: str) -> None:
    found = pack(name)
    assert found.id == name
    for clause in found.clauses.values():
        assert clause.why and clause.says and clause.paraphrase and clause.citation
        checked = clause.audited in (Audited.PROVEN, Audited.IN_PART)
        ruled = bool(found.rules_of(clause.id))
        assert not checked or ruled != (clause.id in WITHOUT_A_RULE), clause.id
        assert not checked or clause.data, clause.id


@pytest.mark.parametrize("name", PACKS)
def test_no_rule_answers_a_clause_that_must_not_be_looked_at(name: str) -> None:
    found = pack(name)
    hands_off = (Audited.MUST_NOT, Audited.NOT_OBSERVABLE)
    never = {c.id for c in found.clauses.values() if c.audited in hands_off}
    assert never.isdisjoint(c for binding in found.bindings.values() for c in binding.clauses)


def test_the_social_media_policy_is_whole_and_in_order() -> None:
    found = pack("injdb")
    assert list(found.clauses) == [f"INJDB-{n}" for n in range(1, 54)]
    assert Counter(clause.audited for clause in found.clauses.values()) == {
        Audited.PROVEN: 8,
        Audited.IN_PART: 10,
        Audited.RECORDS: 12,
        Audited.NOT_OBSERVABLE: 12,
        Audited.MUST_NOT: 5,
        Audited.CONTEXT: 6,
    }


def test_together_the_packs_use_every_rule_there_is() -> None:
    assert {rule for name in PACKS for rule in pack(name).bindings} == set(RULES)


def test_no_code_knows_a_clause() -> None:
    """A policy is data: another one is another file, and not a line of the program."""
    clause = re.compile(r"INJDB|MAAPP|\bLA-")
    paths = [p for end in ("py", "sql") for p in (ROOT / "auditor").rglob(f"*.{end}")]
    assert len(paths) > 80
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if clause.search(line)
    ]
    assert named == []


# ---- what is refused -------------------------------------------------------------------------

NEXT = 'name = "Superintendent’s designee"\nscope = "district"\nnext = '
REFUSED = {
    "a clause id that is none": (
        '[clauses."INJDB-53"]', '[clauses."INJDB 53"]', "is no clause id",
    ),
    "a clause that is not there": (
        'clause = "INJDB-43"', 'clause = "INJDB-99"', "there is no clause 'INJDB-99'",
    ),
    "a rule that is not there": (
        '[rules."parity-concentration"]', '[rules."parity"]', "there is no such rule",
    ),
    "an authority that is not there": (
        'granted_by = ["athletic_director", "principal"]\nfor',
        'granted_by = ["janitor", "principal"]\nfor',
        "there is no authority 'janitor'",
    ),
    "offices that refer to each other": (
        f'{NEXT}"superintendent"', f'{NEXT}"principal"', "goes round in a circle",
    ),
    "a day the calendar does not have": (
        "in_force_from = 2016-12-21", "in_force_from = 2016-02-30", "not readable as TOML",
    ),
    "a day in quotes": (
        "in_force_from = 2016-12-21", 'in_force_from = "2016-12-21"', "is no day",
    ),
    "an impossible day in quotes": (
        "in_force_from = 2016-12-21", 'in_force_from = "2016-02-30"', "is no day",
    ),
    "an end before the beginning": (
        "in_force_from = 2016-12-21",
        "in_force_from = 2016-12-21\nin_force_until = 2016-12-20",
        "before it begins",
    ),
    "a school year that begins on no day": (
        'value = "08-15"', 'value = "02-30"', "'02-30' is no day",
    ),
    "a rule that speaks for itself": (
        '[rules."direct-no-adult"]\n',
        '[rules."direct-no-adult"]\nabsorbs = ["direct-no-adult"]\n',
        "speaks for itself in the end",
    ),
    "two rules that speak for each other": (
        '[rules."direct-no-adult"]\n',
        '[rules."direct-no-adult"]\nabsorbs = ["adult-dropped-mid-thread"]\n',
        "speaks for itself in the end",
    ),
    "a number no calendar holds": (
        "value = 1440", "value = 99999999999999999999", "is larger than can be meant",
    ),
    "a number that is none": ("value = 1440", 'value = "a day"', "is no whole number"),
    "a choice that is none": ('value = "count"', 'value = "perhaps"', "is no choice"),
}  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "said"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_is_refused_with_its_line_and_a_cure(
    right: str, wrong: str, said: str, tmp_path: Path
) -> None:
    text = (FOLDER / "injdb.toml").read_text(encoding="utf-8")
    assert text.count(right) == 1
    path = tmp_path / "ours.toml"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_pack(path, rules=RULES)
    begins = text[: text.index(right)].count("\n") + 1
    lines = range(begins, begins + wrong.count("\n") + 1)
    found = [problem for problem in caught.value.found if said in problem.what]
    assert any(one.line in lines for one in found), caught.value.problems
    for one in found:
        assert str(one).startswith(f"{path}:{one.line}:")
        assert one.cure and str(one).endswith(one.cure)
