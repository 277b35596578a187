"""Accounts that were deleted, renamed or moved: each is told as it is, and nobody is missed twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from auditor.source import DayState
from benchmarks.pretend.microsoft import PretendMicrosoft, User
from tests.connectors.mail_world import Read
from tests.connectors.microsoft.directory_world import account, group, serving
from tests.connectors.microsoft.exchange_world import (
    COACH,
    TEACHER,
    at,
    days_of,
    letter,
    marks_of,
    marlow,
    next_night,
    pull,
)

WORLD = marlow((COACH, letter(COACH, "a", at(18))))


def over(read: Read) -> frozenset[str]:
    return read.pages[-1].over


def change(running: PretendMicrosoft, user: User, **fields: object) -> None:
    users = tuple(
        replace(one, **fields) if one.id == user.id else one  # type: ignore[arg-type]  # the names are the fields' own
        for one in running.world.users
    )
    running.world = replace(running.world, users=users)


def test_an_account_deleted_before_it_was_ever_read_is_a_gap_until_then(tmp_path: Path) -> None:
    gone = account("gone.soon", deleted_at=at(20, 20))
    elsewhere = account("out.sider", "Elsewhere", deleted_at=at(20))
    before = account("long.ago", deleted_at=at(15))
    world = marlow((COACH, letter(COACH, "a", at(18))), users=(gone, elsewhere, before))
    with serving(world) as running:
        read = pull(running, tmp_path)
    rows = days_of(read, gone)
    assert {row.state for row in rows.values()} == {DayState.MISSING}
    assert sorted(rows) == [17, 18, 19, 20]
    assert "was deleted" in (rows[20].reason or "")
    assert not days_of(read, elsewhere)
    assert not days_of(read, before)
    assert gone.address in over(read)


def test_what_groups_a_deleted_account_was_in_is_not_told_so_it_is_a_gap(tmp_path: Path) -> None:
    gone, left_out = account("gone.soon", deleted_at=at(20)), account("desk", deleted_at=at(20))
    staff = group("staff", COACH.address, gone.address)
    world = marlow((COACH, letter(COACH, "a", at(18))), users=(gone, left_out), groups=(staff,))
    for places in ([{"group": staff.email}], "licensed"):
        with serving(world) as running:
            read = pull(running, tmp_path, mailboxes=places, leave_out=[left_out.address])
        assert sorted(days_of(read, gone)) == [17, 18, 19, 20]
        if places != "licensed":
            assert "does not say" in (days_of(read, gone)[18].reason or "")
        assert not days_of(read, left_out)


def test_an_address_given_to_somebody_new_does_not_hide_the_one_that_was_deleted(
    tmp_path: Path,
) -> None:
    old = account("old.ana", upn="old.ana@marlow.example", mail=TEACHER.address, deleted_at=at(19))
    with serving(marlow(users=(old,))) as running:
        read = pull(running, tmp_path)
    assert sorted(days_of(read, TEACHER)) == [17, 18, 19, 20, 21, 22, 23]
    assert {row.state for row in days_of(read, TEACHER).values()} == {DayState.READ}
    assert days_of(read, f"{TEACHER.address} (deleted)")[19].state is DayState.MISSING


def test_a_renamed_mailbox_is_read_on_and_its_old_name_is_not_missed(tmp_path: Path) -> None:
    with serving(WORLD) as running:
        first = pull(running, tmp_path)
        change(running, COACH, upn="d.west@marlow.example", aliases=(*COACH.aliases, COACH.upn))
        second = pull(running, tmp_path, window=next_night(nights=0), marks=marks_of(first))
    assert days_of(second, "d.west@marlow.example")[23].state is DayState.READ
    assert not days_of(second, COACH)
    assert COACH.address in over(second)
    assert "d.west@marlow.example" not in over(second)
    assert marks_of(second, marks_of(first)).keys() == marks_of(first).keys()


def test_a_mailbox_meant_no_longer_is_over_and_forgotten_and_said_to_be(tmp_path: Path) -> None:
    with serving(WORLD) as running:
        first = pull(running, tmp_path)
        kept = marks_of(first)
        assert any(unit.startswith(COACH.id) for unit in kept)
        change(running, COACH, department="Former")
        second = pull(running, tmp_path, window=next_night(nights=0), marks=kept)
    assert not days_of(second, COACH)
    assert COACH.address in over(second)
    assert not any(unit.startswith(COACH.id) for unit in marks_of(second, kept))
    assert any("no longer one of those" in note.text for note in second.all_notes)
