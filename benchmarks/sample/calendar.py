"""The weeks of the sample: when they begin, and when its people write.

Local clock times are given; daylight saving ends inside the default period (1 November 2026), so
the offset is looked up for each time and never carried along.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

TIMEZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole weeks, Monday to Sunday; ``last`` is the Sunday that ends them."""

    last: date
    weeks: int

    @property
    def first(self) -> date:
        return self.last - timedelta(days=7 * self.weeks - 1)

    def day(self, week: int, weekday: int) -> date:
        """Return a day of week 1..weeks (later weeks fall into the last); Monday is 0."""
        return self.first + timedelta(days=7 * (min(week, self.weeks) - 1) + weekday)

    def at(self, week: int, weekday: int, clock: str, *, fold: int = 0) -> datetime:
        """Return a local clock time "HH:MM" of that day."""
        moment = time.fromisoformat(clock).replace(fold=fold)
        return datetime.combine(self.day(week, weekday), moment, TIMEZONE)

    def week_of(self, sent_at: datetime) -> int:
        """Return the week 1..weeks whose local days hold ``sent_at``."""
        return (sent_at.astimezone(TIMEZONE).date() - self.first).days // 7 + 1

    def delivered_at(self, week: int) -> datetime:
        """Return when the files of a week arrive: the Monday after it, 02:00 local."""
        monday = self.first + timedelta(days=7 * week)
        return datetime.combine(monday, time(2), TIMEZONE)

    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range(7 * self.weeks)]


def is_school_day(day: date) -> bool:
    """Monday to Friday, without Veterans Day."""
    return day.weekday() < 5 and (day.month, day.day) != (11, 11)


def working_time(rng: Random, day: date, *, evenings: float = 0.15) -> datetime:
    """Return a time in school hours, now and then in the evening."""
    if rng.random() < evenings:
        minute = rng.randrange(17 * 60, 22 * 60)
    else:
        minute = rng.randrange(7 * 60 + 20, 16 * 60)
    return datetime.combine(day, time(minute // 60, minute % 60, rng.randrange(60)), TIMEZONE)


def later(moment: datetime, minutes: int) -> datetime:
    """Return local time so many real minutes later: clock arithmetic slips at DST changes."""
    return (moment.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(TIMEZONE)
