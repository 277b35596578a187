"""What there is in a pretended Schoology: accounts, sections, groups, posts and messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ACTIVE, EXPIRED, INVITED, ASKED, ARCHIVED = "1", "2", "3", "4", "5"
ROLES = {
    "Teacher": ("1213", 1),
    "Student": ("1214", 0),
    "Parent": ("1215", 0),
    "Admin": ("1212", 1),
}
"""Title -> number and whether it is one of faculty."""


@dataclass(frozen=True, slots=True)
class User:
    uid: str
    given: str
    family: str
    role: str = "Teacher"
    email: str = ""
    school_uid: str = ""
    building: str = ""
    children: tuple[str, ...] = ()
    inactive: bool = False


@dataclass(frozen=True, slots=True)
class Building:
    id: str
    title: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    uid: str
    leads: bool = False
    status: str = ACTIVE


@dataclass(frozen=True, slots=True)
class Comment:
    id: str
    uid: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Update:
    id: str
    uid: str
    at: datetime
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A section, with the course it is of, or a group."""

    id: str
    title: str
    seats: tuple[Seat, ...]
    updates: tuple[Update, ...] = ()
    course: str = ""
    """Number of its course; "" for a group."""
    building: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Sent:
    """One private message. A thread is shown once to whoever wrote in it, as it last stood."""

    thread: str
    author: str
    recipients: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class World:
    ends: datetime
    users: tuple[User, ...]
    buildings: tuple[Building, ...] = ()
    sections: tuple[Place, ...] = ()
    groups: tuple[Place, ...] = ()
    sent: tuple[Sent, ...] = ()
    school: str = "344232"
    name: str = "Marlow Public Schools"
    owner: str = "1"
    """Number of the account whose key it is."""
    canary: str = ""
    """A word in every text that must never be stored."""

    def user(self, uid: str) -> User | None:
        return next((user for user in self.users if user.uid == uid), None)
