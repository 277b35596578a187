"""Google Workspace for Education, pretended: a server, and the sample district inside it."""

from __future__ import annotations

from benchmarks.pretend.google.documents import SCOPE
from benchmarks.pretend.google.making import ADMIN, world_of
from benchmarks.pretend.google.server import DELEGATED, PretendGoogle
from benchmarks.pretend.google.world import (
    FUNDAMENTALS,
    PLUS,
    STANDARD,
    Course,
    Edition,
    Grant,
    Group,
    LogRow,
    Message,
    Space,
    Stuff,
    User,
    World,
)
from benchmarks.pretend.standing import Asked
from benchmarks.pretend.worlds import MailSettings, Seat

__all__ = [
    "ADMIN",
    "DELEGATED",
    "FUNDAMENTALS",
    "PLUS",
    "SCOPE",
    "STANDARD",
    "Asked",
    "Course",
    "Edition",
    "Grant",
    "Group",
    "LogRow",
    "MailSettings",
    "Message",
    "PretendGoogle",
    "Seat",
    "Space",
    "Stuff",
    "User",
    "World",
    "world_of",
]
