"""The stream ``gmail``: every mail of the district, as Google's log tells of its delivery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from auditor.model import Message
from auditor.source import Denied, SourceError
from connectors.google.activities import Activity, Event
from connectors.google.flattening import Parameters, number_of, text_of
from connectors.google.logs.delivery import (
    AUTO_FORWARDED,
    KEEP,
    RECEIVED,
    SENT,
    TYPE,
    Delegated,
    DeliveryReader,
    message_id_of,
)
from connectors.google.logs.reading import Reading
from connectors.google.refusals import NotDelegated
from connectors.portions import Day, Portion, Span, whole

_EVENT = "delivery"
_CLIENT = "event_info.client_context.client_type"
_BEFORE = timedelta(hours=1)
"""What a delegate sent so long before the first day may be received on it."""
_NOT_COUNTED = "mail that mailboxes handed on by themselves could not be asked for"
_EMPTY = "the log holds no mail at all, which may mean that the district's edition has none"
_EMPTY_CURE = (
    "See that the edition has Gmail logs (Education Standard or Plus); if it has not, take gmail "
    "out of streams and read the mailboxes with the source gmail"
)

_FORWARDING = (
    "mailbox that hands on mail to an address outside the district: with settings = true the "
    "source gmail says which and where to, and a check asks about it"
)


def with_forwarding(portions: Iterable[Portion], last: Portion) -> Iterator[Portion]:
    """Yield the portions, and in the last one of how many mailboxes they tell that forward."""
    mailboxes: set[str] = set()
    for portion in portions:
        mailboxes |= portion.forwarding
        yield portion
    if mailboxes:
        last.say(_FORWARDING, len(mailboxes))
        yield last


class GmailLog:
    """Reads what was sent first, then what was received: a delegate is named in the former only."""

    name = "gmail"

    def __init__(self, reading: Reading, tool: str) -> None:
        self._reading = reading
        self._rows = DeliveryReader(tool, reading)
        self._delegated: dict[str, Delegated] = {}

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield the mail of each day; raises ``Denied`` if there is none on any of them."""
        self._delegated.clear()
        begins = days[0].span.begins
        for portion in self._portions(SENT, Span(begins - _BEFORE, begins)):
            self._learn(portion)
        read: list[date] = []
        anything = False
        for day in days:
            for kind in (SENT, RECEIVED):
                for portion in self._portions(kind, day.span):
                    self._learn(portion)
                    anything = anything or portion.records > 0
                    yield portion
            read.append(day.date)
            if anything:
                done = self._reading.portion(self.name)
                done.finished = tuple(read)
                yield done
        if not anything:
            raise self._nothing()
        yield from self._handed_on(whole(days))

    def _handed_on(self, span: Span) -> Iterator[Portion]:
        """Count what mailboxes handed on; every message was read before, so none is lost by it."""
        try:
            yield from with_forwarding(
                self._portions(AUTO_FORWARDED, span), self._reading.portion(self.name)
            )
        except NotDelegated:
            raise
        except SourceError as error:
            untold = self._reading.portion(self.name)
            untold.say(f"{_NOT_COUNTED}: {error.what}", lost=True)
            yield untold

    def _portions(self, kind: int, span: Span) -> Iterator[Portion]:
        """Yield what the log holds of one kind of row in a span, in order of time."""
        reading = self._reading
        log = reading.log(self.name, event=_EVENT, filters=f"{TYPE}=={kind}", keep=KEEP)

        def take(portion: Portion, row: Activity, event: Event) -> None:
            self._row(portion, row, event.parameters, kind)

        return reading.portions(log, span, take)

    def _nothing(self) -> Denied:
        """Return what it means that the log has no mail on any day."""
        return Denied(_EMPTY, where="gmail log", cure=_EMPTY_CURE)

    def _row(self, portion: Portion, row: Activity, told: Parameters, kind: int) -> None:
        """Take a row of ``kind``, wherever it is kept."""
        if number_of(told, TYPE) != kind:
            portion.leave_out("row of another kind than was asked for")
        elif kind == AUTO_FORWARDED:
            outside = self._rows.leaves_district(told)
            where = "outside the district" if outside else "within the district"
            mailbox = row.profile_id or row.email
            if outside and mailbox is not None:
                portion.forwarding.add(mailbox)
            portion.leave_out(f"mail that a mailbox handed on by itself, to an address {where}")
        else:
            self._take(portion, row, told, kind)

    def _take(self, portion: Portion, row: Activity, told: Parameters, kind: int) -> None:
        if kind == SENT:
            found = self._rows.sent(row, told)
            if text_of(told, _CLIENT) == "API":
                portion.say("mail that an app sent for somebody (client API)")
        else:
            found = self._rows.received(row, told, self._delegated.get(message_id_of(told) or ""))
        if isinstance(found, Message):
            portion.deliver(found, row.at)
        elif found.field is not None:
            portion.refuse(found.field, found.text)
        else:
            portion.leave_out(found.text, lost=found.lost)

    def _learn(self, portion: Portion) -> None:
        """Remember from senders' rows whose mailbox was used by whom."""
        for fact in portion.facts:
            if fact.on_behalf_of is not None and fact.rfc_message_id is not None:
                sender = fact.parties[0].address
                self._delegated[fact.rfc_message_id] = Delegated(fact.on_behalf_of, sender)
