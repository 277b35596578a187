"""What a directory says of lists and accounts that it could not read, or not all of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.model import UnreadList
from auditor.source import Denied, Malformed, SourceError, Transient
from benchmarks.pretend.faults import KINDS, Turn
from benchmarks.pretend.serving import Reply, Request
from tests.connectors.google.directory_world import (
    BOTH,
    PEOPLE,
    STAFF,
    directory,
    mail,
    mailing_list,
    places,
    pull,
    serving,
    workspace,
)

MEMBERS = "directory.members.list"


def on_staff(request: Request) -> bool:
    return f"groups/{STAFF.id}/members" in request.path


@pytest.mark.parametrize(
    ("kind", "times"),
    [("403", 1), ("410", 6), ("503", 6), ("garbage", 6), ("login page", 6), ("connection reset", 6)],
)
def test_one_list_that_cannot_be_read_is_named_unread_and_stops_no_other(
    tmp_path: Path, kind: str, times: int
) -> None:
    with serving(BOTH) as google:
        google.faults.plan(MEMBERS, kind, times=times, where=on_staff)
        facts, notes = pull(directory(google, tmp_path))
    assert [f for f in facts if isinstance(f, UnreadList)] == [UnreadList(mail("staff"))]
    assert places(facts) == {("team", "kim.ito", None, None)}
    (note,) = [one for text, one in notes.items() if "could not be read" in text]
    assert (note.count, note.lost) == (1, True)


def test_members_that_google_counts_and_does_not_show_are_no_empty_list(tmp_path: Path) -> None:
    with serving(BOTH) as google:
        google.faults.plan(MEMBERS, "empty page with token", times=1_000, where=on_staff)
        facts, _ = pull(directory(google, tmp_path))
    assert UnreadList(mail("staff")) in facts


def test_one_list_deleted_and_the_other_unread_is_no_reading_at_all(tmp_path: Path) -> None:
    with serving(BOTH) as google:
        google.faults.plan(MEMBERS, "404", where=on_staff)
        google.faults.plan(MEMBERS, "403", where=lambda request: not on_staff(request))
        with pytest.raises(Denied):
            pull(directory(google, tmp_path))


def test_a_list_that_ends_too_early_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(turn: Turn) -> Reply:
        document = json.loads(turn.reply.body)
        del document["nextPageToken"]
        return replace(turn.reply, body=json.dumps(document).encode())

    monkeypatch.setitem(KINDS, "the last page", cut_off)
    with serving(workspace(PEOPLE, [mailing_list("staff", *"abc")])) as google:
        google.in_small_pages(2)
        google.faults.plan(MEMBERS, "the last page")
        facts, notes = pull(directory(google, tmp_path))
    assert len(places(facts)) == 2
    assert [note.lost for text, note in notes.items() if "fewer members" in text] == [True]


def test_a_list_that_is_gone_a_moment_after_it_was_listed_keeps_its_members(tmp_path: Path) -> None:
    with serving(BOTH) as google:
        google.faults.plan(MEMBERS, "404", where=on_staff)
        facts, notes = pull(directory(google, tmp_path))
    assert places(facts) == {("team", "kim.ito", None, None)}
    assert UnreadList(mail("staff")) in facts
    assert [note.lost for text, note in notes.items() if "could not be read" in text] == [True]


def test_nobody_loses_a_role_by_a_list_that_seems_gone(tmp_path: Path) -> None:
    roles = [{"group": "staff@marlow.example", "role": "staff"}]
    with serving(BOTH) as google:
        google.faults.plan(MEMBERS, "404", where=on_staff)
        with pytest.raises(Transient, match="not there"):
            pull(directory(google, tmp_path, roles=roles))


@pytest.mark.parametrize("kind", ["404", "410"])
def test_a_list_whose_later_page_is_gone_is_unread(tmp_path: Path, kind: str) -> None:
    lists = [mailing_list("staff", "ana.reyes", "kim.ito"), mailing_list("team", "kim.ito")]
    with serving(workspace(PEOPLE, lists)) as google:
        google.in_small_pages(1)
        google.faults.plan(MEMBERS, kind, on=2, times=99, where=on_staff)
        facts, _ = pull(directory(google, tmp_path))
    assert [f for f in facts if isinstance(f, UnreadList)] == [UnreadList(mail("staff"))]


@pytest.mark.parametrize(("kind", "error"), [("403", Denied), ("503", Transient)])
def test_no_list_at_all_to_be_read_is_the_sources_fault(
    tmp_path: Path, kind: str, error: type[SourceError]
) -> None:
    with serving(BOTH) as google:
        google.faults.plan(MEMBERS, kind, times=100)
        with pytest.raises(error):
            pull(directory(google, tmp_path))


def test_google_out_of_reach_is_not_asked_for_every_list(tmp_path: Path) -> None:
    groups = [mailing_list(f"l{n:02}", "ana.reyes") for n in range(60)]
    with serving(workspace(PEOPLE, groups)) as google:
        google.faults.plan(MEMBERS, "503", on=3, times=10_000)
        with pytest.raises(Transient):
            pull(directory(google, tmp_path, threads=1))
        assert google.count(MEMBERS) < 6 * 20


def test_a_list_with_a_role_that_cannot_be_read_stops_the_reading(tmp_path: Path) -> None:
    roles = [
        {"ou": "/Staff", "role": "staff"},
        {"group": "staff@marlow.example", "role": "coach"},
    ]
    with serving(BOTH) as google:
        google.faults.plan(MEMBERS, "403", where=on_staff)
        with pytest.raises(Denied):
            pull(directory(google, tmp_path, roles=roles))


@pytest.mark.parametrize("endpoint", ["directory.users.list", "directory.groups.list", MEMBERS])
@pytest.mark.parametrize("kind", ["item twice", "page token repeats", "403 quotaExceeded", "body cut"])
def test_what_passes_by_itself_changes_no_fact(tmp_path: Path, endpoint: str, kind: str) -> None:
    with serving(BOTH) as google:
        before, _ = pull(directory(google, tmp_path))
        google.faults.plan(endpoint, kind)
        after, _ = pull(directory(google, tmp_path))
    assert after == before


@pytest.mark.parametrize("endpoint", ["directory.users.list", "directory.groups.list"])
@pytest.mark.parametrize(
    ("kind", "error"),
    [("403", Denied), ("500", Transient), ("garbage", Malformed)],
)
def test_accounts_and_lists_are_read_whole_or_not_at_all(
    tmp_path: Path, endpoint: str, kind: str, error: type[SourceError]
) -> None:
    with serving(BOTH) as google:
        google.faults.plan(endpoint, kind, times=300)
        with pytest.raises(error):
            pull(directory(google, tmp_path))
