"""The stream ``groups_enterprise``: who was put on a mailing list and taken off again.

The directory source reads every list each night. What it cannot see is somebody who was on a list
for some hours between two nights: mail of those hours reached them, and no list shows it. That is
told here, by numbers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from connectors.google.activities import Row
from connectors.google.flattening import text_of
from connectors.google.logs.reading import Reading, in_order
from connectors.portions import Day, Portion, whole

ADDED, REMOVED = "add_member", "remove_member"
_KEEP = frozenset({"group_id", "member_id"})
Place = tuple[str, str]
"""A list and somebody on it."""


class ListLog:
    """Reads the log of Groups."""

    name = "groups_enterprise"

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield how many places on lists changed, and how many were there for part of a day."""
        came: dict[date, set[Place]] = defaultdict(set)
        went: dict[date, set[Place]] = defaultdict(set)
        for name, places in ((ADDED, came), (REMOVED, went)):
            log = self._reading.log(self.name, event=name, keep=_KEEP)
            for portion, found in self._reading.results(log, whole(days), self._places):
                for day, place in found:
                    places[day].add(place)
                yield portion
        last = self._reading.portion(self.name)
        counts = Counter({day: len(came[day] & went[day]) for day in came})
        last.say(
            "place on a mailing list that was taken and given up on one day, so that no nightly "
            "list shows it",
            sum(counts.values()),
            lost=True,
        )
        last.finished = tuple(day.date for day in days)
        yield last

    def _places(self, rows: Iterator[Row]) -> tuple[Portion, list[tuple[date, Place]]]:
        portion = self._reading.portion(self.name)
        found = []
        for row in in_order(rows, portion):
            for event in row.events:
                if event.name not in (ADDED, REMOVED):
                    continue
                group = text_of(event.parameters, "group_id")
                member = text_of(event.parameters, "member_id")
                portion.leave_out("change of who is on a mailing list")
                if group is not None and member is not None:
                    day = row.at.astimezone(self._reading.zone).date()
                    found.append((day, (group, member)))
        return portion, found
