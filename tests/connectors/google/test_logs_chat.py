"""The Chat log: what was posted, and who was in the room when it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model import Address, AddressKind, Channel
from auditor.source import DayState, Denied
from benchmarks.pretend.google import SCOPE, LogRow, Seat, Space
from connectors.google.logs.rooms import Rooms, Sign
from connectors.google.refusals import NotDelegated
from tests.connectors.google.directory_world import mailing_list
from tests.connectors.google.logs_world import (
    DAY,
    NOON,
    OTHER,
    OUTSIDE,
    SECOND,
    STUDENT,
    TEACHER,
    chat_row,
    minutes,
    people,
    pull,
    read,
    serving,
)

DIRECT: dict[str, Any] = {"conversation_type": "USER_TO_USER_DIRECT_MESSAGE"}
BEFORE = NOON - timedelta(days=60)
UNCLEAR = "message in a room whose members are not all known"
CURE = ": set chat_members = true, and Google is asked who is there"
NOT_SHOWN = ": Google did not show who is there; ask those who wrote"


def made(*members: str, room: str = "AAA1") -> list[LogRow]:
    """A room that the teacher made and put these into."""
    return [
        chat_row("room_created", TEACHER, room, BEFORE),
        *(
            chat_row("add_room_member", TEACHER, room, BEFORE + minutes(n), target_users=[who])
            for n, who in enumerate(members, 1)
        ),
    ]


def test_a_post_is_a_message_to_who_was_in_the_room(tmp_path: Path) -> None:
    post = chat_row("message_posted", TEACHER, message_id="spaces/AAA1/messages/B.B")
    message = read([*made(STUDENT, SECOND), post], tmp_path, "chat").message
    assert people(message) == {TEACHER: "from", STUDENT: "member", SECOND: "member"}
    assert (message.channel, message.tool, message.sent_at) == (Channel.CHAT, "google-chat", NOON)
    assert message.native_id == "spaces/AAA1/messages/B.B"
    assert (message.container, message.thread) == ("AAA1", "logs/AAA1")
    assert not message.recipients_hidden
    assert "zephyrquill" not in repr(message)


def test_who_came_later_or_had_left_was_not_there(tmp_path: Path) -> None:
    rows = [
        *made(STUDENT, SECOND, OTHER),
        chat_row("room_left", SECOND, at=NOON - minutes(10)),
        chat_row("remove_room_member", TEACHER, at=NOON - minutes(5), target_users=[OTHER]),
        chat_row("message_posted", TEACHER),
        chat_row("add_room_member", TEACHER, at=NOON + minutes(5), target_users=[SECOND]),
        chat_row("message_posted", STUDENT, at=NOON + minutes(6)),
    ]
    first, second = read(rows, tmp_path, "chat").messages
    assert people(first) == {TEACHER: "from", STUDENT: "member"}
    assert people(second) == {STUDENT: "from", TEACHER: "member", SECOND: "member"}


def test_two_who_write_to_each_other_are_known_by_the_start_or_by_an_answer(tmp_path: Path) -> None:
    rows = [
        chat_row("direct_message_started", TEACHER, "D1", BEFORE, target_users=[STUDENT], **DIRECT),
        chat_row("message_posted", TEACHER, "D1", **DIRECT),
        chat_row("message_posted", TEACHER, "D2", **DIRECT),
        chat_row("message_posted", OTHER, "D2", NOON + minutes(1), **DIRECT),
        chat_row("message_posted", TEACHER, "D3", NOON + minutes(2), target_users=[SECOND], **DIRECT),
        chat_row("message_posted", TEACHER, "D4", NOON + minutes(3), **DIRECT),
    ]
    found = read(rows, tmp_path, "chat")
    by_room = {m.container: (people(m), m.recipients_hidden) for m in found.messages if m.parties[0].address.text == TEACHER}
    assert by_room == {
        "D1": ({TEACHER: "from", STUDENT: "member"}, False),
        "D2": ({TEACHER: "from", OTHER: "member"}, False),
        "D3": ({TEACHER: "from", SECOND: "member"}, False),
        "D4": ({TEACHER: "from"}, True),
    }
    assert found.notes == {f"direct message whose other person is not known{CURE}": 1}
    said = found.coverage[DAY, "chat log"]
    assert (said.state, said.records) == (DayState.PART, 5)
    assert said.reason is not None
    assert said.reason.startswith("1 direct messages whose other person is not known")
    assert "chat_members = true" in said.reason


def test_a_conversation_of_two_that_google_tells_of_is_no_gap(tmp_path: Path) -> None:
    rows = [chat_row("message_posted", TEACHER, "D4", **DIRECT)]
    two = space(TEACHER, STUDENT, name="spaces/D4")
    found = read(rows, tmp_path, "chat", chat_members=True, spaces=(two,))
    assert people(found.message) == {TEACHER: "from", STUDENT: "member"}
    assert found.coverage[DAY, "chat log"].state is DayState.READ


def test_a_room_older_than_the_log_has_members_that_cannot_be_known(tmp_path: Path) -> None:
    long_ago = NOON - timedelta(days=300)
    rows = [
        chat_row("room_created", TEACHER, at=long_ago),
        chat_row("add_room_member", TEACHER, at=long_ago, target_users=[SECOND]),
        chat_row("message_posted", STUDENT, at=NOON - minutes(1)),
        chat_row("message_posted", TEACHER),
    ]
    found = read(rows, tmp_path, "chat")
    assert people(found.messages[1]) == {TEACHER: "from", STUDENT: "member"}
    assert all(m.recipients_hidden for m in found.messages)
    assert found.notes == {UNCLEAR + CURE: 2}
    reason = found.coverage[DAY, "chat log"].reason or ""
    assert reason.startswith("2 messages in rooms whose members are not all known")


def space(*emails: str, name: str = "spaces/AAA1") -> Space:
    seats = tuple(Seat(one, since=NOON - timedelta(days=300)) for one in emails)
    return Space(name, "SPACE", "Room zephyrquill", seats, NOON - timedelta(days=300))


def test_google_tells_who_is_in_an_old_room_if_it_is_asked(tmp_path: Path) -> None:
    rows = [
        chat_row("room_left", OTHER, at=NOON + minutes(9)),
        chat_row("message_posted", TEACHER),
    ]
    found = read(rows, tmp_path, "chat", chat_members=True, spaces=(space(TEACHER, STUDENT, SECOND),))
    assert people(found.message) == {
        TEACHER: "from", STUDENT: "member", SECOND: "member", OTHER: "member",
    }  # fmt: skip
    assert not found.message.recipients_hidden
    assert found.notes == {}


def test_a_member_whose_account_is_not_the_districts_leaves_a_room_unclear(tmp_path: Path) -> None:
    rows = [chat_row("message_posted", TEACHER)]
    found = read(rows, tmp_path, "chat", chat_members=True, spaces=(space(TEACHER, STUDENT, OUTSIDE),))
    assert STUDENT in people(found.message)
    assert found.message.recipients_hidden
    assert found.coverage[DAY, "chat log"].state is DayState.READ


def test_a_room_with_a_mailing_list_in_it_is_not_known_in_full(tmp_path: Path) -> None:
    rows = [chat_row("message_posted", TEACHER)]
    coaches = mailing_list("coaches", SECOND)
    with serving(rows, spaces=(space(TEACHER, STUDENT, coaches.email),)) as google:
        google.world = replace(google.world, groups=(coaches,))
        found = pull(google, tmp_path, "chat", chat_members=True)
    assert people(found.message) == {TEACHER: "from", STUDENT: "member"}
    assert found.message.recipients_hidden
    assert found.notes["room with a mailing list in it, or with more people than Google shows"] == 1
    assert found.coverage[DAY, "chat log"].state is DayState.PART


def test_one_room_that_google_does_not_show_does_not_hold_up_the_others(tmp_path: Path) -> None:
    rows = [
        chat_row("message_posted", TEACHER, "AAA1"),
        chat_row("message_posted", TEACHER, "BBB2", NOON + minutes(1)),
        chat_row("message_posted", TEACHER, "GONE", NOON + minutes(2)),
    ]
    spaces = (space(TEACHER, STUDENT), space(TEACHER, OTHER, name="spaces/BBB2"))
    with serving(rows, spaces=spaces) as google:
        google.faults.plan("chat.spaces.members.list", "403", where=lambda r: "AAA1" in r.path)
        found = pull(google, tmp_path, "chat", chat_members=True)
    assert [m.recipients_hidden for m in found.messages] == [True, False, True]
    assert found.notes == {
        UNCLEAR + NOT_SHOWN: 2,
        "room whose members Google does not show to the administrator": 1,
        "room that is not there any more": 1,
    }
    said = found.coverage[DAY, "chat log"]
    assert said.state is DayState.PART
    assert "ask those who wrote" in (said.reason or "")


def test_members_are_asked_for_only_where_the_log_does_not_tell(tmp_path: Path) -> None:
    with serving([*made(STUDENT), chat_row("message_posted", TEACHER)]) as google:
        pull(google, tmp_path, "chat", chat_members=True)
        assert google.count("chat.spaces.members.list") == 0
        assert google.count("directory.users.list") == 0


def test_members_that_may_not_be_asked_for_are_said_to_lack_a_scope(tmp_path: Path) -> None:
    with serving([chat_row("message_posted", TEACHER)]) as google:
        google.delegated.discard(SCOPE + "chat.admin.memberships.readonly")
        with pytest.raises(NotDelegated):
            pull(google, tmp_path, "chat", chat_members=True)


def test_what_is_said_to_an_app_is_counted_and_left_out(tmp_path: Path) -> None:
    rows = [
        chat_row("message_posted", TEACHER, "APP", conversation_type="USER_TO_APP_DIRECT_MESSAGE"),
        *made(STUDENT),
        chat_row("message_posted", TEACHER),
    ]
    found = read(rows, tmp_path, "chat")
    assert found.message.container == "AAA1"
    assert found.notes == {"message between a person and an app": 1}


def test_an_edited_or_deleted_message_is_no_new_one(tmp_path: Path) -> None:
    rows = [
        *made(STUDENT),
        chat_row("message_posted", TEACHER),
        chat_row("message_edited", TEACHER, at=NOON + minutes(1)),
        chat_row("message_deleted", TEACHER, at=NOON + minutes(2)),
    ]
    assert len(read(rows, tmp_path, "chat").messages) == 1


def test_a_room_of_another_organization_is_read_and_its_members_are_not_all_known(tmp_path: Path) -> None:
    rows = [
        *made(STUDENT),
        chat_row("message_posted", TEACHER, conversation_ownership="EXTERNALLY_OWNED"),
    ]
    found = read(rows, tmp_path, "chat")
    assert people(found.message) == {TEACHER: "from", STUDENT: "member"}
    assert found.message.recipients_hidden
    assert found.notes == {"message in a room of another organization, whose log tells its members": 1}


def test_messages_that_vanish_after_a_day_are_told_of(tmp_path: Path) -> None:
    rows = [
        *made(STUDENT),
        chat_row("history_turned_off", TEACHER, at=NOON - minutes(1)),
        chat_row("message_posted", TEACHER, retention_state="EPHEMERAL_ONE_DAY"),
    ]
    found = read(rows, tmp_path, "chat")
    assert len(found.messages) == 1
    assert found.notes == {
        "message in a room without history, which is gone from Chat after a day": 1,
        "room in which history was switched off": 1,
    }


def test_a_post_that_does_not_tell_its_room_is_set_aside(tmp_path: Path) -> None:
    rows = [chat_row("message_posted", TEACHER, room_id=None), *made(STUDENT), chat_row("message_posted", TEACHER)]
    found = read(rows, tmp_path, "chat")
    assert [(one.file, one.field) for one in found.rejected] == [("chat log", "room_id")]
    assert found.records == len(found.messages) + 1


def test_when_nothing_can_be_read_the_source_says_so(tmp_path: Path) -> None:
    with serving([]) as google:
        google.faults.plan("reports.activities.list", "403", times=100)
        with pytest.raises(Denied):
            pull(google, tmp_path, "chat")


# ---- rooms: held against a plain account of every moment -------------------------------------

PEOPLE = tuple(Address(AddressKind.EMAIL, f"{name}@marlow.example") for name in "abc")
moves = st.lists(st.tuples(st.integers(1, 40), st.sampled_from(PEOPLE)), max_size=8, unique_by=lambda m: m[0])


@given(moves, st.integers(1, 41), st.randoms(use_true_random=False))
def test_members_follow_from_coming_and_going_in_whatever_order_it_is_told(
    toggles: list[tuple[int, Address]], asked: int, random: object
) -> None:
    """Each toggle lets somebody in, or out again; the room opens at minute 0."""
    inside: dict[Address, bool] = dict.fromkeys(PEOPLE, False)
    then: set[Address] = set()
    signs = []
    for minute, who in sorted(toggles, key=lambda m: m[0]):
        inside[who] = not inside[who]
        signs.append((who, minute, Sign.CAME if inside[who] else Sign.WENT))
        if minute <= asked:
            then = {one for one, there in inside.items() if there}
    random.shuffle(signs)  # type: ignore[attr-defined]  # it is a Random
    rooms = Rooms()
    rooms.opened("r", NOON)
    for who, minute, sign in signs:
        rooms.sign("r", who, NOON + minutes(minute), sign)
    found = rooms.members("r", NOON + minutes(asked))
    assert set(found.addresses) == then
    assert found.complete
    assert not rooms.members("r", NOON - minutes(1)).complete
