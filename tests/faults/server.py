"""A server on this machine that answers as it is told to, wrongly in every way there is."""

from __future__ import annotations

from benchmarks.pretend import serving
from benchmarks.pretend.serving import JSON, How, Reply
from benchmarks.pretend.serving import Request as Asked

__all__ = ["JSON", "Asked", "How", "Reply", "Server"]


class Server(serving.Server):
    """A vendor whose addresses all begin with a version."""

    @property
    def base(self) -> str:
        return f"{self.address}/v1"
