"""What is kept of a mailbox's folder from night to night: how far it was read, and of each day.

A folder's messages have numbers that only grow, as long as its UIDVALIDITY stays the same. So only
what is above the highest number need be read, and the numbers of the days' messages are kept
beside it, so that a day is still told with all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """Where one folder's reading goes on from. Holds no Message-ID, and no address but its own."""

    validity: int
    highest: int
    """Every message up to this number was read."""
    reaches: date
    """The first day from which on all of it was read."""
    unit: str
    """The mailbox's name, by which an erasure finds what was kept of it."""
    counts: Mapping[date, int] = field(default_factory=dict)
    """Messages of each day since ``reaches``, where there were any."""
    lost: frozenset[date] = frozenset()
    """Days since ``reaches`` of which a message may be missing for good."""

    def since(self, first: date) -> Kept:
        """Return the same without the days before ``first``, which nobody asks for any more."""
        return replace(
            self,
            reaches=max(self.reaches, first),
            counts={day: count for day, count in self.counts.items() if day >= first},
            lost=frozenset(day for day in self.lost if day >= first),
        )

    def written(self) -> str:
        """Return it as a ``Mark``'s value: JSON, the same for the same content."""
        return json.dumps(
            {
                "version": _VERSION,
                "validity": self.validity,
                "highest": self.highest,
                "reaches": self.reaches.isoformat(),
                "unit": self.unit,
                "counts": {d.isoformat(): n for d, n in sorted(self.counts.items())},
                "lost": sorted(day.isoformat() for day in self.lost),
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
            int(told["validity"]),
            int(told["highest"]),
            date.fromisoformat(told["reaches"]),
            str(told["unit"]),
            {date.fromisoformat(day): int(n) for day, n in told["counts"].items()},
            frozenset(date.fromisoformat(day) for day in told["lost"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def mark_of(mailbox: str, folder: str, way: str) -> str:
    """Return the unit under which a folder is kept.

    People name folders after what is in them, so a folder's name is kept as a digest alone.
    ``way`` is how it was read: what was kept of another way does not serve.
    """
    return f"{mailbox}/{sha256(f'{way}/{folder}'.encode()).hexdigest()[:16]}"
