"""Classroom, calls, grants of apps and moves on lists: what each row comes to."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.model import Channel
from auditor.source import Window
from benchmarks.pretend.google import LogRow
from tests.connectors.google.logs_world import (
    DAY,
    NOON,
    OTHER,
    OUTSIDE,
    SECOND,
    STUDENT,
    TEACHER,
    minutes,
    people,
    read,
    row,
)

LAST_HOUR = NOON + timedelta(hours=11, minutes=50)
TWO_DAYS = Window(DAY, DAY + timedelta(days=1))


# ---- Classroom -------------------------------------------------------------------------------


def comment(event: str, by: str, *impacted: str, **more: Any) -> LogRow:
    told = {"course_id": "71", "course_title": "zephyrquill", "post_id": "9", "grade": "31", **more}
    return row("classroom", event, by, impacted_users=list(impacted), **told)


def test_a_private_comment_is_between_the_two_of_them(tmp_path: Path) -> None:
    found = read([comment("commented_submission_private", TEACHER, STUDENT)], tmp_path, "classroom")
    message = found.message
    assert people(message) == {TEACHER: "from", STUDENT: "to"}
    assert (message.channel, message.tool) == (Channel.LMS_COMMENT, "google-classroom")
    assert not message.recipients_hidden
    assert message.container is None
    assert "zephyrquill" not in repr(found.pages)
    assert "31" not in [*message.native_id.split("/"), message.thread]


def test_comments_of_both_on_one_work_are_one_conversation_and_on_anothers_are_not(tmp_path: Path) -> None:
    rows = [
        comment("commented_submission_private", TEACHER, STUDENT),
        comment("commented_submission_private", STUDENT, TEACHER),
        comment("commented_submission_private", TEACHER, OTHER),
        comment("commented_submission_private", TEACHER, STUDENT, post_id="10"),
    ]
    found = read(rows, tmp_path, "classroom").messages
    assert len({m.native_id for m in found}) == 4
    assert sorted([m.thread for m in found].count(m.thread) for m in found) == [1, 1, 2, 2]


def test_a_students_comment_that_names_nobody_has_readers_that_are_not_told(tmp_path: Path) -> None:
    found = read([comment("commented_submission_private", STUDENT)], tmp_path, "classroom")
    assert people(found.message) == {STUDENT: "from"}
    assert found.message.recipients_hidden
    assert found.notes == {"commented_submission_private of which the log does not tell for whom": 1}


def test_an_announcement_to_one_student_names_that_student(tmp_path: Path) -> None:
    found = read([comment("published_announcement", TEACHER, STUDENT)], tmp_path, "classroom")
    assert people(found.message) == {TEACHER: "from", STUDENT: "to"}
    assert (found.message.channel, found.message.container) == (Channel.ANNOUNCEMENT, "71")


@pytest.mark.parametrize(
    "event", ["commented_submission_public", "commented_announcement", "commented_course_work"]
)
def test_what_the_whole_course_reads_singles_nobody_out(event: str, tmp_path: Path) -> None:
    found = read([comment(event, TEACHER, STUDENT)], tmp_path, "classroom")
    assert people(found.message) == {TEACHER: "from"}
    assert found.message.recipients_hidden
    assert found.message.container == "71"


def test_a_comment_without_an_author_is_set_aside(tmp_path: Path) -> None:
    found = read([comment("commented_submission_private", "", STUDENT)], tmp_path, "classroom")
    assert [(one.file, one.field) for one in found.rejected] == [("classroom log", "actor.email")]


# ---- calls -----------------------------------------------------------------------------------


def left(who: str, conference: str = "c1", at: Any = NOON, seconds: int = 600, **more: Any) -> LogRow:
    told = {
        "conference_id": conference,
        "organizer_email": TEACHER,
        "identifier": who,
        "identifier_type": "email_address",
        "is_external": not who.endswith("marlow.example"),
        "duration_seconds": seconds,
        **more,
    }
    return row("meet", "call_ended", who if "@" in who else "", at, **told)


def test_a_call_is_one_message_between_all_who_took_part(tmp_path: Path) -> None:
    rows = [left(TEACHER), left(STUDENT, at=NOON - minutes(1)), left(OUTSIDE, at=NOON + minutes(1))]
    message = read(rows, tmp_path, "meet").message
    assert people(message) == {TEACHER: "from", STUDENT: "from", OUTSIDE: "member"}
    assert (message.channel, message.tool, message.native_id) == (Channel.CALL, "google-meet", "c1")
    assert message.sent_at == NOON - minutes(11)
    assert not message.recipients_hidden


def test_an_organizer_who_did_not_come_is_not_in_the_call(tmp_path: Path) -> None:
    assert people(read([left(SECOND), left(STUDENT)], tmp_path, "meet").message) == {
        SECOND: "from", STUDENT: "from",
    }  # fmt: skip


def test_a_call_past_midnight_is_one_call(tmp_path: Path) -> None:
    rows = [left(TEACHER, at=LAST_HOUR), left(STUDENT, at=LAST_HOUR + minutes(20))]
    message = read(rows, tmp_path, "meet", window=TWO_DAYS).message
    assert people(message) == {TEACHER: "from", STUDENT: "from"}


@pytest.mark.parametrize("kind", ["phone_number", "device_id"])
def test_who_dialed_in_by_telephone_or_from_a_device_is_not_known(kind: str, tmp_path: Path) -> None:
    rows = [left(TEACHER), left("555-010-0100", identifier_type=kind)]
    message = read(rows, tmp_path, "meet").message
    assert people(message) == {TEACHER: "from"}
    assert message.recipients_hidden


def test_a_call_in_which_one_waited_alone_is_none(tmp_path: Path) -> None:
    found = read([left(TEACHER), left(TEACHER, at=NOON + minutes(5))], tmp_path, "meet")
    assert (found.messages, found.notes) == ([], {"call in which nobody else was": 1})


def test_a_row_without_its_call_is_set_aside(tmp_path: Path) -> None:
    found = read([left(TEACHER, conference_id=None)], tmp_path, "meet")
    assert [one.field for one in found.rejected] == ["conference_id"]


# ---- grants and lists, which bring no messages ------------------------------------------------


def grant(by: str, app: str, *scopes: str, event: str = "authorize") -> LogRow:
    told: dict[str, Any] = {"app_name": app, "client_id": f"{len(app)}.apps", "scope": list(scopes)}
    return row("token", event, by, more=app, **told)


def test_apps_for_messages_are_told_by_name_and_number_and_by_nobodys_name(tmp_path: Path) -> None:
    mail, profile = "https://mail.google.com/", "https://www.googleapis.com/auth/userinfo.email"
    rows = [
        grant(TEACHER, "Fling Mail", mail, "https://www.googleapis.com/auth/contacts.readonly"),
        grant(SECOND, "Fling Mail", mail),
        grant(TEACHER, "Discord", profile),
        grant(TEACHER, "Quiz Board", profile),
        grant(TEACHER, "Fling Mail", mail, event="activity"),
    ]
    found = read(rows, tmp_path, "meet", "token")
    look = "see that the tool catalogue has it"
    assert found.notes == {
        f'accounts that let the app "Fling Mail" in: it may use their mail and contacts; {look}': 1,
        f'accounts that let the app "Fling Mail" in: it may use their mail; {look}': 1,
        f'accounts that let the app "Discord" in: to sign in; {look}': 1,
        "app that an account let in": 4,
    }
    assert found.messages == []
    assert not [text for text in found.notes if TEACHER in text]


def test_somebody_on_a_list_for_part_of_a_day_is_told_of(tmp_path: Path) -> None:
    def move(event: str, who: str, at: Any = NOON) -> LogRow:
        return row("groups_enterprise", event, TEACHER, at, group_id="g@marlow.example", member_id=who)

    rows = [
        move("add_member", STUDENT),
        move("remove_member", STUDENT, NOON + minutes(60)),
        move("add_member", OTHER),
        move("remove_member", SECOND),
    ]
    found = read(rows, tmp_path, "meet", "groups_enterprise")
    (note,) = [n for page in found.pages for n in page.notes if n.lost]
    assert note.count == 1
    assert "mailing list" in note.text
    assert found.notes["change of who is on a mailing list"] == 4
