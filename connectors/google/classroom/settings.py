"""The settings of the source ``google-classroom``, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from connectors.google.access import unknown_settings
from connectors.options import MOST_THREADS, flag, number, text


class Kind(StrEnum):
    """What one source brings: rosters are read before messages, so it is one or the other."""

    ROSTERS = "rosters"
    POSTS = "posts"


@dataclass(frozen=True, slots=True)
class ClassroomSettings:
    """What is read of Classroom, and how."""

    kind: Kind = Kind.ROSTERS
    guardians: bool = False
    """Whether the guardians that Classroom knows are taken in; needs a scope of its own."""
    names: bool = True
    """Whether courses keep the names their teachers gave them; else pages show their numbers."""
    tool: str = "google-classroom"
    """Name of Classroom in the district's tool catalogue."""
    threads: int = 8
    """Courses read at the same time."""
    queries_per_minute: int = 1_000
    """How fast we ask. Google publishes its limit in the Cloud console, not for everybody."""

    @classmethod
    def of(cls, settings: Mapping[str, object], mistakes: list[str]) -> ClassroomSettings:
        """Return what the settings say, adding every mistake in them."""
        kind = settings.get("kind", "rosters")
        if kind not in tuple(Kind):
            mistakes.append('kind must be "rosters" or "posts"')
            kind = "rosters"
        guardians = flag(settings, "guardians", mistakes, default=False)
        if kind == Kind.POSTS and guardians:
            mistakes.append('guardians is only for kind = "rosters"')
        mistakes += unknown_settings(settings, (f.name for f in fields(cls)), "google-classroom")
        return cls(
            Kind(str(kind)),
            guardians,
            flag(settings, "names", mistakes, default=True),
            text(settings, "tool", mistakes) or "google-classroom",
            number(settings, "threads", 8, MOST_THREADS, mistakes),
            number(settings, "queries_per_minute", 1_000, 1_000_000, mistakes),
        )
