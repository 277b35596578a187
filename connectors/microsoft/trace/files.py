"""Rows of the message trace as an administrator had them written to CSV files.

Three forms are met: the enhanced summary (a row for each mail, its recipients in one cell), the
extended report (a row for each step of a mail's way) and the list itself, saved from the admin
center or from PowerShell (a row for each recipient). Headings are taken in every spelling that is
known. Subjects and whatever else a file holds are left where they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from enum import Enum
from typing import IO

from auditor.source import Malformed, Rejected
from connectors.csvfile import Columns, CsvTable, Row, plain_heading
from connectors.envelope.dates import read_date
from connectors.microsoft.trace.journeys import OUTCOMES, Outcome, Step
from connectors.wide import as_utf8

MOST_LINES = 100_000
"""Lines of one file; Microsoft writes no more, and does not say what it left out."""
_LONGEST_LINE = 16 << 20
_AT, _SENDER, _ID, _MESSAGE_ID = "time", "sender", "id", "message_id"
_RECIPIENT, _ALL, _STATUS, _EVENT, _LIST = "recipient", "recipients", "status", "event", "list"
_NEEDED = (_AT, _SENDER, _MESSAGE_ID)
_WANTED = (_ID, _RECIPIENT, _ALL, _STATUS, _EVENT, _LIST)
_ALIASES = {
    "origin_timestamp": _AT, "origin_timestamp_utc": _AT, "date_time": _AT, "date_time_utc": _AT,
    "received": _AT, "received_date_time": _AT, "date": _AT,
    "sender_address": _SENDER, "sender": _SENDER,
    "message_id": _MESSAGE_ID,
    "network_message_id": _ID, "message_trace_id": _ID,
    "recipient_status": _ALL,
    "recipient_address": _RECIPIENT, "recipient": _RECIPIENT,
    "status": _STATUS, "event_id": _EVENT, "related_recipient_address": _LIST,
}  # fmt: skip
"""A heading as it is met -> our own name of the column."""
_NAMES = {plain_heading(heading): name for heading, name in _ALIASES.items()}
_UNUSED = (
    "message_subject", "total_bytes", "original_client_ip", "directionality", "connector_id",
    "delivery_priority", "client_ip", "client_hostname", "server_ip", "server_hostname",
    "source_context", "source", "internal_message_id", "recipient_count", "reference",
    "return_path", "message_info", "tenant_id", "original_server_ip", "custom_data", "subject",
    "size", "from_ip", "to_ip",
)  # fmt: skip
_EVENTS = {
    "deliver": Outcome.REACHED, "delivered": Outcome.REACHED, "send": Outcome.REACHED,
    "sendexternal": Outcome.REACHED, "duplicatedeliver": Outcome.REACHED,
    "processed": Outcome.REACHED,
    "expand": Outcome.LIST, "expanded": Outcome.LIST,
    "filteredasspam": Outcome.SPAM, "spam": Outcome.SPAM, "spamdiverted": Outcome.SPAM,
    "defer": Outcome.PENDING, "pending": Outcome.PENDING, "receive": Outcome.PENDING,
    "submit": Outcome.PENDING, "gettingstatus": Outcome.PENDING,
    "quarantine": Outcome.HELD, "quarantined": Outcome.HELD,
    "fail": Outcome.FAILED, "failed": Outcome.FAILED, "drop": Outcome.FAILED,
    "badmail": Outcome.FAILED, "poisonmessage": Outcome.FAILED,
}  # fmt: skip
"""A step on a mail's way, in letters alone -> what it means for a recipient it names."""
_ADDRESSED = frozenset(("receive", "submit"))
"""Steps at whose time the recipients are still those that the sender wrote to."""
_REPLACING = frozenset(("resolve", "redirect", "haredirect"))
_PASSING = frozenset(("transfer", "agentinfo", "resubmit"))
_MakeStep = Callable[[str, Outcome, str], Step]


class Form(Enum):
    SUMMARY = "enhanced summary"
    EXTENDED = "extended report"
    LIST = "list of rows"


class TraceTable:
    """One exported file. Raises ``Malformed`` if it is no such table."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        """``stream`` is open for reading from its start, and stays the caller's to close."""
        self._name = name
        self._table = CsvTable(as_utf8(stream), name, longest_line=_LONGEST_LINE)
        chosen: dict[str, str] = {}
        repeated: list[str] = []
        for heading in self._table.header:
            wanted = _NAMES.get(plain_heading(heading))
            if wanted is not None and chosen.setdefault(wanted, heading) != heading:
                repeated.append(heading)
        self._columns = Columns(
            required=_NEEDED,
            optional=_WANTED,
            unused=(*repeated, *_UNUSED),
            aliases={heading: wanted for wanted, heading in chosen.items()},
        )
        places, self.notes = self._table.places(self._columns)
        self.form = self._form(places.keys())

    def _form(self, columns: Collection[str]) -> Form:
        if _EVENT in columns and _RECIPIENT in columns:
            return Form.EXTENDED
        if _ALL in columns:
            return Form.SUMMARY
        if _RECIPIENT in columns and _STATUS in columns:
            return Form.LIST
        raise Malformed(
            "it names no recipients and how it ended with them",
            where=self._name,
            cure="Have the enhanced summary or the extended report made again, with all columns",
        )

    def rows(self) -> Iterator[tuple[int, tuple[Step, ...]] | Rejected]:
        """Yield what each line says of its recipients, or why it cannot be used."""
        for row in self._table.rows(self._columns):
            if isinstance(row, Rejected):
                yield row
                continue
            at = _moment(row[_AT])
            if at is None:
                yield Rejected(self._name, row.line, _AT, "it is no time that can be read")
                continue
            steps = tuple(self._steps(row, at))
            if steps or self.form is Form.EXTENDED:
                yield row.line, steps
            else:
                yield Rejected(self._name, row.line, "recipients", "it names nobody")

    def _steps(self, row: Row, at: datetime) -> Iterator[Step]:
        identity = row[_ID].replace("-", "").lower() or row[_MESSAGE_ID]

        def step(recipient: str, outcome: Outcome, via: str) -> Step:
            return Step(identity, row[_MESSAGE_ID], row[_SENDER], recipient, at, outcome, via)

        if self.form is Form.SUMMARY:
            for recipient, outcome in _recipients_of(row[_ALL]):
                yield step(recipient, outcome, "")
        elif self.form is Form.EXTENDED:
            yield from _of_event(row, step)
        elif row[_RECIPIENT]:
            outcome = OUTCOMES.get(_letters(row[_STATUS]), Outcome.UNKNOWN)
            yield step(row[_RECIPIENT], outcome, "")


def _of_event(row: Row, step: _MakeStep) -> Iterator[Step]:
    """Yield what one step of the way says of the recipients on it."""
    event = _letters(row[_EVENT])
    recipients, related = _split(row[_RECIPIENT]), _split(row[_LIST])
    if event in ("expand", "expanded"):
        # The list stands beside its members, who have lines of their own when it reaches them.
        for one in related or recipients:
            yield step(one, Outcome.LIST, "")
        for one in recipients if related else ():
            yield step(one, Outcome.PENDING, related[0])
    elif event in _REPLACING:
        for one in related:
            yield step(one, Outcome.REPLACED, "")
    elif event not in _PASSING:
        outcome = _EVENTS.get(event, Outcome.UNKNOWN)
        for one in recipients:
            yield step(one, outcome, one if event in _ADDRESSED else "")


def _recipients_of(cell: str) -> Iterator[tuple[str, Outcome]]:
    """Yield the recipients in ``a@x##Receive, Deliver;b@x##Receive, Fail``, and how it ended."""
    for part in cell.split(";"):
        recipient, _, words = part.strip().partition("##")
        if recipient:
            met = {_EVENTS[w] for w in map(_letters, words.split(",")) if w in _EVENTS}
            yield recipient, min(met, default=Outcome.UNKNOWN)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


def _moment(text: str) -> datetime | None:
    """Return a time, which without a zone is in UTC, as Microsoft writes it there."""
    moment = _international(text.strip()) or _american(text.strip()) or read_date(text)
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _international(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _american(text: str) -> datetime | None:
    """Return a time as PowerShell writes it in the United States: 11/18/2026 5:00:00 PM."""
    for form in ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
