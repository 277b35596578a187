"""Names, numbers and dates as pages show them.

Names come from rosters and mailboxes, so they may hold anything: characters that turn the
direction of a line, that take no room, or that never end. ``plain`` takes those out, everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

NAME_LENGTH = 80
"""Characters shown of a name; more than any roster's field holds in earnest."""

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACE = re.compile(r"\s+")
_UNSAFE_IN_ANCHOR = re.compile(r"[^A-Za-z0-9-]+")


def visible(text: str) -> str:
    """Return text on one line, without control, format and private characters."""
    spaced = _SPACE.sub(" ", text)
    return "".join(c for c in spaced if unicodedata.category(c) not in _DROPPED)


def plain(text: str) -> str:
    """Return visible text without space at its ends or twice in a row."""
    return _SPACE.sub(" ", visible(text)).strip()


def name(text: str | None) -> str:
    """Return a name from data as it may stand on a page: plain, and of bounded length."""
    if text is None:
        return "not known"
    shown = plain(text)
    if not shown:
        return "(no name)"
    return shown if len(shown) <= NAME_LENGTH else shown[: NAME_LENGTH - 1].rstrip() + "…"


def grade(text: str) -> str:
    """Return a grade without the zero some rosters put in front: "09" becomes "9"."""
    return name(text.lstrip("0") if text.isdecimal() and text.strip("0") else text)


def initials(text: str) -> str:
    """Return the first letter of each part of a name: "Jordan Reyes" becomes "J. R."."""
    parts = [p for p in re.split(r"[\s-]+", name(text)) if p[:1].isalnum()]
    return " ".join(f"{p[0].upper()}." for p in parts[:4]) or "(initials not known)"


def number(value: float | None) -> str:
    """Return a quantity in words a reader cannot mistake; None is "not known", never 0."""
    if value is None:
        return "not known"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def counted(value: int | None, singular: str, plural: str | None = None) -> str:
    """Return "1 item", "3 items" or "items: not known"."""
    many = plural or f"{singular}s"
    if value is None:
        return f"{many}: not known"
    return f"{number(value)} {singular if value == 1 else many}"


def how_long(seconds: float) -> str:
    """Return a length of time in the largest unit that leaves a number worth reading."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if abs(seconds) >= size:
            count = f"{seconds / size:.1f}".removesuffix(".0")
            return f"{count} {unit}" if count == "1" else f"{count} {unit}s"
    return "under a minute"


def listed(parts: Iterable[str], last: str = "and") -> str:
    """Return "a", "a and b" or "a, b and c"."""
    *before, end = list(parts) or [""]
    return f"{', '.join(before)} {last} {end}" if before else end


def sentence(text: str) -> str:
    """Return words from data as a sentence: a capital first and a full stop last."""
    words = plain(text)
    if not words:
        return ""
    return words[0].upper() + words[1:] + ("" if words[-1] in ".!?…”" else ".")


def anchor(text: str) -> str:
    """Return an id for use inside a page's own address, from letters, digits and hyphens."""
    return _UNSAFE_IN_ANCHOR.sub("-", text).strip("-") or "x"


def shown(value: object) -> object:
    """Return what an expression in a template prints; the environment asks this of every one."""
    if value is None:
        return "not known"
    # Markup, a str subclass, is what our own templates made and is left as it is.
    return visible(value) if type(value) is str else value
