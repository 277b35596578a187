"""Announcements and course work for chosen students alone: contact by another door.

A post for the whole course is no such contact and is not delivered; that a course has but one
student stands in the rosters. Whoever else teaches the course sees the post, and is one of its
parties. What was deleted is asked for too: deleting is not innocence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auditor.model import Address, Channel, ClassRole, Message, Party, PartyRole
from auditor.source import Denied, Transient
from connectors.google.accounts import Accounts
from connectors.google.classroom.courses import Course, Member, Questions
from connectors.google.refusals import NotDelegated
from connectors.google.users import moment
from connectors.pool import in_threads

POST_SCOPES = (
    "classroom.announcements.readonly",
    "classroom.coursework.students.readonly",
)
_STATES = ("PUBLISHED", "DELETED")
_PAGE = 100
_POST = (
    "id,state,creationTime,updateTime,scheduledTime,assigneeMode,creatorUserId,"
    "individualStudentsOptions(studentIds)"
)
_CHOSEN = "INDIVIDUAL_STUDENTS"
_NEWEST_FIRST = "updateTime desc"


_DELETED = "it was deleted while it was read"


class _Gone(Exception):
    """A course that was listed is not there any more."""


@dataclass(frozen=True, slots=True)
class Door:
    """One of the two ways to post for chosen students."""

    collection: str
    """The method's name in Google's library, and the name of the list in its answer."""
    states: str
    name: str


DOORS = (
    Door("announcements", "announcementStates", "announcement"),
    Door("courseWork", "courseWorkStates", "course work"),
)


@dataclass(slots=True)
class Posted:
    """What one course holds."""

    messages: list[Message] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Name of the field for want of which a post could not be used."""
    whole_course: int = 0
    deleted: int = 0
    unknown_students: int = 0
    failure: str | None = None
    """Why the course could not be read, or not all of it."""

    @property
    def records(self) -> int:
        return len(self.messages) + len(self.refused) + self.whole_course


@dataclass(frozen=True, slots=True)
class PostReader:
    """Reads what was posted or changed since a moment, course by course."""

    questions: Questions
    accounts: Accounts
    source: str
    """The source's own name, which keeps its conversations apart from other sources'."""
    tool: str
    since: datetime
    threads: int

    def read(self, courses: Sequence[Course]) -> Iterator[tuple[Course, Posted]]:
        """Yield each course with its posts; raises ``SourceError`` for what concerns them all."""
        yield from in_threads(courses, self._course, threads=self.threads)

    def _course(self, course: Course) -> Posted:
        posted = Posted()
        teachers: list[Member] | None = None
        try:
            for door in DOORS:
                for record in self._records(course, door):
                    if record.get("assigneeMode") != _CHOSEN:
                        posted.whole_course += 1
                        continue
                    if teachers is None:
                        teachers = self._teachers(course)
                    self._take(course, door, record, teachers, posted)
        except NotDelegated:
            raise
        except _Gone:
            posted.failure = _DELETED
        except (Denied, Transient) as error:
            posted.failure = error.what
        posted.messages.sort(key=lambda one: (one.sent_at, one.native_id))
        return posted

    def _teachers(self, course: Course) -> list[Member]:
        found = self.questions.members(course.id, ClassRole.TEACHER, self.accounts)
        if found is None:  # without them a post would look as if no other adult saw it
            raise _Gone
        return found

    def _records(self, course: Course, door: Door) -> Sequence[Mapping[str, Any]]:
        def question(service: Any, mark: str | None) -> Any:
            return getattr(service.courses(), door.collection)().list(
                courseId=course.id,
                orderBy=_NEWEST_FIRST,
                pageSize=_PAGE,
                pageToken=mark,
                fields=f"nextPageToken,{door.collection}({_POST})",
                **{door.states: list(_STATES)},
            )

        def older(record: Mapping[str, Any]) -> bool:
            changed = moment(record.get("updateTime"))
            return changed is not None and changed < self.since

        found = self.questions.listed(question, door.collection, until=older)
        if found is None:
            raise _Gone
        return list({str(one.get("id")): one for one in found}.values())

    def _take(
        self,
        course: Course,
        door: Door,
        record: Mapping[str, Any],
        teachers: Sequence[Member],
        posted: Posted,
    ) -> None:
        sent_at = moment(record.get("scheduledTime")) or moment(record.get("creationTime"))
        number, author = record.get("id"), self.accounts.address(record.get("creatorUserId"))
        if author is None:
            author = _of(teachers, record.get("creatorUserId"))
        if not isinstance(number, str) or sent_at is None or author is None:
            lacking = "id" if not isinstance(number, str) else "creationTime"
            posted.refused.append("creatorUserId" if author is None else lacking)
            return
        posted.deleted += record.get("state") == "DELETED"
        students, unknown = self._students(record)
        posted.unknown_students += unknown
        parties = {author: PartyRole.FROM}
        for student in students:
            parties.setdefault(student, PartyRole.TO)
        for teacher in teachers:
            if teacher.address is not None:
                parties.setdefault(teacher.address, PartyRole.MEMBER)
        posted.messages.append(
            Message(
                native_id=f"{course.id}/{door.name}/{number}",
                channel=Channel.ANNOUNCEMENT,
                tool=self.tool,
                sent_at=sent_at,
                parties=tuple(Party(address, role) for address, role in parties.items()),
                thread=f"{self.source}/{course.id}/{number}",
                # No container: the others in the course do not see it, so it is no room's message.
                recipients_hidden=unknown > 0 or not students,
                unparsed=("individualStudentsOptions",) if unknown else (),
            )
        )

    def _students(self, record: Mapping[str, Any]) -> tuple[list[Address], int]:
        """Return whom a post was chosen for, and how many of them nobody knows."""
        options = record.get("individualStudentsOptions")
        numbers = options.get("studentIds") if isinstance(options, dict) else None
        listed = dict.fromkeys(one for one in numbers if isinstance(one, str)) if numbers else {}
        found = [self.accounts.address(number) for number in sorted(listed)]
        known = [address for address in found if address is not None]
        return known, len(found) - len(known)


def _of(members: Sequence[Member], number: object) -> Address | None:
    return next((one.address for one in members if one.number == number), None)
