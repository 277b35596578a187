"""Partial answers: ``fields=nextPageToken,users(id,name/fullName)`` keeps only those."""

from __future__ import annotations

from typing import Any

from benchmarks.pretend.google.calls import Refused

Mask = dict[str, "Mask"]
"""Name -> what of it is kept; nothing in it stands for all. ``*`` is any name."""


def only(value: Any, mask: Mask) -> Any:
    """Return the parts of an answer that a mask names."""
    if not mask or ("*" in mask and not mask["*"]):
        return value
    if isinstance(value, list):
        return [only(one, mask) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: only(inner, mask.get(name, mask.get("*", {})))
        for name, inner in value.items()
        if name in mask or "*" in mask
    }


def read_mask(text: str) -> Mask:
    """Return a mask. Raises Refused (400) for one that cannot be read."""
    mask, rest = _list(text)
    if rest or not mask:
        raise Refused(400, "invalidParameter", f"Invalid field selection {text}")
    return mask


def _list(text: str) -> tuple[Mask, str]:
    mask: Mask = {}
    while True:
        text = _one(text, mask)
        if not text.startswith(","):
            return mask, text
        text = text[1:]


def _one(text: str, mask: Mask) -> str:
    """Read ``name``, ``name/…`` or ``name(…)`` into ``mask``; return what follows."""
    length = next((n for n, letter in enumerate(text) if letter in ",/()"), len(text))
    name, rest = text[:length].strip(), text[length:]
    if not name:
        raise Refused(400, "invalidParameter", f"Invalid field selection {text}")
    if rest.startswith("/"):
        inner: Mask = {}
        rest = _one(rest[1:], inner)
    elif rest.startswith("("):
        inner, rest = _list(rest[1:])
        if not rest.startswith(")"):
            raise Refused(400, "invalidParameter", f"Invalid field selection {text}")
        rest = rest[1:]
    else:
        mask[name] = {}
        return rest
    mask[name] = {**mask.get(name, {}), **inner}
    return rest
