"""Microsoft 365 Education, pretended: a server, and the sample district inside it."""

from __future__ import annotations

from benchmarks.pretend.microsoft.edition import A1, A3, A5, Edition
from benchmarks.pretend.microsoft.making import world_of
from benchmarks.pretend.microsoft.server import CONSENTED, PretendMicrosoft
from benchmarks.pretend.microsoft.world import (
    App,
    Channel,
    Chat,
    Class,
    Contact,
    Grant,
    Group,
    Message,
    Post,
    Record,
    School,
    SignIn,
    Team,
    Trace,
    User,
    World,
    guid,
)
from benchmarks.pretend.standing import Asked
from benchmarks.pretend.worlds import MailSettings, Seat

__all__ = [
    "A1",
    "A3",
    "A5",
    "CONSENTED",
    "App",
    "Asked",
    "Channel",
    "Chat",
    "Class",
    "Contact",
    "Edition",
    "Grant",
    "Group",
    "MailSettings",
    "Message",
    "Post",
    "PretendMicrosoft",
    "Record",
    "School",
    "Seat",
    "SignIn",
    "Team",
    "Trace",
    "User",
    "World",
    "guid",
    "world_of",
]
