"""Dated intervals, and how one roster delivery after another becomes them.

A delivery says how things stand; the audit needs how they stood on the day a message was sent.
``fold`` compares what is on record with what was delivered: something new begins, something
gone ends, and dates the roster itself states always win.

Days are integers (days since 1970-01-01 of the district's calendar); intervals are half-open.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

EPOCH = date(1970, 1, 1)
OPEN_START = (date.min - EPOCH).days
OPEN_END = (date.max - EPOCH).days


def day_number(day: date) -> int:
    """Return ``day`` as days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """Return the calendar day of a day number; the inverse of ``day_number``."""
    return EPOCH + timedelta(days=number)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """``first`` up to but not including ``until``."""

    first: int
    until: int

    def __bool__(self) -> bool:
        return self.first < self.until

    def __contains__(self, day: int) -> bool:
        return self.first <= day < self.until

    def meet(self, other: Interval) -> Interval:
        """Return the days in both; empty (and false) when there are none."""
        return Interval(max(self.first, other.first), min(self.until, other.until))

    def widen(self, days: int) -> Interval:
        """Return the interval with ``days`` more at each closed end."""
        first = self.first if self.first == OPEN_START else self.first - days
        until = self.until if self.until == OPEN_END else self.until + days
        return Interval(first, until)


ALWAYS = Interval(OPEN_START, OPEN_END)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a delivery says of one thing: its dates, where it gives any (both days included)."""

    start: date | None = None
    end: date | None = None


Thing = TypeVar("Thing", bound=Hashable)


def fold(
    on_record: Mapping[Thing, Iterable[Interval]],
    delivered: Mapping[Thing, Iterable[Stated]],
    *,
    day: int,
    first_delivery: bool,
) -> dict[Thing, tuple[Interval, ...]]:
    """Return the intervals after a delivery of ``day``.

    A thing first seen begins on ``day``; in a source's first delivery it is taken to have held
    all along, since nothing older will ever be known. A thing that returns begins anew on
    ``day`` in either case. A thing no longer delivered ends before
    ``day``. Stated dates replace what was on record for that thing.
    """
    result: dict[Thing, tuple[Interval, ...]] = {}
    for thing, stated in delivered.items():
        before = tuple(on_record.get(thing, ()))
        kept = _continue(before, tuple(stated), day=day, first_delivery=first_delivery)
        if kept:
            result[thing] = kept
    for thing, before_iterable in on_record.items():
        if thing in delivered:
            continue
        cut = (Interval(b.first, min(b.until, day)) for b in before_iterable)
        ended = tuple(interval for interval in cut if interval)
        if ended:
            result[thing] = ended
    return result


def _continue(
    before: tuple[Interval, ...], stated: tuple[Stated, ...], *, day: int, first_delivery: bool
) -> tuple[Interval, ...]:
    running = [b for b in before if b.until > day]
    never_seen = OPEN_START if first_delivery and not before else day
    unstated_start = running[-1].first if running else never_seen
    now = [
        Interval(
            unstated_start if s.start is None else day_number(s.start),
            OPEN_END if s.end is None else day_number(s.end) + 1,
        )
        for s in stated
    ]
    if all(s.start is None for s in stated):
        now += [b for b in before if b.until <= day]
    return merge(now)


def merge(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the same days as sorted intervals that neither overlap nor touch."""
    merged: list[Interval] = []
    for interval in sorted(i for i in intervals if i):
        if merged and interval.first <= merged[-1].until:
            merged[-1] = Interval(merged[-1].first, max(merged[-1].until, interval.until))
        else:
            merged.append(interval)
    return tuple(merged)


def without(intervals: Iterable[Interval], removed: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the days of ``intervals`` that are in none of ``removed``."""
    left = merge(intervals)
    for cut in merge(removed):
        pieces = (
            piece
            for i in left
            for piece in (
                Interval(i.first, min(i.until, cut.first)),
                Interval(max(i.first, cut.until), i.until),
            )
        )
        left = merge(pieces)
    return left
