"""What is kept of a mailbox from night to night: how far it was read, and how much of each day.

Gmail's history tells what came since a given point. So that only that need be read, and a day is
still told with all its messages, the numbers of the days' messages are kept beside the point.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """Where one mailbox's reading goes on from. Holds no Message-ID, and no address but its own."""

    history: int
    """Everything up to this point of the mailbox's history was read."""
    reaches: date
    """The first day from which on all of it was read."""
    everything: bool
    """Whether what was received was read too."""
    counts: Mapping[date, int] = field(default_factory=dict)
    """Messages of each day since ``reaches``, where there were any."""
    again: frozenset[str] = frozenset()
    """Gmail's ids of messages that were counted, and yet stand after ``history``."""
    through: date | None = None
    """A day that was over; what comes after ``history`` came in after it."""
    lost: frozenset[date] = frozenset()
    """Days since ``reaches`` of which a message may be missing for good."""
    unit: str | None = None
    """The mailbox's name, by which an erasure finds what was kept of it."""

    def since(self, first: date) -> Kept:
        """Return the same without the days before ``first``, which nobody asks for any more."""
        counts = {day: count for day, count in self.counts.items() if day >= first}
        return replace(
            self,
            reaches=max(self.reaches, first),
            counts=counts,
            lost=frozenset(day for day in self.lost if day >= first),
        )

    def written(self) -> str:
        """Return it as a ``Mark``'s value: JSON, the same for the same content."""
        return json.dumps(
            {
                "version": _VERSION,
                "history": str(self.history),
                "reaches": self.reaches.isoformat(),
                "everything": self.everything,
                "counts": {d.isoformat(): n for d, n in sorted(self.counts.items())},
                "again": sorted(self.again),
                "through": None if self.through is None else self.through.isoformat(),
                "lost": sorted(day.isoformat() for day in self.lost),
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
            int(told["history"]),
            date.fromisoformat(told["reaches"]),
            told["everything"] is True,
            {date.fromisoformat(day): int(n) for day, n in told["counts"].items()},
            frozenset(str(one) for one in told["again"]),
            date.fromisoformat(told["through"]) if told.get("through") else None,
            frozenset(date.fromisoformat(day) for day in told.get("lost", ())),
            told.get("unit"),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
