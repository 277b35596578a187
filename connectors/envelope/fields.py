"""A header block cut into the few fields an audit needs, as fast as Python can.

Only the fields in ``WANTED`` are kept; every other line, Subject first of all, is passed over
without being decoded. A block is the bytes before the first blank line, LF or CRLF.

Where a vendor cuts the block itself and answers with names and values, those are never put
together into a block again: a value with a line break in it would become a field of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

WANTED = frozenset((
    "from", "sender", "to", "cc", "bcc", "date", "received",
    "message-id", "references", "in-reply-to",
    "resent-from", "resent-to", "resent-cc", "resent-bcc",
    "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "apparently-to",
    "return-path", "auto-submitted", "x-autoreply", "x-autorespond",
    "precedence", "list-id", "list-post", "list-unsubscribe", "mailing-list",
    "content-type", "content-class", "feedback-id",
    "x-gmail-labels", "x-unsent", "x-ms-journal-report",
))  # fmt: skip
_MOST_SPELLINGS = 10_000
_BREAK = re.compile(r"[\r\n]+")

Fields = Mapping[str, list[bytes]]
"""Lower-case field name -> its values in order, unfolded but not decoded."""


class FieldSplitter:
    """Cuts header blocks into fields; remembers how field names are spelled."""

    def __init__(self) -> None:
        self._names: dict[bytes, str | None] = {}

    def split(self, block: bytes) -> tuple[dict[str, list[bytes]], int]:
        """Return the wanted fields of a header block and how many fields it has in all."""
        fields: dict[str, list[bytes]] = {}
        names = self._names
        total = 0
        # Joining a folded field line by line would take quadratic time on a hostile one.
        for line in block.replace(b"\n ", b" ").replace(b"\n\t", b"\t").split(b"\n"):
            name, colon, value = line.partition(b":")
            if not colon:
                continue
            total += 1
            try:
                known = names[name]
            except KeyError:
                known = self._learn(name)
            if known is None:
                continue
            if known in fields:
                fields[known].append(value)
            else:
                fields[known] = [value]
        return fields, total

    def _learn(self, name: bytes) -> str | None:
        spelled = name.rstrip().lower().decode("latin-1")
        known = spelled if spelled in WANTED else None
        if len(self._names) < _MOST_SPELLINGS:
            self._names[name] = known
        return known


def fields_of(pairs: Iterable[tuple[str, str]]) -> Fields:
    """Return the wanted fields of a block that came as names and values, in their order.

    A line break within a value is a space, whatever stands after it.
    """
    fields: dict[str, list[bytes]] = {}
    for name, value in pairs:
        spelled = name.rstrip().lower()
        if spelled in WANTED:
            plain = _BREAK.sub(" ", value).encode("utf-8", "surrogatepass")
            fields.setdefault(spelled, []).append(plain)
    return fields


def decoded(value: bytes) -> str:
    """Return a field's value as text: ASCII, else UTF-8, with other bytes as lone surrogates."""
    return value.decode("utf-8", "surrogateescape").strip()


def first(fields: Fields, name: str) -> str | None:
    """Return the first value of a field, or None if it is absent."""
    values = fields.get(name)
    return decoded(values[0]) if values else None
