"""What is kept of a mailbox's folder from night to night: Graph's link, and how much of each day.

The link tells what came into the folder since. So that only that need be read, and a day is still
told with all its messages, the numbers of the days' messages are kept beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

_VERSION = 1
WITH, WITHOUT, REFUSED = "with", "without", "refused"
"""Whether headers came with what the link tells: a link goes on as it was begun."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the reading of one folder goes on from. Holds no Message-ID."""

    link: str
    reaches: date
    """The first day from which on all of it was read."""
    headers: str = WITHOUT
    counts: Mapping[date, int] = field(default_factory=dict)
    """Messages of each day since ``reaches``, where there were any."""
    unit: str | None = None
    """The mailbox's name, by which an erasure finds what was kept of it."""

    def since(self, first: date) -> Kept:
        """Return the same without the days before ``first``, which nobody asks for any more."""
        counts = {day: count for day, count in self.counts.items() if day >= first}
        return replace(self, reaches=max(self.reaches, first), counts=counts)

    def serves(self, *, begins: date, headers: bool, server: str) -> bool:
        """Whether a reading from ``begins`` on, of what is wanted now, can go on from here."""
        return (
            self.reaches <= begins
            and (not headers or self.headers != WITHOUT)
            and self.link.startswith(f"{server}/")
        )

    def written(self) -> str:
        """Return it as a ``Mark``'s value: JSON, the same for the same content."""
        return json.dumps(
            {
                "version": _VERSION,
                "link": self.link,
                "reaches": self.reaches.isoformat(),
                "headers": self.headers,
                "counts": {d.isoformat(): n for d, n in sorted(self.counts.items())},
                "unit": self.unit,
            },
            separators=(",", ":"),
        )


def read_kept(value: str | None) -> Kept | None:
    """Return what was kept; None if nothing was, or nothing that can be gone on from."""
    try:
        told = json.loads(value or "null")
        if told["version"] != _VERSION:
            return None
        return Kept(
            str(told["link"]),
            date.fromisoformat(told["reaches"]),
            str(told["headers"]),
            {date.fromisoformat(day): int(n) for day, n in told["counts"].items()},
            told.get("unit"),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
