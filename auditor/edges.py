"""What stands beside a place in raw bytes: the character as whoever opens the file will read it.

A name in a file may be followed by plain UTF-8, or by what JSON, HTML or a link write in its place.
Whether it ends there, or is the beginning of a longer word, is only to be told from what is meant.
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

COMBINING = "\u0300-\u036f"
"""Accents that belong to the letter before them."""
IN_A_WORD = re.compile(rf"[\w{COMBINING}]")
_FAR = 40
"""Bytes that hold any one character, however it is written."""
_UNIT = rb"\\u[0-9a-fA-F]{4}"
_WRITTEN = rb"(?:%s)+|&#?\w{1,31};|(?:%%[0-9a-fA-F]{2})+" % _UNIT
_BEFORE = re.compile(rb"(%s|\\[bfnrt])\Z" % _WRITTEN)
_AFTER = re.compile(_WRITTEN)
_LONGEST = 4
"""Bytes of one character in UTF-8."""


def before(data: bytes, at: int) -> str:
    """Return the character that ends at a place, or "" at the beginning."""
    near = data[max(0, at - _FAR) : at]
    written = _BEFORE.search(near)
    if written is not None:
        return _read(written[0])[-1:]
    for size in range(1, _LONGEST + 1):
        found = _decoded(near[-size:])
        if found:
            return found[-1]
    return ""


def after(data: bytes, at: int) -> str:
    """Return the character that begins at a place, or "" at the end."""
    near = data[at : at + _FAR]
    written = _AFTER.match(near)
    if written is not None:
        return _read(written[0])[:1]
    return next((found for n in range(1, _LONGEST + 1) if (found := _decoded(near[:n]))), "")


def _decoded(part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError:
        return ""


def _read(written: bytes) -> str:
    text = written.decode("utf-8", "replace")
    match text[0]:
        case "&":
            return html.unescape(text)
        case "%":
            return unquote(text)
        case _ if text[1] == "u":
            units = b"".join(bytes.fromhex(unit) for unit in text.split("\\u")[1:])
            return units.decode("utf-16-be", "replace")
        case _:
            return "\n"
