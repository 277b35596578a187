"""Named spaces of Google Chat and the people in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from auditor.model import PersonRef
from auditor.records import SpaceMember, SystemSetting
from auditor.source import Denied, FactKind, Transient
from benchmarks.district import Sizes, make_district
from benchmarks.pretend.google import PretendGoogle, Seat, Space, world_of
from benchmarks.pretend.serving import Request
from connectors.google.chatspaces import connect
from connectors.google.chatspaces.members import MEMBER_SCOPES, ChatMember, instant, members_of
from tests.connectors.google.classroom_world import (
    CANARY,
    OTHER,
    SECOND,
    STUDENT,
    TEACHER,
    chat,
    context,
    id_of,
    pulled,
    serving,
)
from tests.connectors.google.directory_world import account, asking, workspace

MADE = datetime(2026, 9, 14, 1, tzinfo=UTC)
"""The evening of the thirteenth in Marlow."""
OUTSIDE = "someone@elsewhere.example"


SORTED = workspace(
    [
        account(one.partition("@")[0], unit)
        for one, unit in (
            (TEACHER, "/Staff"), (SECOND, "/Staff"), (STUDENT, "/Students/9"), (OTHER, "/Students")
        )
    ]
).users  # fmt: skip
"""The same accounts, the students' in units of theirs."""


def histories(facts: Any) -> list[tuple[str, str]]:
    settings = [fact for fact in facts if isinstance(fact, SystemSetting)]
    assert all((s.setting, s.expected, s.seen_on.year) == ("history", "on", 2026) for s in settings)
    return [(one.system, one.found) for one in settings]


def about(id: str, request: Request) -> bool:
    return f"/{id}/" in request.path


def space(id: str, *members: str, **more: Any) -> Space:
    seats = tuple(Seat(one, since=MADE) for one in members)
    plain = Space(f"spaces/{id}", "SPACE", f"Room {CANARY}", seats, MADE, members[0])
    return replace(plain, **more)


def test_everybody_in_a_space_and_who_made_it(tmp_path: Path) -> None:
    later = space("AAB", TEACHER, STUDENT)
    later = replace(later, seats=(*later.seats, Seat(SECOND, since=MADE + timedelta(days=2))))
    with serving(spaces=(later, space("AAA", STUDENT, OTHER))) as google:
        source = chat(google, tmp_path)
        read = pulled(source)
    assert source.provides == {FactKind.SPACES}
    assert {
        (f.space_id, str(f.member.email), str(f.created_by and f.created_by.email), f.start)
        for f in read.facts
        if isinstance(f, SpaceMember)
    } == {
        ("AAA", STUDENT, STUDENT, date(2026, 9, 13)),
        ("AAA", OTHER, STUDENT, date(2026, 9, 13)),
        ("AAB", TEACHER, TEACHER, date(2026, 9, 13)),
        ("AAB", STUDENT, TEACHER, date(2026, 9, 13)),
        ("AAB", SECOND, TEACHER, date(2026, 9, 15)),
    }
    assert read.records == 5
    assert read.all_notes == []


def test_an_owner_who_came_later_did_not_make_it(tmp_path: Path) -> None:
    seats = (Seat(STUDENT, since=MADE), Seat(TEACHER, since=MADE + timedelta(days=1)))
    with serving(spaces=(space("AAA", TEACHER, seats=seats),)) as google:
        read = pulled(chat(google, tmp_path))
    assert {f.created_by for f in read.facts if isinstance(f, SpaceMember)} == {None}


def test_names_may_be_left_where_they_are(tmp_path: Path) -> None:
    with serving(spaces=(space("AAA", TEACHER, STUDENT),)) as google:
        named = pulled(chat(google, tmp_path))
        unnamed = pulled(chat(google, tmp_path, names=False))
        asked = [a.query.get("fields") for a in google.asked if a.endpoint == "chat.spaces.search"]
    assert CANARY in repr(named)
    assert {f.name for f in unnamed.facts if isinstance(f, SpaceMember)} == {"Space AAA"}
    assert CANARY not in repr(unnamed)
    assert ["displayName" in str(fields) for fields in asked] == [True, False]


def test_direct_messages_are_not_listed_and_that_is_said(tmp_path: Path) -> None:
    direct = space("DM1", TEACHER, STUDENT, kind="DIRECT_MESSAGE", title="")
    with serving(spaces=(direct, space("AAA", TEACHER, STUDENT))) as google:
        read = pulled(chat(google, tmp_path))
        results = chat(google, tmp_path).check()
    assert {f.space_id for f in read.facts if isinstance(f, SpaceMember)} == {"AAA"}
    assert all(result.ok for result in results)
    assert any("direct messages" in result.text for result in results)


def test_people_from_outside_are_counted(tmp_path: Path) -> None:
    with serving(spaces=(space("AAA", TEACHER, STUDENT, OUTSIDE),)) as google:
        read = pulled(chat(google, tmp_path))
    assert len(read.facts) == 2
    assert read.notes == {
        "member of a space who is none of the district's accounts, left out": 1
    }


def test_one_space_that_is_refused_or_gone_stops_no_other(tmp_path: Path) -> None:
    spaces = tuple(space(id_, TEACHER, STUDENT) for id_ in ("AAA", "AAB", "AAC"))
    with serving(spaces=spaces) as google:
        for status, where in (("403", "AAA"), ("404", "AAB")):
            google.faults.plan(
                "chat.spaces.members.list", status, times=9, where=partial(about, where)
            )
        read = pulled(chat(google, tmp_path))
    assert {f.space_id for f in read.facts if isinstance(f, SpaceMember)} == {"AAC"}
    assert read.lost == [
        "space that was deleted while it was read",
        "space whose members Google does not show to the administrator",
    ]


@pytest.mark.parametrize(
    ("endpoint", "kind", "error"),
    [
        ("chat.spaces.search", "403", Denied),
        ("chat.spaces.members.list", "403", Denied),
        ("chat.spaces.members.list", "503", Transient),
    ],
)
def test_what_concerns_all_spaces_raises(
    tmp_path: Path, endpoint: str, kind: str, error: type[Exception]
) -> None:
    with serving(spaces=(space("AAA", TEACHER, STUDENT),)) as google:
        google.faults.plan(endpoint, kind, times=99)
        with pytest.raises(error):
            pulled(chat(google, tmp_path))


@pytest.mark.parametrize("endpoint", ["chat.spaces.search", "chat.spaces.members.list"])
@pytest.mark.parametrize("kind", ["503", "429 retry after", "connection reset", "body cut", "garbage"])
def test_what_passes_by_itself_leaves_no_trace(tmp_path: Path, endpoint: str, kind: str) -> None:
    with serving(spaces=(space("AAA", TEACHER, STUDENT), space("AAB", SECOND))) as google:
        plain = pulled(chat(google, tmp_path))
        google.faults.plan(endpoint, kind)
        again = pulled(chat(google, tmp_path))
        assert google.faults.done == [(endpoint, kind)]
    assert again.facts == plain.facts


def test_without_the_privilege_check_says_which_one_lacks(tmp_path: Path) -> None:
    with serving() as google:
        google.faults.plan("chat.spaces.search", "403", times=9)
        *_, last = chat(google, tmp_path).check()
    assert not last.ok
    assert "manage Chat" in str(last.cure)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with serving() as google, pytest.raises(ValueError, match="threads") as caught:
        connect(context(google, tmp_path, threads=0, names="no", colour="red", admin="x"))
    begins = {part.split(" ")[0] for part in str(caught.value).split("; ")}
    assert begins == {"threads", "names", "colour", "admin"}


def test_the_samples_spaces_are_those_that_its_table_lists(tmp_path: Path) -> None:
    stage = make_district(Sizes(1, 45, 450, 2), seed=7, end=date(2026, 11, 22))
    people = stage.people
    mail = {h.person_id: h.mail for h in (*people.staff, *people.students, *people.extras)}
    listed = {
        (str(space_id), mail[str(member)], mail[str(maker)], str(start))
        for space_id, _, _, maker, member, start, end in stage.records["spaces"]
        if not end
    }
    with PretendGoogle(world_of(stage)) as google:
        facts = pulled(chat(google, tmp_path)).facts
    members = [fact for fact in facts if isinstance(fact, SpaceMember)]
    assert len(listed) > 5
    assert listed <= {
        (f.space_id, str(f.member.email), str(f.created_by and f.created_by.email), str(f.start))
        for f in members
    }


# ---- for the chat log ------------------------------------------------------------------------


def test_members_of_one_space(tmp_path: Path) -> None:
    with serving(spaces=(space("AAA", TEACHER, STUDENT),)) as google, asking(google, tmp_path) as client:
        admin = client.admin(MEMBER_SCOPES)
        found = members_of(admin, "spaces/AAA")
        assert members_of(admin, "spaces/GONE") is None
    assert found == tuple(
        sorted(
            (ChatMember(id_of(TEACHER), MADE, True), ChatMember(id_of(STUDENT), MADE, False)),
            key=lambda one: one.user_id,
        )
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-09-14T01:00:00Z", MADE),
        ("2026-09-14T01:00:00.000000000Z", MADE),
        ("2026-09-14T01:00:00.123456789Z", MADE.replace(microsecond=123456)),
        ("2026-09-13T21:00:00-04:00", MADE),
        ("2026-09-14", None),
        ("soon", None),
        (None, None),
    ],
)
def test_times_as_google_writes_them(text: object, moment: datetime | None) -> None:
    assert instant(text) == moment


def test_a_person_is_named_by_address(tmp_path: Path) -> None:
    with serving(spaces=(space("AAA", TEACHER),)) as google:
        (fact,) = pulled(chat(google, tmp_path)).facts
    assert isinstance(fact, SpaceMember)
    assert fact.member == PersonRef(email=TEACHER)


# ---- whether history is kept -----------------------------------------------------------------


def test_spaces_of_students_and_adults_tell_whether_their_history_is_kept(tmp_path: Path) -> None:
    spaces = (
        space("AAA", TEACHER, STUDENT, history=False),
        space("AAB", TEACHER, STUDENT),
        space("AAC", TEACHER, SECOND, history=False),
        space("AAD", STUDENT, OTHER, history=False),
        space("AAE", STUDENT, OUTSIDE, history=False),
    )
    with serving(users=SORTED, spaces=spaces) as google:
        source = chat(google, tmp_path, history=True, students=["/Students"])
        assert source.provides == {FactKind.SPACES, FactKind.SYSTEM_SETTINGS}
        read = pulled(source)
        hidden = pulled(chat(google, tmp_path, history=True, students=["/Students"], names=False))
        plain = pulled(chat(google, tmp_path))
        asked = [a.query["fields"] for a in google.asked if a.endpoint == "chat.spaces.search"]
    room = f"Chat space Room {CANARY}"
    assert histories(read.facts) == [(f"{room} (AAA)", "off"), (f"{room} (AAB)", "on")]
    assert histories(hidden.facts) == [("Space AAA", "off"), ("Space AAB", "on")]
    assert histories(plain.facts) == []
    assert ["spaceHistoryState" in fields for fields in asked] == [True, True, False]


def test_a_space_whose_history_is_not_told_is_counted_and_not_guessed(tmp_path: Path) -> None:
    spaces = (space("AAA", TEACHER, STUDENT, history=None), space("AAB", TEACHER, SECOND, history=None))
    with serving(users=SORTED, spaces=spaces) as google:
        read = pulled(chat(google, tmp_path, history=True, students=["/Students"]))
    assert histories(read.facts) == []
    assert read.lost == [text for text in read.notes if "if its history is kept" in text]
    assert list(read.notes.values()) == [1]


def test_history_needs_to_know_who_is_a_student(tmp_path: Path) -> None:
    with serving() as google, pytest.raises(ValueError, match=r"^students must list"):
        chat(google, tmp_path, history=True)
