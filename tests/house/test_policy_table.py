"""What the paper says of each clause is what the packs, the rules and their cases say today."""

from __future__ import annotations

import re

from auditor.rule import CODES, load_rules
from cron.commands_policy import shipped
from cron.policy_table import policy_table
from tests.house.tree import ROOT

PAPER = ROOT / "docs" / "policy-coverage.md"
RULES = load_rules()
PACKS = shipped(RULES)


def test_the_paper_is_up_to_date() -> None:
    current = PAPER.read_text(encoding="utf-8") == policy_table(PACKS, RULES)
    assert current, "a pack, a rule or a case has changed: run `make docs` and commit the paper"


def test_every_row_has_a_cell_for_each_column_and_every_clause_a_row() -> None:
    lines = policy_table(PACKS, RULES).splitlines()
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]
    assert {len(row) for row in rows} == {7}
    assert all(cell.strip() for row in rows for cell in row)
    clauses = [re.match(r" \*\*(\S+)\*\*", row[0]) for row in rows]
    named = [match[1] for match in clauses if match is not None]
    assert named == [clause for pack in PACKS.values() for clause in pack.clauses]


def test_every_code_is_told_in_words() -> None:
    text = policy_table(PACKS, RULES)
    told = dict(re.findall(r"^- ([A-Z]+): (.+)$", text, re.MULTILINE))
    assert told.keys() <= CODES
    assert {code for rule in RULES.values() for code in rule.explained_by} == told.keys()
    assert "see the cases" not in told.values()
