"""What a pretended Canvas holds: people, courses, conversations and work handed in.

Texts and subjects are there to be dropped: the sample's carry a word that must never be kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

LONG_AGO = datetime(2021, 7, 1, 12, tzinfo=UTC)
EVERYTHING = frozenset(
    ("become_user", "read_roster", "read_sis", "read_email_addresses", "view_user_logins",
     "read_course_list", "view_all_grades")
)  # fmt: skip
"""Permissions of the administrator whose token is used, unless a test says otherwise."""


@dataclass(frozen=True, slots=True)
class User:
    id: int
    name: str
    login: str = ""
    sis_id: str | None = None
    email: str | None = None
    admin: bool = False
    """Whether it is an administrator with more rights than the token's owner."""
    active: bool = True
    earlier_name: str = ""
    """What Canvas's own lines still call somebody who was renamed since."""

    @property
    def sortable(self) -> str:
        given, _, family = self.name.rpartition(" ")
        return f"{family}, {given}" if given else family


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a conversation."""

    id: int
    at: datetime
    author: int
    told: tuple[int, ...]
    """Who was told, the author too; whoever is added later is told as well."""
    text: str = ""
    generated: bool = False
    deleted_by: tuple[int, ...] = ()
    adds: tuple[int, ...] = ()
    """Whom a generated message says were added."""
    automated: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    id: int
    letters: tuple[Letter, ...]
    """The oldest first."""
    subject: str = ""
    private: bool = False
    context: str | None = None
    archived_by: tuple[int, ...] = ()
    read_by: tuple[int, ...] = ()
    muted_by: tuple[int, ...] = ()

    @property
    def people(self) -> tuple[int, ...]:
        told = [one for letter in self.letters for one in (*letter.told, *letter.adds)]
        return tuple(dict.fromkeys(told))

    def told(self, letter: Letter) -> tuple[int, ...]:
        """Return who has a letter by now: who is added is given what was written before."""
        later = [x for one in self.letters if one.at > letter.at for x in one.adds]
        return tuple(dict.fromkeys((*letter.told, *letter.adds, *later)))

    def visible(self, user: int) -> tuple[Letter, ...]:
        """Return what somebody still has of it."""
        return tuple(
            one for one in self.letters if user in self.told(one) and user not in one.deleted_by
        )


@dataclass(frozen=True, slots=True)
class Enrollment:
    user: int
    kind: str
    """teacher, ta, designer, observer or student."""
    observes: int | None = None
    state: str = "active"


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    at: datetime
    author: int | None
    """None: an anonymous assignment."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """What one student handed in for one assignment."""

    assignment: int
    student: int
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    id: int
    name: str
    enrollments: tuple[Enrollment, ...] = ()
    works: tuple[Work, ...] = ()
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class World:
    users: tuple[User, ...]
    ends: datetime
    courses: tuple[Course, ...] = ()
    conversations: tuple[Conversation, ...] = ()
    owner: int = 1
    """Whose token it is."""
    permissions: frozenset[str] = EVERYTHING
    canary: str = ""
    tells_who_was_told: bool = True
    """Whether messages come with the list of who was told."""
    _by_id: dict[int, User] = field(default_factory=dict, init=False, repr=False, compare=False)
    _theirs: dict[int, list[Conversation]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def user(self, id_: int) -> User | None:
        if not self._by_id:
            self._by_id.update({user.id: user for user in self.users})
        return self._by_id.get(id_)

    def conversations_of(self, id_: int) -> list[Conversation]:
        if not self._theirs:
            for one in self.conversations:
                for person in one.people:
                    self._theirs.setdefault(person, []).append(one)
        return self._theirs.get(id_, [])

    def enrolled_as(self, kind: str) -> frozenset[int]:
        return frozenset(
            one.user for course in self.courses for one in course.enrollments if one.kind == kind
        )
