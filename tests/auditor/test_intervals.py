"""Roster after roster becomes dated intervals."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from auditor.directory import OPEN_END, OPEN_START, Interval, Stated, day_number, day_of, fold
from auditor.directory.intervals import merge, without

DAY = day_number(date(2026, 9, 1))
days = st.integers(min_value=0, max_value=60)
intervals = st.lists(st.builds(Interval, days, days), max_size=6)


def covered(spans: object) -> set[int]:
    return {day for day in range(-5, 70) for span in spans if day in span}  # type: ignore[attr-defined]  # any container


@given(intervals)
def test_merge_keeps_the_same_days_without_overlap(spans: list[Interval]) -> None:
    merged = merge(spans)
    assert covered(merged) == covered(spans)
    assert all(a.until < b.first for a, b in pairwise(merged))


@given(intervals, intervals)
def test_without_is_set_difference(spans: list[Interval], cut: list[Interval]) -> None:
    assert covered(without(spans, cut)) == covered(spans) - covered(cut)


@given(st.dates())
def test_day_numbers_go_both_ways(day: date) -> None:
    assert day_of(day_number(day)) == day


def test_the_first_delivery_reaches_back() -> None:
    result = fold({}, {"a": [Stated()]}, day=DAY, first_delivery=True)
    assert result == {"a": (Interval(OPEN_START, OPEN_END),)}


def test_someone_new_begins_on_the_day() -> None:
    result = fold({}, {"a": [Stated()]}, day=DAY, first_delivery=False)
    assert result == {"a": (Interval(DAY, OPEN_END),)}


def test_someone_gone_ends_before_the_day_and_keeps_the_past() -> None:
    record = {"a": (Interval(OPEN_START, OPEN_END),)}
    assert fold(record, {}, day=DAY, first_delivery=False) == {"a": (Interval(OPEN_START, DAY),)}


def test_someone_who_comes_back_has_two_intervals() -> None:
    left = {"a": (Interval(OPEN_START, DAY),)}
    result = fold(left, {"a": [Stated()]}, day=DAY + 10, first_delivery=False)
    assert result == {"a": (Interval(OPEN_START, DAY), Interval(DAY + 10, OPEN_END))}


def test_stated_dates_win_over_what_was_seen() -> None:
    record = {"a": (Interval(OPEN_START, OPEN_END),)}
    stated = Stated(date(2026, 8, 20), date(2026, 11, 30))
    result = fold(record, {"a": [stated]}, day=DAY, first_delivery=False)
    first, last = day_number(date(2026, 8, 20)), day_number(date(2026, 11, 30))
    assert result == {"a": (Interval(first, last + 1),)}


def test_an_end_without_a_start_keeps_the_start_on_record() -> None:
    record = {"a": (Interval(DAY - 30, OPEN_END),)}
    result = fold(record, {"a": [Stated(end=date(2026, 9, 30))]}, day=DAY, first_delivery=False)
    assert result == {"a": (Interval(DAY - 30, day_number(date(2026, 10, 1))),)}


@given(st.lists(st.sets(st.sampled_from("abc")), min_size=1, max_size=8))
def test_folding_agrees_with_the_deliveries_day_by_day(deliveries: list[set[str]]) -> None:
    """Whoever is delivered on day n holds on day n, and nobody else does."""
    record: dict[str, tuple[Interval, ...]] = {}
    for n, present in enumerate(deliveries):
        record = fold(
            record, {who: [Stated()] for who in present}, day=DAY + n, first_delivery=n == 0
        )
    for n, present in enumerate(deliveries):
        holding = {who for who, spans in record.items() if any(DAY + n in s for s in spans)}
        assert holding == present
