"""A pretended roster server: its district changes while it is read, and nobody may change it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.pretend.faults import Faults
from benchmarks.pretend.serving import Reply, Request
from benchmarks.pretend.standing import Refusal, StandIn


class TurningStandIn(StandIn):
    """Counts its pages, and what would have changed something."""

    def __init__(
        self, faults: Faults, *, now: datetime | None, clock: Callable[[], float]
    ) -> None:
        super().__init__(faults, now=now or datetime(2026, 11, 24, 7, tzinfo=UTC), clock=clock)
        self.changes = 0
        """Requests that would have changed something."""
        self.served = 0
        """Pages asked for so far."""
        self.meanwhile: dict[int, Callable[[], None]] = {}
        """Number of a page (from 1) -> what happens in the district just before it."""

    def _refused(self, status: int) -> Refusal:
        """Return the vendor's own refusal."""
        raise NotImplementedError

    def _turn(self) -> None:
        """Let what is due before the next page happen."""
        self.served += 1
        self.meanwhile.pop(self.served, lambda: None)()

    def _change(self, request: Request) -> Reply:  # noqa: ARG002  (the shape of an answer)
        self.changes += 1
        raise self._refused(403)

    def _nowhere(self, request: Request) -> Reply:  # noqa: ARG002  (the shape of an answer)
        raise self._refused(404)


def private_file(path: Path, text: str) -> Path:
    """Write a file that only its owner may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path
