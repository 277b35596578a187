"""Who is in which group by Microsoft's directory, and what happens where it does not say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.model import Address, AddressKind, GroupMember, UnreadList
from auditor.records import Fact
from auditor.source import Denied, Malformed, Note, Page, SourceError, Transient, Window
from benchmarks.pretend.microsoft import CONSENTED, Group, Seat
from benchmarks.pretend.serving import Reply, Request
from connectors.microsoft.asking import NoList
from tests.connectors.microsoft.directory_world import (
    NOW,
    ROLES,
    account,
    directory,
    group,
    mail,
    opened,
    pull,
    serving,
    tenant,
)

MEMBERS = "groups.members"
LEFT = datetime(2026, 11, 2, 20, tzinfo=UTC)
PEOPLE = [account("ana.reyes"), account("kim.ito", employee_type="Student")]
STAFF, TEAM = group("staff", "ana.reyes"), group("team", "kim.ito")
BOTH = tenant(PEOPLE, [STAFF, TEAM])


def places(facts: list[Fact]) -> set[tuple[str, str]]:
    """Return who is in what, by the first part of each address."""
    return {
        (f.group.text.removesuffix("@marlow.example"), f.member.text.removesuffix("@marlow.example"))
        for f in facts
        if isinstance(f, GroupMember)
    }


def read(tmp_path: Path, *groups: Group, hidden: bool = False) -> tuple[list[Fact], dict[str, Note]]:
    people = [
        *PEOPLE,
        account("ben.okafor", disabled_at=LEFT),
        account("front.desk", "Offices", disabled_at=LEFT),
        account("no.mail", has_mailbox=False),
        account("pat.lund", upn="pat_lund#EXT#@marlow.example", mail="pat@lund.example", kind="Guest"),
    ]
    with serving(tenant(people, groups)) as microsoft:
        microsoft.consented = {*CONSENTED, *(("Member.Read.Hidden",) if hidden else ())}
        return pull(directory(microsoft, tmp_path))


def test_direct_members_come_as_they_are_and_groups_stay_members(tmp_path: Path) -> None:
    pat = "pat_lund#EXT#@marlow.example"
    staff = group(
        "staff",
        *("ana.reyes", "kim.ito", "team", "out@elsewhere.example", pat, "front.desk"),
        aliases=("everyone@marlow.example", "staff@marlow-schools.example"),
    )
    facts, notes = read(tmp_path, staff, TEAM, group("empty"))
    assert places(facts) == {
        ("staff", "ana.reyes"),
        ("staff", "kim.ito"),
        ("staff", "team"),
        ("staff", "out@elsewhere.example"),
        ("staff", "pat@lund.example"),
        ("staff", "front.desk"),
        ("everyone", "staff"),
        ("team", "kim.ito"),
    }
    assert notes["mailing lists without a member"].count == 1
    assert not [note for note in notes.values() if note.lost]


def test_groups_that_are_inside_each_other_or_themselves_end(tmp_path: Path) -> None:
    ring = (
        group("first", "ana.reyes", "second", "first"),
        replace(group("second", "first"), email=""),
    )
    ring = (replace(ring[0], seats=(*ring[0].seats, Seat(ring[1].id))), ring[1])
    roles = [{"group": "first@marlow.example", "role": "coach"}, *ROLES]
    with serving(tenant(PEOPLE, ring)) as microsoft:
        facts, notes = pull(directory(microsoft, tmp_path, roles=roles))
    assert ("first", "ana.reyes") in {
        (str(f.group.text).partition("@")[0], str(f.member.text).partition("@")[0])
        for f in facts
        if isinstance(f, GroupMember)
    }
    assert not [note for note in notes.values() if note.lost]


def test_who_cannot_read_mail_is_on_no_list(tmp_path: Path) -> None:
    facts, notes = read(tmp_path, group("staff", "ana.reyes", "ben.okafor", "no.mail"))
    assert places(facts) == {("staff", "ana.reyes")}
    assert not [text for text in notes if "does not tell" in text]


def test_a_group_without_mail_counts_only_inside_a_list(tmp_path: Path) -> None:
    rights = replace(group("rights", "kim.ito"), email="")
    unused = replace(group("unused", "ana.reyes"), email="")
    staff = replace(STAFF, seats=(Seat(rights.id),))
    facts, _ = read(tmp_path, staff, rights, unused)
    inner = Address(AddressKind.PERSON_ID, f"microsoft:{rights.id}")
    assert [f for f in facts if isinstance(f, GroupMember)] == [
        GroupMember(mail("staff"), inner),
        GroupMember(inner, mail("kim.ito")),
    ]


def test_a_group_that_hides_its_members_is_unread_unless_they_may_be_seen(tmp_path: Path) -> None:
    hidden = group("council", "ana.reyes", hidden=True)
    facts, notes = read(tmp_path, hidden, TEAM)
    assert UnreadList(mail("council")) in facts
    assert places(facts) == {("team", "kim.ito")}
    (note,) = [one for text, one in notes.items() if "could not be read" in text]
    assert (note.count, note.lost) == (1, True)
    facts, notes = read(tmp_path, hidden, TEAM, hidden=True)
    assert places(facts) == {("council", "ana.reyes"), ("team", "kim.ito")}
    assert not [text for text in notes if "could not be read" in text]


def test_long_lists_come_over_several_pages(tmp_path: Path) -> None:
    names = [f"u{n:03}.x" for n in range(25)]
    world = tenant([account(name) for name in names], [group("all", *names)])
    with serving(replace(world, edition=replace(world.edition, page=10))) as microsoft:
        microsoft.faults.plan(MEMBERS, "empty page with token")
        facts, _ = pull(directory(microsoft, tmp_path))
        assert "members" not in str(microsoft.asked[0].query)
    assert places(facts) == {("all", name) for name in names}


# ---- what could not be read ----------------------------------------------------------------


def on_staff(request: Request) -> bool:
    return f"groups/{STAFF.id}/members" in request.path


@pytest.mark.parametrize(
    ("kind", "times"),
    [("403", 1), ("410", 6), ("503", 6), ("garbage", 6), ("login page", 6), ("connection reset", 6)],
)
def test_one_group_that_cannot_be_read_is_named_unread_and_stops_no_other(
    tmp_path: Path, kind: str, times: int
) -> None:
    with serving(BOTH) as microsoft:
        microsoft.faults.plan(MEMBERS, kind, times=times, where=on_staff)
        facts, notes = pull(directory(microsoft, tmp_path))
    assert [f for f in facts if isinstance(f, UnreadList)] == [UnreadList(mail("staff"))]
    assert places(facts) == {("team", "kim.ito")}
    (note,) = [one for text, one in notes.items() if "could not be read" in text]
    assert (note.count, note.lost) == (1, True)


def test_a_group_that_was_listed_and_is_gone_by_now_is_not_taken_as_empty(
    tmp_path: Path,
) -> None:
    with serving(BOTH) as microsoft:
        microsoft.faults.plan(MEMBERS, "404", where=on_staff)
        facts, notes = pull(directory(microsoft, tmp_path))
    assert places(facts) == {("team", "kim.ito")}
    assert [f for f in facts if isinstance(f, UnreadList)] == [UnreadList(mail("staff"))]
    assert [note.lost for text, note in notes.items() if "could not be read" in text] == [True]


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"value": null}'])
def test_an_answer_without_a_list_is_no_empty_group(tmp_path: Path, body: bytes) -> None:
    world = tenant(PEOPLE, (STAFF,))
    with serving(world) as microsoft:
        microsoft.faults.say(MEMBERS, Reply(body), times=9)
        with pytest.raises(NoList, match="no list"):
            pull(directory(microsoft, tmp_path))


@pytest.mark.parametrize(("kind", "error"), [("403", Denied), ("503", Transient)])
def test_no_group_at_all_to_be_read_is_the_sources_fault(
    tmp_path: Path, kind: str, error: type[SourceError]
) -> None:
    with serving(BOTH) as microsoft:
        microsoft.faults.plan(MEMBERS, kind, times=100)
        with pytest.raises(error):
            pull(directory(microsoft, tmp_path))


def test_microsoft_out_of_reach_is_not_asked_for_every_group(tmp_path: Path) -> None:
    groups = [group(f"l{n:02}", "ana.reyes") for n in range(60)]
    with serving(tenant(PEOPLE, groups)) as microsoft:
        microsoft.faults.plan(MEMBERS, "503", on=3, times=10_000)
        with pytest.raises(Transient):
            pull(directory(microsoft, tmp_path, threads=1))
        assert microsoft.count(MEMBERS) < 6 * 20


def test_a_group_with_a_role_that_cannot_be_read_stops_the_reading(tmp_path: Path) -> None:
    roles = [
        {"department": "Alder High", "role": "staff"},
        {"group": "staff@marlow.example", "role": "coach"},
    ]
    with serving(BOTH) as microsoft:
        microsoft.faults.plan(MEMBERS, "403", where=on_staff)
        with pytest.raises(Denied):
            pull(directory(microsoft, tmp_path, roles=roles))


@pytest.mark.parametrize("endpoint", ["users.list", "deletedItems.users", "groups.list", MEMBERS])
@pytest.mark.parametrize("kind", ["item twice", "page token repeats", "503 retry after", "body cut"])
def test_what_passes_by_itself_changes_no_fact(tmp_path: Path, endpoint: str, kind: str) -> None:
    world = replace(BOTH, users=(*BOTH.users, account("dora.quinn", deleted_at=LEFT)))
    with serving(world) as microsoft:
        before, _ = pull(directory(microsoft, tmp_path))
        microsoft.faults.plan(endpoint, kind)
        after, _ = pull(directory(microsoft, tmp_path))
    assert after == before


@pytest.mark.parametrize("endpoint", ["users.list", "deletedItems.users", "groups.list"])
@pytest.mark.parametrize(
    ("kind", "error"),
    [("403", Denied), ("500", Transient), ("garbage", Malformed), ("404", Malformed)],
)
def test_accounts_and_groups_are_read_whole_or_not_at_all(
    tmp_path: Path, endpoint: str, kind: str, error: type[SourceError]
) -> None:
    with serving(BOTH) as microsoft:
        microsoft.faults.plan(endpoint, kind, times=300)
        with pytest.raises(error):
            pull(directory(microsoft, tmp_path))


def test_a_token_that_carries_more_than_reading_is_refused_before_anything_is_asked(
    tmp_path: Path,
) -> None:
    with serving(BOTH) as microsoft:
        microsoft.consented.add("Mail.ReadWrite")
        with pytest.raises(Denied, match=r"more than is needed: Mail\.ReadWrite"):
            pull(directory(microsoft, tmp_path))
        assert microsoft.count("users.list") == 0


def test_long_reading_is_told_as_it_goes_on(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    with serving(BOTH) as microsoft:
        context = directory(microsoft, tmp_path).context
        source = opened(replace(context, progress=lambda *said: told.append(said)))
        pages: list[Page] = list(source.pull(Window(NOW.date(), NOW.date())))
    assert told == [(1, 2, "groups"), (2, 2, "groups")]
    assert sum(page.records_read for page in pages) == len(BOTH.users) + 2
