"""Encoded words (RFC 2047), read only as far as ASCII goes: enough for addresses and labels."""

from __future__ import annotations

import binascii
import re

_WORD = re.compile(r"=\?[^?\s]++\?([bBqQ])\?([^?]*+)\?=")
_BETWEEN = re.compile(r"\?=\s++=\?")


def ascii_of(text: str) -> str:
    """Return text with its encoded words decoded; what is not ASCII becomes U+FFFD."""
    if "=?" not in text:
        return text
    return _WORD.sub(_decoded, _BETWEEN.sub("?==?", text))


def _decoded(word: re.Match[str]) -> str:
    raw = word[2].encode("ascii", "replace")
    try:
        plain = (
            binascii.a2b_base64(raw) if word[1] in "bB" else binascii.a2b_qp(raw, header=True)
        )
    except binascii.Error:
        return ""
    return plain.decode("ascii", "replace")
