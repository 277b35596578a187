"""Inboxes of Canvas: who wrote to whom, told by both of their copies, and nothing touched by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from auditor.model import AddressKind, Automation, Channel
from auditor.source import Denied, Window
from benchmarks.pretend.canvas import Enrollment, User
from connectors.canvas.conversations import OUT_OF_ORDER
from connectors.canvas.users import NO_LINKS
from tests.connectors.canvas.canvas_world import (
    CANARY,
    COURSE,
    DAY,
    NOON,
    ONE_DAY,
    OTHER,
    PARENT,
    SECOND,
    SECOND_UNIT,
    STUDENT,
    TEACHER,
    TEACHER_UNIT,
    THIRD,
    USERS,
    canvas,
    letter,
    minutes,
    pull,
    read,
    serving,
    talk,
    world,
)
from tests.connectors.read_back import Read, people

LIST, GET = "conversations.list", "conversations.get"
PRIVATE = talk(3, letter(31, TEACHER, STUDENT), letter(32, STUDENT, TEACHER, at=NOON + minutes(9)))
CLUB = talk(4, letter(41, SECOND, TEACHER, STUDENT, OTHER))


def told_marks(found: Read) -> dict[str, str | None]:
    return {mark.unit: mark.value for page in found.pages for mark in page.marks}


def test_messages_are_told_with_who_was_told_them(tmp_path: Path) -> None:
    found = read(tmp_path, PRIVATE, CLUB)
    assert found.told == {
        "conversation/3/31": {"T10": "from", "K20": "to"},
        "conversation/3/32": {"K20": "from", "T10": "to"},
        "conversation/4/41": {"T11": "from", "T10": "member", "K20": "member", "K21": "member"},
    }
    first = next(one for one in found.messages if one.native_id == "conversation/3/31")
    assert (first.channel, first.tool, first.sent_at) == (Channel.LMS_MESSAGE, "canvas", NOON)
    assert (first.thread, first.container) == ("lms/conversation/3", None)
    assert {party.address.kind for party in first.parties} == {AddressKind.PERSON_ID}
    assert not first.recipients_hidden
    assert first.automated is Automation.NO
    assert found.states == {TEACHER_UNIT: ("read", 3), SECOND_UNIT: ("read", 0), None: ("read", 3)}
    assert (found.notes, found.rejected) == ({}, [])


def test_nothing_is_marked_as_read_and_everything_is_asked_by_name(tmp_path: Path) -> None:
    with serving(world(PRIVATE, CLUB)) as running:
        pull(running, tmp_path)
        assert running.changes == []
        read_ones = [asked.query for asked in running.asked if asked.endpoint == GET]
        assert len(read_ones) == 3
        assert {query["auto_mark_as_read"] for query in read_ones} == {"false"}
        assert {query["as_user_id"] for query in read_ones} == {str(TEACHER), str(SECOND)}
        assert {owner for owner, _, _ in running.acted} == {1}
        assert {user for _, user, _ in running.acted} == {TEACHER, SECOND}


def test_the_pretended_canvas_does_mark_as_read_what_is_asked_for_without_care() -> None:
    with serving(world(PRIVATE)) as running:
        url = f"{running.base}/api/v1/conversations/3?as_user_id={TEACHER}"
        headers = {"Authorization": f"Bearer {running.token}"}
        assert requests.get(url, headers=headers, timeout=5).json()["workflow_state"] == "read"
        assert running.changes == [f"conversation 3 marked as read for {TEACHER}"]
        running.changes.clear()


def test_no_text_subject_or_name_reaches_a_page(tmp_path: Path) -> None:
    odd = talk(5, letter(51, 0, TEACHER), letter(52, TEACHER, STUDENT, at=NOON + minutes(1)))
    with serving(world(PRIVATE, CLUB, odd)) as running:
        running.faults.plan(GET, "403", where=lambda request: request.query["as_user_id"] == "11")
        found = pull(running, tmp_path)
        assert CANARY in str(running.world)
    assert found.rejected == [(TEACHER_UNIT, "author_id")]
    for word in (CANARY, "Said", "About", "Kit", "Lowe", "Biology"):
        assert word not in repr(found.pages)


def test_what_one_of_two_deleted_the_other_copy_tells(tmp_path: Path) -> None:
    kept = talk(
        3,
        letter(31, TEACHER, STUDENT, deleted_by=(STUDENT,)),
        letter(32, TEACHER, SECOND, STUDENT, at=NOON + minutes(1), deleted_by=(TEACHER,)),
        letter(33, TEACHER, STUDENT, at=NOON + minutes(2), deleted_by=(TEACHER, STUDENT)),
    )
    found = read(tmp_path, kept)
    assert sorted(found.told) == ["conversation/3/31", "conversation/3/32"]
    assert found.told["conversation/3/31"] == {"T10": "from", "K20": "to"}


def test_archived_and_sent_conversations_are_read_too(tmp_path: Path) -> None:
    unanswered = talk(5, letter(51, TEACHER, STUDENT))
    archived = talk(6, letter(61, STUDENT, TEACHER), archived_by=(TEACHER,))
    found = read(tmp_path, unanswered, archived)
    assert sorted(found.told) == ["conversation/5/51", "conversation/6/61"]


def test_only_conversations_with_something_new_are_opened(tmp_path: Path) -> None:
    old = [
        talk(100 + n, letter(1_000 + n, STUDENT, TEACHER, at=NOON - timedelta(days=9, minutes=n)))
        for n in range(230)
    ]
    answered = talk(
        5,
        letter(51, STUDENT, TEACHER, at=NOON - timedelta(days=30)),
        letter(52, TEACHER, STUDENT),
    )
    with serving(world(PRIVATE, answered, *old)) as running:
        found = pull(running, tmp_path, ask=["teacher"])
        assert running.count(GET) == 2
        assert running.count(LIST) == 4, "the first page of old ones ends the list"
    assert sorted(found.told) == ["conversation/3/31", "conversation/3/32", "conversation/5/52"]


def test_a_list_that_does_not_begin_with_the_newest_is_read_to_its_end(tmp_path: Path) -> None:
    old = [
        talk(100 + n, letter(1_000 + n, STUDENT, TEACHER, at=NOON - timedelta(days=9, minutes=n)))
        for n in range(6)
    ]
    with serving(world(talk(5, letter(51, STUDENT, TEACHER)), *old)) as running:
        listed = running._conversations_list
        running._conversations_list = lambda *asked: listed(*asked)[::-1]  # type: ignore[method-assign]  # a server gone wrong
        running.most = 3
        found = pull(running, tmp_path, ask=["teacher"])
    assert list(found.told) == ["conversation/5/51"]
    assert found.notes == {OUT_OF_ORDER: 1}


def test_a_muted_conversation_is_opened_although_its_time_stands_still(tmp_path: Path) -> None:
    muted = talk(
        5,
        letter(51, OTHER, TEACHER, STUDENT, at=NOON - timedelta(days=30)),
        letter(52, STUDENT, TEACHER, OTHER),
        muted_by=(TEACHER,),
    )
    assert list(read(tmp_path, muted).told) == ["conversation/5/52"]


def test_the_window_is_open_at_its_end(tmp_path: Path) -> None:
    begins = datetime(2026, 11, 18, 5, tzinfo=UTC)
    ends = begins + timedelta(days=1)
    moments = [begins - minutes(1), begins, ends - minutes(1), ends]
    conversation = talk(
        3, *(letter(31 + n, TEACHER, STUDENT, at=at) for n, at in enumerate(moments))
    )
    found = read(tmp_path, conversation)
    assert [one.sent_at for one in found.messages] == moments[1:3]
    until = Window(DAY, DAY, until=ends - minutes(5))
    assert [one.sent_at for one in read(tmp_path, conversation, window=until).messages] == [begins]


# ---- who was there when ----------------------------------------------------------------------

LATER = NOON + minutes(60)


def test_who_was_added_later_was_not_told_before(tmp_path: Path) -> None:
    line = letter(42, TEACHER, STUDENT, at=LATER, generated=True, adds=(SECOND,))
    after = letter(43, TEACHER, STUDENT, SECOND, at=LATER + minutes(1))
    found = read(tmp_path, talk(4, letter(41, TEACHER, STUDENT), line, after))
    assert found.told == {
        "conversation/4/41": {"T10": "from", "K20": "to"},
        "conversation/4/42": {"T10": "from", "K20": "member", "T11": "member"},
        "conversation/4/43": {"T10": "from", "K20": "member", "T11": "member"},
    }
    automated = [one.automated for one in found.messages]
    assert automated == [Automation.NO, Automation.NOTIFICATION, Automation.NO]
    assert not any(one.recipients_hidden for one in found.messages)


def test_where_a_name_is_borne_by_two_nobody_is_sure_who_was_added(tmp_path: Path) -> None:
    line = letter(42, TEACHER, STUDENT, at=LATER, generated=True, adds=(SECOND,))
    users = [replace(one, name="Kit Lowe") if one.id == SECOND else one for one in USERS]
    with serving(world(talk(4, letter(41, TEACHER, STUDENT), line), users=tuple(users))) as running:
        found = pull(running, tmp_path)
    first = next(one for one in found.messages if one.native_id == "conversation/4/41")
    assert first.recipients_hidden
    assert found.notes == {
        "message in a conversation of which it is not told who was added later": 1
    }


def test_a_name_within_another_name_is_not_taken_for_it(tmp_path: Path) -> None:
    users = [
        *(one for one in USERS if one.id not in (SECOND, STUDENT)),
        User(SECOND, "Ann Leeman", SECOND_UNIT, "T11"),
        User(STUDENT, "Ann Lee", "ann.lee@marlow.example", "K20"),
    ]
    line = letter(42, TEACHER, STUDENT, at=LATER, generated=True, adds=(SECOND,))
    there = replace(world(talk(4, letter(41, TEACHER, STUDENT), line)), users=tuple(users))
    with serving(there) as running:
        found = pull(running, tmp_path)
    assert found.told["conversation/4/41"] == {"T10": "from", "K20": "to"}


def test_who_was_renamed_since_is_nobody_else_whose_name_begins_alike(tmp_path: Path) -> None:
    users = [
        *(one for one in USERS if one.id not in (SECOND, STUDENT)),
        User(SECOND, "Ann Berg", SECOND_UNIT, "T11", earlier_name="Ann Leeman"),
        User(STUDENT, "Ann Lee", "ann.lee@marlow.example", "K20"),
    ]
    line = letter(42, TEACHER, STUDENT, at=LATER, generated=True, adds=(SECOND,))
    with serving(world(talk(4, letter(41, TEACHER, STUDENT), line), users=tuple(users))) as running:
        found = pull(running, tmp_path)
    first = next(one for one in found.messages if one.native_id == "conversation/4/41")
    assert people(first)["K20"] == "member"
    assert first.recipients_hidden


def test_a_letter_to_some_of_a_conversation_is_to_them_alone(tmp_path: Path) -> None:
    conversation = talk(
        4,
        letter(41, TEACHER, SECOND, STUDENT),
        letter(42, TEACHER, STUDENT, at=NOON + minutes(1)),
    )
    assert read(tmp_path, conversation).told["conversation/4/42"] == {"T10": "from", "K20": "to"}


def test_others_of_the_course_or_group_it_is_about_are_not_told(tmp_path: Path) -> None:
    found = read(tmp_path, talk(3, letter(31, TEACHER, STUDENT), context="course_7"))
    assert people(found.message) == {"T10": "from", "K20": "to"}
    assert found.message.container is None


def test_an_answer_for_somebody_away_is_told_apart(tmp_path: Path) -> None:
    found = read(tmp_path, talk(3, letter(31, TEACHER, STUDENT, automated=True)))
    assert found.message.automated is Automation.AUTO_REPLY


# ---- whose inbox, and who is who ---------------------------------------------------------------


def test_the_settings_say_whose_inboxes_are_read(tmp_path: Path) -> None:
    coach = User(12, "Cy Vale", "cy.vale@marlow.example", "T12")
    conversation = talk(5, letter(51, 12, OTHER))
    with serving(world(PRIVATE, conversation, users=(*USERS, coach))) as running:
        usual = pull(running, tmp_path)
        more = pull(
            running, tmp_path, ask=["teacher"], also_ask=["Cy.Vale@marlow.example"]
        )
        fewer = pull(running, tmp_path, leave_out=[TEACHER_UNIT.upper()])
        with pytest.raises(Denied, match="nobody's inbox is to be read"):
            pull(running, tmp_path, ask=[])
    assert set(usual.states) == {TEACHER_UNIT, SECOND_UNIT, None}
    assert set(more.states) == {TEACHER_UNIT, "cy.vale@marlow.example", None}
    assert "conversation/5/51" in more.told
    assert "conversation/5/51" not in usual.told
    assert set(fewer.states) == {SECOND_UNIT, None}


def test_whose_inbox_is_read_no_longer_is_not_missed(tmp_path: Path) -> None:
    found = read(tmp_path, PRIVATE, leave_out=[TEACHER_UNIT])
    (over,) = (page.over for page in found.pages if page.over)
    assert TEACHER_UNIT in over
    assert SECOND_UNIT not in over


def test_who_left_their_last_course_is_asked_while_the_days_before_are_looked_at(
    tmp_path: Path,
) -> None:
    rest = tuple(one for one in COURSE.enrollments if one.user != TEACHER)
    left = (replace(COURSE, enrollments=rest),)
    following = talk(5, letter(51, TEACHER, STUDENT, at=NOON + timedelta(days=1)))
    with serving(world(PRIVATE)) as running:
        marks = {u: v for u, v in told_marks(pull(running, tmp_path)).items() if v is not None}
    with serving(world(PRIVATE, following, courses=left)) as running:
        next_day = Window(DAY, DAY + timedelta(days=1))
        found = pull(running, tmp_path, window=next_day, marks=marks)
        fewer = pull(running, tmp_path, window=next_day, marks=marks, ask=["ta"])
        later = Window(DAY + timedelta(days=2), DAY + timedelta(days=2))
        over = pull(running, tmp_path, window=later, marks=marks)
    assert "conversation/5/51" in found.told
    assert found.states[TEACHER_UNIT] == ("read", 2)
    assert str(TEACHER) not in told_marks(found), "the day of their last course stands"
    assert TEACHER_UNIT not in fewer.states
    assert TEACHER_UNIT in over.pages[-1].over
    assert told_marks(over)[str(TEACHER)] is None


def test_a_sign_in_name_that_is_nobodys_is_a_gap(tmp_path: Path) -> None:
    found = read(tmp_path, PRIVATE, also_ask=["gone@marlow.example"])
    assert found.states["gone@marlow.example"] == ("missing", None)
    assert found.states[TEACHER_UNIT] == ("read", 2)


def test_two_people_of_one_sign_in_name_have_inboxes_of_their_own_names(tmp_path: Path) -> None:
    users = [replace(one, login="staff") if one.id in (TEACHER, SECOND) else one for one in USERS]
    with serving(world(CLUB, users=tuple(users))) as running:
        found = pull(running, tmp_path)
        named = pull(running, tmp_path, ask=["student"], also_ask=["staff"], leave_out=["staff"])
    both = {"staff (Canvas user 10)", "staff (Canvas user 11)", None}
    assert set(found.states) == both
    assert set(named.states) > both


def test_a_canvas_that_tells_no_ids_is_said_to(tmp_path: Path) -> None:
    with serving(world(PRIVATE)) as running:
        found = pull(running, tmp_path, person_id="integration_id")
    assert found.notes == {f"no account has an id in integration_id: {NO_LINKS}": 1}


def test_people_are_known_by_id_then_by_sign_in_and_else_by_number(tmp_path: Path) -> None:
    pupil = User(23, "Sam Hill", "shill27", None, "sam.hill@marlow.example")
    child = User(24, "Ida Fox", "ifox30", None, "mother@letterbox.example")
    conversation = talk(5, letter(51, TEACHER, PARENT, 23, 24, 99))
    with serving(world(conversation, users=(*USERS, pupil, child))) as running:
        found = pull(running, tmp_path)
        by_login = pull(running, tmp_path, person_id="none")
    assert set(people(found.message)) == {
        "T10", "jo.lowe@letterbox.example", "sam.hill@marlow.example", "canvas:24", "canvas:99",
    }  # fmt: skip
    assert people(by_login.message)[TEACHER_UNIT] == "from"
    assert found.notes == {"message with somebody whom Canvas does not list among its users": 1}


def test_an_answer_without_the_list_of_who_was_told_is_marked(tmp_path: Path) -> None:
    there = world(talk(3, letter(31, TEACHER, STUDENT)), tells_who_was_told=False)
    with serving(there) as running:
        found = pull(running, tmp_path)
    assert people(found.message) == {"T10": "from", "K20": "to"}
    assert found.message.unparsed == ("participating_user_ids",)
    assert found.message.recipients_hidden
    assert found.notes == {"message of which Canvas does not tell who was told": 1}


def test_the_same_answers_in_any_order_are_the_same_facts(tmp_path: Path) -> None:
    conversations = (PRIVATE, CLUB, talk(9, letter(91, THIRD, SECOND)))
    users = USERS[::-1]
    one = read(tmp_path, *conversations)
    with serving(world(*conversations[::-1], users=users)) as running:
        other = pull(running, tmp_path)
        again = pull(running, tmp_path)
    assert one.messages == other.messages == again.messages
    assert one.pages == again.pages


def test_a_pull_that_was_broken_off_is_done_again_whole(tmp_path: Path) -> None:
    with serving(world(PRIVATE, CLUB)) as running:
        whole = pull(running, tmp_path)
        running.faults.plan("users.list", "503", times=9)
        with pytest.raises(Exception, match="503"):
            pull(running, tmp_path)
        running.faults.clear()
        half = iter(canvas(running, tmp_path).pull(ONE_DAY))
        next(half)
        half.close()  # type: ignore[attr-defined]  # it is a generator
        assert pull(running, tmp_path).pages == whole.pages


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    with serving(world(CLUB)) as running:
        source = canvas(running, tmp_path, progress=lambda *one: told.append(one))
        list(source.pull(ONE_DAY))
    assert told == [(1, 2, "inboxes"), (2, 2, "inboxes"), (1, 1, "courses")]


def test_somebody_enrolled_in_no_course_as_an_adult_is_asked_about_by_nobody(
    tmp_path: Path,
) -> None:
    course = replace(COURSE, enrollments=(Enrollment(STUDENT, "student"),))
    with serving(world(PRIVATE, courses=(course,))) as running:
        with pytest.raises(Denied, match="no user of the roles"):
            pull(running, tmp_path)
        found = pull(running, tmp_path, ask=["student"])
    assert sorted(found.told) == ["conversation/3/31", "conversation/3/32"]
