"""The streams ``message-events`` and ``email-events``: what Defender keeps of messages and mail.

Only the columns named here are asked for: no subject, no name of anybody, no name of a chat.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from auditor.model import Address, Channel, Message, Party, PartyRole
from auditor.source import Denied, SourceContext
from connectors.microsoft.accounts import Accounts
from connectors.microsoft.audit.hunting import KEPT, Hunting
from connectors.microsoft.audit.records import APP
from connectors.microsoft.audit.settings import EMAIL_EVENTS, MESSAGE_EVENTS
from connectors.microsoft.trace.journeys import Journey, JourneyReader, Outcome, Step
from connectors.microsoft.users import moment, text_of
from connectors.portions import Day, Portion, Span

MESSAGE_COLUMNS = (
    "Timestamp", "SenderEmailAddress", "SenderObjectId", "SenderType", "RecipientDetails",
    "ThreadId", "MessageId",
)  # fmt: skip
EMAIL_COLUMNS = (
    "Timestamp", "NetworkMessageId", "InternetMessageId", "SenderFromAddress",
    "SenderMailFromAddress", "RecipientEmailAddress", "DeliveryAction", "EmailDirection",
)  # fmt: skip
_OUTCOMES = {
    "delivered": Outcome.REACHED,
    "replaced": Outcome.REACHED,
    "junked": Outcome.SPAM,
    "blocked": Outcome.FAILED,
}
"""DeliveryAction, in small letters -> how it ended (EmailEvents)."""
_FROM_HERE = frozenset(("outbound", "intra-org"))
"""EmailDirection, in small letters, of mail that was sent from a mailbox of this tenant."""
_APPS = ("bot", "app")
_PORTION = 2_000
"""Messages that are handed on together."""
_UNUSABLE = "a row of the table cannot be used without it"
_SHORT = "rows that Defender counts and does not give"
_UNCLEAR = "messages of which Defender does not name everybody who got them"
_TOO_OLD = "Defender keeps its tables for 30 days, and the day began before that"


class TooOld(Denied):
    """Asked for what is not kept any more."""


class Events:
    """Reads one of Defender's tables day by day."""

    name = ""
    _table = ""
    _columns: tuple[str, ...] = ()

    def __init__(
        self, hunting: Hunting, context: SourceContext, tool: str, now: Callable[[], datetime]
    ) -> None:
        self._hunting = hunting
        self._context = context
        self._tool = tool
        self._now = now
        self._zone = ZoneInfo(context.timezone)

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield the rows of each day; raises a ``SourceError``, also for days too long ago."""
        oldest = self._now() - KEPT
        for day in days:
            if day.span.begins < oldest:
                continue
            yield from self._day(day)
            yield self._done(day)
        if days and days[0].span.begins < oldest:
            raise TooOld(_TOO_OLD, where=self._context.title, cure="Read it from another source")

    def _portion(self) -> Portion:
        return Portion(self.name, self._zone)

    def _done(self, day: Day) -> Portion:
        portion = self._portion()
        portion.finished = (day.date,)
        return portion

    def _rows(self, span: Span, portion: Portion) -> Iterator[dict[str, Any]]:
        for part in self._hunting.rows(self._table, self._columns, span):
            if part.short:
                day = part.span.begins.astimezone(self._zone).date()
                portion.unclear[day][_SHORT] += part.short
            yield from sorted(part.rows, key=_order)

    def _day(self, day: Day) -> Iterator[Portion]:
        raise NotImplementedError


class MessageEvents(Events):
    """Messages of Teams, each with whom it was delivered to."""

    name = MESSAGE_EVENTS
    _table = "MessageEvents"
    _columns = MESSAGE_COLUMNS

    def __init__(
        self,
        hunting: Hunting,
        context: SourceContext,
        tool: str,
        now: Callable[[], datetime],
        accounts: Callable[[], Accounts],
    ) -> None:
        super().__init__(hunting, context, tool, now)
        self._accounts = accounts

    def _day(self, day: Day) -> Iterator[Portion]:
        accounts = self._accounts()
        portion, rest = self._portion(), self._portion()
        seen: set[tuple[str, str]] = set()
        for row in self._rows(day.span, rest):
            key = text_of(row, "ThreadId"), text_of(row, "MessageId")
            if all(key) and key in seen:
                portion.leave_out("row that came twice")
            else:
                self._take(row, accounts, portion)
            seen.add(key)
            if portion.records >= _PORTION:
                yield portion
                portion = self._portion()
        yield from (portion, rest)

    def _take(self, row: Mapping[str, Any], accounts: Accounts, portion: Portion) -> None:
        if any(word in text_of(row, "SenderType").casefold() for word in _APPS):
            portion.leave_out(APP)
            return
        at = moment(row.get("Timestamp"))
        thread, id_ = text_of(row, "ThreadId"), text_of(row, "MessageId")
        author = _whose(accounts, row, "SenderObjectId", "SenderEmailAddress")
        needed = {"ThreadId": thread, "MessageId": id_, "SenderEmailAddress": author}
        lacking = next((name for name, value in needed.items() if not value), None)
        if at is None or lacking is not None or author is None:
            portion.refuse(lacking or "Timestamp", _UNUSABLE)
            return
        others, complete = _recipients(row.get("RecipientDetails"), accounts)
        if not complete:
            portion.say(_UNCLEAR, lost=True)
            if self._context.addresses.is_district(author.text):
                portion.leave_open(_UNCLEAR, at)
        message = Message(
            native_id=f"{thread}/{id_}",
            channel=Channel.CHAT,
            tool=self._tool,
            sent_at=at,
            parties=(
                Party(author, PartyRole.FROM),
                *(Party(one, PartyRole.MEMBER) for one in others if one != author),
            ),
            thread=f"{self._context.name}/{thread}",
            container=thread,
            recipients_hidden=not complete,
        )
        portion.deliver(message, at)


class EmailEvents(Events):
    """Mail, a row for each recipient.

    Of mail that came in from elsewhere, the district's mailboxes in another cloud among it, the
    table has this tenant's recipients alone.
    """

    name = EMAIL_EVENTS
    _table = "EmailEvents"
    _columns = EMAIL_COLUMNS

    def _day(self, day: Day) -> Iterator[Portion]:
        portion, rest = self._portion(), self._portion()
        journeys: dict[tuple[str, str], Journey] = {}
        came_in: set[tuple[str, str]] = set()
        for row in self._rows(day.span, rest):
            step = _step(row)
            if isinstance(step, str):
                rest.refuse(step, _UNUSABLE)
            else:
                key = step.id, step.sender
                journeys.setdefault(key, Journey.of(step)).take(step)
                if text_of(row, "EmailDirection").casefold() not in _FROM_HERE:
                    came_in.add(key)
        reader = JourneyReader(self._tool, self._context.addresses)
        for journey in sorted(journeys.values(), key=lambda one: (one.at, one.id, one.sender)):
            found = reader.message(journey)
            if isinstance(found, Message):
                hidden = found.recipients_hidden or (journey.id, journey.sender) in came_in
                portion.deliver(replace(found, recipients_hidden=hidden), journey.at)
            elif found.field is not None:
                portion.refuse(found.field, found.text)
            else:
                portion.leave_out(found.text)
            if portion.records >= _PORTION:
                yield portion
                portion = self._portion()
        yield from (portion, rest)


def _order(row: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("Timestamp", "ThreadId", "MessageId", "NetworkMessageId", "RecipientEmailAddress")
    return tuple(text_of(row, name) for name in names)


def _step(row: Mapping[str, Any]) -> Step | str:
    """Return a row, or the name of the column for want of which it cannot be used."""
    at = moment(row.get("Timestamp"))
    if at is None:
        return "Timestamp"
    for name in ("NetworkMessageId", "RecipientEmailAddress"):
        if not text_of(row, name):
            return name
    return Step(
        text_of(row, "NetworkMessageId"),
        text_of(row, "InternetMessageId"),
        text_of(row, "SenderFromAddress") or text_of(row, "SenderMailFromAddress"),
        text_of(row, "RecipientEmailAddress"),
        at,
        _OUTCOMES.get(text_of(row, "DeliveryAction").casefold(), Outcome.UNKNOWN),
    )


def _recipients(value: object, accounts: Accounts) -> tuple[list[Address], bool]:
    """Return who got a message, in order, and whether that is all of them.

    Whether the column is a list or its JSON text is not documented: either is read.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    listed = value if isinstance(value, list) else []
    people = [
        _whose(accounts, one, "RecipientObjectId", "RecipientSmtpAddress")
        if isinstance(one, dict)
        else None
        for one in listed
    ]
    known = {one.text: one for one in people if one is not None}
    return [known[text] for text in sorted(known)], bool(people) and None not in people


def _whose(accounts: Accounts, row: Mapping[str, Any], id_: str, name: str) -> Address | None:
    return accounts.address(text_of(row, id_)) or accounts.named(text_of(row, name))
