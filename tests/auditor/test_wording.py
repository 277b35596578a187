"""Sentences say what was measured, and nothing about what was not."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.rule import RULES, RuleError, read_rule
from auditor.wording import fill, item_numbers, said

NUMBERS = item_numbers(
    by_adult=2, by_student=0, days=1, evidence=[{"late": 1, "ended": 0}, {"late": 1, "ended": 0}]
)


def test_a_sentence_that_depends_on_a_figure_is_said_only_where_there_is_one() -> None:
    lines = (
        "when late: Late on {late_sum:message|messages}.",
        "when ended: Ended before {ended_sum:message|messages}.",
        "Nothing else covers them.",
    )
    assert said(lines, NUMBERS) == ("Late on 2 messages.", "Nothing else covers them.")


def test_a_sentence_may_begin_with_when_and_depend_on_nothing() -> None:
    assert said(("When it rains, it pours.",), NUMBERS) == ("When it rains, it pours.",)


def test_nothing_is_counted_in_words() -> None:
    assert fill("{by_student:message|messages}", NUMBERS) == "no messages"
    assert fill("{by_adult:message|messages}, {late_range}", NUMBERS) == "2 messages, 1"


def test_a_condition_on_nothing_the_rule_measures_is_refused(tmp_path: Path) -> None:
    text = (RULES / "approval-does-not-hold.sql").read_text("utf-8").replace("when late:", "when lat:")
    path = tmp_path / "approval-does-not-hold.sql"
    path.write_text(text, "utf-8")
    with pytest.raises(RuleError, match="'lat' after `when` is no column"):
        read_rule(path)
