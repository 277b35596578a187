"""Whose mailboxes are meant, which of them cannot be read, and what the settings and check say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.source import DayState, Denied
from tests.connectors.microsoft.directory_world import account, group, serving
from tests.connectors.microsoft.exchange_world import (
    COACH,
    KID,
    LEE,
    TEACHER,
    at,
    context,
    letter,
    marlow,
    names,
    pull,
    source,
)

DELTA = "messages.delta"


def test_mailboxes_are_chosen_by_group_department_domain_or_licence(tmp_path: Path) -> None:
    guest = account("gail.guest", "Alder High", kind="Guest")
    plain = account("una.licensed", "Office", licence=None)
    inner = group("inner", KID.address)
    staff = group("staff", COACH.address, inner.email)
    world = marlow(
        *((user, letter(user, user.given, at(18), user.address)) for user in (COACH, TEACHER, KID, LEE, plain)),
        users=[guest, plain], groups=[staff, inner],
    )  # fmt: skip
    with serving(world) as running:

        def units(places: object, **more: Any) -> set[str]:
            read = pull(running, tmp_path, mailboxes=places, received=False, **more)
            return {str(row.unit).partition("@")[0] for row in read.coverage}

        assert units([{"group": staff.email}]) == {"dana.whit", "kit.vale"}
        assert units([{"group": staff.id}]) == {"dana.whit", "kit.vale"}
        assert units([{"department": "students"}]) == {"kit.vale", "lee.marsh"}
        assert units([{"domain": "marlow.example", "department": "Office"}]) == {"una.licensed"}
        assert units("licensed") == {"dana.whit", "ana.reyes", "kit.vale", "lee.marsh"}
        assert units("licensed", leave_out=["coach@marlow.example"]) == {"ana.reyes", "kit.vale", "lee.marsh"}


def test_places_that_mean_nobody_are_gaps(tmp_path: Path) -> None:
    places = [{"department": "Alder High"}, {"department": "Alder Hihg"}, {"group": "none@marlow.example"}]
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as running:
        read = pull(running, tmp_path, mailboxes=places)
        results = source(context(running, tmp_path, mailboxes=places)).check()
    missing = {row.unit: row.reason for row in read.coverage if row.state is DayState.MISSING}
    assert set(missing) == {"department alder hihg", "group none@marlow.example"}
    assert all(missing.values())
    assert [r.ok for r in results] == [True, True, False, False]


def test_a_mailbox_that_is_not_there_or_not_opened_is_a_gap_by_name(tmp_path: Path) -> None:
    none = account("nora.none", has_mailbox=False, mail="nora.none@marlow.example")
    bare = account("bea.bare", has_mailbox=False)
    world = marlow(
        (COACH, letter(COACH, "a", at(18))),
        users=[none, bare],
        mailboxes_opened=frozenset({COACH.id, KID.id, LEE.id, none.id}),
    )
    for everything in (True, False):
        with serving(world) as running:
            read = pull(running, tmp_path, received=everything)
        missing = {row.unit: str(row.reason) for row in read.coverage if row.state is DayState.MISSING}
        assert set(missing) == {none.address, bare.upn, TEACHER.address}
        assert "no mailbox" in missing[none.address]
        assert "403" in missing[TEACHER.address]
        assert names(read) == ["a"]


def test_where_no_mailbox_may_be_read_the_source_has_failed(tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))), mailboxes_opened=frozenset())) as running:
        with pytest.raises(Denied, match="403"):
            pull(running, tmp_path)
        assert not source(context(running, tmp_path)).check()[-1].ok


def test_check_says_what_is_missing_and_what_is_too_wide(tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as running:
        good = source(context(running, tmp_path)).check()
        assert [r.ok for r in good] == [True, True, True]
        assert "department alder high: 2 accounts" in good[1].text
        assert running.count(DELTA) == 0
        running.consented = {"User.Read.All", "Mail.ReadBasic.All"}
        (result,) = source(context(running, tmp_path, settings=True)).check()
        assert "MailboxSettings.Read" in result.text
        running.consented.add("Mail.Read")
        assert not source(context(running, tmp_path)).check()[1].ok
        with pytest.raises(Denied, match=r"Mail\.Read"):
            pull(running, tmp_path)


def test_mailboxes_that_a_role_of_exchanges_opens_need_no_consent(tmp_path: Path) -> None:
    world = marlow((COACH, letter(COACH, "a", at(18))))
    with serving(world) as running:
        running.consented = {"User.Read.All"}
        closed = source(context(running, tmp_path)).check()[-1]
    assert (closed.ok, closed.text) == (False, "permissions not granted: Mail.ReadBasic.All")
    with serving(replace(world, mailboxes_opened=frozenset((COACH.id,)))) as running:
        running.consented = {"User.Read.All"}
        found = source(context(running, tmp_path)).check()
        assert [one.ok for one in found] == [True, True, True, True]
        assert "role of Exchange's" in found[-1].text
        read = pull(running, tmp_path)
    assert names(read) == ["a"]


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"mailboxes": []}, "mailboxes"),
        ({"mailboxes": "everybody"}, "mailboxes"),
        ({"mailboxes": [{"group": "staff"}]}, "mailboxes"),
        ({"mailboxes": [{"group": "a@b.example", "office": "x"}]}, "mailboxes"),
        ({"mailboxes": [{"colour": "red"}]}, "mailboxes"),
        ({"received": "some"}, "received"),
        ({"leave_out": ["office"]}, "leave_out"),
        ({"threads": 5}, "threads"),
        ({"headers": "yes"}, "headers"),
    ],
)
def test_mistakes_in_settings_are_told(settings: dict[str, Any], word: str, tmp_path: Path) -> None:
    with serving(marlow()) as running, pytest.raises(ValueError, match=rf"(^|; ){word}\b"):
        source(context(running, tmp_path, **settings))
