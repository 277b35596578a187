"""Reading many mailboxes at once, each in one thread, and handing them on in their own order.

The order of the units, not the luck of the threads, decides in which order facts arrive, so two
readings of the same answers are the same. No more is read ahead than threads are busy with.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Unit = TypeVar("Unit")
Result = TypeVar("Result")


def in_threads(
    units: Iterable[Unit],
    read: Callable[[Unit], Result],
    *,
    threads: int,
    ahead: int = 2,
) -> Generator[tuple[Unit, Result], None, None]:
    """Yield each unit with what ``read`` returned for it, in the order of ``units``.

    Each unit is read once, in one thread. At most ``ahead`` times as many results as threads are
    kept waiting. The first error of ``read`` is raised in its turn; units not yet begun are then
    left alone, as they are when the caller stops early; one that may stop of itself, by an error
    of its own, closes this (``contextlib.closing``), so that no thread outlives it. Raises
    ValueError without a thread.
    """
    coming = iter(units)
    with ThreadPoolExecutor(threads, thread_name_prefix="reading") as pool:
        under_way: deque[tuple[Unit, Future[Result]]] = deque()
        try:
            for unit in islice(coming, ahead * threads):
                under_way.append((unit, pool.submit(read, unit)))
            while under_way:
                unit, future = under_way.popleft()
                result = future.result()
                for another in islice(coming, 1):
                    under_way.append((another, pool.submit(read, another)))
                yield unit, result
        finally:
            for _, future in under_way:
                future.cancel()
