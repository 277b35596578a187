"""We stay below a quota by our own count, and use nearly all of it."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.pacing import Bucket, Minute
from connectors.retrying import Clock


class Time:
    """A clock that sleeping moves on; it starts at some moment."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.lock = Lock()

    def clock(self) -> Clock:
        return Clock(lambda: datetime(2026, 11, 20, tzinfo=UTC), lambda: self.seconds, self.sleep)

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.seconds += seconds


@given(st.lists(st.floats(0.5, 40), min_size=1, max_size=60), st.floats(60, 6_000))
def test_no_minute_lets_more_pass_than_was_allowed(costs: list[float], per_minute: float) -> None:
    time = Time()
    bucket = Bucket(per_minute, time.clock())
    passed = []
    for cost in costs:
        bucket.take(cost)
        passed.append((time.seconds, cost))
    for began, _ in passed:
        within = sum(cost for at, cost in passed if began <= at < began + 60)
        # what is under way when a minute begins was paid for in the one before
        assert within <= per_minute + max(costs) + per_minute / 60 + 1e-6


def test_a_long_rest_saves_up_no_more_than_a_burst() -> None:
    time = Time()
    bucket = Bucket(60, time.clock(), burst=5)
    time.sleep(3_600)
    began = time.seconds
    for _ in range(5):
        bucket.take()
    assert time.seconds == began
    for _ in range(10):
        bucket.take()
    assert time.seconds == pytest.approx(began + 10)


def test_threads_share_one_allowance() -> None:
    time = Time()
    bucket = Bucket(60, time.clock(), burst=1)
    began = time.seconds

    def take_ten() -> None:
        for _ in range(10):
            bucket.take()

    threads = [Thread(target=take_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.seconds - began >= 39


@pytest.mark.parametrize(("per_minute", "burst"), [(0, 1), (-1, None), (60, 0)])
def test_a_bucket_that_lets_nothing_pass_is_a_mistake(per_minute: float, burst: float | None) -> None:
    with pytest.raises(ValueError, match="let something pass"):
        Bucket(per_minute, Time().clock(), burst=burst)


# ---- whole minutes -----------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(1, 40), st.floats(0, 30)), min_size=1, max_size=80),
    st.integers(40, 200),
)
def test_no_sixty_seconds_let_more_pass_than_was_allowed(
    steps: list[tuple[int, float]], units: int
) -> None:
    time = Time()
    minute = Minute(units, time.clock())
    passed = []
    for cost, rest in steps:
        minute.take(cost)
        passed.append((time.seconds, cost))
        time.sleep(rest)
    for began, _ in passed:
        # a moment less than a minute, for the rounding of sums
        assert sum(cost for at, cost in passed if began <= at < began + 59.999) <= units


def test_what_fits_into_a_minute_is_not_held_up_and_the_rest_waits_no_longer_than_it_must() -> None:
    time = Time()
    minute = Minute(100, time.clock())
    began = time.seconds
    for _ in range(5):
        minute.take(20)
    assert time.seconds == began
    minute.take(20)
    assert time.seconds == began + 60
    for _ in range(9):
        minute.take(20)
    assert time.seconds == began + 120


@pytest.mark.parametrize("units", [0, -1])
def test_a_minute_that_lets_nothing_pass_is_refused(units: float) -> None:
    with pytest.raises(ValueError, match="pass"):
        Minute(units, Time().clock())
    with pytest.raises(ValueError, match="many"):
        Minute(10, Time().clock()).take(11)
