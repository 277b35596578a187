"""What every stream of Google's logs is given to read with, and the form in which it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules, email_address
from auditor.model import Address
from connectors.envelope.addresses import addr_spec
from connectors.google.activities import Activity, Event, Log, Quota, Row, Unusable
from connectors.google.asking import Asking
from connectors.portions import Portion, Span

Result = TypeVar("Result")
_MOST_MET = 200_000
"""Addresses that are remembered: the accounts of a very large district."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a stream reads with."""

    asking: Asking
    quota: Quota
    customer: str | None
    threads: int
    source: str
    """The source's own name, which keeps its conversations apart from other sources'."""
    rules: AddressRules
    zone: ZoneInfo
    _met: dict[str, tuple[Address | None]] = field(default_factory=dict)
    """Text -> the address that it is, None if it is none."""

    def log(
        self,
        application: str,
        *,
        keep: frozenset[str],
        event: str | None = None,
        filters: str | None = None,
    ) -> Log:
        return Log(self.asking, application, self.quota, event, filters, keep, self.customer)

    def portions(
        self, log: Log, span: Span, take: Callable[[Portion, Activity, Event], None]
    ) -> Iterator[Portion]:
        """Yield what ``take`` made of a span's events, in order of time.

        Only of those the log was asked for: an activity may hold others as well.
        """

        def read(rows: Iterator[Row]) -> Portion:
            portion = self.portion(log.application)
            for activity in in_order(rows, portion):
                for event in activity.events:
                    if log.event in (None, event.name):
                        take(portion, activity, event)
            return portion

        return self.results(log, span, read)

    def results(
        self, log: Log, span: Span, read: Callable[[Iterator[Row]], Result]
    ) -> Iterator[Result]:
        """Yield what ``read`` made of a span's rows, or of those of its parts, in their order."""
        for _, result in log.in_spans([span], read, threads=self.threads):
            yield result

    def portion(self, stream: str) -> Portion:
        return Portion(stream, self.zone)

    def address(self, text: str | None) -> Address | None:
        """Return an address in canonical form, the same object each time; None if it is none."""
        if text is None:
            return None
        known = self._met.get(text)
        if known is None:
            plain = addr_spec(text)
            address = None if plain is None else email_address(plain, self.rules)
            if len(self._met) >= _MOST_MET:
                self._met.clear()
            known = self._met[text] = (address,)
        return known[0]

    def is_district(self, address: Address) -> bool:
        return self.rules.is_district(address.text)


def in_order(rows: Iterator[Row], portion: Portion) -> Iterator[Activity]:
    """Yield activities by time, whatever order they came in; refuse those that cannot be read.

    Counts those in which no person acted by themselves.
    """
    found: list[Activity] = []
    for row in rows:
        if isinstance(row, Unusable):
            portion.refuse(row.field, "a row of the log cannot be read without it")
        else:
            found.append(row)
    found.sort(key=lambda one: (one.at, one.qualifier))
    for activity in found:
        if activity.agentic:
            portion.say("event in which an AI agent acted for somebody")
        elif activity.client_id is not None:
            portion.say("event in which an app acted for somebody")
        yield activity
