"""The reference connector: an invented mail service, read the way every vendor's must be.

It lists mailboxes, then the messages of each, page by page. Whatever one message, one mailbox or
the whole service does wrong ends as a refused record, as a day read in part, or as an error.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from auditor.keys import email_address
from auditor.model import Channel, Message, Party, PartyRole
from auditor.source import (
    CheckResult,
    DayCoverage,
    DayState,
    Denied,
    FactKind,
    Malformed,
    Note,
    Page,
    Rejected,
    SourceContext,
    Transient,
    Window,
)
from connectors.answers import Answer, Expired, Found, Gone
from connectors.http import Client
from connectors.pagemarks import all_pages
from connectors.retrying import Clock, Limits

KNOWN = frozenset({"id", "sentAt", "from", "to"})
LIMITS = Limits(
    connect_seconds=1, read_seconds=0.1, answer_seconds=0.15, tries=3, longest_wait=60,
    largest_answer=100_000, restarts=2, empty_pages=5,
)  # fmt: skip
CLOCK = Clock(lambda: datetime(2026, 11, 20, 9, tzinfo=UTC), time.monotonic, lambda _: None)


class _Unusable(Exception):
    """One record cannot be used: which field, and why."""

    def __init__(self, name: str | None, reason: str) -> None:
        super().__init__(reason)
        self.name = name
        self.reason = reason


@dataclass
class Reading:
    """What one pull has come to so far."""

    days: Counter[date] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    boxes: int = 0
    gone: int = 0


class Relay:
    """One configured relay."""

    def __init__(self, context: SourceContext) -> None:
        self._context = context
        self._zone = ZoneInfo(context.timezone)

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.MESSAGES,))

    def check(self) -> list[CheckResult]:
        return []

    def pull(self, window: Window) -> Iterator[Page]:
        reading = Reading()
        client = Client(
            str(self._context.settings["base"]),
            where=self._context.title,
            authorize=lambda: {"Authorization": "Bearer let-me-in"},
            clock=CLOCK,
            random=Random(1),
            limits=LIMITS,
        )
        with closing(client):
            for box in self._boxes(client):
                reading.boxes += 1
                yield from self._messages(client, box, window, reading)
            notes = client.notes()
        drift = (Note(self._context.title, f"unknown field {n}", c) for n, c in reading.unknown.items())
        yield Page(notes=(*notes, *drift), coverage=tuple(self._coverage(window, reading)))

    # ---- lists ----------------------------------------------------------------------------

    def _boxes(self, client: Client) -> list[str]:
        found: list[str] = []
        for answer in self.pages(client, "mailboxes", {}):
            if not isinstance(answer, Found):
                raise Denied(
                    "the list of mailboxes is not there",
                    where=self._context.title,
                    cure="Check the address of this source",
                )
            for record in _records(answer, self._context.title):
                if not isinstance(record.get("id"), str):
                    raise Malformed(
                        "a mailbox has no id", where=self._context.title, cure="Tell the vendor"
                    )
                found.append(record["id"])
        return list(dict.fromkeys(found))

    def pages(self, client: Client, path: str, query: Mapping[str, str]) -> Iterator[Answer]:
        """Yield the pages of a list; a list that says at once that it ran out is asked again."""

        def ask(mark: str | None) -> Answer:
            more = {} if mark is None else {"mark": mark}
            return client.get(path, {**query, **more}, mark=mark is not None)

        for _ in range(2):
            for answer in all_pages(
                ask, mark=next_mark, records=_count, limits=client.limits, where=client.where
            ):
                if isinstance(answer, Expired):
                    break
                yield answer
            else:
                return
        raise Transient(
            "it keeps saying that the list has run out",
            where=self._context.title,
            cure="The next run tries again",
        )

    def _messages(
        self, client: Client, box: str, window: Window, reading: Reading
    ) -> Iterator[Page]:
        query = {"from": window.first.isoformat(), "to": window.last.isoformat()}
        for answer in self.pages(client, f"mailboxes/{box}/messages", query):
            if isinstance(answer, Gone):
                self.mailbox_gone(reading)
                return
            assert isinstance(answer, Found)
            facts: list[Message] = []
            rejected: list[Rejected] = []
            records = _records(answer, self._context.title)
            for ordinal, record in enumerate(records, start=1):
                reading.unknown.update(record.keys() - KNOWN)
                try:
                    facts.append(self._message(record, window))
                except _Unusable as error:
                    rejected.append(Rejected(f"mailbox {reading.boxes}", ordinal, error.name, error.reason))
                else:
                    reading.days[facts[-1].sent_at.astimezone(self._zone).date()] += 1
            yield Page(tuple(facts), tuple(rejected), records_read=len(records))

    def mailbox_gone(self, reading: Reading) -> None:
        reading.gone += 1

    # ---- one message ----------------------------------------------------------------------

    def _message(self, record: Mapping[str, Any], window: Window) -> Message:
        native_id, sender, to = (_text(record, "id"), _text(record, "from"), record.get("to"))
        if not isinstance(to, list) or not all(isinstance(one, str) for one in to):
            raise _Unusable("to", "it is no list of addresses")
        sent_at = self._moment(_text(record, "sentAt"), window)
        named = [(sender, PartyRole.FROM), *((one, PartyRole.TO) for one in to)]
        parties = []
        for text, role in named:
            address = email_address(text, self._context.addresses)
            if address is None or not text.isascii():
                raise _Unusable("from" if role is PartyRole.FROM else "to", "it is no address")
            parties.append(Party(address, role))
        return Message(native_id, Channel.EMAIL, "relay", sent_at, tuple(parties), native_id)

    def _moment(self, text: str, window: Window) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise _Unusable("sentAt", "it is no time") from None
        if moment.tzinfo is None:
            raise _Unusable("sentAt", "it has no zone, and none is guessed")
        if not window.first <= moment.astimezone(self._zone).date() <= window.last:
            raise _Unusable("sentAt", "it lies outside the days that were asked for")
        return moment

    def _coverage(self, window: Window, reading: Reading) -> Iterator[DayCoverage]:
        for n in range((window.last - window.first).days + 1):
            day = window.first + timedelta(days=n)
            if reading.gone:
                reason = f"{reading.gone} of {reading.boxes} mailboxes, spaces or logs not read"
                yield DayCoverage(day, DayState.PART, reading.days[day], reason)
            else:
                yield DayCoverage(day, DayState.READ, reading.days[day])


def _records(answer: Found, where: str) -> list[dict[str, Any]]:
    document = answer.document
    records = document.get("items") if isinstance(document, dict) else None
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise Malformed("a page has no list of items", where=where, cure="Tell the vendor")
    return records


def _count(document: object) -> int:
    return len(document["items"]) if isinstance(document, dict) and "items" in document else 0


def next_mark(found: Found) -> str | None:
    mark = found.document.get("next") if isinstance(found.document, dict) else None
    return mark if isinstance(mark, str) else None


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value:
        raise _Unusable(name, "it is missing")
    return value
