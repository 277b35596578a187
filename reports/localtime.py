"""Days and times as the district reads them: ``Mon, Nov 16`` and ``3:12 PM``.

Words are our own and not the system's locale, so that a page is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from auditor.result import Imprint
from reports.shown import listed

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MIDNIGHT = time(0)
_NOON = 12
_SPAN = 3
"""Days in a row from which on only the first and the last are named."""

Day = date
"""The type, where a method called ``date`` hides its own name."""


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The clock of one page: its zone, and the days it is about."""

    zone: ZoneInfo
    first: Day
    last: Day

    @classmethod
    def of(cls, imprint: Imprint) -> LocalTime:
        return cls(ZoneInfo(imprint.timezone), imprint.first, imprint.last)

    @property
    def changes(self) -> tuple[Day, ...]:
        """Days of the period on which clocks change."""
        span = range((self.last - self.first).days + 1)
        days = (self.first + timedelta(days=n) for n in span)
        return tuple(d for d in days if self._offset(d) != self._offset(d + timedelta(days=1)))

    def date(self, day: Day) -> str:
        """Return "Nov 16", with the year where it is not the page's."""
        year = "" if day.year == self.last.year else f", {day.year}"
        return f"{_MONTHS[day.month - 1]} {day.day}{year}"

    def full_date(self, day: Day) -> str:
        """Return "Nov 16, 2026"."""
        return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"

    def day(self, day: Day) -> str:
        """Return "Mon, Nov 16"."""
        return f"{_DAYS[day.weekday()]}, {self.date(day)}"

    def time(self, moment: datetime) -> str:
        """Return "3:12 PM", or "3:12 PM EST" where the foot of the page does not say which."""
        return self._time(moment, with_zone=self._needs_zone(moment))

    def moment(self, moment: datetime) -> str:
        """Return "Mon, Nov 16, 3:12 PM"."""
        return f"{self.day(moment.astimezone(self.zone).date())}, {self.time(moment)}"

    def between(self, start: datetime, end: datetime) -> str:
        """Return a span of time; within one day the day stands once."""
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        zone = self._needs_zone(start) or self._needs_zone(end)
        began = f"{self.day(first)}, {self._time(start, with_zone=zone)}"
        ended = self._time(end, with_zone=zone)
        if first != last:
            return f"{began} to {self.day(last)}, {ended}"
        return began if began.endswith(f", {ended}") else f"{began} to {ended}"

    def days(self, days: Iterable[Day]) -> str:
        """Return days in words, three or more in a row as a span."""
        return listed(self._run(run) for run in _runs(days))

    def sortable(self, moment: datetime) -> str:
        """Return a text that sorts as time does, whatever the clocks did."""
        return moment.astimezone(self.zone).isoformat(timespec="seconds")

    def instant(self, moment: datetime) -> int:
        """Return seconds since 1970, to sort by."""
        return int(moment.timestamp())

    @property
    def period(self) -> str:
        """The period in full: "Mon, Nov 16, 12:00 AM to Sun, Nov 22, 2026, 11:59 PM"."""
        start = datetime.combine(self.first, _MIDNIGHT, self.zone)
        end = datetime.combine(self.last, time(23, 59), self.zone)
        last = f"{_DAYS[self.last.weekday()]}, {self.full_date(self.last)}"
        return f"{self.moment(start)} to {last}, {self.time(end)}"

    @property
    def zone_label(self) -> str:
        """The zone's name and offset, with the day of a change: "EST, UTC−5"."""
        here = self._label(self.first)
        if not self.changes:
            return f"{here} ({self.zone.key})"
        after = "; ".join(
            f"after the clock change of {self.day(d)}, {self._label(d + timedelta(days=1))}"
            for d in self.changes
        )
        return f"{here}; {after} ({self.zone.key})"

    def _needs_zone(self, moment: datetime) -> bool:
        """Whether the foot of the page does not settle which clock a time is of."""
        there = moment.astimezone(self.zone)
        day, usual = there.date(), self._offset(self.last)
        same = usual == self._offset(day) == self._offset(day + timedelta(days=1))
        return bool(self.changes) or not same

    def _time(self, moment: datetime, *, with_zone: bool) -> str:
        there = moment.astimezone(self.zone)
        half = "AM" if there.hour < _NOON else "PM"
        zone = f" {self._abbreviation(there)}" if with_zone else ""
        return f"{there.hour % 12 or 12}:{there.minute:02d} {half}{zone}"

    def _run(self, run: tuple[Day, ...]) -> str:
        if len(run) < _SPAN:
            return listed(map(self.day, run))
        return f"{self.day(run[0])} to {self.day(run[-1])}"

    def _label(self, day: Day) -> str:
        there = datetime.combine(day, _MIDNIGHT, self.zone)
        name, offset = self._abbreviation(there), _offset_words(there.utcoffset() or timedelta())
        return name if name == offset else f"{name}, {offset}"

    def _offset(self, day: Day) -> timedelta | None:
        return datetime.combine(day, _MIDNIGHT, self.zone).utcoffset()

    @staticmethod
    def _abbreviation(there: datetime) -> str:
        """Return the zone's short name; zones without one are named by their offset."""
        name = there.tzname() or ""
        return name if name.isalpha() else _offset_words(there.utcoffset() or timedelta())


def _offset_words(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    sign = "−" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def _runs(days: Iterable[Day]) -> list[tuple[Day, ...]]:
    runs: list[tuple[Day, ...]] = []
    for day in sorted(set(days)):
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1] = (*runs[-1], day)
        else:
            runs.append((day,))
    return runs
