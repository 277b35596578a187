"""Who is on a mailing list, since when, and what is said where nobody can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditor.model import GroupMember
from auditor.records import Fact, SystemSetting
from auditor.source import Denied, Note, Page, SourceError, Transient, Window
from benchmarks.pretend.google import PLUS, Group, LogRow, Seat, User
from connectors.google.directory.lists import EVERYBODY
from tests.connectors.google.directory_world import (
    BOTH,
    NOW,
    PEOPLE,
    STAFF,
    TEAM,
    account,
    directory,
    mail,
    mailing_list,
    opened,
    places,
    pull,
    serving,
    workspace,
)

MEMBERS = "directory.members.list"


def row(day: int, name: str, group: str, member: str, actor: str = "ana.reyes") -> LogRow:
    """Return an entry of the log of groups for a day of November, at noon."""
    at = datetime(2026, 11, day, 17, tzinfo=UTC)
    told = {"group_id": f"{group}@marlow.example", "member_id": f"{member}@marlow.example"}
    if not member:
        del told["member_id"]
    actor = f"{actor}@marlow.example"
    return LogRow("groups_enterprise", at, actor, "moderator_action", name, told, day, at)


def read(
    tmp_path: Path,
    groups: Sequence[Group],
    *,
    rows: tuple[LogRow, ...] = (),
    users: Sequence[User] = PEOPLE,
    **settings: object,
) -> tuple[list[Fact], dict[str, Note]]:
    world = workspace(users, groups, rows=rows)
    with serving(world) as google:
        facts, notes = pull(directory(google, tmp_path, **settings))
        assert world.canary not in " ".join(map(repr, (facts, notes)))
        for asked in google.asked:
            if not asked.endpoint.startswith("oauth"):
                fields = str(asked.query["fields"])
                assert not [no for no in ("description", "recovery", "title") if no in fields]
                assert "name" not in fields or "users" in asked.endpoint or "report" in asked.endpoint
    return facts, notes


def november(day: int) -> date:
    return date(2026, 11, day)


# ---- who is on it --------------------------------------------------------------------------


def test_a_list_has_its_direct_members_its_aliases_and_people_from_outside(tmp_path: Path) -> None:
    groups = (
        mailing_list("all", "teams", "out@home.example", aliases=("everyone@marlow.example",)),
        mailing_list("teams", "kim.ito", "ana.reyes"),
        mailing_list("nobody"),
    )
    facts, notes = read(tmp_path, groups)
    assert {(f.group, f.member) for f in facts if isinstance(f, GroupMember)} == {
        (mail("all"), mail("teams")),
        (mail("all"), mail("out@home.example")),
        (mail("everyone"), mail("all")),
        (mail("teams"), mail("kim.ito")),
        (mail("teams"), mail("ana.reyes")),
    }
    assert notes["mailing lists without a member"].count == 1


def test_who_reads_no_mail_any_more_is_on_no_list_from_then_on(tmp_path: Path) -> None:
    left = datetime(2026, 11, 9, 17, tzinfo=UTC)
    users = (account("ana.reyes", suspended_at=left), account("ben.okafor"))
    facts, _ = read(tmp_path, [mailing_list("staff", "ana.reyes", "ben.okafor")], users=users)
    assert places(facts) == {
        ("staff", "ana.reyes", None, november(9)),
        ("staff", "ben.okafor", None, None),
    }


def test_a_list_of_everybody_reaches_every_account_in_use(tmp_path: Path) -> None:
    left = datetime(2026, 11, 9, 17, tzinfo=UTC)
    users = (account("ana.reyes", suspended_at=left), account("kim.ito", "/Students"))
    everybody = replace(mailing_list("all"), seats=(Seat("C03marlow0"),))
    facts, _ = read(tmp_path, [everybody], users=users)
    found = {(f.group, f.member) for f in facts if isinstance(f, GroupMember)}
    assert found == {
        (mail("all"), EVERYBODY),
        (EVERYBODY, mail("kim.ito")),
        (EVERYBODY, mail("workspace-admin")),
    }


# ---- since when ----------------------------------------------------------------------------

CASES: dict[str, tuple[tuple[LogRow, ...], bool, set[tuple[date | None, date | None]]]] = {
    "nothing told": ((), True, {(None, None)}),
    "came": ((row(5, "add_member", "staff", "ben.okafor"),), True, {(november(5), None)}),
    "left": ((row(9, "remove_member", "staff", "ben.okafor"),), False, {(None, november(9))}),
    "came and left": (
        (
            row(5, "approve_join_request", "staff", "ben.okafor"),
            row(9, "ban_member_with_moderation", "staff", "ben.okafor"),
        ),
        False,
        {(november(5), november(9))},
    ),
    "came again": (
        (
            row(9, "remove_member", "staff", "ben.okafor"),
            row(12, "add_member", "staff", "ben.okafor"),
        ),
        True,
        {(date(2026, 5, 28), november(9)), (november(12), None)},
    ),
    "by itself": (
        (
            row(5, "join", "staff", "", "ben.okafor"),
            row(9, "leave", "staff", "", "ben.okafor"),
            row(9, "change_info_setting", "staff", "ben.okafor"),
        ),
        False,
        {(november(5), november(9))},
    ),
    "twice": (
        (
            row(5, "add_member", "staff", "ben.okafor"),
            row(6, "accept_invitation", "staff", "", "ben.okafor"),
        ),
        True,
        {(november(5), None)},
    ),
    "left and still there": (
        (row(9, "remove_member", "staff", "ben.okafor"),),
        True,
        {(None, None)},
    ),
    "came and is not there": ((row(5, "add_member", "staff", "ben.okafor"),), False, set()),
}


@pytest.mark.parametrize(("rows", "here", "expected"), CASES.values(), ids=CASES.keys())
def test_the_log_of_groups_dates_who_came_and_who_left(
    tmp_path: Path,
    rows: tuple[LogRow, ...],
    expected: set[tuple[date | None, date | None]],
    *,
    here: bool,
) -> None:
    members = ("kim.ito", "ben.okafor") if here else ("kim.ito",)
    facts, notes = read(tmp_path, [mailing_list("staff", *members)], rows=rows)
    found = {(start, end) for _, member, start, end in places(facts) if member == "ben.okafor"}
    assert found == expected
    odd = [text for text in notes if "by the log of groups" in text]
    contradicted = here and rows != () and expected == {(None, None)}
    assert bool(odd) is (contradicted or not expected)


def test_an_entry_that_names_nobody_by_address_is_counted(tmp_path: Path) -> None:
    odd = replace(row(5, "add_member", "staff", "x"), parameters={"group_id": "01abc"})
    _, notes = read(tmp_path, [mailing_list("staff", "ana.reyes")], rows=(odd,))
    (note,) = [one for text, one in notes.items() if "do not name the group" in text]
    assert note.count == 1


def test_without_the_log_members_are_undated_and_it_is_said(tmp_path: Path) -> None:
    edition = replace(PLUS, applications=frozenset({"chat"}))
    world = workspace(PEOPLE, [mailing_list("staff", "ana.reyes")], edition=edition)
    with serving(world) as google:
        facts, notes = pull(directory(google, tmp_path))
        assert google.count("reports.activities.list")
        pull(directory(google, tmp_path, group_log=False))
        assert [text for text in notes if text.startswith("Google's log of groups could not")]
    assert places(facts) == {("staff", "ana.reyes", None, None)}


# ---- how a list is set ---------------------------------------------------------------------

SETTINGS = "groupsSettings.groups.get"
OPEN = replace(
    STAFF, settings={"membersCanPostAsTheGroup": "true", "whoCanPostMessage": "ANYONE_CAN_POST"}
)


def test_a_group_that_hides_who_writes_is_named_and_others_are_counted(tmp_path: Path) -> None:
    outside = mailing_list("families", "out@home.example")
    facts, notes = read(tmp_path, [OPEN, TEAM, outside], group_settings=True)
    assert "members of staff@marlow.example may write as the group: it hides who wrote" in notes
    assert notes["groups that anybody in the world can write to"].count == 1
    assert notes["groups that let people from outside be members"].count == 1
    assert not [f for f in facts if isinstance(f, SystemSetting)]


def test_settings_the_district_wants_are_facts_as_found(tmp_path: Path) -> None:
    wanted = {"membersCanPostAsTheGroup": "false"}
    facts, _ = read(tmp_path, [OPEN, TEAM], group_settings=wanted)
    today = date(2026, 11, 24)
    assert [f for f in facts if isinstance(f, SystemSetting)] == [
        SystemSetting(
            f"Google group {name}@marlow.example", "membersCanPostAsTheGroup", "false", found, today
        )
        for name, found in (("staff", "true"), ("team", "false"))
    ]


def test_settings_are_not_asked_for_unless_wanted(tmp_path: Path) -> None:
    with serving(BOTH) as google:
        pull(directory(google, tmp_path))
        assert google.count(SETTINGS) == 0


@pytest.mark.parametrize(("kind", "times"), [("404", 1), ("403", 1), ("503", 6)])
def test_settings_that_are_not_told_leave_the_members_and_are_counted(
    tmp_path: Path, kind: str, times: int
) -> None:
    with serving(BOTH) as google:
        google.faults.plan(
            SETTINGS, kind, times=times, where=lambda request: "staff" in request.path
        )
        facts, notes = pull(
            directory(google, tmp_path, group_settings={"allowExternalMembers": "false"})
        )
    assert places(facts) == {("staff", "ana.reyes", None, None), ("team", "kim.ito", None, None)}
    seen = {f.system.split()[-1]: f.found for f in facts if isinstance(f, SystemSetting)}
    assert seen == {"staff@marlow.example": "", "team@marlow.example": "false"}
    note = notes["groups whose settings Google does not tell"]
    assert (note.count, note.lost) == (1, True)


@pytest.mark.parametrize(("kind", "error"), [("403", Denied), ("503", Transient)])
def test_settings_that_no_group_tells_are_the_sources_fault(
    tmp_path: Path, kind: str, error: type[SourceError]
) -> None:
    with serving(BOTH) as google:
        google.faults.plan(SETTINGS, kind, times=100)
        with pytest.raises(error):
            pull(directory(google, tmp_path, group_settings=True))


# ---- progress ------------------------------------------------------------------------------


def test_long_reading_is_told_as_it_goes_on(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    with serving(BOTH) as google:
        context = directory(google, tmp_path).context
        source = opened(replace(context, progress=lambda *said: told.append(said)))
        pages: list[Page] = list(source.pull(Window(NOW.date(), NOW.date())))
    assert told == [(1, 2, "mailing lists"), (2, 2, "mailing lists")]
    assert sum(page.records_read for page in pages) == len(BOTH.users) + 2
