"""Who left: a chat nobody who is read is in any more, and accounts that were deleted since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.source import Window
from benchmarks.pretend.microsoft import Seat
from tests.connectors.microsoft.directory_world import group, serving
from tests.connectors.microsoft.teams_world import (
    DAY,
    LONG_AGO,
    NOON,
    OTHER,
    SECOND,
    STAFF,
    STUDENT,
    TEACHER,
    group_chat,
    minutes,
    post,
    pull,
    world,
)
from tests.connectors.read_back import people

UNCLEAR = "message in a chat whose members are not all known"
CLUB = group_chat("club", (TEACHER, SECOND, STUDENT), post(TEACHER))


@pytest.mark.parametrize("follows", [True, False])
def test_who_went_after_all_readers_had_is_not_told_so_members_are_not_known(
    tmp_path: Path, follows: bool
) -> None:
    system = {"kind": "systemEventMessage"}
    chat = group_chat(
        "club",
        (
            Seat(TEACHER, since=LONG_AGO, until=NOON + minutes(5)),
            Seat(STUDENT, since=LONG_AGO),
            Seat(OTHER, since=LONG_AGO, until=NOON + minutes(10)),
            *((Seat(SECOND, since=NOON + minutes(4)),) if follows else ()),
        ),
        post(TEACHER),
        post("", NOON + minutes(4), joined=(SECOND,) if follows else (), **system),
        post("", NOON + minutes(5), left=(TEACHER,), **system),
        post("", NOON + minutes(10), left=(OTHER,), **system),
    )
    with serving(world(chat)) as microsoft:
        found = pull(microsoft, tmp_path)
    assert (OTHER in people(found.message)) is follows
    assert found.message.recipients_hidden is not follows
    assert found.notes == ({} if follows else {UNCLEAR: 1})


def test_an_account_under_a_new_address_is_not_missed_under_the_old_one(tmp_path: Path) -> None:
    users = tuple(
        replace(user, aliases=("ana.maiden@marlow.example",)) if user.address == TEACHER else user
        for user in world().users
    )
    with serving(world(CLUB, users=users)) as microsoft:
        found = pull(microsoft, tmp_path)
    assert found.pages[-1].over == {"ana.maiden@marlow.example"}


@pytest.mark.parametrize("place", [STAFF, [{"group": "coaches@marlow.example"}]])
def test_an_account_deleted_since_is_a_gap_until_then(
    tmp_path: Path, place: list[dict[str, str]]
) -> None:
    ended = NOON + timedelta(hours=1)
    users = tuple(
        replace(user, deleted_at=ended) if user.address == SECOND else user
        for user in world().users
    )
    two_days = Window(DAY, DAY + timedelta(days=1))
    coaches = (group("coaches", TEACHER),)
    with serving(world(CLUB, users=users, groups=coaches)) as microsoft:
        found = pull(microsoft, tmp_path, window=two_days, users=place)
        left_out = pull(microsoft, tmp_path, users=place, leave_out=[SECOND])
        later = pull(microsoft, tmp_path, Window(two_days.last, two_days.last), users=place)
    gaps = {key for key, row in found.coverage.items() if row.state.value == "missing"}
    assert gaps == {(DAY, SECOND)}
    assert SECOND not in left_out.states
    assert SECOND not in {unit for _, unit in later.coverage}
