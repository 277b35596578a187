"""The stream ``meet``: calls, each as one message between those who took part.

The log has a row for each participant at the end of their call. Everybody with an account of the
district counts as a speaker: in a call nobody merely receives. The organizer counts only if they
were there: a meeting may be held without whoever put it into the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from auditor.model import Address, Channel, Message, Party, PartyRole
from connectors.google.activities import Activity, Row
from connectors.google.flattening import Parameters, flag_of, number_of, text_of
from connectors.google.logs.reading import Reading, in_order
from connectors.portions import Day, Portion, whole

ENDED = "call_ended"
_KEEP = frozenset(
    {"conference_id", "identifier", "identifier_type", "is_external", "duration_seconds"}
)
_LONGEST = timedelta(days=1)
"""No call is taken to have lasted longer."""


class _End(NamedTuple):
    """One participant's end of a call."""

    conference: str
    begins: datetime
    at: datetime
    address: Address | None
    is_inside: bool


@dataclass(slots=True)
class _Call:
    begins: datetime
    ends: datetime
    inside: set[Address] = field(default_factory=set)
    outside: set[Address] = field(default_factory=set)
    unknown: bool = False
    """Whether somebody took part by telephone or without signing in."""

    def take(self, end: _End) -> None:
        self.begins, self.ends = min(self.begins, end.begins), max(self.ends, end.at)
        if end.address is None:
            self.unknown = True
        else:
            (self.inside if end.is_inside else self.outside).add(end.address)


class MeetLog:
    """Reads the log of Google Meet."""

    name = "meet"

    def __init__(self, reading: Reading, tool: str) -> None:
        self._reading = reading
        self._tool = tool

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield the calls that ended on one of the days.

        All are held until the end: who left a call before midnight and who left it after belong
        together.
        """
        calls: dict[str, _Call] = {}
        log = self._reading.log(self.name, event=ENDED, keep=_KEEP)
        for portion, ends in self._reading.results(log, whole(days), self._ends):
            for end in ends:
                call = calls.setdefault(end.conference, _Call(end.begins, end.at))
                call.take(end)
            yield portion
        done = self._calls(calls)
        done.finished = tuple(day.date for day in days)
        yield done

    def _ends(self, rows: Iterator[Row]) -> tuple[Portion, list[_End]]:
        portion = self._reading.portion(self.name)
        found = []
        for row in in_order(rows, portion):
            for event in row.events:
                if event.name != ENDED:
                    continue
                conference = text_of(event.parameters, "conference_id")
                if conference is None:
                    portion.refuse("conference_id", "it does not tell of which call it is")
                else:
                    found.append(self._end(row, event.parameters, conference))
        return portion, found

    def _end(self, row: Activity, told: Parameters, conference: str) -> _End:
        seconds = max(0, number_of(told, "duration_seconds") or 0)
        begins = row.at - min(_LONGEST, timedelta(seconds=min(seconds, 1 << 30)))
        stated = text_of(told, "identifier")
        kind = text_of(told, "identifier_type") or "email_address"
        if stated is None:
            stated, kind = row.email, "email_address"
        address = self._reading.address(stated) if kind == "email_address" else None
        inside = address is not None and (
            self._reading.is_district(address) or flag_of(told, "is_external") is False
        )
        return _End(conference, begins, row.at, address, inside)

    def _calls(self, calls: dict[str, _Call]) -> Portion:
        portion = self._reading.portion(self.name)
        for conference, call in sorted(calls.items(), key=lambda one: (one[1].begins, one[0])):
            if not call.inside:
                portion.leave_out("call in which the log names no account of the district")
                continue
            if len(call.inside | call.outside) == 1 and not call.unknown:
                portion.leave_out("call in which nobody else was")
                continue
            portion.deliver(
                Message(
                    native_id=conference,
                    channel=Channel.CALL,
                    tool=self._tool,
                    sent_at=call.begins,
                    parties=(
                        *(Party(one, PartyRole.FROM) for one in _sorted(call.inside)),
                        *(Party(one, PartyRole.MEMBER) for one in _sorted(call.outside)),
                    ),
                    recipients_hidden=call.unknown,
                ),
                call.ends,
            )
        return portion


def _sorted(addresses: set[Address]) -> list[Address]:
    return sorted(addresses, key=lambda one: one.text)
