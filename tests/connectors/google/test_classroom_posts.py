"""What was posted in Google Classroom to chosen students alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.model import Channel, Message
from auditor.source import DayState, Denied, FactKind, Window
from benchmarks.pretend.google import Course, PretendGoogle
from tests.connectors.google.classroom_world import (
    CANARY,
    DAY,
    NOON,
    OTHER,
    SECOND,
    STUDENT,
    TEACHER,
    WEEK,
    Read,
    classroom,
    course,
    id_of,
    post,
    pulled,
    serving,
)
from tests.connectors.google.directory_world import account

DAYS = [date(2026, 11, n) for n in range(16, 24)]


def read(google: PretendGoogle, folder: Path, window: Window = WEEK, **settings: Any) -> Read:
    return pulled(classroom(google, folder, kind="posts", **settings), window)


def posts(folder: Path, *courses: Course) -> Read:
    with serving(courses=courses) as google:
        return read(google, folder)


def roles(message: Message) -> dict[str, str]:
    return {party.address.text: party.role.value for party in message.parties}


def test_an_announcement_to_one_student_is_a_message_to_that_student(tmp_path: Path) -> None:
    told = posts(tmp_path, course(announcements=(post("p1", STUDENT), post("p2"))))
    (message,) = told.messages
    assert roles(message) == {TEACHER: "from", STUDENT: "to"}
    assert (message.channel, message.tool) == (Channel.ANNOUNCEMENT, "google-classroom")
    assert (message.sent_at, message.container) == (NOON, None)
    assert message.native_id == "701/announcement/p1"
    assert not message.recipients_hidden
    assert told.records == 2
    assert told.notes["post for a whole course, no contact with chosen students"] == 1
    assert CANARY not in repr(told)


def test_whoever_else_teaches_the_course_is_there_too(tmp_path: Path) -> None:
    shared = course(teachers=(TEACHER, SECOND), work=(post("w1", STUDENT, OTHER),))
    (message,) = posts(tmp_path, shared).messages
    assert roles(message) == {TEACHER: "from", STUDENT: "to", OTHER: "to", SECOND: "member"}
    assert message.native_id == "701/course work/w1"


def test_no_word_of_a_post_is_asked_for(tmp_path: Path) -> None:
    with serving(courses=(course(announcements=(post("p1", STUDENT),)),)) as google:
        read(google, tmp_path)
        asked = " ".join(str(a.query.get("fields")) for a in google.asked if a.endpoint.startswith("classroom"))
    for word in ("text", "title", "description", "materials", "name", "Link", "*", "grade"):
        assert word not in asked.replace("courseWork(", ""), word


def test_only_what_changed_since_the_days_asked_for_is_read(tmp_path: Path) -> None:
    many = tuple(post(f"p{n}", STUDENT, at=NOON - timedelta(days=n)) for n in range(150))
    with serving(courses=(course(announcements=many),)) as google:
        told = read(google, tmp_path)
        assert google.count("classroom.courses.announcements.list") == 1
        whole = read(google, tmp_path, replace(WEEK, since=None))
    assert [m.native_id for m in told.messages] == [f"701/announcement/p{n}" for n in (2, 1, 0)]
    assert len(whole.messages) == 30


def test_the_days_are_counted_and_the_source_says_which_it_read(tmp_path: Path) -> None:
    two = (post("p1", STUDENT), post("p2", OTHER, at=NOON + timedelta(days=2)))
    told = posts(tmp_path, course(announcements=two))
    counts = {day: row.records for (day, unit), row in told.coverage.items() if unit is None}
    assert counts == dict.fromkeys(DAYS, 0) | {DAY: 1, DAY + timedelta(days=2): 1}
    assert all(row.state is DayState.READ for row in told.coverage.values())


@pytest.mark.parametrize("kind", ["403", "500"])
def test_a_course_that_cannot_be_read_is_a_gap_by_name(tmp_path: Path, kind: str) -> None:
    courses = tuple(course(n, announcements=(post("p1", STUDENT),)) for n in ("701", "702"))
    with serving(courses=courses) as google:
        google.faults.plan(
            "classroom.courses.courseWork.list", kind, times=99, where=lambda r: "/701/" in r.path
        )
        told = read(google, tmp_path)
    assert {m.native_id[:3] for m in told.messages} == {"701", "702"}
    gaps = {unit: row for (day, unit), row in told.coverage.items() if unit and day == DAY}
    assert list(gaps) == ["course 701"]
    assert (gaps["course 701"].state, gaps["course 701"].records) == (DayState.MISSING, None)


def test_not_one_course_read_is_no_quiet_day(tmp_path: Path) -> None:
    with serving(courses=(course(),)) as google:
        google.faults.plan("classroom.courses.announcements.list", "403", times=99)
        with pytest.raises(Denied, match="not one of 1 courses"):
            read(google, tmp_path)


def test_a_scope_that_lacks_is_no_gap_of_every_course(tmp_path: Path) -> None:
    with serving(courses=(course(),)) as google:
        google.delegated.discard(
            "https://www.googleapis.com/auth/classroom.coursework.students.readonly"
        )
        with pytest.raises(Denied, match="may not act"):
            read(google, tmp_path)


@pytest.mark.parametrize(
    "kind",
    ["503 retry after", "403 quotaExceeded", "connection reset", "body cut", "pages overlap", "item twice"],
)
@pytest.mark.parametrize("collection", ["announcements", "courseWork"])
def test_what_passes_by_itself_leaves_no_trace(tmp_path: Path, kind: str, collection: str) -> None:
    both = (post("p1", STUDENT), post("p2", OTHER))
    with serving(courses=(course(announcements=both, work=both),)) as google:
        plain = read(google, tmp_path)
        google.faults.plan(f"classroom.courses.{collection}.list", kind)
        again = read(google, tmp_path)
    assert again.facts == plain.facts
    assert again.coverage == plain.coverage


def test_threads_change_nothing(tmp_path: Path) -> None:
    courses = tuple(course(str(n), announcements=(post(f"p{n}", STUDENT),)) for n in range(20, 40))
    with serving(courses=courses) as google:
        one, many = (read(google, tmp_path, threads=n) for n in (1, 9))
    assert one.facts == many.facts
    assert len(one.facts) == 20


def test_somebody_nobody_knows_is_said_to_be_there(tmp_path: Path) -> None:
    strange = replace(post("p1", STUDENT), only_for=(id_of(STUDENT), "999"))
    told = posts(tmp_path, course(announcements=(strange,)))
    (message,) = told.messages
    assert message.recipients_hidden
    assert message.unparsed == ("individualStudentsOptions",)
    assert told.lost == ["student of a post whom the directory does not know"]


def test_an_author_who_was_deleted_since_is_still_known(tmp_path: Path) -> None:
    gone = account("old.hand", deleted_at=datetime(2026, 11, 20, tzinfo=UTC))
    taught = course(teachers=(TEACHER,), announcements=(post("p1", STUDENT, author=gone.email),))
    with serving(courses=(taught,)) as google:
        google.world = replace(google.world, users=(*google.world.users, gone))
        (message,) = read(google, tmp_path).messages
    assert roles(message)["old.hand@marlow.example"] == "from"


def test_what_was_left_to_a_clock_was_sent_when_that_struck(tmp_path: Path) -> None:
    later = replace(post("p1", STUDENT, at=NOON - timedelta(days=40)), scheduled_for=NOON)
    (message,) = posts(tmp_path, course(announcements=(later,))).messages
    assert message.sent_at == NOON


def test_a_later_change_leaves_the_message_as_it_was(tmp_path: Path) -> None:
    first = post("p1", STUDENT, at=NOON - timedelta(days=1))
    changed = replace(first, changed_at=NOON)
    one, other = (posts(tmp_path / n, course(announcements=(s,))) for n, s in zip("ab", (first, changed), strict=True))
    assert one.messages == other.messages


def test_deleting_is_not_innocence(tmp_path: Path) -> None:
    gone = replace(post("p1", STUDENT), deleted=True)
    told = posts(tmp_path, course(announcements=(gone,), work=(gone,)))
    assert [m.native_id for m in told.messages] == ["701/announcement/p1", "701/course work/p1"]
    assert told.notes["post that was deleted since"] == 2


def test_it_brings_messages_and_nothing_else(tmp_path: Path) -> None:
    with serving() as google:
        assert classroom(google, tmp_path, kind="posts").provides == {FactKind.MESSAGES}
