"""Times at which a job begins, as a district writes them: ``04:00``, ``mon 05:30``, ``1 06:00``.

Days of the week have names only: numbers mean different days to cron and to other schedulers. The
hours in which clocks are changed are refused: a time in them comes twice in autumn and never in
spring, and every scheduler makes something else of that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFF = "off"
CHANGE = (time(1, 0), time(3, 0))
"""From the first to before the second no job may begin."""
LAST_DAY = 28
"""Every month has it."""
_WRITTEN = re.compile(r"(?:(?P<day>\w+)\s+)?(?P<hour>\d{1,2}):(?P<minute>\d{2})")


class Form(StrEnum):
    """How often, by the way it is written."""

    DAILY = "04:00"
    WEEKLY = "mon 05:30"
    MONTHLY = "1 06:00"


@dataclass(frozen=True, slots=True)
class When:
    """A time of day; on one day of the week, on one day of the month, or on every day."""

    at: time
    weekday: str | None
    day: int | None

    def __str__(self) -> str:
        day = self.weekday or (None if self.day is None else str(self.day))
        return f"{self.at:%H:%M}" if day is None else f"{day} {self.at:%H:%M}"

    def falls_on(self, moment: datetime) -> bool:
        """Whether a job begins on the local day of ``moment``."""
        if self.weekday is not None:
            return WEEKDAYS[moment.weekday()] == self.weekday
        return self.day is None or moment.day == self.day

    def last_before(self, now: datetime) -> datetime:
        """Return when it was last due, in the zone of ``now``."""
        day = now
        while not self.falls_on(day) or self._on(day) > now:
            day -= timedelta(days=1)
        return self._on(day)

    def _on(self, day: datetime) -> datetime:
        return datetime.combine(day.date(), self.at, tzinfo=day.tzinfo)


class NotATime(ValueError):
    """What is written is no time to begin a job at; ``what`` and its ``cure``."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure


def parse(text: str, forms: frozenset[Form]) -> When:
    """Read a time that is written in one of some forms; raises ``NotATime``."""
    found = _WRITTEN.fullmatch(text.strip().casefold())
    example = "Write " + " or ".join(f'"{form}"' for form in sorted(forms))
    if found is None:
        raise NotATime(f"{text!r} is no time", example)
    day, hour, minute = found["day"], int(found["hour"]), int(found["minute"])
    if hour > 23 or minute > 59:  # noqa: PLR2004  (of a clock)
        raise NotATime(f"there is no {hour}:{minute:02}", "Write a time from 00:00 to 23:59")
    when = When(time(hour, minute), *_day(day, forms, example))
    if CHANGE[0] <= when.at < CHANGE[1]:
        raise NotATime(
            f"at {when.at:%H:%M} the clocks are changed: it comes twice in autumn and not at all "
            "in spring",
            "Write a time from 03:00 on, for example 04:00",
        )
    return when


def clock(text: str) -> time:
    """Read a time of day, at any hour; raises ``NotATime``."""
    try:
        return time.fromisoformat(text.strip().zfill(5))
    except ValueError:
        raise NotATime(f"{text!r} is no time", 'Write "07:00"') from None


def _day(day: str | None, forms: frozenset[Form], example: str) -> tuple[str | None, int | None]:
    if day is None:
        if Form.DAILY not in forms:
            raise NotATime("it does not say on which day", example)
        return None, None
    if day in WEEKDAYS:
        if Form.WEEKLY not in forms:
            raise NotATime("this is not done once a week", example)
        return day, None
    if not day.isdecimal():
        raise NotATime(f"{day!r} is no day", f"Days are {', '.join(WEEKDAYS)}")
    if Form.MONTHLY not in forms:
        cure = f"Write its name ({', '.join(WEEKDAYS)}): numbers mean different days to others"
        raise NotATime(f"{day!r} is no day of the week", cure)
    if not 1 <= int(day) <= LAST_DAY:
        raise NotATime(f"not every month has a day {day}", f"Write a day from 1 to {LAST_DAY}")
    return None, int(day)
