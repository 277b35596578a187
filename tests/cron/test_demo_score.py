"""The demo's score admits no near miss: each way to be wrong is seen and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from auditor.model import Channel
from auditor.result import Item, ItemState, MessageShown, PersonShown, ThingShown, Verb
from cron.demo_score import score

SENT = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
TITLES = {"direct-no-adult": "Direct, no adult"}


def item(id_: str, *messages: str, covered: Sequence[str] = (), **changed: object) -> Item:
    shown = tuple(
        MessageShown(
            "mail",
            "E-mail",
            native_id,
            SENT,
            Channel.EMAIL,
            "gmail",
            "adult",
            uncertain=False,
            covered_by="AUTH-1" if native_id in covered else None,
        )
        for native_id in messages
    )
    made = Item(
        id=id_,
        rule="direct-no-adult",
        rule_title="Direct, no adult",
        clause="INJDB-9",
        also_clauses=(),
        verb=Verb.DISCOURAGED,
        citation="",
        policy_words="",
        words_are_quoted=False,
        readers=("principal",),
        state=ItemState.COVERED if set(covered) == set(messages) else ItemState.NEW,
        listed_on=date(2026, 11, 22),
        adult=PersonShown("T-1", "Rowan", "Sample"),
        student=PersonShown("S-1", "Avery", "Sample"),
        team=None,
        school_ids=("10",),
        channels=(Channel.EMAIL,),
        tools=("gmail",),
        messages=shown,
        first_seen=SENT,
        last_seen=SENT,
        by_adult=len(messages),
        by_student=0,
        uncertain=False,
        what="",
        why=(),
        checked=(),
        next_step="",
        covered_by=(),
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name


def truth(expect: str, *messages: str, **changed: object) -> dict[str, Any]:
    row = {
        "id": f"row-{messages[0]}",
        "rule": "direct-no-adult",
        "expect": expect,
        "adult": "T-1",
        "student": "S-1",
        "team": None,
        "thing": None,
        "records": False,
        "native_ids": list(messages),
        "related_ids": [],
        "covered_ids": list(messages) if expect == "covered" else [],
    }
    return {**row, **changed}


TRUTHS = [
    truth("item", "a", "b", related_ids=["r"]),
    truth("covered", "c"),
    truth("uncertain item", "d"),
    truth("quiet", "q"),
    truth("item", "e", "f", covered_ids=["f"]),
]
FOUND = {
    "1": item("1", "a", "r", "b"),
    "2": item("2", "c", covered=["c"]),
    "3": item("3", "d", uncertain=True),
    "4": item("4", "e", "f", covered=["f"]),
}


def test_all_that_was_planted_and_nothing_else_is_exact() -> None:
    result = score(TRUTHS, FOUND.values(), TITLES)
    assert result.differences == ()
    assert result.exact
    (rule,) = result.rules
    assert rule.planted == {"item": 2, "covered": 1, "uncertain item": 1, "quiet": 1}
    assert rule.found == rule.planted


STUDENT = PersonShown("S-2", "Blair", "Sample")
WRONG = {
    "missed": ("1", (), "row-a: not found"),
    "of another student": ("1", (item("1", "a", "b", student=STUDENT),), "row-a: not found"),
    "by another rule": ("1", (item("1", "a", "b", rule="two-person-space"),), "row-a: not found"),
    "a message missing": ("1", (item("1", "a"),), "row-a: 1 lacks 1 of 2"),
    "a message too many": ("1", (item("1", "a", "b", "x"),), "row-a: 1 holds 1 messages too many"),
    "in two": ("1", (item("1", "a"), item("5", "b")), "row-a: split into 2"),
    "covered": ("1", (item("1", "a", "b", covered=["a", "b"]),), "row-a: 1: 2 messages covered"),
    "not covered": ("2", (item("2", "c"),), "row-c: 2: 0 messages covered"),
    "sure": ("3", (item("3", "d"),), "row-d: 3 is not marked uncertain"),
    "unsure": ("1", (item("1", "a", "b", uncertain=True),), "row-a: 1 is marked uncertain"),
    "loud": ("3", (FOUND["3"], item("6", "q")), "row-q: should stay quiet, but is in 6"),
    "a false alarm": (
        "3",
        (FOUND["3"], item("7", "x")),
        "7 (direct-no-adult): nothing was planted",
    ),
    "covered in part": ("4", (item("4", "e", "f"),), "row-e: 4: 0 messages covered, not 1"),
}


@pytest.mark.parametrize(("instead_of", "found", "said"), WRONG.values(), ids=WRONG.keys())
def test_each_way_to_be_wrong_is_seen(instead_of: str, found: tuple[Item, ...], said: str) -> None:
    items = [i for i in FOUND.values() if i.id != instead_of]
    result = score(TRUTHS, [*items, *found], TITLES)
    assert not result.exact
    assert not all(rule.exact for rule in result.rules)
    assert any(line.startswith(said) for line in result.differences), result.differences


BOOK = ThingShown("handbook", "10/2026-27", "Handbook 2026-27")
OTHER_BOOK = ThingShown("handbook", "20/2026-27", "Handbook 2026-27")


def on_record(id_: str, *labels: str, thing: ThingShown = BOOK) -> Item:
    return item(id_, *labels, rule="handbook", adult=None, student=None, thing=thing)


def paper(expect: str, *labels: str, thing: str = "10/2026-27") -> dict[str, Any]:
    about = {"rule": "handbook", "adult": None, "student": None, "thing": thing, "records": True}
    return truth(expect, *labels, **about)


def test_what_stands_on_record_is_told_apart_by_the_thing_it_is_of() -> None:
    planted = [paper("item", "T-1", "T-2"), paper("item", "T-3", thing="20/2026-27")]
    found = [on_record("1", "T-1", "T-2"), on_record("2", "T-3", thing=OTHER_BOOK)]
    assert score(planted, found, {}).exact
    moved = [found[0], on_record("2", "T-3")]
    assert score(planted, moved, {}).differences[0] == "row-T-3: not found"


@pytest.mark.parametrize(
    ("loud", "wrong"),
    [
        (on_record("9", "T-4"), True),
        (on_record("9", "T-4", thing=OTHER_BOOK), False),
        (item("9", "T-4"), False),
    ],
)
def test_a_quiet_record_may_be_called_the_same_in_an_item_of_something_else(
    loud: Item, wrong: bool
) -> None:
    result = score([paper("quiet", "T-4")], [loud], {})
    said = [line for line in result.differences if "should stay quiet" in line]
    assert said == (["row-T-4: should stay quiet, but is in 9"] if wrong else [])
