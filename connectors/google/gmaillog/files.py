"""Rows of the Gmail log as somebody exported them: CSV files with one of several headings.

Three forms are met: a question to BigQuery saved as CSV, the Admin console's email log search, and
its investigation tool. Google promises no headings for the last two, so every spelling that is
known is taken, and a file without the few that are needed is refused by name. Subjects and whatever
else a file holds are left where they are.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO
from zoneinfo import ZoneInfo

from auditor.source import Note, Rejected
from connectors.csvfile import Columns, CsvTable, Lines, Row, plain_heading
from connectors.envelope.addresses import addr_spec
from connectors.envelope.dates import read_date
from connectors.files import READ_SIZE
from connectors.google.activities import Activity
from connectors.google.flattening import Parameters, Value, whole
from connectors.google.gmaillog.tables import COLUMNS, digest_of_row
from connectors.google.logs.delivery import AUTO_FORWARDED, RECEIVED, SENT

_LONGEST_LINE = 4 << 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME, _RECIPIENTS = "time", "recipients"
_NEEDED = ("message_id", _TIME)
_WANTED = (
    "mail_event_type", "success", "client_type", "delegate", "is_spam", "source_address",
    "source_header", _RECIPIENTS, "status", "actor",
)  # fmt: skip
_ALIASES = {
    **{at: name for name, at in COLUMNS.items() if name in (*_NEEDED, *_WANTED)},
    "event_info.timestamp_usec": _TIME, "timestamp_usec": _TIME, "event date": _TIME,
    "date": _TIME, "time_usec": _TIME,
    "rfc2822_message_id": "message_id",
    "event": "mail_event_type", "event type": "mail_event_type",
    "sender": "source_header", "from (header address)": "source_header",
    "from_header_address": "source_header", "from": "source_header",
    "from (envelope)": "source_address", "sender address": "source_address",
    "message_info.flattened_destinations": _RECIPIENTS, "flattened_destinations": _RECIPIENTS,
    "recipient address": _RECIPIENTS, "to (envelope)": _RECIPIENTS, "recipient": _RECIPIENTS,
    "recipients": _RECIPIENTS, "to": _RECIPIENTS,
    "event status": "status", "message status": "status",
    "delegate_user_email": "delegate", "client type": "client_type",
    "owner": "actor", "email": "actor",
    "spam classification": "is_spam",
}  # fmt: skip
"""A heading as it is met -> our own name of the column."""
_NAMES = {plain_heading(one): one for one in (*_NEEDED, *_WANTED)} | {
    plain_heading(heading): name for heading, name in _ALIASES.items()
}
_KINDS = {
    "send": SENT, "sent": SENT,
    "receive": RECEIVED, "received": RECEIVED,
    "autoforward": AUTO_FORWARDED, "autoforwarded": AUTO_FORWARDED,
}  # fmt: skip
_FAILED = ("bounce", "reject", "fail", "drop", "denied")
_SLASHES = re.compile(r"^(\d{4})/(\d{1,2})/(\d{1,2})\b")
_ZONED = re.compile(r"(?:[+-]\d{2}:?\d{2}|\b[A-Z]{1,5})$")


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row: what the log itself would tell, and of which kind it is."""

    file: str
    line: int
    activity: Activity
    told: Parameters
    kind: int


class LogTable:
    """One exported file. Raises ``Malformed`` if it is no such table."""

    def __init__(self, stream: IO[bytes], name: str, zone: ZoneInfo) -> None:
        """``stream`` is open for reading from its start, and stays the caller's to close."""
        self._zone = zone
        self._name = name
        self._table = CsvTable(_as_utf8(stream), name, longest_line=_LONGEST_LINE)
        chosen: dict[str, str] = {}
        repeated: list[str] = []
        for heading in self._table.header:
            wanted = _NAMES.get(plain_heading(heading))
            if wanted is not None and chosen.setdefault(wanted, heading) != heading:
                repeated.append(heading)
        self._columns = Columns(
            required=_NEEDED,
            optional=_WANTED,
            unused=tuple(repeated),
            aliases={heading: wanted for wanted, heading in chosen.items()},
        )
        self._places, self._odd = self._table.places(self._columns)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is odd about the headings, and what the file cannot tell for want of one."""
        if "mail_event_type" in self._places:
            return self._odd
        text = "does not tell sent from received: every row counts as sent"
        return (*self._odd, Note(self._name, text))

    def rows(self) -> Iterator[LogRow | Rejected | str]:
        """Yield each row, or why it cannot be used, or in words why it is left out."""
        for row in self._table.rows(self._columns):
            yield row if isinstance(row, Rejected) else self._row(row)

    def _row(self, row: Row) -> LogRow | Rejected | str:
        at = self._moment(row[_TIME])
        if at is None:
            return self._rejected(row, _TIME, "it is no time that can be read")
        kind = _kind(row["mail_event_type"])
        if kind is None:
            return "row about something else than sending or receiving"
        told = dict(_told(row.values))
        told[COLUMNS["mail_event_type"]] = kind
        told[COLUMNS["timestamp_usec"]] = (at - _EPOCH) // timedelta(microseconds=1)
        recipients = tuple({"address": one} for one in _recipients(row[_RECIPIENTS]))
        if recipients:
            told[COLUMNS["destination"]] = recipients
        elif row[_RECIPIENTS]:
            return self._rejected(row, _RECIPIENTS, "no address can be read in it")
        status = row["status"].casefold()
        if any(word in status for word in _FAILED):
            told[COLUMNS["success"]] = False
        activity = Activity(
            at, digest_of_row(row.values), "gmail", None, row["actor"] or None, None, None, None,
            agentic=False, events=(),
        )  # fmt: skip
        return LogRow(self._name, row.line, activity, told, kind)

    def _moment(self, text: str) -> datetime | None:
        """Return a time; without a zone it is the district's own."""
        usec = whole(text) if text.lstrip("-").isdecimal() else None
        try:
            if usec is not None:
                return _EPOCH + timedelta(microseconds=usec)
            return self._written(_SLASHES.sub(r"\1-\2-\3", text.strip()))
        except OverflowError:
            return None

    def _written(self, text: str) -> datetime | None:
        try:
            found = datetime.fromisoformat(text.removesuffix(" UTC") + "Z" * text.endswith(" UTC"))
        except ValueError:
            return read_date(text) if _ZONED.search(text) else None
        if found.tzinfo is None:
            found = found.replace(tzinfo=self._zone)
        return found.astimezone(UTC)

    def _rejected(self, row: Row, column: str, reason: str) -> Rejected:
        return Rejected(self._name, row.line, column, reason)


def _kind(text: str) -> int | None:
    """Return the kind of a row; one that tells none is of who sent it."""
    if not text:
        return SENT
    number = whole(text)
    found = number if number is not None else _KINDS.get(plain_heading(text))
    return found if found in (SENT, RECEIVED, AUTO_FORWARDED) else None


def _told(values: Mapping[str, str]) -> Iterator[tuple[str, Value]]:
    for name in ("message_id", "client_type", "delegate", "source_address", "source_header"):
        if values[name]:
            yield COLUMNS[name], values[name]
    for name in ("success", "is_spam"):
        word = values[name].casefold()
        if word:
            yield COLUMNS[name], word in ("true", "1", "yes", "spam")


def _recipients(text: str) -> Iterator[str]:
    """Yield the addresses in a cell, which may be written as ``service:selector:address``."""
    for part in re.split(r"[,;\s]+", text):
        found = addr_spec(part.rpartition(":")[2])
        if found is not None:
            yield found


# ---- encodings -----------------------------------------------------------------------------


def _as_utf8(stream: IO[bytes]) -> Lines:
    """Return the file's lines as UTF-8, whether it was written as that or as UTF-16."""
    mark = stream.read(2)
    stream.seek(0)
    return _Wide(stream) if mark in (b"\xff\xfe", b"\xfe\xff") else stream


class _Wide:
    """Lines of UTF-16 as UTF-8: spreadsheets write so what they call Unicode text."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._decoder = getincrementaldecoder("utf-16")(errors="replace")
        self._text = ""
        self._at = 0

    def readline(self, size: int = -1, /) -> bytes:
        """Return the next line, cut where it is longer than ``size``."""
        while (end := self._text.find("\n", self._at)) < 0:
            portion = self._stream.read(READ_SIZE)
            self._text = self._text[self._at :] + self._decoder.decode(portion, final=not portion)
            self._at = 0
            if not portion or 0 < size < len(self._text):
                end = self._text.find("\n")
                break
        stop = len(self._text) if end < 0 else end + 1
        line, self._at = self._text[self._at : stop], stop
        return line.encode("utf-8", "replace")[: size if size > 0 else None]
