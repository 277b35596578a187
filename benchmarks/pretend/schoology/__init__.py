"""One school's Schoology, pretended: a server, and the sample district inside it."""

from __future__ import annotations

from benchmarks.pretend.schoology.making import sent_id, world_of
from benchmarks.pretend.schoology.server import PretendSchoology
from benchmarks.pretend.schoology.world import (
    Building,
    Comment,
    Place,
    Seat,
    Sent,
    Update,
    User,
    World,
)

__all__ = [
    "Building",
    "Comment",
    "Place",
    "PretendSchoology",
    "Seat",
    "Sent",
    "Update",
    "User",
    "World",
    "sent_id",
    "world_of",
]
