"""What a pull says of its days, held against what earlier nights know of the same source.

A source is believed about what it read, not about what it left out: a mailbox that was there last
week and is not mentioned, a day it says nothing of, a day that was not over, a Monday with a tenth
of every other Monday's messages. Each is a gap until it fills, or until a person accepts it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from auditor.coverage import days_between
from auditor.erasedunits import ERASED_UNIT
from auditor.ledger.tables import coverage_unit, run
from auditor.result import AcceptedDays, DayRead, KnownLimit
from auditor.runbook import FINISHED, days_read
from auditor.source import DayCoverage, DayState, SourceContext, Window

COMPARED = 8
"""Earlier days of the same weekday that a day is held against; fewer than half tell nothing."""
WEEKS_BACK = 26
"""As far back as days are looked for to compare with: past a summer."""
SILENT_FROM = 8
"""A day without any message is odd where this many are usual."""
FEW_FROM = 20
"""A day with less than a quarter of the usual is odd where this many are usual."""
SUNDAY = 6
DEEP_REREAD_DAYS = 7
"""Days a live source is asked for again on Sundays, to find what its lag setting misses."""
ODD = "far fewer messages than"
_NOT_OVER = "the day was not over {hours} hours before the run, so messages of it may still come"
_SILENT = "the source said nothing of this day"
_UNIT_GONE = "it was delivered before and is not there any more"


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier nights know of one source."""

    days: Mapping[date, DayRead]
    units: frozenset[str]
    """The mailboxes or spaces that any night has read a day of the window of."""

    def was_read(self, day: date) -> bool:
        known = self.days.get(day)
        return known is not None and known.state is DayState.READ


def known_before(connection: Connection, source: str, window: Window) -> Known:
    """Return what finished nights know of a source's days, and of its mailboxes in the window."""
    first = window.first - timedelta(weeks=WEEKS_BACK)
    units = connection.execute(
        select(coverage_unit.c.unit)
        .where(
            coverage_unit.c.source == source,
            coverage_unit.c.day >= window.first.isoformat(),
            coverage_unit.c.state == DayState.READ.value,
        )
        .distinct()
    ).scalars()
    days = days_read(connection, first, window.last, source=source)
    return Known(days.get(source, {}), frozenset(units))


def units_read(
    connection: Connection, first: date, last: date
) -> dict[str, dict[str, dict[date, DayRead]]]:
    """Return the newest word on each mailbox or space: source -> its name -> day -> what was read.

    Of runs whose checks are done, as for whole days.
    """
    table = coverage_unit
    rows = connection.execute(
        select(table)
        .join(run, run.c.run_id == table.c.run_id)
        .where(run.c.state.in_(FINISHED))
        .where(table.c.day.between(first.isoformat(), last.isoformat()))
        .order_by(table.c.run_id, table.c.source, table.c.unit, table.c.day)
    ).mappings()
    found: dict[str, dict[str, dict[date, DayRead]]] = {}
    for row in rows:
        day = date.fromisoformat(row["day"])
        days = found.setdefault(row["source"], {}).setdefault(row["unit"], {})
        days[day] = DayRead(day, DayState(row["state"]), row["records"], row["reason"])
    return found


def asked(window: Window, known: Known, feed: SourceContext, now: datetime) -> Window:
    """Return the window with what a live source has to be asked for tonight.

    That is the newest day, the days before it that it brings late messages of, and every day
    before those that was not read in full. What was late by just that much on the night before
    last is then still asked for: it may have come in an hour after that night.
    """
    again = feed.reread_days
    if window.last.weekday() == SUNDAY:
        again = max(again, DEEP_REREAD_DAYS)
    since = window.last - timedelta(days=again)
    unread = (d for d in days_between(window.first, window.last) if not known.was_read(d))
    since = max(window.first, min((since, *unread)))
    return replace(window, since=since, until=now - timedelta(hours=feed.lag_hours))


@dataclass(frozen=True, slots=True)
class Settled:
    """A pull's days as they are to be believed."""

    told: tuple[DayCoverage, ...]
    """What this pull adds to the record, of days and of mailboxes."""
    whole: tuple[DayCoverage, ...]
    """Every day of the window, with what an earlier night read of those not asked for again."""
    newest: Newest | None
    """None: no day of the window was counted."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The last day there is a count of, beside what is usual on such a day."""

    day: date
    records: int
    usual: float | None
    """None: too few days that compare with it."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Settles what one source says of its days."""

    feed: SourceContext
    window: Window
    known: Known
    limits: tuple[KnownLimit, ...]
    accepted: tuple[AcceptedDays, ...]

    def settle(
        self, rows: Sequence[DayCoverage], *, live: bool, over: Collection[str] = ()
    ) -> Settled:
        """Return the days as they are to be believed.

        ``live`` is a source without files, ``over`` are the mailboxes that nobody need miss.
        """
        units = [*(row for row in rows if row.unit is not None)]
        units += self._gone(units, over)
        days = self._whole_days([row for row in rows if row.unit is None], units)
        if live:
            days = {day: self._if_over(row) for day, row in days.items()}
        silent = [
            DayCoverage(day, DayState.MISSING, None, _SILENT)
            for day in days_between(self.window.first, self.window.last)
            if day not in days and not self.known.was_read(day)
        ]
        told = (*self._suspected(days), *silent)
        earlier = [
            DayCoverage(day, read.state, read.records, read.reason)
            for day in days_between(self.window.first, self.window.last)
            if day not in days and (read := self.known.days.get(day)) and self.known.was_read(day)
        ]
        whole = sorted((*told, *earlier), key=lambda row: row.day)
        return Settled((*told, *units), tuple(whole), self._newest(whole))

    def _newest(self, whole: Sequence[DayCoverage]) -> Newest | None:
        counts = {
            day: read.records
            for day, read in self.known.days.items()
            if read.state is DayState.READ and read.records is not None
        }
        counts |= {
            row.day: row.records
            for row in whole
            if row.state is DayState.READ and row.records is not None
        }
        for row in reversed(whole):
            if row.records is not None:
                usual = self.usual(row.day, counts)
                return Newest(row.day, row.records, None if usual is None else usual.records)
        return None

    # ---- mailboxes and spaces --------------------------------------------------------------

    def _gone(
        self, units: Sequence[DayCoverage], over: Collection[str]
    ) -> Iterator[DayCoverage]:
        """Yield a row for each day of a mailbox that was there before and is not told of now."""
        told = {row.unit for row in units}
        days = sorted({row.day for row in units})
        for unit in sorted(self.known.units - told - {ERASED_UNIT, *over}) if told else ():
            for day in days:
                yield DayCoverage(day, DayState.MISSING, None, _UNIT_GONE, unit)

    def _whole_days(
        self, days: Sequence[DayCoverage], units: Sequence[DayCoverage]
    ) -> dict[date, DayCoverage]:
        """Return the source's own word on each day, or less if a mailbox of it was not read."""
        whole = {row.day: row for row in days}
        by_day: dict[date, list[DayCoverage]] = defaultdict(list)
        for row in units:
            by_day[row.day].append(row)
        for day, rows in by_day.items():
            said = whole.get(day) or _together(day, rows)
            behind = [r for r in rows if r.state is not DayState.READ and not self._excused(r)]
            if behind and said.state is DayState.READ:
                reason = f"{len(behind)} of {len(rows)} mailboxes, spaces or logs not read"
                said = replace(said, state=DayState.PART, reason=reason)
            whole[day] = said
        return whole

    def _excused(self, row: DayCoverage) -> bool:
        return any(
            (limit.source, limit.unit) == (self.feed.name, row.unit) and row.day <= limit.until
            for limit in self.limits
        )

    # ---- days ------------------------------------------------------------------------------

    def _if_over(self, row: DayCoverage) -> DayCoverage:
        zone = ZoneInfo(self.feed.timezone)
        ends = datetime.combine(row.day + timedelta(days=1), time.min, zone)
        until = self.window.until
        if row.state is not DayState.READ or until is None or ends <= until:
            return row
        reason = _NOT_OVER.format(hours=self.feed.lag_hours)
        return replace(row, state=DayState.PART, reason=reason)

    def _suspected(self, days: Mapping[date, DayCoverage]) -> Iterator[DayCoverage]:
        """Yield the days, those with far fewer messages than is usual as read in part.

        In order, so that a day found odd is not what the next ones are held against.
        """
        counts = {
            day: read.records
            for day, read in self.known.days.items()
            if read.state is DayState.READ and read.records is not None
        }
        for day in sorted(days):
            row = days[day]
            counts.pop(day, None)
            usual = None if self._few_expected(day) else self.usual(day, counts)
            if row.state is not DayState.READ or row.records is None:
                yield row
            elif usual is not None and _far_fewer(row.records, usual.records):
                yield replace(row, state=DayState.PART, reason=_odd(row.day, row.records, usual))
            else:
                counts[day] = row.records
                yield row

    def _few_expected(self, day: date) -> bool:
        return any(a.holds(self.feed.name, day) for a in self.accepted if a.last is not None)

    def usual(self, day: date, counts: Mapping[date, int]) -> Usual | None:
        """Return what is usual on such a day, by the last days that compare with it.

        Days of the same weekday compare, school days with school days: one on which few messages
        were expected is held against nothing, and nothing is held against it.
        """
        begins = [
            a.first for a in self.accepted if a.last is None and a.holds(self.feed.name, day)
        ]
        since = max(begins, default=date.min)
        same = (day - timedelta(weeks=n) for n in range(1, WEEKS_BACK + 1))
        compared = [
            counts[d] for d in same if d in counts and d >= since and not self._few_expected(d)
        ][:COMPARED]
        if 2 * len(compared) < COMPARED:
            return None
        return Usual(median(compared), len(compared))


@dataclass(frozen=True, slots=True)
class Usual:
    """The median of the messages of some days that compare with another."""

    records: float
    days: int


def _far_fewer(count: int, usual: float) -> bool:
    return (count == 0 and usual >= SILENT_FROM) or (4 * count < usual and usual >= FEW_FROM)


def _odd(day: date, count: int, usual: Usual) -> str:
    return (
        f"{ODD} on the last {usual.days} {day:%A}s "
        f"({count}, usually about {round(usual.records)})"
    )


def _together(day: date, units: Iterable[DayCoverage]) -> DayCoverage:
    """Return the day of a source that tells of its mailboxes only."""
    rows = list(units)
    known = [row.records for row in rows if row.records is not None]
    if all(row.state is DayState.MISSING for row in rows):
        return DayCoverage(day, DayState.MISSING, None, rows[0].reason)
    return DayCoverage(day, DayState.READ, sum(known) if known else None)
