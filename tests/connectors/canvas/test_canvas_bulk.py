"""What is sent "individually" to many is one announcement, and nothing else is made into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from auditor.model import Channel
from auditor.source import Window
from benchmarks.pretend.canvas import Conversation
from connectors.canvas.sent import TOGETHER, Imprints, Sent, regrouped
from tests.connectors.canvas.canvas_world import (
    CANARY,
    DAY,
    NOON,
    OTHER,
    PARENT,
    SECOND,
    STUDENT,
    TEACHER,
    THIRD,
    letter,
    minutes,
    read,
    talk,
)
from tests.connectors.read_back import people

SAID = f"Bring boots {CANARY}"


def sending(
    first: int,
    recipients: Iterable[int],
    *,
    author: int = TEACHER,
    at: datetime = NOON,
    apart: timedelta = timedelta(seconds=2),
    subject: str = f"Trip {CANARY}",
    text: str = SAID,
) -> list[Conversation]:
    """Return one conversation with each recipient, as "send individually" makes them."""
    return [
        talk(
            first + n,
            letter(10 * (first + n), author, one, at=at + n * apart, text=text),
            subject=subject,
        )
        for n, one in enumerate(recipients)
    ]


def test_a_message_to_each_of_a_class_is_one_announcement(tmp_path: Path) -> None:
    found = read(tmp_path, *sending(5, (STUDENT, OTHER, THIRD)))
    message = found.message
    assert people(message) == {"T10": "from", "K20": "to", "K21": "to", "K22": "to"}
    assert (message.channel, message.sent_at) == (Channel.ANNOUNCEMENT, NOON)
    assert message.native_id == "conversation/5/50"
    assert message.thread == "lms/bulk/conversation/5/50"
    assert found.notes == {
        "message sent to several people one by one, told as one announcement": 1
    }
    assert found.states[None] == ("read", 1)
    assert found.pages[-1].records_read == 3
    assert CANARY not in repr(found.pages)


def test_two_subjects_in_one_minute_are_not_joined(tmp_path: Path) -> None:
    one = sending(5, (STUDENT,), subject="Your grade")
    other = sending(6, (OTHER,), subject="Your essay")
    found = read(tmp_path, *one, *other)
    assert found.told == {
        "conversation/5/50": {"T10": "from", "K20": "to"},
        "conversation/6/60": {"T10": "from", "K21": "to"},
    }
    assert {message.channel for message in found.messages} == {Channel.LMS_MESSAGE}


def test_two_texts_without_a_subject_are_not_joined(tmp_path: Path) -> None:
    one = sending(5, (STUDENT,), subject="", text="See me after school")
    other = sending(6, (OTHER,), subject="", text="Well done")
    assert len(read(tmp_path, *one, *other).messages) == 2
    alike = sending(6, (OTHER,), subject="", text="See me after school")
    assert len(read(tmp_path, *one, *alike).messages) == 1


def test_two_authors_are_not_joined(tmp_path: Path) -> None:
    found = read(tmp_path, *sending(5, (STUDENT,)), *sending(6, (OTHER,), author=SECOND))
    assert len(found.messages) == 2


def test_a_long_sending_is_one_and_a_pause_parts_two(tmp_path: Path) -> None:
    recipients = (STUDENT, OTHER, THIRD)
    slow = sending(5, recipients, apart=timedelta(seconds=60))
    assert len(read(tmp_path, *slow).messages) == 1
    parted = sending(5, recipients, apart=timedelta(seconds=61))
    assert len(read(tmp_path, *parted).messages) == 3


def test_the_same_again_to_the_same_student_stays_what_it_is(tmp_path: Path) -> None:
    twice = talk(
        5,
        letter(50, TEACHER, STUDENT, text=SAID),
        letter(51, TEACHER, STUDENT, at=NOON + timedelta(seconds=20), text=SAID),
    )
    found = read(tmp_path, twice)
    assert sorted(found.told) == ["conversation/5/50", "conversation/5/51"]
    assert {message.channel for message in found.messages} == {Channel.LMS_MESSAGE}


def test_an_answer_to_an_announcement_is_between_the_two(tmp_path: Path) -> None:
    first, second = sending(5, (STUDENT, OTHER))
    answers = (
        letter(91, STUDENT, TEACHER, at=NOON + minutes(30)),
        letter(92, TEACHER, STUDENT, at=NOON + minutes(40)),
    )
    answered = replace(first, letters=(*first.letters, *answers))
    found = read(tmp_path, answered, second)
    assert found.told["conversation/5/92"] == {"T10": "from", "K20": "to"}
    threads = {message.native_id: message.thread for message in found.messages}
    assert threads["conversation/5/91"] == threads["conversation/5/92"] == "lms/conversation/5"


def test_one_word_in_answer_to_two_students_is_two_answers(tmp_path: Path) -> None:
    def answered(one: Conversation, student: int, since: timedelta) -> Conversation:
        id_, at = 10 * one.id, NOON + minutes(30)
        answers = (
            letter(id_ + 1, student, TEACHER, at=at - since),
            letter(id_ + 2, TEACHER, student, at=at, text="Yes"),
        )
        return replace(one, letters=(*one.letters, *answers))

    pairs = list(zip(sending(5, (STUDENT, OTHER), at=NOON - timedelta(days=9)), (STUDENT, OTHER), strict=True))
    found = read(tmp_path, *(answered(one, student, minutes(9)) for one, student in pairs))
    assert found.told["conversation/5/52"] == {"T10": "from", "K20": "to"}
    assert found.told["conversation/6/62"] == {"T10": "from", "K21": "to"}
    long_ago = read(tmp_path, *(answered(one, student, timedelta(days=3)) for one, student in pairs))
    assert people(long_ago.message) == {"T10": "from", "K20": "to", "K21": "to"}


def test_a_students_question_to_several_teachers_stays_where_it_is_answered(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, *sending(5, (TEACHER, SECOND), author=STUDENT))
    assert sorted(found.told) == ["conversation/5/50", "conversation/6/60"]


def test_parents_of_the_sending_are_on_it(tmp_path: Path) -> None:
    found = read(tmp_path, *sending(5, (STUDENT, PARENT)))
    assert people(found.message)["jo.lowe@letterbox.example"] == "to"


def test_the_same_to_a_student_and_a_colleague_leaves_the_student_alone(tmp_path: Path) -> None:
    found = read(tmp_path, *sending(5, (STUDENT, SECOND)))
    assert found.told["conversation/5/50"] == {"T10": "from", "K20": "to"}
    several = read(tmp_path, *sending(5, (STUDENT, SECOND, OTHER)))
    assert len(people(several.message)) == 4


def test_a_sending_over_midnight_is_of_the_day_it_began_on_and_of_no_other(
    tmp_path: Path,
) -> None:
    midnight = datetime.combine(DAY, datetime.min.time(), NOON.tzinfo) + timedelta(hours=5)
    across = sending(
        5, (STUDENT, OTHER, THIRD), at=midnight - timedelta(seconds=40),
        apart=timedelta(seconds=30),
    )  # fmt: skip
    day = read(tmp_path, *across)
    before = read(tmp_path, *across, window=Window(DAY - timedelta(days=1), DAY))
    eve = DAY - timedelta(days=1)
    only = read(tmp_path, *across, window=Window(eve, eve))
    assert day.messages == []
    assert before.messages == only.messages
    assert len(people(before.message)) == 4


def test_hashes_are_of_one_pull_alone() -> None:
    one, other = Imprints(Random(1)), Imprints(Random(2))
    assert one.of("a", "b") == one.of("a", "b")
    assert one.of("a", "b") != one.of("ab", "")
    assert one.of(None) != one.of("None")
    assert one.of("a", "b") != other.of("a", "b")


@given(
    st.lists(
        st.tuples(
            st.integers(0, 300), st.sampled_from("AB"), st.sampled_from("xyz"), st.binary(max_size=1)
        ),
        max_size=30,
    ),
    st.randoms(),
)
def test_nobody_and_no_message_is_lost_or_invented(
    rows: list[tuple[int, str, str, bytes]], random: Random
) -> None:
    sent = [
        Sent(NOON + timedelta(seconds=at), f"m{n:02}", author, (other,), "t", "u", imprint=said)
        for n, (at, author, other, said) in enumerate(rows)
    ]
    shuffled = list(sent)
    random.shuffle(shuffled)
    found = list(regrouped(shuffled, "AB"))
    assert found == list(regrouped(sent, "AB"))
    by_id = {one.id: one for one in sent}
    for one in found:
        first = by_id[one.id]
        assert (one.at, one.author, one.imprint) == (first.at, first.author, first.imprint)
        assert set(first.others) <= set(one.others)
        assert one.bulk == (len(one.others) > 1)
    for one in sent:
        holders = [
            f for f in found
            if (f.author, f.imprint) == (one.author, one.imprint)
            and set(one.others) <= set(f.others) and f.at <= one.at
        ]  # fmt: skip
        assert holders
    starts = sorted((f.author, f.imprint, f.at) for f in found if f.bulk)
    for (*who, at), (*next_who, later) in pairwise(starts):
        assert who != next_who or later - at > TOGETHER
