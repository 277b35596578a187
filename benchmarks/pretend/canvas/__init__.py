"""Canvas, pretended: a server, and the sample district inside it."""

from __future__ import annotations

from benchmarks.pretend.canvas.making import message_ids, world_of
from benchmarks.pretend.canvas.server import PretendCanvas
from benchmarks.pretend.canvas.world import (
    EVERYTHING,
    Comment,
    Conversation,
    Course,
    Enrollment,
    Letter,
    User,
    Work,
    World,
)

__all__ = [
    "EVERYTHING",
    "Comment",
    "Conversation",
    "Course",
    "Enrollment",
    "Letter",
    "PretendCanvas",
    "User",
    "Work",
    "World",
    "message_ids",
    "world_of",
]
