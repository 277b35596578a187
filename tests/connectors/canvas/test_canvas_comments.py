"""Comments on work handed in: one adult and one student, course by course."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.model import Channel
from auditor.source import Denied
from benchmarks.pretend.canvas import Comment, Course, Enrollment, Work
from tests.connectors.canvas.canvas_world import (
    CANARY,
    COURSE,
    NOON,
    OTHER,
    SECOND,
    SECOND_UNIT,
    STUDENT,
    TEACHER,
    TEACHER_UNIT,
    THIRD,
    minutes,
    pull,
    serving,
    world,
)
from tests.connectors.read_back import Read

WORKS = "submissions.list"


def comment(id_: int, author: int | None, after: float = 0, text: str = "") -> Comment:
    return Comment(id_, NOON + minutes(after), author, text or f"Nice {CANARY} {id_}")


def course(*works: Work, **more: Any) -> Course:
    return replace(COURSE, works=works, **more)


def read(folder: Path, *courses: Course, **more: Any) -> Read:
    with serving(world(courses=courses)) as running:
        return pull(running, folder, **more)


def test_a_comment_is_to_the_student_whose_work_it_is(tmp_path: Path) -> None:
    found = read(tmp_path, course(Work(70, STUDENT, (comment(1, TEACHER), comment(2, STUDENT, 9)))))
    assert found.told == {
        "comments/7/70/20/1": {"T10": "from", "K20": "to"},
        "comments/7/70/20/2": {"K20": "from", "T10": "to"},
    }
    message = found.messages[0]
    assert (message.channel, message.tool) == (Channel.LMS_COMMENT, "canvas")
    assert {one.thread for one in found.messages} == {"lms/comments/7/70/20"}
    assert found.states == {TEACHER_UNIT: ("read", 0), SECOND_UNIT: ("read", 0), None: ("read", 2)}
    for word in (CANARY, "Nice", "answer in full", "93.5", "Biology"):
        assert word not in repr(found.pages)


def test_a_students_comment_that_nobody_answered_is_to_people_not_known(tmp_path: Path) -> None:
    found = read(tmp_path, course(Work(70, STUDENT, (comment(1, STUDENT),))))
    assert found.told == {"comments/7/70/20/1": {"K20": "from"}}
    assert found.message.recipients_hidden
    assert found.notes == {}


def test_one_comment_on_the_work_of_a_group_is_one_message(tmp_path: Path) -> None:
    works = [Work(70, one, (comment(n, TEACHER, text="Well done"),)) for n, one in
             enumerate((STUDENT, OTHER, THIRD), 1)]  # fmt: skip
    elsewhere = Work(71, STUDENT, (comment(9, TEACHER, text="Well done"),))
    found = read(tmp_path, course(*works, elsewhere))
    assert found.told == {
        "comments/7/70/20/1": {"T10": "from", "K20": "to", "K21": "to", "K22": "to"},
        "comments/7/71/20/9": {"T10": "from", "K20": "to"},
    }
    assert {one.channel for one in found.messages} == {Channel.LMS_COMMENT}


def test_old_comments_and_anonymous_ones(tmp_path: Path) -> None:
    old = comment(1, TEACHER, -60 * 24 * 3)
    found = read(tmp_path, course(Work(70, STUDENT, (old, comment(2, None)))))
    assert found.messages == []
    assert found.rejected == [("course 7", "author_id")]


def test_comments_are_left_alone_where_the_settings_say_so(tmp_path: Path) -> None:
    with serving(world(courses=(course(Work(70, STUDENT, (comment(1, TEACHER),))),))) as running:
        found = pull(running, tmp_path, comments=False)
        assert running.count(WORKS) == running.count("courses.list") == 0
    assert found.messages == []


def test_a_comment_in_the_weeks_after_a_course_is_told(tmp_path: Path) -> None:
    ended = replace(
        course(Work(70, STUDENT, (comment(1, TEACHER),))), ended_at=NOON - timedelta(days=9)
    )
    with serving(world(courses=(ended,))) as running:
        found = pull(running, tmp_path)
    assert list(found.told) == ["comments/7/70/20/1"]


def test_a_course_that_ended_before_is_not_asked_about(tmp_path: Path) -> None:
    past = Course(8, "Past", (Enrollment(SECOND, "teacher"),), ended_at=NOON - timedelta(days=40))
    with serving(world(courses=(COURSE, past))) as running:
        pull(running, tmp_path)
        assert running.count(WORKS) == 1


@pytest.mark.parametrize("kind", ["403", "404", "410", "503", "garbage"])
def test_a_course_that_cannot_be_read_is_its_own_gap(tmp_path: Path, kind: str) -> None:
    other = replace(course(Work(70, STUDENT, (comment(1, TEACHER),))), id=8)
    with serving(world(courses=(COURSE, other))) as running:
        running.faults.plan(WORKS, kind, times=9, where=lambda request: "/7/" in request.path)
        found = pull(running, tmp_path)
    assert list(found.told) == ["comments/8/70/20/1"]
    assert found.states["course 7"] == ("missing", None)
    assert found.states[None] == ("read", 1)


def test_without_the_right_to_see_courses_the_source_says_so(tmp_path: Path) -> None:
    with serving(world(permissions=frozenset({"become_user", "read_roster"}))) as running:
        with pytest.raises(Denied):
            pull(running, tmp_path)
        assert pull(running, tmp_path, comments=False).states[None] == ("read", 0)
