"""What there is in a pretended Moodle site: accounts, courses, and conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

INDIVIDUAL, GROUP, SELF = 1, 2, 3


@dataclass(frozen=True, slots=True)
class User:
    id: int
    username: str
    given: str
    family: str
    email: str = ""
    idnumber: str = ""
    suspended: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    id: int
    author: int
    """Below 0 for the site itself."""
    at: datetime
    deleted_by: tuple[int, ...] = ()
    """Members who do not see it any more."""


@dataclass(frozen=True, slots=True)
class Conversation:
    id: int
    type: int
    members: tuple[int, ...]
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    id: int
    name: str
    enrolled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class World:
    ends: datetime
    users: tuple[User, ...]
    conversations: tuple[Conversation, ...] = ()
    courses: tuple[Course, ...] = ()
    owner: int = 2
    """The account whose token it is."""
    canary: str = ""
    """A word in every text that must never be stored."""
