"""What the audit found on the sample district, against what was planted in it.

The table of planted truths is complete: a row that is not found is a miss, and an item or a
message that no row accounts for is a false alarm. Both count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.result import Item, ItemState

Subject = tuple[str, str | None, str | None, str | None, str | None]
"""Rule, adult, student, team, thing: what makes an item."""
EXPECTATIONS = ("item", "covered", "uncertain item", "quiet")


@dataclass(slots=True)
class RuleScore:
    rule: str
    title: str
    planted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EXPECTATIONS, 0))
    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(EXPECTATIONS, 0))
    unexpected: int = 0
    """Items that no planted row accounts for."""

    @property
    def exact(self) -> bool:
        return self.planted == self.found and not self.unexpected


@dataclass(frozen=True, slots=True)
class Score:
    rules: tuple[RuleScore, ...]
    differences: tuple[str, ...]
    """One line for each way in which found and planted differ; ids only."""

    @property
    def exact(self) -> bool:
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        return {
            "exact": self.exact,
            "rules": [
                {
                    "rule": s.rule,
                    "planted": s.planted,
                    "found": s.found,
                    "unexpected": s.unexpected,
                }
                for s in self.rules
            ],
            "differences": list(self.differences),
        }


def score(
    truths: Sequence[Mapping[str, Any]], items: Iterable[Item], titles: Mapping[str, str]
) -> Score:
    """Compare items with the rows of ``planted.json``; ``titles`` names every rule there is."""
    scores = {rule: RuleScore(rule, titles.get(rule, rule)) for rule in _rules(truths, titles)}
    by_subject: dict[Subject, list[Item]] = defaultdict(list)
    everything = list(items)
    for item in everything:
        by_subject[_subject(item)].append(item)
    used: set[str] = set()
    differences: list[str] = []
    for truth in truths:
        if truth["expect"] == "quiet":
            wrong = _quiet(truth, everything)
        else:
            wrong = _listed(truth, by_subject[_planned(truth)], used)
        score = scores[truth["rule"]]
        score.planted[truth["expect"]] += 1
        score.found[truth["expect"]] += wrong is None
        if wrong is not None:
            differences.append(f"{truth['id']}: {wrong}")
    for item in everything:
        if item.id not in used:
            rule = scores.setdefault(item.rule, RuleScore(item.rule, item.rule_title))
            rule.unexpected += 1
            differences.append(f"{item.id} ({item.rule}): nothing was planted that it could be")
    return Score(tuple(scores.values()), tuple(differences))


def _rules(truths: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> list[str]:
    return sorted({truth["rule"] for truth in truths} | titles.keys())


def _planned(truth: Mapping[str, Any]) -> Subject:
    return truth["rule"], truth["adult"], truth["student"], truth["team"], truth["thing"]


def _subject(item: Item) -> Subject:
    adult = None if item.adult is None else item.adult.person_id
    student = None if item.student is None else item.student.person_id
    team = None if item.team is None else item.team.team_id
    thing = None if item.thing is None else item.thing.thing_id
    return item.rule, adult, student, team, thing


def _quiet(truth: Mapping[str, Any], items: Iterable[Item]) -> str | None:
    """Return what is wrong if something that must stay quiet is in an item.

    A message may be in none at all. A record is called what it is of ("signature", a person's
    id), so it counts only in an item of this rule about the same people and thing.
    """
    planted = set(truth["native_ids"])
    loud = sorted(
        i.id
        for i in items
        if planted & {m.native_id for m in i.messages}
        and (not truth["records"] or _subject(i) == _planned(truth))
    )
    return f"should stay quiet, but is in {', '.join(loud)}" if loud else None


def _listed(truth: Mapping[str, Any], items: Sequence[Item], used: set[str]) -> str | None:
    """Return what is wrong with the item a row calls for, None if it is exactly as planted."""
    planted = set(truth["native_ids"])
    matching = [i for i in items if planted & {m.native_id for m in i.messages}]
    used.update(item.id for item in matching)
    if len(matching) != 1:
        return "not found" if not matching else f"split into {len(matching)} items"
    item = matching[0]
    messages = {m.native_id for m in item.messages}
    covered = {m.native_id for m in item.messages if m.covered_by is not None}
    surplus = messages - planted - set(truth["related_ids"])
    if missing := planted - messages:
        return f"{item.id} lacks {len(missing)} of {len(planted)} messages"
    if surplus:
        return f"{item.id} holds {len(surplus)} messages too many"
    if covered - set(truth["related_ids"]) != set(truth["covered_ids"]):
        return f"{item.id}: {len(covered)} messages covered, not {len(truth['covered_ids'])}"
    if (item.state is ItemState.COVERED) is not (truth["expect"] == "covered"):
        return f"{item.id} is {item.state}, but was planted as {truth['expect']}"
    if item.state is not ItemState.COVERED and item.uncertain is not (
        truth["expect"] == "uncertain item"
    ):
        return f"{item.id} is {'' if item.uncertain else 'not '}marked uncertain"
    return None
