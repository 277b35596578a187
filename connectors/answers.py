"""What a vendor's server may answer, read within bounds: so much time, so many bytes, only JSON.

A server is not believed. It may never finish, pack a hundred gigabytes into a few, or show a page
for people where data was asked for; none of that may hold up a night or fill its memory.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl

from auditor.source import Denied, Malformed

Document = dict[str, Any] | list[Any]
"""An answer's JSON as it came; a connector takes out what it knows and drops the rest."""
_READ_SIZE = 1 << 16
_LONGEST_LIFETIME = 10
"""Digits of a token's lifetime in seconds that no calendar can count any more."""
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Found:
    """What was asked for."""

    document: Document
    server_time: datetime | None
    """The server's own clock, where it told: no reading may claim to be complete beyond it."""
    next_link: str | None = None
    """Where a ``Link`` header says that the next page is."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the headers that the client was to keep those that came, by name in lower case."""


@dataclass(frozen=True, slots=True)
class Gone:
    """404: what was asked for is not there; a mailbox may be deleted between list and get."""


@dataclass(frozen=True, slots=True)
class Expired:
    """410, or a page mark that is refused: what the server kept for us is no longer good."""


Answer = Found | Gone | Expired


class Refused(Malformed):
    """The server understood and did not want the question itself; ``status`` is HTTP's."""

    def __init__(self, status: int, what: str, *, where: str, cure: str) -> None:
        super().__init__(what, where=where, cure=cure)
        self.status = status


class NotAllowed(Denied):
    """401 or 403, which ``status`` tells: we are not known, or may not. ``word``: the vendor's."""

    def __init__(
        self, status: int, what: str, *, where: str, cure: str, word: str | None = None
    ) -> None:
        super().__init__(what, where=where, cure=cure)
        self.status = status
        self.word = word


class Cut(Exception):
    """The answer broke off, or took longer than a whole answer may."""


class Garbled(Exception):
    """The answer came whole by its own account, and yet is not what JSON may be."""


class Body(Protocol):
    """The part of a response that is read; ``urllib3`` answers to it."""

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes: ...


def read_body(
    body: Body,
    encoding: str,
    *,
    most: int,
    until: float,
    monotonic: Callable[[], float],
    where: str,
) -> bytes:
    """Return an unpacked body of at most ``most`` bytes, read before the moment ``until``.

    Raises ``Cut`` or ``Malformed``. What is packed is unpacked here, bounded at every step.
    """
    unpacker = _unpacker(encoding, where)
    portions: list[bytes] = []
    size = 0
    while packed := body.read1(_READ_SIZE, decode_content=False):
        if monotonic() > until:
            raise Cut("the answer did not end in time")
        portions.append(_unpacked(unpacker, packed, most + 1 - size))
        size += len(portions[-1])
        if size > most:
            raise _too_large(most, where)
    if unpacker is not None and not unpacker.eof:
        raise Garbled("its packing is cut short")
    return b"".join(portions)


def _unpacker(encoding: str, where: str) -> zlib._Decompress | None:
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip"):
        return zlib.decompressobj(_GZIP)
    raise Malformed(
        f"it packs its answers as {encoding[:20]!r}, which was not asked for",
        where=where,
        cure="Look for a proxy that changes answers on their way",
    )


def _unpacked(unpacker: zlib._Decompress | None, packed: bytes, room: int) -> bytes:
    if unpacker is None:
        return packed
    try:
        return unpacker.decompress(packed, room)
    except zlib.error:
        raise Garbled("its packing is damaged") from None


def _too_large(most: int, where: str) -> Malformed:
    return Malformed(
        f"an answer holds more than {most:,} bytes",
        where=where,
        cure="Ask for smaller pages; if it is asked for small ones already, tell the vendor",
    )


def check_kind(headers: Mapping[str, str], where: str) -> None:
    """Raise ``Denied`` for a page for people, ``Malformed`` for anything else that is no JSON."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        raise Denied(
            "it answered with a page for people instead of data, as when a sign-in has run out",
            where=where,
            cure="Renew the credentials of this source; look for a proxy that asks to sign in",
        )
    if kind != "application/json" and not kind.endswith("+json"):
        raise Malformed(
            "it answered with something that is not JSON",
            where=where,
            cure="Check the address of this source, and for a proxy in between",
        )


def parse(body: bytes) -> Document:
    """Return the JSON of a body; raises ``Garbled``."""
    try:
        document = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise Garbled("its text is not UTF-8") from None
    except (ValueError, RecursionError):
        raise Garbled("its JSON is damaged or cut short") from None
    if not isinstance(document, (dict, list)):
        raise Garbled("its JSON is a bare value")
    return document


def parse_form(body: bytes) -> Document:
    """Return the fields of a form; raises ``Garbled`` for what is none."""
    try:
        return dict(parse_qsl(body.decode("ascii").strip(), strict_parsing=True))
    except ValueError:
        raise Garbled("it is no form") from None


def is_token(document: object) -> bool:
    """Whether an answer holds an access token that a vendor's library can take (RFC 6749, 5.1).

    The libraries believe any answer of status 200, and stumble over what is none.
    """
    if not isinstance(document, dict):
        return False
    token, seconds = document.get("access_token"), str(document.get("expires_in", 0))
    sound = seconds.isascii() and seconds.isdecimal() and len(seconds) < _LONGEST_LIFETIME
    return isinstance(token, str) and bool(token) and sound


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def http_date(text: str | None) -> datetime | None:
    """Return the moment an HTTP date names, or None if it is none."""
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
