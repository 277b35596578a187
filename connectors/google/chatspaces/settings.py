"""The settings of the source ``google-chat``, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from connectors.google.access import unknown_settings
from connectors.options import MOST_THREADS, flag, number, org_units, text


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """How spaces are read."""

    names: bool = True
    """Whether spaces keep the names their members gave them; else pages show their ids."""
    history: bool = False
    """Whether spaces of students and adults are to keep their history, and are asked if they do."""
    students: tuple[str, ...] = ()
    """The units of students' accounts, for ``history``."""
    tool: str = "google-chat"
    """Name of Google Chat in the district's tool catalogue."""
    threads: int = 8
    """Spaces read at the same time."""
    queries_per_minute: int = 600
    """How fast we ask. Google publishes its limit in the Cloud console, not for everybody."""

    @classmethod
    def of(cls, settings: Mapping[str, object], mistakes: list[str]) -> ChatSettings:
        """Return what the settings say, adding every mistake in them."""
        mistakes += unknown_settings(settings, (f.name for f in fields(cls)), "google-chat")
        history = flag(settings, "history", mistakes, default=False)
        students = org_units(settings, "students", mistakes)
        if history and not students and "students" not in " ".join(mistakes):
            mistakes.append("students must list the students' units where history is set")
        return cls(
            flag(settings, "names", mistakes, default=True),
            history,
            students,
            text(settings, "tool", mistakes) or "google-chat",
            number(settings, "threads", 8, MOST_THREADS, mistakes),
            number(settings, "queries_per_minute", 600, 1_000_000, mistakes),
        )
