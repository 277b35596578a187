"""Reading many mailboxes at once changes nothing but the time it takes."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from auditor.source import Transient
from connectors.pool import in_threads


def test_results_come_in_the_order_of_the_units_whoever_is_done_first() -> None:
    first_may_end = threading.Event()

    def read(unit: int) -> int:
        if unit == 0:
            assert first_may_end.wait(10)
        if unit == 3:
            first_may_end.set()
        return unit * unit

    assert list(in_threads(range(5), read, threads=4)) == [(n, n * n) for n in range(5)]


def test_no_unit_is_ever_read_twice_and_no_more_is_read_ahead_than_was_said() -> None:
    begun: Counter[int] = Counter()
    lock = threading.Lock()

    def read(unit: int) -> int:
        with lock:
            begun[unit] += 1
        return unit

    results = in_threads(range(100), read, threads=3, ahead=2)
    assert next(results) == (0, 0)
    assert sum(begun.values()) <= 3 * 2 + 1
    assert [unit for unit, _ in results] == list(range(1, 100))
    assert set(begun.values()) == {1}


def test_an_error_comes_in_its_turn_and_ends_the_reading() -> None:
    begun: list[int] = []

    def read(unit: int) -> int:
        begun.append(unit)
        if unit == 2:
            raise Transient("no answer", where="here", cure="wait")
        return unit

    results = in_threads(range(1000), read, threads=2)
    assert [next(results), next(results)] == [(0, 0), (1, 1)]
    with pytest.raises(Transient):
        next(results)
    assert len(begun) < 20
