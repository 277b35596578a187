"""Chats of Teams: what was written, when, by whom, and who was there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.model import Channel
from auditor.source import Denied, Window
from benchmarks.pretend.microsoft import CONSENTED, Chat, Seat
from connectors.microsoft.teams.settings import CHANNEL_PERMISSIONS
from tests.connectors.microsoft.directory_world import group, serving
from tests.connectors.microsoft.teams_world import (
    DAY,
    LONG_AGO,
    NOON,
    ONE_DAY,
    OTHER,
    OUTSIDE,
    SECOND,
    STAFF,
    STUDENT,
    TEACHER,
    configured,
    group_chat,
    id_of,
    minutes,
    pair_chat,
    post,
    pull,
    teams,
    world,
)
from tests.connectors.read_back import Read, people

UNCLEAR = "message in a chat whose members are not all known"
EXPORT, MEMBERS = "chats.getAllMessages", "chats.members"
CLUB = group_chat("club", (TEACHER, SECOND, STUDENT), post(TEACHER))


def read(folder: Path, *chats: Chat, **more: Any) -> Read:
    with serving(world(*chats)) as microsoft:
        return pull(microsoft, folder, **more)


def of_user(address: str) -> Any:
    return lambda request: id_of(address) in request.path


# ---- messages ------------------------------------------------------------------------------


def test_a_post_is_a_message_to_who_is_in_the_chat_and_counted_once(tmp_path: Path) -> None:
    with serving(world(CLUB)) as microsoft:
        found = pull(microsoft, tmp_path)
        assert microsoft.count(EXPORT) == 2  # both of staff tell of it
        assert "zephyrquill" in str(world(CLUB))
    message = found.message
    assert people(message) == {TEACHER: "from", SECOND: "member", STUDENT: "member"}
    assert (message.channel, message.tool, message.sent_at) == (Channel.CHAT, "teams", NOON)
    assert message.native_id == f"{CLUB.id}/{CLUB.posts[0].id}"
    assert (message.container, message.thread) == (CLUB.id, f"chat/{CLUB.id}")
    assert not message.recipients_hidden
    assert found.states == {TEACHER: ("read", 1), SECOND: ("read", 0)}
    assert (found.notes, found.rejected) == ({}, [])


def test_a_chat_of_two_names_both_and_is_not_asked_about(tmp_path: Path) -> None:
    with serving(world(pair_chat(TEACHER, STUDENT, post(STUDENT)))) as microsoft:
        found = pull(microsoft, tmp_path, tool="district-chat")
        assert microsoft.count(MEMBERS) == 0
    assert people(found.message) == {STUDENT: "from", TEACHER: "member"}
    assert found.message.tool == "district-chat"
    assert not found.message.recipients_hidden


def test_no_text_subject_or_name_of_a_chat_is_in_any_page(tmp_path: Path) -> None:
    chats = [
        CLUB,
        pair_chat(TEACHER, STUDENT, post(STUDENT), post(TEACHER, NOON + minutes(1))),
        group_chat("lost", (TEACHER, OUTSIDE), post(OUTSIDE), post("", NOON + minutes(1))),
    ]
    with serving(world(*chats)) as microsoft:
        microsoft.faults.plan(MEMBERS, "403")
        found = pull(microsoft, tmp_path)
    assert len(found.messages) >= 3
    assert found.rejected
    assert "zephyrquill" not in repr(found.pages)
    assert "Said" not in repr(found.pages)


def test_who_came_later_or_had_left_was_not_there(tmp_path: Path) -> None:
    seats = (
        Seat(TEACHER, since=LONG_AGO),
        Seat(STUDENT, since=LONG_AGO),
        Seat(OTHER, since=LONG_AGO, until=NOON + minutes(5)),
        Seat(SECOND, since=NOON + minutes(10)),
    )
    system = {"kind": "systemEventMessage"}
    chat = group_chat(
        "club",
        seats,
        post(TEACHER),
        post("", NOON + minutes(5), left=(OTHER,), **system),
        post(TEACHER, NOON + minutes(6)),
        post("", NOON + minutes(10), joined=(SECOND,), **system),
        post(TEACHER, NOON + minutes(11)),
    )
    found = read(tmp_path, chat)
    assert [sorted(people(one)) for one in found.messages] == [
        [TEACHER, STUDENT, OTHER],
        [TEACHER, STUDENT],
        [TEACHER, SECOND, STUDENT],
    ]
    assert found.states == {TEACHER: ("read", 3), SECOND: ("read", 0)}


def test_the_window_is_open_at_its_end_and_goes_by_when_a_message_was_written(
    tmp_path: Path,
) -> None:
    begins = datetime(2026, 11, 18, 5, tzinfo=UTC)
    ends = begins + timedelta(days=1)
    moments = [begins - minutes(1), begins, ends - minutes(1), ends]
    late = {"edited_at": ends + timedelta(days=2)}
    chat = pair_chat(
        TEACHER,
        STUDENT,
        post(TEACHER, begins - timedelta(days=9), **late),
        *(post(TEACHER, at) for at in moments),
        post(STUDENT, NOON, **late),
        post(STUDENT, NOON + minutes(1), deleted_at=ends + timedelta(days=2)),
    )
    sent = [begins, NOON, NOON + minutes(1), ends - minutes(1)]
    found = read(tmp_path, chat)
    assert [one.sent_at for one in found.messages] == sent
    assert found.states[TEACHER] == ("read", 4)
    assert len({one.native_id for one in found.messages}) == 4
    until = Window(DAY, DAY, until=NOON + minutes(1))
    assert [one.sent_at for one in read(tmp_path, chat, window=until).messages] == sent[:2]


def test_what_only_students_wrote_to_each_other_is_asked_of_nobody(tmp_path: Path) -> None:
    found = read(tmp_path, pair_chat(STUDENT, OTHER, post(STUDENT)))
    assert found.messages == []


def test_apps_events_and_notes_to_oneself_are_no_message_between_people(tmp_path: Path) -> None:
    system = {"kind": "systemEventMessage"}
    club = group_chat(
        "club",
        (TEACHER, STUDENT),
        post("", app="28:polls"),
        post("", NOON + minutes(1), joined=(STUDENT,), **system),
        post(STUDENT, NOON + minutes(2)),
    )
    notes = Chat("48:notes", "oneOnOne", (Seat(TEACHER),), LONG_AGO, "", (post(TEACHER),))
    found = read(tmp_path, club, notes)
    assert [people(one) for one in found.messages] == [{STUDENT: "from", TEACHER: "member"}]
    assert found.rejected == []
    assert found.notes == {
        "message by an app, no person's": 1,
        "note that somebody wrote to nobody else": 1,
    }


# ---- people whose address is not plain -------------------------------------------------------


def test_somebody_outside_is_known_where_the_chat_tells_the_address(tmp_path: Path) -> None:
    chat = group_chat("club", (TEACHER, STUDENT, OUTSIDE), post(OUTSIDE))
    found = read(tmp_path, chat)
    assert people(found.message) == {OUTSIDE: "from", TEACHER: "member", STUDENT: "member"}
    assert not found.message.recipients_hidden


def test_somebody_outside_in_a_chat_of_two_stays_unknown_and_is_said_to(tmp_path: Path) -> None:
    chat = pair_chat(TEACHER, OUTSIDE, post(TEACHER), post(OUTSIDE, NOON + minutes(1)))
    found = read(tmp_path, chat)
    assert people(found.message) == {TEACHER: "from"}
    assert found.message.recipients_hidden
    assert found.notes == {UNCLEAR: 1}
    assert found.rejected == [(f"chats of {TEACHER}", "from")]
    assert found.states[TEACHER] == ("read", 1)


def test_an_account_deleted_since_is_still_somebody(tmp_path: Path) -> None:
    chat = pair_chat(TEACHER, STUDENT, post(STUDENT))
    users = [
        replace(user, deleted_at=NOON + minutes(60)) if user.address == STUDENT else user
        for user in world().users
    ]
    with serving(world(chat, users=tuple(users))) as microsoft:
        found = pull(microsoft, tmp_path)
    assert people(found.message) == {STUDENT: "from", TEACHER: "member"}


def test_a_chat_that_is_gone_has_members_that_cannot_be_known(tmp_path: Path) -> None:
    with serving(world(CLUB)) as microsoft:
        microsoft.faults.plan(MEMBERS, "404")
        found = pull(microsoft, tmp_path)
    assert people(found.message) == {TEACHER: "from"}
    assert found.message.recipients_hidden
    assert found.notes == {UNCLEAR: 1}
    assert found.states[f"chat {CLUB.id}"] == ("missing", None)


# ---- what could not be read ------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "times"), [("403", 1), ("404", 1), ("503", 9), ("garbage", 9)])
def test_one_account_that_cannot_be_read_is_its_own_gap(
    tmp_path: Path, kind: str, times: int
) -> None:
    own = pair_chat(TEACHER, STUDENT, post(STUDENT))
    with serving(world(CLUB, own)) as microsoft:
        microsoft.faults.plan(EXPORT, kind, times=times, where=of_user(TEACHER))
        found = pull(microsoft, tmp_path)
    assert [one.container for one in found.messages] == [CLUB.id]
    assert found.states == {TEACHER: ("missing", None), SECOND: ("read", 1)}
    assert found.coverage[DAY, TEACHER].reason


def test_a_chat_that_cannot_be_asked_about_is_a_gap_of_its_days(tmp_path: Path) -> None:
    other = group_chat("choir", (TEACHER, STUDENT), post(TEACHER))
    week = Window(DAY - timedelta(days=2), DAY)
    with serving(world(CLUB, other)) as microsoft:
        microsoft.faults.plan(MEMBERS, "403", where=lambda request: "club" in request.path)
        found = pull(microsoft, tmp_path, window=week)
    hidden = {one.container: one.recipients_hidden for one in found.messages}
    assert hidden == {CLUB.id: True, other.id: False}
    gaps = [key for key, row in found.coverage.items() if row.state.value == "missing"]
    assert gaps == [(DAY, f"chat {CLUB.id}")]


def test_when_nobody_can_be_read_the_source_says_so(tmp_path: Path) -> None:
    with serving(world(CLUB)) as microsoft:
        microsoft.faults.plan(EXPORT, "403", times=100)
        with pytest.raises(Denied):
            pull(microsoft, tmp_path)


def test_nobody_without_teams_fails_the_whole_source(tmp_path: Path) -> None:
    with serving(world(CLUB)) as microsoft:
        microsoft.faults.plan(EXPORT, "404", times=100)
        found = pull(microsoft, tmp_path)
    assert {state for state, _ in found.states.values()} == {"missing"}
    assert "licence" in str(found.coverage[DAY, TEACHER].reason)


def test_places_say_whose_chats_are_read(tmp_path: Path) -> None:
    chats = (CLUB, pair_chat(SECOND, STUDENT, post(STUDENT)))
    coaches = group("coaches", SECOND)
    with serving(world(*chats, groups=(coaches,))) as microsoft:
        by_group = pull(microsoft, tmp_path, users=[{"group": "coaches@marlow.example"}])
        by_id = pull(microsoft, tmp_path, users=[{"group": coaches.id}], threads=1)
        absent = pull(
            microsoft,
            tmp_path,
            users=[*STAFF, {"group": "gone@marlow.example"}, {"office": "Barn"}],
            leave_out=[SECOND.upper()],
        )
    assert by_group.states == by_id.states == {SECOND: ("read", 2)}
    assert by_group.messages == by_id.messages
    assert absent.states == {
        TEACHER: ("read", 1),
        "group gone@marlow.example": ("missing", None),
        "office barn": ("missing", None),
    }


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    with serving(world(CLUB)) as microsoft:
        source = teams(microsoft, tmp_path, progress=lambda *one: told.append(one))
        list(source.pull(ONE_DAY))
    assert told == [(1, 2, "people's chats"), (2, 2, "people's chats"), (1, 1, "chats")]


def test_many_pages_are_read_and_as_many_threads_tell_the_same(tmp_path: Path) -> None:
    posts = [post((TEACHER, STUDENT)[n % 2], NOON + minutes(n / 10)) for n in range(120)]
    chats = (pair_chat(TEACHER, STUDENT, *posts), CLUB)
    with serving(world(*chats)) as microsoft:
        one = pull(microsoft, tmp_path, threads=1)
        four = pull(microsoft, tmp_path)
        overlapping = "pages overlap"
        microsoft.faults.plan(EXPORT, overlapping, on=2)
        again = pull(microsoft, tmp_path, threads=1)
    assert len(one.messages) == 121
    assert one.messages == four.messages == again.messages


@pytest.mark.parametrize("kind", ["429 retry after", "503 retry after", "connection reset", "410"])
def test_a_passing_fault_loses_nothing(tmp_path: Path, kind: str) -> None:
    posts = [post(TEACHER, NOON + minutes(n)) for n in range(60)]
    with serving(world(group_chat("club", (TEACHER, STUDENT), *posts))) as microsoft:
        well = pull(microsoft, tmp_path)
        microsoft.faults.plan(EXPORT, kind, on=2)
        found = pull(microsoft, tmp_path, threads=1)
    assert found.messages == well.messages
    assert len(well.messages) == 60


# ---- settings and check ----------------------------------------------------------------------

GOOD: dict[str, object] = {"tenant": "t", "client": "1", "certificate": "c.pem", "users": STAFF}
WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"users": None}, "users must be a list"),
    ({"users": ["Staff"]}, "users must hold places"),
    ({"users": [{"group": "staff"}]}, "users: group must be"),
    ({"users": [{"ou": "/Staff"}]}, "users: a place has either group"),
    ({"leave_out": ["scanner"]}, "leave_out must list e-mail addresses"),
    ({"leave_out": "x"}, "leave_out must be a list"),
    ({"channels": "yes"}, "channels must be true or false"),
    ({"policies": 3, "expected": {"A": {"B": "c"}}}, "policies must be text"),
    ({"policies": "p"}, "policies and expected are of use only together"),
    ({"policies": "p", "expected": {"A": "b"}}, "expected must be tables of policies"),
    ({"policies": "p", "expected": {"A": {"B": True}}}, "expected must be tables of policies"),
    ({"threads": 5}, "threads must be a whole number from 1 to 4"),
    ({"tool": ""}, "tool must be text"),
)


@pytest.mark.parametrize(("settings", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_mistake_is_named_with_its_setting(
    tmp_path: Path, settings: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=r"^[a-z_]+:? ") as caught:
        configured(tmp_path, GOOD | settings)
    assert str(caught.value).startswith(words)


LOOKED_AT = {"oauth.token", "openid.configuration", "users.list"}


def check(folder: Path, consented: set[str], **settings: Any) -> list[str]:
    with serving(world(CLUB)) as microsoft:
        microsoft.consented = consented
        lines = teams(microsoft, folder, **settings).check()
        assert {one.endpoint for one in microsoft.asked} <= LOOKED_AT
    return [one.text for one in lines if not one.ok]


def test_check_names_what_is_missing_and_what_is_too_wide(tmp_path: Path) -> None:
    needed = {"User.Read.All", "Chat.Read.All"}
    assert check(tmp_path, needed) == []
    assert check(tmp_path, needed, users=[{"employee_type": "Stuff"}]) == [
        "employee_type stuff: 0 accounts"
    ]
    assert check(tmp_path, needed, users=[{"group": "a@marlow.example"}]) == [
        "permissions not granted: GroupMember.Read.All"
    ]
    assert check(tmp_path, {"User.Read.All", "Chat.ReadBasic.All"}) == [
        "permissions not granted: Chat.Read.All"
    ]
    assert check(tmp_path, needed, channels=True) == [
        f"permissions not granted: {', '.join(CHANNEL_PERMISSIONS)}"
    ]
    assert check(tmp_path, {*needed, "Chat.ReadWrite.All"}) == [
        "the token carries more than is needed: Chat.ReadWrite.All"
    ]


def test_a_token_that_allows_more_is_not_used(tmp_path: Path) -> None:
    with serving(world(CLUB)) as microsoft:
        microsoft.consented = {*CONSENTED, "Chat.ReadWrite.All"}
        with pytest.raises(Denied, match="more than is needed"):
            pull(microsoft, tmp_path)
        assert microsoft.count(EXPORT) == 0
