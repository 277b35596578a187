"""Tables that spreadsheets and admin centers write as UTF-16, read as if they were UTF-8."""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import IO

from connectors.csvfile import Lines
from connectors.files import READ_SIZE


def as_utf8(stream: IO[bytes]) -> Lines:
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
