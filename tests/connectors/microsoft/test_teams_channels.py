"""Channels of Teams: who wrote in them, and whose members read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pretend.microsoft import Channel, Post, Seat, Team, World, guid
from tests.connectors.microsoft.directory_world import group, serving
from tests.connectors.microsoft.teams_world import (
    DAY,
    LONG_AGO,
    NOON,
    OTHER,
    OUTSIDE,
    SECOND,
    STUDENT,
    TEACHER,
    group_chat,
    minutes,
    post,
    pull,
    world,
)
from tests.connectors.read_back import Read, people

EXPORT = "channels.getAllMessages"
UNCLEAR = "message in a chat whose members are not all known"
TEAM = guid("group", "biology")


def channel(name: str, *posts: Post, kind: str = "standard", people: tuple[Any, ...] = ()) -> Channel:
    seats = tuple(one if isinstance(one, Seat) else Seat(one, since=LONG_AGO) for one in people)
    return Channel(f"19:{name}@thread.tacv2", f"{name} zephyrquill", posts, kind, seats, LONG_AGO)


def team_world(
    *channels: Channel, members: tuple[str, ...] = (TEACHER, SECOND, STUDENT, OTHER), **more: Any
) -> World:
    """Return a tenant with one team, biology, and nothing said in chats."""
    team = Team(TEAM, "Biology zephyrquill", channels, LONG_AGO)
    return replace(world(), teams=(team,), groups=(group("biology", *members),), **more)


def read(folder: Path, *channels: Channel, **more: Any) -> Read:
    with serving(team_world(*channels, **more)) as microsoft:
        return pull(microsoft, folder, channels=True)


def test_a_post_in_a_standard_channel_is_to_the_whole_team(tmp_path: Path) -> None:
    asked, reply = post(TEACHER), post(STUDENT, NOON + minutes(1), answers=post(TEACHER).id)
    general = channel("general", asked, reply)
    found = read(tmp_path, general)
    first, second = found.messages
    assert people(first) == {TEACHER: "from", SECOND: "member", STUDENT: "member", OTHER: "member"}
    assert (first.native_id, first.container) == (f"{general.id}/{asked.id}", general.id)
    assert first.thread == second.thread == f"chat/{general.id}/{asked.id}"
    assert people(second)[STUDENT] == "from"
    assert found.states == {
        TEACHER: ("read", 0), SECOND: ("read", 0), f"team {TEAM}": ("read", 2)
    }  # fmt: skip
    assert (found.notes, found.rejected) == ({}, [])


@pytest.mark.parametrize(
    ("kind", "asked"), [("private", "channels.members"), ("shared", "channels.allMembers")]
)
def test_a_channel_with_one_student_and_one_adult_is_between_them_alone(
    tmp_path: Path, kind: str, asked: str
) -> None:
    own = channel("own", post(TEACHER), kind=kind, people=(TEACHER, STUDENT))
    with serving(team_world(channel("general"), own)) as microsoft:
        found = pull(microsoft, tmp_path, channels=True)
        assert microsoft.count(asked) == 1
        assert microsoft.count("teams.members") == 0  # nobody wrote to the whole team
    assert people(found.message) == {TEACHER: "from", STUDENT: "member"}
    assert not found.message.recipients_hidden


def test_a_shared_channel_tells_the_address_of_somebody_outside(tmp_path: Path) -> None:
    own = channel("own", post(OUTSIDE), kind="shared", people=(TEACHER, STUDENT, OUTSIDE))
    assert people(read(tmp_path, own).message) == {
        OUTSIDE: "from", TEACHER: "member", STUDENT: "member"
    }  # fmt: skip


def test_who_came_to_the_team_later_was_not_there(tmp_path: Path) -> None:
    came = {"kind": "systemEventMessage", "joined": (SECOND,)}
    general = channel(
        "general", post(TEACHER), post("", NOON + minutes(5), **came), post(STUDENT, NOON + minutes(6))
    )
    homework = channel("homework", post(TEACHER, NOON + minutes(1)))
    found = read(tmp_path, general, homework)
    assert [sorted(people(one)) for one in found.messages] == [
        [TEACHER, STUDENT, OTHER],
        [TEACHER, STUDENT, OTHER],
        [TEACHER, SECOND, STUDENT, OTHER],
    ]


@pytest.mark.parametrize("kind", ["systemEventMessage", "chatEvent", "unknownFutureValue", "typing"])
def test_a_row_that_is_no_message_is_never_a_contact(tmp_path: Path, kind: str) -> None:
    row = post(STUDENT, kind=kind)
    own = channel("own", row, kind="private", people=(TEACHER, STUDENT))
    chat = group_chat("club", (TEACHER, STUDENT), row)
    found = read(tmp_path, own, channel("general"), chats=(chat,))
    assert found.messages == []
    assert found.rejected == []
    assert found.states[f"team {TEAM}"] == ("read", 0)


def test_a_row_of_a_kind_that_nobody_knows_is_told_of(tmp_path: Path) -> None:
    rows = (post(STUDENT, kind="unknownFutureValue"), post(TEACHER, NOON + minutes(1)))
    found = read(tmp_path, channel("general", *rows))
    assert len(found.messages) == 1
    assert found.notes == {
        "row of a kind that is not known, so nobody knows whether somebody wrote": 1
    }


# ---- what could not be read ------------------------------------------------------------------


def test_channels_are_not_asked_for_unless_wanted(tmp_path: Path) -> None:
    with serving(team_world(channel("general", post(TEACHER)))) as microsoft:
        assert pull(microsoft, tmp_path).messages == []
        assert microsoft.count("teams.list") == 0


@pytest.mark.parametrize("kind", ["403", "404", "410"])
def test_teams_that_cannot_be_listed_are_a_gap_and_chats_are_told_all_the_same(
    tmp_path: Path, kind: str
) -> None:
    chats = (group_chat("club", (TEACHER, STUDENT), post(TEACHER)),)
    with serving(team_world(channel("general", post(TEACHER)), chats=chats)) as microsoft:
        microsoft.faults.plan("teams.list", kind, times=9)
        found = pull(microsoft, tmp_path, channels=True)
    assert len(found.messages) == 1
    assert found.states["list of teams"] == ("missing", None)
    assert found.states[TEACHER] == ("read", 1)


@pytest.mark.parametrize("endpoint", ["channels.list", EXPORT])
@pytest.mark.parametrize(("kind", "times"), [("403", 1), ("404", 1), ("503", 9)])
def test_a_team_that_cannot_be_read_is_its_own_gap(
    tmp_path: Path, endpoint: str, kind: str, times: int
) -> None:
    other = Team(guid("group", "chess"), "Chess", (channel("chess", post(SECOND)),), LONG_AGO)
    served = team_world(channel("general", post(TEACHER)))
    groups = (*served.groups, group("chess", SECOND, STUDENT))
    both = world(teams=(*served.teams, other), groups=groups)
    with serving(both) as microsoft:
        microsoft.faults.plan(endpoint, kind, times=times, where=lambda r: TEAM in r.path)
        found = pull(microsoft, tmp_path, channels=True)
    assert [people(one) for one in found.messages] == [{SECOND: "from", STUDENT: "member"}]
    assert found.states[f"team {TEAM}"] == ("missing", None)
    assert found.states[f"team {other.id}"] == ("read", 1)


def test_members_that_cannot_be_asked_for_are_a_gap_of_their_days(tmp_path: Path) -> None:
    own = channel("own", post(TEACHER), kind="private", people=(TEACHER, STUDENT))
    with serving(team_world(channel("general"), own)) as microsoft:
        microsoft.faults.plan("channels.members", "403")
        found = pull(microsoft, tmp_path, channels=True)
    assert people(found.message) == {TEACHER: "from"}
    assert found.message.recipients_hidden
    assert found.notes == {UNCLEAR: 1}
    assert found.states[f"members of channel {own.id}"] == ("missing", None)


def test_a_private_channel_that_the_export_leaves_out_is_a_gap(tmp_path: Path) -> None:
    own = channel("own", post(TEACHER), kind="private", people=(TEACHER, STUDENT))
    quiet = channel("quiet", post(TEACHER, NOON - timedelta(days=9)), kind="shared", people=(TEACHER,))
    served = team_world(channel("general"), own, quiet, exports_own_channels=False)
    with serving(served) as microsoft:
        found = pull(microsoft, tmp_path, channels=True)
    assert found.messages == []
    missing = [unit for unit, (state, _) in found.states.items() if state == "missing"]
    assert missing == [f"channel {own.id}"]
    assert "does not tell" in str(found.coverage[DAY, f"channel {own.id}"].reason)


def test_no_text_nor_name_of_a_team_or_channel_is_in_any_page(tmp_path: Path) -> None:
    own = channel("own", post(OUTSIDE), post(TEACHER, NOON + minutes(1)), kind="private")
    found = read(tmp_path, own, channel("general", post(TEACHER)))
    assert found.messages
    assert found.rejected
    assert "zephyrquill" not in repr(found.pages)
    assert "Said" not in repr(found.pages)
