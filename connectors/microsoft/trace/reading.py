"""Reading the trace's rows day by day: each mail once, whatever page its rows come on.

Rows come newest first, and a mail's rows at the same moment or nearly so. What is held at one time
are the mails of a few minutes; which mails of a day were handed on is kept by a number each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from auditor.keys import canonical_email
from auditor.model import Message
from auditor.source import Malformed, SourceError
from connectors.microsoft.trace.asking import TraceQuestions
from connectors.microsoft.trace.journeys import (
    OUTCOMES,
    Journey,
    JourneyReader,
    Outcome,
    Step,
)
from connectors.portions import Day, Portion

NAME = "message trace"
_TOGETHER = timedelta(minutes=10)
"""How far apart the rows of one mail may lie and still be put together at once."""
_TOO_OLD = "Microsoft keeps the trace for 90 days, and the day begins before that"
_ANOTHER_TIME = "row of another time than was asked for"
_ANOTHER_SENDER = "row of another sender than was asked for"
_LATER_ROW = "row that came apart from the others of its mail"
_UNKNOWN_WORD = "row with an outcome that is not known: its recipient counts as not known"


class TraceLog:
    """Reads the trace. Holds no more than the mails of a few minutes."""

    name = NAME

    def __init__(
        self,
        questions: TraceQuestions,
        reader: JourneyReader,
        zone: ZoneInfo,
        senders: Sequence[str],
    ) -> None:
        """``senders`` are the domains that are asked for; without any, all rows are."""
        self._questions = questions
        self._reader = reader
        self._zone = zone
        self._senders = tuple(senders)
        self._narrows = False
        """Whether a narrowed question was seen to bring something."""
        self.failures: dict[date, SourceError] = {}
        """Why a day was not read in full."""
        self.too_old: set[date] = set()

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield the rows of each day, oldest day first.

        A day that cannot be read is told in ``failures``. What is refused, or is not answered, is
        not asked for again on the days after it.
        """
        for number, day in enumerate(days):
            if day.span.begins < self._questions.reaches_back_to:
                self.too_old.add(day.date)
                continue
            try:
                yield from self._day(day)
            except Malformed as error:
                self.failures[day.date] = error
            except SourceError as error:
                self.failures |= {later.date: error for later in days[number:]}
                return

    def reason(self, day: date) -> str:
        """Return why a day is missing."""
        if day in self.too_old:
            return _TOO_OLD
        error = self.failures.get(day)
        return "the day had not begun when it was read" if error is None else error.what

    def _day(self, day: Day) -> Iterator[Portion]:
        rows = _DayRows(self._reader, self._zone, day, self._senders)
        brought = False
        for domain in self._senders or (None,):
            for page in self._questions.pages(day.span, domain):
                yield rows.page(page)
                brought = brought or bool(page)
            yield rows.rest()
        self._narrows = self._narrows or brought
        if self._senders and not self._narrows:
            # No mail at all, or a narrowed question is not understood: only the whole tells.
            for page in self._questions.pages(day.span, None):
                yield rows.page(page)
            yield rows.rest()
        done = rows.portion()
        done.finished = (day.date,)
        yield done


class _DayRows:
    """The rows of one day while they come."""

    def __init__(
        self, reader: JourneyReader, zone: ZoneInfo, day: Day, senders: Sequence[str]
    ) -> None:
        self._reader = reader
        self._zone = zone
        self._day = day
        self._senders = frozenset(senders)
        self._open: dict[tuple[str, str], Journey] = {}
        """Mails that further rows may belong to, newest first."""
        self._told: set[int] = set()
        """Numbers of the mails that were handed on."""

    def portion(self) -> Portion:
        return Portion(NAME, self._zone)

    def page(self, records: Sequence[dict[str, Any]]) -> Portion:
        """Take the rows of a page; return the mails that no row of the next will belong to."""
        portion = self.portion()
        for record in records:
            step = read_step(record)
            if isinstance(step, str):
                portion.refuse(step, "a row of the trace cannot be read without it")
            elif self._is_asked_for(step, portion):
                self._hand_on(portion, before=step.at + _TOGETHER)
                if step.outcome is Outcome.UNKNOWN:
                    portion.say(_UNKNOWN_WORD)
                self._open.setdefault((step.id, step.sender), Journey.of(step)).take(step)
        return portion

    def rest(self) -> Portion:
        """Return the mails that are left."""
        portion = self.portion()
        self._hand_on(portion, before=None)
        return portion

    def _is_asked_for(self, step: Step, portion: Portion) -> bool:
        span = self._day.span
        if not span.begins <= step.at < span.ends:
            if not span.ends <= step.at <= span.ends + timedelta(seconds=1):
                portion.leave_out(_ANOTHER_TIME)
            return False
        if self._senders:
            sender = canonical_email(step.sender) or ""
            if sender.rpartition("@")[2] not in self._senders:
                portion.leave_out(_ANOTHER_SENDER)
                return False
        return True

    def _hand_on(self, portion: Portion, *, before: datetime | None) -> None:
        """Hand on the mails that are newer than ``before``; None: all of them."""
        while self._open:
            key = next(iter(self._open))
            journey = self._open[key]
            if before is not None and journey.at <= before:
                return
            del self._open[key]
            self._deliver(portion, journey)

    def _deliver(self, portion: Portion, journey: Journey) -> None:
        number = _number(journey)
        found = self._reader.message(journey)
        if number in self._told:
            # Pages that overlap, a list begun anew, or a row at another time: the lake puts the
            # copies of a mail together. It was counted before, and this copy may lack some rows.
            if isinstance(found, Message):
                portion.facts.append(replace(found, recipients_hidden=True))
            portion.leave_out(_LATER_ROW)
            return
        self._told.add(number)
        if isinstance(found, Message):
            portion.deliver(found, journey.at)
        elif found.field is not None:
            portion.refuse(found.field, found.text)
        else:
            portion.leave_out(found.text)


def read_step(record: dict[str, Any]) -> Step | str:
    """Return a row, or the name of the field for want of which it cannot be used. Never raises.

    Its subject, size and addresses of machines are not looked at.
    """
    found = {name: record.get(name) for name in ("id", "recipientAddress", "receivedDateTime")}
    for name, value in found.items():
        if not isinstance(value, str) or not value:
            return name
    at = _moment(str(found["receivedDateTime"]))
    if at is None:
        return "receivedDateTime"
    return Step(
        str(found["id"]),
        _text(record.get("messageId")),
        _text(record.get("senderAddress")),
        str(found["recipientAddress"]),
        at,
        OUTCOMES.get(_text(record.get("status")).lower(), Outcome.UNKNOWN),
    )


def _number(journey: Journey) -> int:
    digest = blake2b(f"{journey.id}\0{journey.sender}".encode(), digest_size=8).digest()
    return int.from_bytes(digest)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
