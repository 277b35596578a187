"""What makes a message itself: its Message-ID, its conversation, and an id where it has none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from connectors.envelope.fields import Fields, first

_LONGEST_ID = 1_000
_IDENTIFYING = ("date", "from", "sender", "to", "cc", "references", "in-reply-to", "content-type")
_ID = re.compile(r"<([^<>]*+)>")


def message_id(text: str) -> str | None:
    """Return the id a Message-ID field holds, without brackets; None if it holds none.

    Ids with spaces, without brackets or without an at sign are met and kept: an id need only be
    the same in every copy.
    """
    match = _ID.search(text)
    return _usable(match[1] if match else text)


def thread(fields: Fields) -> str | None:
    """Return the id of the conversation's first message that the fields name."""
    for name in ("references", "in-reply-to"):
        match = _ID.search(first(fields, name) or "")
        found = _usable(match[1]) if match else None
        if found is not None:
            return found
    return None


def digest(fields: Fields) -> str:
    """Return an id for a message that brings none: the same for every copy of it."""
    return digest_of(
        b"%s:%s" % (name.encode(), b" ".join(value.split()))
        for name in _IDENTIFYING
        for value in fields.get(name, ())
    )


def digest_of(lines: Iterable[bytes]) -> str:
    """Return an id made of lines that identify a message."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line + b"\n")
    return f"sha256-{digest.hexdigest()[:32]}"


def _usable(text: str) -> str | None:
    text = "".join(text.split())
    return text if text and len(text) <= _LONGEST_ID and text.isprintable() else None
