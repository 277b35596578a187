"""A source is believed about what it read: what it left out is a gap until somebody accepts it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daily import Judge, Known, asked
from auditor.result import AcceptedDays, DayRead, KnownLimit
from auditor.source import DayCoverage, DayState, Window
from tests.auditor.night_world import ZONE, at, context

MONDAY = date(2026, 3, 9)
NIGHT = datetime(2026, 3, 16, 9, tzinfo=UTC)
CHAT = context("chat", "Chat")


def weeks(count: int, per_day: int, *, before: date = MONDAY) -> dict[date, DayRead]:
    """Return every day of some weeks, each read in full with as many messages."""
    days = (before - timedelta(days=n) for n in range(1, 7 * count + 1))
    return {day: DayRead(day, DayState.READ, per_day, None) for day in days}


def judge(
    known: Mapping[date, DayRead],
    *,
    last: date = MONDAY,
    units: frozenset[str] = frozenset(),
    limits: tuple[KnownLimit, ...] = (),
    accepted: tuple[AcceptedDays, ...] = (),
) -> Judge:
    window = Window(last - timedelta(days=6), last, last - timedelta(days=6), NIGHT)
    return Judge(CHAT, window, Known(known, units), limits, accepted)


def of(day: date, count: int, unit: str | None = None) -> DayCoverage:
    return DayCoverage(day, DayState.READ, count, unit=unit)


def monday(judge: Judge, count: int) -> DayCoverage:
    settled = judge.settle([of(MONDAY, count)], live=False)
    return next(row for row in settled.told if row.day == MONDAY and row.unit is None)


# ---- far fewer messages than usual ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("usual", "count", "odd"),
    [
        (40, 40, False),
        (40, 10, False),
        (40, 9, True),
        (40, 0, True),
        (20, 4, True),
        (19, 4, False),
        (19, 0, True),
        (8, 0, True),
        (7, 0, False),
        (0, 0, False),
    ],
)
def test_a_monday_is_held_against_mondays(usual: int, count: int, odd: bool) -> None:
    row = monday(judge(weeks(8, usual)), count)
    assert (row.state is DayState.PART) is odd
    assert row.records == count
    if odd:
        words = f"far fewer messages than on the last 8 Mondays ({count}, usually about {usual})"
        assert row.reason == words


def test_a_quiet_sunday_is_no_quiet_monday() -> None:
    known = weeks(8, 40)
    for day in known:
        if day.weekday() == 6:
            known[day] = DayRead(day, DayState.READ, 0, None)
    sunday = MONDAY - timedelta(days=1)
    settled = judge(known).settle([of(sunday, 0), of(MONDAY, 40)], live=False)
    assert [row.state for row in settled.told if row.day >= sunday] == [DayState.READ] * 2


@pytest.mark.parametrize(("count", "odd"), [(3, False), (4, True)])
def test_too_few_weeks_tell_nothing(count: int, odd: bool) -> None:
    assert (monday(judge(weeks(count, 40)), 0).state is DayState.PART) is odd


def test_a_silence_of_weeks_does_not_become_the_usual() -> None:
    last = MONDAY + timedelta(weeks=7)
    silent = [of(MONDAY + timedelta(days=n), 0) for n in range(50)]
    window = Window(MONDAY, last)
    settled = Judge(CHAT, window, Known(weeks(8, 40), frozenset()), (), ()).settle(silent, live=False)
    assert {row.state for row in settled.told} == {DayState.PART}


def test_the_first_night_compares_what_came_in_one_go() -> None:
    """An archive of five weeks with a week missing in it: nothing is known but the archive."""
    first = MONDAY - timedelta(weeks=6)
    days = [first + timedelta(days=n) for n in range(42)]
    gap = days[35:40]
    rows = [of(day, 0 if day in gap else 40) for day in days]
    judged = Judge(CHAT, Window(first, days[-1]), Known({}, frozenset()), (), ())
    settled = judged.settle(rows, live=False)
    assert [row.day for row in settled.told if row.state is DayState.PART] == gap


def test_days_a_district_has_accepted_are_held_against_nothing_and_nothing_against_them() -> None:
    holiday = AcceptedDays(MONDAY, MONDAY, "Presidents' Day", "Dana Example")
    assert monday(judge(weeks(8, 40), accepted=(holiday,)), 0).state is DayState.READ
    other = AcceptedDays(MONDAY, MONDAY, "an outage", "Dana Example", source="mail")
    assert monday(judge(weeks(8, 40), accepted=(other,)), 0).state is DayState.PART
    # eight Mondays of a break before it: what compares lies before the break
    known = {**weeks(8, 0), **weeks(6, 40, before=MONDAY - timedelta(weeks=8))}
    away = AcceptedDays(MONDAY - timedelta(weeks=8), MONDAY - timedelta(days=1), "Break", "Dana")
    assert monday(judge(known), 0).state is DayState.READ
    assert monday(judge(known, accepted=(away,)), 0).state is DayState.PART


def test_from_a_day_on_few_may_be_the_usual() -> None:
    began = MONDAY - timedelta(weeks=1)
    fewer = AcceptedDays(began, None, "Chat is for staff only now", "Dana Example")
    assert monday(judge(weeks(8, 40)), 2).state is DayState.PART
    assert monday(judge(weeks(8, 40), accepted=(fewer,)), 2).state is DayState.READ
    later = {**weeks(8, 40), **weeks(5, 12)}
    long_since = AcceptedDays(MONDAY - timedelta(weeks=5), None, "the same", "Dana Example")
    assert monday(judge(later, accepted=(long_since,)), 0).state is DayState.PART


def test_a_day_that_fills_later_is_read() -> None:
    known = {**weeks(8, 40), MONDAY: DayRead(MONDAY, DayState.PART, 0, "far fewer messages")}
    assert monday(judge(known), 38).state is DayState.READ


@given(st.lists(st.integers(0, 60), min_size=8, max_size=8), st.integers(0, 60))
def test_a_day_of_more_than_a_quarter_of_the_median_is_believed(
    counts: list[int], count: int
) -> None:
    known = {
        (day := MONDAY - timedelta(weeks=n + 1)): DayRead(day, DayState.READ, c, None)
        for n, c in enumerate(counts)
    }
    usual = sum(sorted(counts)[3:5]) / 2
    row = monday(judge(known), count)
    if 4 * count >= usual and (count or usual < 8):
        assert row.state is DayState.READ
    else:
        assert (row.state is DayState.PART) is (usual >= (8 if count == 0 else 20))


# ---- mailboxes -------------------------------------------------------------------------------------


def test_a_day_is_read_when_every_mailbox_of_it_is() -> None:
    units = [of(MONDAY, 5, "a"), of(MONDAY, 6, "b")]
    lost = DayCoverage(MONDAY, DayState.MISSING, None, "it may not be read", "c")
    whole = judge({}).settle([of(MONDAY, 11), *units], live=False)
    part = judge({}).settle([of(MONDAY, 11), *units, lost], live=False)
    assert [r.state for r in whole.told if r.day == MONDAY and r.unit is None] == [DayState.READ]
    (row,) = (r for r in part.told if r.day == MONDAY and r.unit is None)
    assert (row.state, row.reason) == (DayState.PART, "1 of 3 mailboxes, spaces or logs not read")


def test_a_mailbox_that_is_not_there_any_more_is_missed() -> None:
    settled = judge({}, units=frozenset({"a", "b"})).settle([of(MONDAY, 5, "a")], live=False)
    (day,) = (r for r in settled.told if r.day == MONDAY and r.unit is None)
    assert (day.state, day.records) == (DayState.PART, 5)
    (gone,) = (r for r in settled.told if r.unit == "b")
    assert gone.state is DayState.MISSING


def test_a_mailbox_that_is_said_to_be_over_is_not_missed() -> None:
    judged = judge({}, units=frozenset({"a", "b"}))
    settled = judged.settle([of(MONDAY, 5, "a")], live=False, over={"b"})
    (day,) = (r for r in settled.told if r.day == MONDAY and r.unit is None)
    assert (day.state, day.records) == (DayState.READ, 5)


def test_an_accepted_limit_excuses_its_mailbox_until_it_ends() -> None:
    for until, state in ((MONDAY, DayState.READ), (MONDAY - timedelta(days=1), DayState.PART)):
        limit = KnownLimit("b has left", "Dana Example", until, "chat", "b")
        judged = judge({}, units=frozenset({"a", "b"}), limits=(limit,))
        settled = judged.settle([of(MONDAY, 5, "a")], live=False)
        assert [r.state for r in settled.told if r.day == MONDAY and r.unit is None] == [state]


# ---- windows -----------------------------------------------------------------------------------------


def test_a_live_source_is_asked_again_for_a_few_days_and_for_all_that_was_not_read() -> None:
    wednesday = MONDAY + timedelta(days=2)
    window = Window(wednesday - timedelta(days=20), wednesday)
    read = weeks(4, 10, before=wednesday)
    begins = asked(window, Known(read, frozenset()), CHAT, NIGHT).since
    assert begins == wednesday - timedelta(days=3)
    hole = wednesday - timedelta(days=9)
    read[hole] = DayRead(hole, DayState.MISSING, None, "throttled")
    assert asked(window, Known(read, frozenset()), CHAT, NIGHT).since == hole
    assert asked(window, Known({}, frozenset()), CHAT, NIGHT).since == window.first


def test_on_sundays_a_live_source_is_asked_for_a_week() -> None:
    sunday = MONDAY - timedelta(days=1)
    known = Known(weeks(4, 10, before=MONDAY), frozenset())
    window = Window(sunday - timedelta(days=20), sunday)
    assert asked(window, known, CHAT, NIGHT).since == sunday - timedelta(days=7)


def test_what_is_asked_for_is_half_open_and_never_later_than_the_lag_allows() -> None:
    window = Window(MONDAY, MONDAY, MONDAY, None)
    assert window.span(ZONE) == (at(MONDAY, 0), at(MONDAY + timedelta(days=1), 0))
    early = at(MONDAY + timedelta(days=1), 1)
    late = asked(Window(MONDAY, MONDAY), Known({}, frozenset()), CHAT, early)
    assert late.span(ZONE)[1] == early - timedelta(hours=3)


def test_a_day_that_was_hardly_over_is_not_read_in_full() -> None:
    window = Window(MONDAY, MONDAY, MONDAY, at(MONDAY, 23))
    judged = Judge(CHAT, window, Known({}, frozenset()), (), ())
    (row,) = judged.settle([of(MONDAY, 9)], live=True).told
    assert row.state is DayState.PART
    assert "not over 3 hours before the run" in (row.reason or "")
    (row,) = judged.settle([of(MONDAY, 9)], live=False).told
    assert row.state is DayState.READ


def test_a_source_that_says_nothing_of_its_days_has_read_none() -> None:
    sunday = MONDAY - timedelta(days=1)
    known = {sunday: DayRead(sunday, DayState.READ, 4, None)}
    judged = Judge(CHAT, Window(sunday, MONDAY), Known(known, frozenset()), (), ())
    settled = judged.settle([], live=True)
    assert [(r.day, r.state) for r in settled.told] == [(MONDAY, DayState.MISSING)]
    assert [(r.day, r.state) for r in settled.whole] == [
        (sunday, DayState.READ),
        (MONDAY, DayState.MISSING),
    ]
