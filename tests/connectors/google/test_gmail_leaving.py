"""Accounts that were deleted, renamed or moved, and units that hold nobody: each told as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.source import DayState
from benchmarks.pretend.google import PretendGoogle, User
from tests.connectors.google.directory_world import account, serving
from tests.connectors.google.gmail_world import (
    COACH,
    TEACHER,
    at,
    context,
    days_of,
    letter,
    marks_of,
    marlow,
    next_night,
    pull,
    source,
)
from tests.connectors.mail_world import Read

WORLD = marlow((COACH, letter(COACH, "a", at(18))))


def over(read: Read) -> frozenset[str]:
    return read.pages[-1].over


def change(google: PretendGoogle, user: User, **fields: object) -> None:
    users = tuple(
        replace(one, **fields) if one.id == user.id else one  # type: ignore[arg-type]  # the names are the fields' own
        for one in google.world.users
    )
    google.world = replace(google.world, users=users)


def test_an_account_deleted_before_it_was_ever_read_is_a_gap_until_then(tmp_path: Path) -> None:
    gone = account("gone.soon", deleted_at=at(20, 20))
    elsewhere = account("out.sider", "/Elsewhere", deleted_at=at(20))
    before = account("long.ago", deleted_at=at(15))
    unknown = account("who.knows", "/", deleted_at=at(19))
    world = marlow(
        (COACH, letter(COACH, "a", at(18))), users=(gone, elsewhere, before, unknown)
    )
    with serving(world) as google:
        read = pull(google, tmp_path)
    rows = days_of(read, gone)
    assert {row.state for row in rows.values()} == {DayState.MISSING}
    assert sorted(rows) == [17, 18, 19, 20]
    assert "was deleted" in (rows[20].reason or "")
    assert "does not say" in (days_of(read, unknown)[19].reason or "")
    assert not days_of(read, elsewhere)
    assert not days_of(read, before)
    assert {gone.email, unknown.email} <= over(read)


def test_an_address_given_to_somebody_new_does_not_hide_the_one_that_was_deleted(
    tmp_path: Path,
) -> None:
    old = replace(account(TEACHER.given), id="900", email=TEACHER.email, deleted_at=at(19))
    with serving(marlow(users=(old,))) as google:
        read = pull(google, tmp_path)
    assert sorted(days_of(read, TEACHER)) == [17, 18, 19, 20, 21, 22, 23]
    assert days_of(read, f"{TEACHER.email} (deleted)")[19].state is DayState.MISSING


def test_a_renamed_mailbox_is_read_on_and_its_old_name_is_not_missed(tmp_path: Path) -> None:
    with serving(WORLD) as google:
        first = pull(google, tmp_path)
        change(google, COACH, email="d.west@marlow.example", aliases=(COACH.email,))
        second = pull(google, tmp_path, window=next_night(nights=0), marks=marks_of(first))
        assert google.count("gmail.users.messages.get") == 1
    assert days_of(second, "d.west@marlow.example")[23].state is DayState.READ
    assert not days_of(second, COACH)
    assert COACH.email in over(second)
    assert "d.west@marlow.example" not in over(second)


def test_a_mailbox_moved_out_of_the_units_is_over_and_forgotten_and_said_to_be(
    tmp_path: Path,
) -> None:
    with serving(WORLD) as google:
        first = pull(google, tmp_path)
        change(google, COACH, org_unit="/Former")
        second = pull(google, tmp_path, window=next_night(nights=0), marks=marks_of(first))
    assert not days_of(second, COACH)
    assert COACH.email in over(second)
    assert COACH.id in marks_of(first)
    assert [mark for page in second.pages for mark in page.marks if mark.value is None]
    assert any("no longer one of those" in note.text for note in second.all_notes)


@pytest.mark.parametrize(
    "settings",
    [{"received": ["/Student"]}, {"received": ["/Students"], "mailboxes": ["/Staff"]}],
)
def test_a_unit_that_holds_nobody_fails_the_check_and_is_a_gap_at_night(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    name, units = next((n, v) for n, v in settings.items() if isinstance(v, list))
    with serving(WORLD) as google:
        told = source(context(google, tmp_path, None, **settings)).check()
        read = pull(google, tmp_path, **settings)
    (failed,) = [line for line in told if not line.ok and units[0] in line.text]
    assert failed.text.startswith(f"{name}: {units[0]}: 0 accounts")
    (row, *_) = days_of(read, units[0]).values()
    assert row.state is DayState.MISSING
    assert name in (row.reason or "")
