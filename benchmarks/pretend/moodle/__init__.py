"""A Moodle site, pretended: a server, and the sample district inside it."""

from __future__ import annotations

from benchmarks.pretend.moodle.making import message_number, world_of
from benchmarks.pretend.moodle.server import READING, PretendMoodle
from benchmarks.pretend.moodle.world import Conversation, Course, Said, User, World

__all__ = [
    "READING",
    "Conversation",
    "Course",
    "PretendMoodle",
    "Said",
    "User",
    "World",
    "message_number",
    "world_of",
]
