"""Items made of records: what stands on paper is one item from the day it was found until it is mended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from auditor.items import (
    MICROSECONDS_A_DAY,
    Change,
    Hit,
    StoredItem,
    Subject,
    absorb,
    episodes,
    fingerprint,
    settle,
)
from auditor.keys import Keyring
from auditor.model import Channel
from auditor.policy import Binding
from auditor.result import ItemState

RULE = "account-without-second-owner"
ACCOUNT = Subject(RULE, None, None, None, 5)
PAIR = Subject("direct-no-adult", 1, 2, None)
TODAY = date(2026, 11, 22)
GAP = 30


def record(day: int, key: int = 50, subject: Subject = ACCOUNT, **changed: object) -> Hit:
    made = Hit(
        subject, key, day * MICROSECONDS_A_DAY, day, True, False, "records", "x", None, "", {}
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name


def message(day: int, key: int | None = None, **changed: object) -> Hit:
    made = record(day, day * 10 if key is None else key, PAIR, channel=Channel.EMAIL)
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name


def stored(*hits: Hit, id_: str = "RC-0001", episode: int = 1, gone: date | None = None) -> StoredItem:
    return StoredItem(id_, hits[0].subject, episode, None, TODAY, None, gone, hits)


def run(
    before: Iterable[StoredItem], found: Iterable[Hit], *, days: tuple[int, int] = (1000, 1010),
    rules: tuple[str, ...] = (RULE, PAIR.rule),
) -> list[Change]:  # fmt: skip
    first, last = days
    return settle(
        list(before), found, first_day=first, last_day=last, rules=frozenset(rules), gap_days=GAP
    )


# ---- one stretch --------------------------------------------------------------------------------


def test_records_are_never_split_however_far_apart_they_are() -> None:
    far = [record(900, 51), record(1, 52), record(1, 50)]
    assert episodes(far, GAP) == [(far[2], far[1], far[0])]
    assert episodes([], GAP) == []


def test_a_record_counts_though_it_is_nobodys_doing() -> None:
    one = record(1, sent_by_adult=False)
    assert episodes([one], GAP) == [(one,)]


def test_messages_are_split_after_more_than_the_pause_and_not_at_it() -> None:
    assert [[h.day for h in e] for e in episodes([message(31), message(1)], GAP)] == [[1, 31]]
    later = replace(message(31), sent_us=31 * MICROSECONDS_A_DAY + 1)
    assert [[h.day for h in e] for e in episodes([message(1), later], GAP)] == [[1], [31]]
    only_theirs = message(70, sent_by_adult=False)
    both = [message(70, 9, sent_by_adult=False), message(71)]
    assert episodes([message(1), only_theirs], GAP) == [(message(1),)]
    assert [len(e) for e in episodes([message(1), *both], GAP)] == [1, 2]


# ---- the day it was first found -----------------------------------------------------------------


def test_a_record_that_still_stands_keeps_the_day_it_was_first_found() -> None:
    before = stored(record(990))
    (change,) = run([before], [record(1005)])
    assert change == Change(before, ACCOUNT, 1, (record(990),))
    assert not change.grew


def test_a_record_that_turns_out_to_be_older_is_of_that_day() -> None:
    (change,) = run([stored(record(990))], [record(980)])
    assert [(h.day, h.sent_us) for h in change.hits] == [(980, 980 * MICROSECONDS_A_DAY)]


def test_what_a_record_says_now_is_what_counts() -> None:
    now = record(1005, numbers={"days_late": 3}, covered_by="A1", tried=("A1: covers",))
    (change,) = run([stored(record(990))], [now])
    assert change.hits == (replace(now, day=990, sent_us=990 * MICROSECONDS_A_DAY),)


def test_a_message_is_of_the_day_it_was_sent_whatever_was_said_before() -> None:
    before = stored(message(1003, key=7))
    (change,) = run([before], [message(1004, key=7)])
    assert [h.day for h in change.hits] == [1004]


def test_the_day_is_kept_for_the_same_thing_and_the_same_record_only() -> None:
    other = replace(ACCOUNT, thing=6)
    changes = run([stored(record(990))], [record(1005, 51), record(1005, 50, other)])
    assert [(c.before is None, [h.day for h in c.hits]) for c in changes] == [
        (False, []),
        (True, [1005]),
        (True, [1005]),
    ]


# ---- settled when gone --------------------------------------------------------------------------


@pytest.mark.parametrize("day", [1, 999, 1000, 1010, 1011, 2000])
def test_a_record_that_is_not_found_any_more_is_settled_whatever_day_it_is_of(day: int) -> None:
    before = stored(record(day))
    assert run([before], []) == [Change(before, ACCOUNT, 1, ())]


@pytest.mark.parametrize(
    ("day", "stays"), [(999, True), (1000, False), (1010, False), (1011, True)]
)
def test_a_message_goes_on_a_judged_day_only(day: int, stays: bool) -> None:
    before = stored(message(day))
    (change,) = run([before], [])
    assert change.hits == (before.hits if stays else ())


def test_a_rule_that_did_not_run_settles_nothing() -> None:
    before = stored(record(990))
    assert run([before], [], rules=(PAIR.rule,)) == [Change(before, ACCOUNT, 1, before.hits)]


def test_what_was_settled_and_returns_is_the_same_item_from_today() -> None:
    before = stored(record(990), gone=TODAY)
    (change,) = run([before], [record(1005)])
    assert (change.before, [h.day for h in change.hits]) == (before, [1005])
    assert change.grew
    assert run([before], []) == [Change(before, ACCOUNT, 1, ())]


def test_a_settled_item_does_not_keep_the_others_from_being_read() -> None:
    messages = stored(message(500), id_="AH-0001")
    kept = run([stored(record(990), gone=TODAY), messages], [], rules=())
    assert {c.before.id: len(c.hits) for c in kept if c.before} == {"RC-0001": 0, "AH-0001": 1}


# ---- which item it is ---------------------------------------------------------------------------


def test_an_episode_continues_the_item_it_shares_most_with() -> None:
    old = stored(message(100), message(101), id_="AH-0002")
    new = stored(message(200), id_="AH-0001", episode=2)
    changes = run([new, old], [message(1000)])
    told = [(c.before.id if c.before else None, c.episode, [h.day for h in c.hits]) for c in changes]
    assert told == [("AH-0002", 1, [100, 101]), ("AH-0001", 2, [200]), (None, 3, [1000])]


def test_items_that_became_one_leave_the_lesser_to_be_withdrawn() -> None:
    lesser = stored(message(1000), id_="AH-0001")
    greater = stored(message(1002), message(1003), id_="AH-0002", episode=2)
    changes = run([lesser, greater], [message(d) for d in (1000, 1001, 1002, 1003)])
    assert [(c.before, c.episode, len(c.hits)) for c in changes] == [
        (lesser, 1, 0),
        (greater, 2, 4),
    ]


def test_two_new_episodes_of_one_pair_are_numbered_on() -> None:
    changes = run([], [message(900), message(1000), message(800)], days=(0, 2000))
    assert [(c.episode, c.hits[0].day) for c in changes] == [(1, 800), (2, 900), (3, 1000)]


def test_changes_come_in_a_fixed_order() -> None:
    subjects = [
        Subject("a-rule", None, None, None, 3),
        Subject("a-rule", None, None, None, 4),
        Subject("a-rule", None, None, 5),
        Subject("a-rule", None, 6, None),
        Subject("a-rule", 1, None, None, 9),
        Subject("b-rule", None, None, None, 1),
    ]
    hits = [record(1000, n, s) for n, s in enumerate(subjects)]
    early = record(999, 99, Subject("c-rule", 1, 2, None))
    settled = stored(record(990, 98, Subject("z-rule", 1, 2, None)))
    changes = run([settled], [*reversed(hits), early], rules=("z-rule",))
    assert [c.subject for c in changes] == [settled.subject, early.subject, *subjects]


# ---- whether there is something new to look at ---------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "grew"),
    [
        ([message(1000)], [message(1000), message(1001)], True),
        ([message(1000)], [message(1000), message(1001, covered_by="A1")], False),
        ([message(1000)], [message(1000), message(1001, sent_by_adult=False)], False),
        ([message(1000, covered_by="A1")], [message(1000)], True),
        ([message(1000), message(1001)], [message(1000)], False),
    ],
)
def test_it_grew_by_what_the_adult_sent_and_nothing_covers(
    before: list[Hit], now: list[Hit], grew: bool
) -> None:
    (change,) = run([stored(*before)], now)
    assert change.grew is grew
    assert not Change(None, PAIR, 1, tuple(now)).grew


def test_what_only_the_student_sent_needs_no_exception() -> None:
    both = stored(message(1, covered_by="A1"), message(2, sent_by_adult=False))
    assert both.is_covered
    assert both.state(TODAY) is ItemState.COVERED
    assert not stored(message(1), message(2, covered_by="A1")).is_covered
    empty = replace(both, hits=())
    assert not empty.is_covered
    assert empty.state(TODAY) is ItemState.WITHDRAWN


def test_a_rule_speaks_for_another_on_the_same_message_and_pair_only() -> None:
    bindings = {
        rule: Binding(rule, "C", (), None, ("principal",), "ask", {}, absorbs)
        for rule, absorbs in ((PAIR.rule, ()), ("special", (PAIR.rule,)))
    }
    special = message(1, subject=replace(PAIR, rule="special"))
    apart = [
        message(1, subject=replace(PAIR, adult=3)),
        message(1, subject=replace(PAIR, student=3)),
        message(1, key=77),
    ]
    assert absorb([message(1), special, *apart], bindings) == [special, *apart]


# ---- identity ------------------------------------------------------------------------------------

KEYS = Keyring(b"k" * 32)


@pytest.mark.parametrize(
    ("subject", "episode", "identity"),
    [
        (Subject("direct-no-adult", 1, 2, None), 1, "51964d0774d8f1fd"),
        (Subject("direct-no-adult", -6, 2, None), 3, "5a23144dc3cfd475"),
        (Subject("coach-partial-team", 1, None, 7), 1, "ea30c9604bd49ab8"),
    ],
)
def test_an_item_listed_long_ago_is_still_the_same_item(
    subject: Subject, episode: int, identity: str
) -> None:
    assert fingerprint(KEYS, subject, episode) == identity


def test_every_thing_is_an_item_of_its_own() -> None:
    about = [
        ACCOUNT,
        replace(ACCOUNT, thing=6),
        replace(ACCOUNT, thing=None),
        replace(ACCOUNT, adult=1),
        replace(ACCOUNT, student=5, thing=None),
        replace(ACCOUNT, team=5, thing=None),
        replace(ACCOUNT, team=5),
        replace(ACCOUNT, student=5),
    ]
    assert len({fingerprint(KEYS, one, 1) for one in about}) == len(about)
    changes = run([], [record(1000, 50 + n, one) for n, one in enumerate(about)])
    assert len(changes) == len(about)
    assert all(len(fingerprint(KEYS, one, n)) == 16 for one in about for n in range(40))
