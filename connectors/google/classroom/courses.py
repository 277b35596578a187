"""Courses of Google Classroom and the people in them: who and where, never what was written.

Only the fields named here are asked for. A course's own description, its room and its folder stay
where they are, and so does every word of what is posted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditor.model import Address, ClassRole
from connectors.answers import Found
from connectors.google.accounts import Accounts
from connectors.google.asking import Api, Asking, Cost, PageQuestion, listed
from connectors.google.users import moment

COURSE_SCOPES = ("classroom.courses.readonly",)
MEMBER_SCOPES = ("classroom.rosters.readonly", "classroom.profile.emails")
_STATES = ("ACTIVE", "ARCHIVED")
"""Courses in any other state have no students who see anything."""
_PAGE = 500
"""Asked for; Classroom may give fewer, and does not say how many it gives at most."""
_COURSE = "id,courseState,creationTime,updateTime"
_MEMBER = "userId,profile(emailAddress)"


@dataclass(frozen=True, slots=True)
class Course:
    id: str
    name: str | None
    """None where names are not asked for."""
    created_at: datetime | None
    changed_at: datetime | None
    archived: bool


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a course. ``address`` is None where nobody says whose number it is."""

    number: str
    role: ClassRole
    address: Address | None


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks Classroom as one administrator, no faster than agreed."""

    asking: Asking
    cost: Cost = ()

    def courses(self, *, since: datetime, names: bool) -> list[Course]:
        """Return the courses that are taught, and those archived after ``since``, by number.

        Raises ``SourceError``.
        """
        fields = f"nextPageToken,courses({_COURSE}{',name' if names else ''})"
        found: dict[str, Course] = {}
        records = self.asking.records(
            Api.CLASSROOM,
            lambda service, mark: service.courses().list(
                courseStates=list(_STATES), pageSize=_PAGE, pageToken=mark, fields=fields
            ),
            items="courses",
            cost=self.cost,
        )
        for record in records:
            course = _course(record)
            recent = course is not None and (
                not course.archived or course.changed_at is None or course.changed_at >= since
            )
            if course is not None and recent:
                found.setdefault(course.id, course)
        return [found[id_] for id_ in sorted(found)]

    def members(self, course: str, role: ClassRole, accounts: Accounts) -> list[Member] | None:
        """Return the teachers or the students of a course, None if it is not there any more."""
        items = "students" if role is ClassRole.STUDENT else "teachers"

        def question(service: Any, mark: str | None) -> Any:
            return getattr(service.courses(), items)().list(
                courseId=course,
                pageSize=_PAGE,
                pageToken=mark,
                fields=f"nextPageToken,{items}({_MEMBER})",
            )

        records = self.listed(question, items)
        if records is None:
            return None
        found: dict[str, Member] = {}
        for record in records:
            number, profile = record.get("userId"), record.get("profile")
            if isinstance(number, str):
                told = profile.get("emailAddress") if isinstance(profile, dict) else None
                found.setdefault(number, Member(number, role, accounts.address(number, told)))
        return [found[number] for number in sorted(found)]

    def listed(
        self,
        question: PageQuestion,
        items: str,
        *,
        until: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> list[dict[str, Any]] | None:
        """Return a list's records, None if what it hangs on is not there any more.

        ``until`` says of which record on nothing more is wanted.
        """
        found: list[dict[str, Any]] = []
        for answer in self.asking.pages(Api.CLASSROOM, question, items=items, cost=self.cost):
            if not isinstance(answer, Found):
                return None
            for record in listed(answer.document, items):
                if until is not None and until(record):
                    return found
                found.append(record)
        return found


def _course(record: Mapping[str, Any]) -> Course | None:
    number, name = record.get("id"), record.get("name")
    if not isinstance(number, str) or not number:
        return None
    return Course(
        number,
        name if isinstance(name, str) else None,
        moment(record.get("creationTime")),
        moment(record.get("updateTime")),
        record.get("courseState") == "ARCHIVED",
    )
