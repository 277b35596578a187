"""Items keep their identity while messages come, go and are excepted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

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

PAIR = Subject("direct-no-adult", 1, 2, None)
TODAY = date(2026, 11, 22)


def hit(day: int, message: int | None = None, subject: Subject = PAIR, **changed: object) -> Hit:
    made = Hit(
        subject=subject,
        message=day * 10 if message is None else message,
        sent_us=day * MICROSECONDS_A_DAY,
        day=day,
        sent_by_adult=True,
        uncertain=False,
        source="mail",
        native_id=f"{day}@marlow.example",
        channel=Channel.EMAIL,
        tool="mail",
        numbers={},
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name


def stored(*hits: Hit, id_: str = "AH-0001", episode: int = 1) -> StoredItem:
    return StoredItem(id_, hits[0].subject, episode, None, TODAY, None, None, hits)


def run(
    before: list[StoredItem], found: list[Hit], *, first: int = 0, rules: str = PAIR.rule
) -> list[Change]:
    return settle(
        before, found, first_day=first, last_day=10_000, rules=frozenset({rules}), gap_days=30
    )


def test_hits_of_one_pair_are_one_item() -> None:
    (change,) = run([], [hit(3), hit(1), hit(2)])
    assert [h.day for h in change.hits] == [1, 2, 3]
    assert change.before is None


def test_a_long_pause_begins_a_new_episode() -> None:
    assert [[h.day for h in e] for e in episodes([hit(1), hit(31), hit(62)], 30)] == [[1, 31], [62]]


def test_the_same_hits_again_change_nothing() -> None:
    before = stored(hit(1), hit(2))
    (change,) = run([before], [hit(1), hit(2)])
    assert (change.before, change.hits, change.grew) == (before, before.hits, False)


def test_one_more_message_makes_it_grow_and_keeps_its_identity() -> None:
    before = stored(hit(1))
    (change,) = run([before], [hit(1), hit(2)])
    assert change.before is before
    assert change.grew


def test_one_more_covered_message_does_not_make_it_grow() -> None:
    (change,) = run([stored(hit(1))], [hit(1), hit(2, covered_by="A1")])
    assert not change.grew


def test_what_is_older_than_the_judged_days_stays() -> None:
    (change,) = run([stored(hit(1))], [hit(20)], first=10)
    assert [h.day for h in change.hits] == [1, 20]


def test_a_hit_that_no_longer_holds_is_withdrawn() -> None:
    (change,) = run([stored(hit(12))], [], first=10)
    assert change.hits == ()


def test_a_rule_that_did_not_run_withdraws_nothing() -> None:
    (change,) = run([stored(hit(12))], [], first=10, rules="another-rule")
    assert [h.day for h in change.hits] == [12]


def test_states_as_a_reader_sees_them() -> None:
    item = stored(hit(1))
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    assert item.state(since=yesterday) is ItemState.NEW
    assert item.state(since=tomorrow) is ItemState.CARRIED_OVER
    assert replace(item, grew_on=tomorrow).state(since=tomorrow) is ItemState.GREW
    assert replace(item, withdrawn_on=TODAY).state(since=TODAY) is ItemState.WITHDRAWN
    covered = replace(item, hits=(hit(1, covered_by="A1"),))
    assert covered.state(since=TODAY) is ItemState.COVERED
    part = replace(item, hits=(hit(1, covered_by="A1"), hit(2)))
    assert part.state(since=TODAY) is ItemState.NEW


def test_the_more_specific_rule_speaks_for_the_general_one() -> None:
    special = replace(PAIR, rule="adult-dropped-mid-thread")
    bindings = {
        rule: Binding(rule, "C", (), None, ("principal",), "ask", {}, absorbs)
        for rule, absorbs in ((PAIR.rule, ()), (special.rule, (PAIR.rule,)))
    }
    left = absorb([hit(1), hit(2), hit(1, subject=special)], bindings)
    assert [(h.subject.rule, h.day) for h in left] == [(PAIR.rule, 2), (special.rule, 1)]


def test_identity_depends_on_who_and_which_rule_only() -> None:
    keys = Keyring(b"k" * 32)
    one = fingerprint(keys, PAIR, 1)
    assert one == fingerprint(keys, PAIR, 1)
    others = [
        fingerprint(keys, PAIR, 2),
        fingerprint(keys, replace(PAIR, student=3), 1),
        fingerprint(keys, replace(PAIR, student=None, team=2), 1),
        fingerprint(keys, replace(PAIR, rule="x"), 1),
        fingerprint(Keyring(b"q" * 32), PAIR, 1),
    ]
    assert len({one, *others}) == 6


@given(st.lists(st.integers(1, 200), max_size=20), st.integers(0, 2))
def test_settling_twice_is_settling_once(days: list[int], split: int) -> None:
    """Whatever part of the hits was known before, the same items come out."""
    hits = [hit(d) for d in sorted(set(days))]
    at_once = {tuple(h.day for h in c.hits) for c in run([], hits)}
    known = [
        stored(*c.hits, id_=f"AH-{n}", episode=c.episode)
        for n, c in enumerate(run([], hits[: len(hits) // (split + 1)]))
    ]
    again = {tuple(h.day for h in c.hits) for c in run(known, hits) if c.hits}
    assert again == at_once
