"""The pages that mail is about: what their records say, and which of them cannot be read.

One torn file must not hold up the mail of every other reader, and whoever it was for must not take
the silence for a quiet week.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from reports.twins import Twin, TwinUnreadable, read_twin

_COACHES = "A"


@dataclass(frozen=True, slots=True)
class Unread:
    """A page whose record cannot be read, and why."""

    job: str
    last: date
    """The last day of the page's period."""
    path: Path
    error: TwinUnreadable

    @property
    def audience(self) -> str:
        """The short word for its reader in the page's id: "AH" of ``W-2026-47-AH-1``."""
        kind, _, rest = self.path.stem.partition("-")
        if kind == _COACHES:
            return "AD"
        return rest.split("-", 2)[-1].rpartition("-")[0]

    def __str__(self) -> str:
        """Name the page by its file alone, for mail is read in other places than this machine."""
        return f"{self.path.name}: {self.error.what}. {self.error.cure}"


@dataclass(slots=True)
class Announced:
    """Pages to announce, read as far as they can be."""

    twins: list[Twin] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.twins or self.unread)

    def read(self, job: str, last: date, paths: Iterable[Path]) -> None:
        """Add a job's pages of the period that ended on ``last``."""
        for path in paths:
            try:
                self.twins.append(read_twin(path))
            except TwinUnreadable as error:
                self.unread.append(Unread(job, last, path, error))
