"""Comments on work handed in: one adult and one student, in a place nobody looks at.

They are told with the work itself, course by course, and Canvas cannot be asked for new ones alone.
Grades, answers and texts go as an answer is read. A comment is to the student whose work it is;
what a student writes is to the adults who have commented there. Whoever else teaches the course
may look at it, but nobody told them: they are no party.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auditor.source import SourceError
from connectors.canvas.asking import Asking
from connectors.canvas.fields import NO_RECORD, Record, id_of, in_order, moment, text_of, written_by
from connectors.canvas.sent import MARGIN, Imprints, Sent, is_answer

_STATES = ["available", "completed"]
UNTOLD = "work handed in of which Canvas does not tell the comments"
ANONYMOUS = "Canvas does not tell who wrote the comment"


@dataclass(frozen=True, slots=True)
class Course:
    id: str
    name: str

    @property
    def unit(self) -> str:
        """What it is called in reports."""
        return f"course {self.id}"


def read_courses(asking: Asking, account: str, since: datetime) -> list[Course]:
    """Return the courses that had not ended by ``since``, by number; raises ``SourceError``."""
    asked: dict[str, str | list[str]] = {
        "state[]": _STATES,
        "with_enrollments": "true",
        "ends_after": since.isoformat(),
    }
    found: dict[str, Course] = {}
    for record in asking.records(f"accounts/{account}/courses", asked):
        id_ = id_of(record.get("id"))
        if id_:
            found.setdefault(id_, Course(id_, text_of(record, "name")))
    return [found[id_] for id_ in sorted(found, key=in_order)]


@dataclass(slots=True)
class Commented:
    """What one course brought, or why it brought nothing."""

    sent: list[Sent] = field(default_factory=list)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    said: Counter[tuple[str, bool]] = field(default_factory=Counter)
    records: int = 0
    failure: SourceError | None = None


@dataclass(frozen=True, slots=True)
class Comments:
    """Reads the comments of courses, one after the other."""

    asking: Asking
    imprints: Imprints
    begins: datetime
    ends: datetime

    def of(self, course: Course) -> Commented:
        """Return what was commented in a course; raises ``SourceError``."""
        found = Commented()
        asked: dict[str, str | list[str]] = {
            "student_ids[]": ["all"],
            "include[]": ["submission_comments"],
        }
        path = f"courses/{course.id}/students/submissions"
        seen: set[str] = set()
        for work in self.asking.records(path, asked):
            comments = work.get("submission_comments")
            if not isinstance(comments, list):
                found.said[UNTOLD, True] += 1
                continue
            told = [one for one in comments if isinstance(one, dict)]
            for _ in range(len(comments) - len(told)):
                found.records += 1
                found.refused["submission_comments", NO_RECORD] += 1
            for comment in told:
                id_ = id_of(comment.get("id"))
                if not id_ or id_ not in seen:
                    self._take(course, work, comment, told, found)
                seen.add(id_)
        return found

    def _take(
        self,
        course: Course,
        work: Record,
        comment: Record,
        together: list[dict[str, Any]],
        found: Commented,
    ) -> None:
        at = moment(comment.get("created_at"))
        if at is not None and not self.begins - MARGIN <= at < self.ends + MARGIN:
            return
        found.records += 1
        id_, author = id_of(comment.get("id")), id_of(comment.get("author_id"))
        student, task = id_of(work.get("user_id")), id_of(work.get("assignment_id"))
        needed: Mapping[str, object] = {"created_at": at, "id": id_, "user_id": student}
        lacking = next((name for name, value in needed.items() if not value), None)
        if at is None or lacking is not None:
            found.refused[lacking or "created_at", "without it the comment is nobody's"] += 1
            return
        if not author:
            found.refused["author_id", ANONYMOUS] += 1
            return
        others = (student,) if author != student else tuple(_adults(together, student))
        where = f"comments/{course.id}/{task}/{student}"
        found.sent.append(
            Sent(
                at,
                f"{where}/{id_}",
                author,
                others,
                where,
                course.unit,
                comment=True,
                complete=bool(others),
                answer=is_answer(at, author, written_by(together)),
                imprint=self.imprints.of(course.id, task, comment.get("comment")),
            )
        )


def _adults(together: list[dict[str, Any]], student: str) -> Iterator[str]:
    """Yield who but the student has commented on a piece of work, in order."""
    authors = {id_of(one.get("author_id")) for one in together} - {"", student}
    yield from sorted(authors, key=in_order)
