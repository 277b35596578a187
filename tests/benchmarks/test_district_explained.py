"""Every planted item explains itself, and the explanation names the reason that was planted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from auditor import audit
from auditor.audit import Workplace
from auditor.explainwords import lines
from auditor.result import Item
from benchmarks.district import Sizes, make_district, write_district
from cron import commands_run, wiring
from cron.ran import Job

END = date(2026, 11, 22)
SMALL = Sizes(schools=1, staff=45, students=450)
REASONS = {
    "family-ended": "ended",
    "reason-wrong-office": "this ground needs",
    "captains-unnamed": "names none of its members",
    "crew-and-one": "students it does not name",
    "approval-expired-paper": "ended",
    "approval-wrong-authority-paper": "this ground needs",
    "approval-late-paper": "a late approval does not reach back",
    "approval-not-begun-paper": "starts",
    "approval-not-in-office-paper": "did not hold that office there that day",
    "approval-own-request-paper": "granted by the person who asked for it",
    "approval-other-tool-paper": "is for chat, not for gmail",
    "crisis-ended": "ended",
    "guardian-left-out": "needs a guardian on the message, and none was on it",
}
"""Truths about an exception that failed -> the words that say why."""

Judged = tuple[Workplace, tuple[Item, ...], list[Any]]
"""The district after a night, its items, and the truths that are one."""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    folder = tmp_path_factory.mktemp("explained")
    write_district(folder, make_district(SMALL, seed=1, end=END), until_week=SMALL.weeks)
    config = folder / "district.toml"
    commands_run.do(config, Job.NIGHTLY, END)
    truths = json.loads(Path(folder / "planted.json").read_text("utf-8"))["truths"]
    with wiring.workplace(wiring.prepare(config)) as place:
        listed = [truth for truth in truths if truth["expect"] != "quiet"]
        yield place, audit.items(place, as_of=None), listed


def the_item(truth: Any, items: tuple[Item, ...]) -> Item:
    ids = set(truth["native_ids"])
    (found,) = [
        i
        for i in items
        if i.rule == truth["rule"]
        and (None if i.thing is None else i.thing.thing_id) == truth["thing"]
        and (None if i.adult is None else i.adult.person_id) == truth["adult"]
        and (None if i.student is None else i.student.person_id) == truth["student"]
        and (None if i.team is None else i.team.team_id) == truth["team"]
        and ids & {m.native_id for m in i.messages}
    ]
    return found


def explain_all(place: Workplace, items: tuple[Item, ...], truths: list[Any]) -> int:
    for truth in truths:
        item = the_item(truth, items)
        text = "\n".join(lines(audit.explain(place, item.id)))
        assert place.rules[item.rule].looks_for in text, truth["id"]
        assert item.clause in text
        for native_id in truth["native_ids"]:
            assert native_id in text, truth["id"]
        assert all(cover.authorization_id in text for cover in item.covered_by)
    return len(truths)


@pytest.mark.integration
def test_each_planted_item_is_explained_by_its_rule_and_records(judged: Judged) -> None:
    assert explain_all(*judged) > 100


@pytest.mark.parametrize(("truth_id", "reason"), REASONS.items())
def test_the_reason_that_was_planted_is_the_one_that_is_named(
    judged: Judged, truth_id: str, reason: str
) -> None:
    place, items, truths = judged
    (truth,) = [t for t in truths if t["id"] == truth_id]
    item = the_item(truth, items)
    (on_file,) = [c.result for c in item.checked if c.what == "Approval on file"]
    assert reason in on_file
    assert "is not a ground for this kind of item" not in on_file
    assert reason in "\n".join(lines(audit.explain(place, item.id)))


def test_every_approval_that_does_not_hold_has_its_words_here(judged: Judged) -> None:
    rules = {"approval-does-not-hold", "guardian-not-included"}
    assert {t["id"] for t in judged[2] if t["rule"] in rules} == REASONS.keys()
