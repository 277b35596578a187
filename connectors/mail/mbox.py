"""Streams of mail cut into messages without ever holding a body.

An mbox file has no index and no escape that all writers agree on, so where a message starts is
a judgement. The rule here: a line that starts with ``From ``, follows a blank line (or the start
of the file), carries an asctime-like date, and is itself followed by something that looks like a
header field. The sender before the date may be anything, spaces included: text that is taken for
a start costs one refused message on the nightly page, a start that is taken for text would cost a
message in silence. Content-Length is ignored: after the first edit of an mbox it is wrong.
Lines that break one of the conditions are read as body text and counted, with a date or without
one, so that a writer with other habits shows up on the nightly page.

Works on bytes in portions of ``READ_SIZE``, LF or CRLF; line length does not matter. A header
block of more than ``LARGEST_HEADER`` bytes is given up, and its message with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from connectors.files import READ_SIZE

LARGEST_HEADER = 1 << 20
LARGEST_BODY = 2 << 20
"""How much of a body is read at most, and only where ``wants_body`` asks for it."""
_LONGEST_POSTMARK = 1_000
_LOOK_AHEAD = 2 * _LONGEST_POSTMARK

_BLANK = re.compile(rb"\n\r?\n")
_MARK = b"\nFrom "
_POSTMARK = re.compile(
    rb"From (?:[^\n]*?[ \t])?"
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ \t]+"
    rb"(?:[A-Z][a-z]{2}[ \t]+\d{1,2}|\d{1,2}[ \t]+[A-Z][a-z]{2})"
    rb"[^\n]*\d\d?:\d\d[^\n]*\n"
)
_UNDATED = re.compile(rb"From [^\n]*\n[!-9;-~]{1,200}[ \t]*:")
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:|>From ")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEADER_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[!-9;-~]{1,200}[ \t]*:)")


class Portions(Protocol):
    """Anything that gives its bytes in portions and an empty one at the end."""

    def read(self, size: int = READ_SIZE) -> bytes: ...


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One message of a stream: its header block, and its body only if that was asked for."""

    ordinal: int
    """1-based place in its file."""
    postmark: bytes
    """Its From_ line, empty if it has none."""
    header: bytes | None
    """None when it is larger than ``LARGEST_HEADER``."""
    body: bytes | None = None
    """The first ``LARGEST_BODY`` bytes."""


def looks_like_header(start: bytes) -> bool:
    """Whether the first bytes of a file may be a header block."""
    return _HEADER_START.match(start) is not None


def no_body(_header: bytes) -> bool:
    """Ask for no bodies: what every reader but the journal's wants."""
    return False


class MboxReader:
    """Reads an mbox stream message by message."""

    def __init__(self, stream: Portions, wants_body: Callable[[bytes], bool] = no_body) -> None:
        self._stream = stream
        self._wants_body = wants_body
        self._buffer = b""
        self._at = 0
        self._ended = False
        self.doubtful = 0
        """Lines so far that look like the start of a message and were read as body text."""

    def messages(self) -> Iterator[RawMessage]:
        """Yield every message of the stream; nothing for one that holds only white space."""
        self._skip_leading_space()
        ordinal = 0
        while self._at < len(self._buffer) or self._fill():
            ordinal += 1
            postmark = self._postmark()
            header = self._header()
            body = None
            if header is not None and self._wants_body(header):
                body = self._peek_body()
            yield RawMessage(ordinal, postmark, header, body)
            self._skip_body()

    def _fill(self) -> bool:
        """Read on, dropping what lies before the current place; False at the end."""
        portion = b"" if self._ended else self._stream.read(READ_SIZE)
        if not portion:
            self._ended = True
            return False
        # The line end before the place is kept: whether a line follows a blank one hangs on it.
        kept = max(self._at - 2, 0)
        self._buffer = self._buffer[kept:] + portion
        self._at -= kept
        return True

    def _have(self, size: int) -> None:
        """Read on until ``size`` bytes lie ahead, or all there are."""
        while len(self._buffer) - self._at < size and self._fill():
            pass

    def _skip_leading_space(self) -> None:
        self._have(len(_BYTE_ORDER_MARK))
        self._buffer = self._buffer.removeprefix(_BYTE_ORDER_MARK)
        while True:
            rest = self._buffer[self._at :].lstrip()
            self._at = len(self._buffer) - len(rest)
            if rest or not self._fill():
                return

    def _postmark(self) -> bytes:
        """Take the From_ line the current place stands on; the first message may lack one."""
        self._have(len(_MARK))
        if not self._buffer.startswith(_MARK[1:], self._at):
            return b""
        line = b""
        while True:
            end = self._buffer.find(b"\n", self._at)
            stop = len(self._buffer) if end < 0 else end
            line = (line + self._buffer[self._at : stop])[:_LONGEST_POSTMARK]
            self._at = stop if end < 0 else end + 1
            if end >= 0 or not self._fill():
                return line.rstrip()

    def _header(self) -> bytes | None:
        """Take the bytes up to the blank line, leaving the place on that line's newline."""
        self._have(2)
        if self._buffer.startswith((b"\n", b"\r\n"), self._at):
            self._at -= 1
            return b""
        searched = self._at
        while True:
            blank = _BLANK.search(self._buffer, searched)
            if blank is not None:
                header = self._buffer[self._at : blank.start()]
                self._at = blank.start()
                return self._bounded(header)
            if len(self._buffer) - self._at > LARGEST_HEADER + 2:
                return None
            # The blank line may be cut in two by the end of the portion.
            overlap = max(len(self._buffer) - self._at - 2, 0)
            if not self._fill():
                header = self._buffer[self._at :]
                self._at = len(self._buffer)
                return self._bounded(header)
            searched = self._at + overlap

    def _bounded(self, header: bytes) -> bytes | None:
        if len(header) > LARGEST_HEADER:
            return None
        if _MARK in header:
            starts = re.finditer(rb"^From ", header, re.MULTILINE)
            self.doubtful += sum(_POSTMARK.match(header, m.start()) is not None for m in starts)
        return header

    def _peek_body(self) -> bytes:
        """Return the start of the body without moving on."""
        self._have(LARGEST_BODY + _LOOK_AHEAD)
        end = self._next_mark(self._at, count=False)
        stop = len(self._buffer) if end is None else end
        return self._buffer[self._at : min(stop, self._at + LARGEST_BODY)]

    def _skip_body(self) -> None:
        """Move to the next message's From_ line, or to the end."""
        while True:
            found = self._next_mark(self._at, count=True)
            if found is not None:
                self._at = found
                return
            if self._ended:
                self._at = len(self._buffer)
                return
            # Keep a mark with its look-ahead, cut in two by the end of the portion, for later.
            size = len(self._buffer)
            open_mark = self._buffer.find(_MARK, max(self._at, size - _LOOK_AHEAD + 1))
            keep = (open_mark if open_mark >= 0 else size - len(_MARK)) - 2
            self._at = max(self._at, keep)
            self._fill()

    def _next_mark(self, start: int, *, count: bool) -> int | None:
        """Return where the next message starts in what is in memory, judging each candidate."""
        buffer = self._buffer
        at = buffer.find(_MARK, start)
        while at >= 0:
            if not self._ended and len(buffer) - at < _LOOK_AHEAD:
                return None
            line = _POSTMARK.match(buffer, at + 1, at + 1 + _LONGEST_POSTMARK)
            after_blank = _after_blank_line(buffer, at)
            if line is None:
                undated = _UNDATED.match(buffer, at + 1, at + 1 + _LONGEST_POSTMARK)
                self.doubtful += count and after_blank and undated is not None
            elif after_blank and _FIELD.match(buffer, line.end()):
                return at + 1
            else:
                self.doubtful += count
            at = buffer.find(_MARK, at + 1)
        return None


def _after_blank_line(buffer: bytes, newline: int) -> bool:
    """Whether the line that ends in ``newline`` is empty."""
    return buffer.endswith((b"\n", b"\n\r"), max(newline - 2, 0), newline)
