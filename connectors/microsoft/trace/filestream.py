"""The trace out of dropped files: the lines of each file put together, and where one was cut off.

Microsoft writes no more than 100,000 lines into one file and says nothing of what is left out. So
a file of that length vouches for no day that it touches, nor for the empty ones beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.model import Message
from auditor.source import DayCoverage, DayState, Note, Rejected
from connectors.files import DroppedFile, reading
from connectors.microsoft.trace.files import MOST_LINES, TraceTable
from connectors.microsoft.trace.journeys import Journey, JourneyReader
from connectors.microsoft.trace.reading import NAME
from connectors.portions import Portion

_PORTION = 2_000
_CUT = (
    "{} has {:,} lines, as many as Microsoft writes into one file, so what came after is missing: "
    "have it made again for fewer days"
)


class FileTrace:
    """Reads files one after another; a whole file's mails are held at a time."""

    name = NAME

    def __init__(self, reader: JourneyReader, zone: ZoneInfo) -> None:
        self._reader = reader
        self._zone = zone
        self._cut: dict[date, str] = {}
        """Days that a cut file touches, and why they are missing."""
        self._days: set[date] = set()
        """Days of which a whole file has a mail."""

    def portions(self, file: DroppedFile) -> Iterator[Portion]:
        """Yield what a file holds; raises ``SourceError``."""
        bad = Portion(NAME, self._zone)
        journeys: dict[tuple[str, str], tuple[int, Journey]] = {}
        lines = 1
        with reading(file.path, file.name), open(file.path, "rb") as stream:
            for found in TraceTable(stream, file.name).rows():
                lines += 1
                if isinstance(found, Rejected):
                    bad.rejected.append(found)
                    bad.records += 1
                    continue
                line, steps = found
                for step in steps:
                    known = journeys.setdefault((step.id, step.sender), (line, Journey.of(step)))
                    known[1].take(step)
        yield bad
        days: set[date] = set()
        portion = Portion(NAME, self._zone)
        for line, journey in journeys.values():
            days.add(journey.at.astimezone(self._zone).date())
            self._deliver(portion, journey, file, line)
            if portion.records >= _PORTION:
                yield portion
                portion = Portion(NAME, self._zone)
        yield portion
        if lines < MOST_LINES:
            self._days |= days
        else:
            self._cut |= dict.fromkeys(days, _CUT.format(file.name, lines))

    def notes(self, file: DroppedFile) -> tuple[Note, ...]:
        with reading(file.path, file.name), open(file.path, "rb") as stream:
            table = TraceTable(stream, file.name)
            return (*table.notes, Note(file.name, f"read as {table.form.value}"))

    def coverage(self, days: tuple[DayCoverage, ...]) -> tuple[DayCoverage, ...]:
        """Return the days less those that a file which was cut off may have held more of."""
        touched = (*self._cut, *(row.day for row in days))
        in_order = days_between(min(touched), max(touched)) if self._cut else ()
        for one_way in (in_order, reversed(in_order)):
            reason: str | None = None
            for day in one_way:
                # A day without a mail, beside one that was cut, may be of what is missing.
                reason = self._cut.get(day) or (None if day in self._days else reason)
                if reason is not None:
                    self._cut[day] = reason
        return tuple(self._less(row) for row in days)

    def _less(self, row: DayCoverage) -> DayCoverage:
        reason = self._cut.get(row.day)
        if reason is None or row.state is DayState.MISSING:
            return row
        return replace(row, state=DayState.MISSING, records=None, reason=reason)

    def _deliver(
        self, portion: Portion, journey: Journey, file: DroppedFile, line: int
    ) -> None:
        found = self._reader.message(journey)
        if isinstance(found, Message):
            portion.deliver(found, journey.at)
        elif found.field is not None:
            portion.rejected.append(Rejected(file.name, line, found.field, found.text))
            portion.records += 1
        else:
            portion.leave_out(found.text)
