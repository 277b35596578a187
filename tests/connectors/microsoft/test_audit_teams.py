"""Messages of Teams as the unified audit log tells of them: without a text, in its own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.model import Channel
from auditor.source import Denied, Transient, Window
from benchmarks.pretend.microsoft import CONSENTED, Record, Seat
from benchmarks.pretend.microsoft import Channel as TeamChannel
from benchmarks.pretend.microsoft import Team as TeamOfTeams
from connectors.microsoft.audit.settings import MEMBER_PERMISSIONS
from tests.connectors.microsoft.audit_world import (
    TEAMS,
    audit,
    configured,
    moved,
    pull,
    record,
    recorded,
    sent,
)
from tests.connectors.microsoft.directory_world import group, serving
from tests.connectors.microsoft.teams_world import (
    DAY,
    LONG_AGO,
    NOON,
    ONE_DAY,
    OTHER,
    OUTSIDE,
    SECOND,
    STUDENT,
    TEACHER,
    group_chat,
    minutes,
    pair_chat,
)
from tests.connectors.read_back import Read, people

UNIT = "teams-audit log"
CREATE, GET, RECORDS = "auditQueries.create", "auditQueries.get", "auditQueries.records"
PAIR = pair_chat(TEACHER, STUDENT)
CLUB = group_chat("club", (TEACHER, SECOND, STUDENT))
UNCLEAR = "messages in chats whose members are not all known"


def read(folder: Path, *records: Record, **more: Any) -> Read:
    with serving(recorded(*records, chats=(PAIR, CLUB))) as microsoft:
        return pull(microsoft, folder, **more)


# ---- messages --------------------------------------------------------------------------------


def test_a_message_in_a_chat_of_two_is_between_the_two_its_id_names(tmp_path: Path) -> None:
    row = sent(PAIR, STUDENT)
    with serving(recorded(row)) as microsoft:
        found = pull(microsoft, tmp_path)
        assert [microsoft.count(one) for one in (CREATE, GET, RECORDS)] == [1, 2, 1]
        assert microsoft.count("chats.members") == 0
        asked = [one for one in microsoft.asked if one.endpoint == CREATE]
        assert b"MessageSent" in asked[0].request.body
    message = found.message
    assert people(message) == {STUDENT: "from", TEACHER: "member"}
    assert (message.channel, message.tool, message.sent_at) == (Channel.CHAT, "teams", NOON)
    assert message.native_id == f"{PAIR.id}/{row.data['MessageId']}"
    assert (message.container, message.thread) == (PAIR.id, f"records/{PAIR.id}")
    assert not message.recipients_hidden
    assert found.states == {None: ("read", 1), UNIT: ("read", 1)}


def test_members_of_other_chats_are_asked_of_graph_without_a_message(tmp_path: Path) -> None:
    with serving(recorded(sent(CLUB, TEACHER), chats=(CLUB,))) as microsoft:
        microsoft.consented -= {"Chat.Read.All", "ChannelMessage.Read.All"}
        found = pull(microsoft, tmp_path)
    assert people(found.message) == {TEACHER: "from", SECOND: "member", STUDENT: "member"}
    assert not found.message.recipients_hidden


def test_who_came_and_went_by_the_log_was_there_or_not(tmp_path: Path) -> None:
    club = group_chat("club", (TEACHER, STUDENT, OTHER))
    rows = (
        sent(club, TEACHER),
        moved("MemberRemoved", club, TEACHER, NOON + minutes(1), SECOND),
        sent(club, TEACHER, NOON + minutes(2)),
        moved("MemberAdded", club, TEACHER, NOON + minutes(3), OTHER),
        sent(club, TEACHER, NOON + minutes(4)),
    )
    with serving(recorded(*reversed(rows), chats=(club,))) as microsoft:
        found = pull(microsoft, tmp_path)
    assert [sorted(people(one)) for one in found.messages] == [
        [TEACHER, SECOND, STUDENT],
        [TEACHER, STUDENT],
        [TEACHER, STUDENT, OTHER],
    ]


def test_who_went_after_the_days_that_are_read_was_there(tmp_path: Path) -> None:
    club = group_chat("club", (TEACHER, STUDENT))
    gone = moved("MemberRemoved", club, TEACHER, NOON + timedelta(days=1), SECOND)
    with serving(recorded(sent(club, TEACHER), gone, chats=(club,))) as microsoft:
        found = pull(microsoft, tmp_path)
    assert people(found.message) == {TEACHER: "from", STUDENT: "member", SECOND: "member"}
    assert not found.message.recipients_hidden


@pytest.mark.parametrize("days", [1, 2])
def test_while_it_is_not_known_who_went_since_members_are_not_all_known(
    tmp_path: Path, days: int
) -> None:
    club = group_chat("club", (TEACHER, STUDENT))
    gone = moved("MemberRemoved", club, TEACHER, NOON + timedelta(days=1), SECOND)
    window = Window(DAY, DAY + timedelta(days=days - 1))
    with serving(recorded(sent(club, TEACHER), gone, chats=(club,))) as microsoft:
        microsoft.faults.plan(RECORDS, "403", on=2, times=9)
        found = pull(microsoft, tmp_path, window=window)
    assert found.message.recipients_hidden
    assert found.coverage[DAY, UNIT].state.value == "part"


def test_a_chat_whose_beginning_is_in_the_log_is_not_asked_about(tmp_path: Path) -> None:
    rows = (
        moved("ChatCreated", CLUB, TEACHER, NOON - minutes(5), SECOND, STUDENT),
        sent(CLUB, TEACHER),
        moved("MemberAdded", CLUB, TEACHER, NOON + minutes(3), OTHER),
    )
    with serving(recorded(*rows, chats=(CLUB,))) as microsoft:
        found = pull(microsoft, tmp_path)
        assert microsoft.count("chats.members") == 0
    assert people(found.message) == {TEACHER: "from", SECOND: "member", STUDENT: "member"}
    assert found.notes == {"chat that was opened": 1, "row of who came into a chat, or went": 1}


def test_a_beginning_that_does_not_name_everybody_is_asked_about(tmp_path: Path) -> None:
    opened = moved("ChatCreated", CLUB, TEACHER, NOON - minutes(5), STUDENT)
    told = [{"UPN": STUDENT}, {"DisplayName": "somebody"}]
    nameless = {**opened.data, "Members": told}
    with serving(recorded(replace(opened, data=nameless), sent(CLUB, TEACHER), chats=(CLUB,))) as m:
        asked = pull(m, tmp_path)
        alone = pull(m, tmp_path, members=False)
    assert people(asked.message) == {TEACHER: "from", SECOND: "member", STUDENT: "member"}
    assert not asked.message.recipients_hidden
    assert alone.message.recipients_hidden
    assert alone.states[UNIT][0] == "part"


@pytest.mark.parametrize("told", [[], [{"DisplayName": "somebody"}]])
@pytest.mark.parametrize("opened", [True, False])
def test_somebody_unnamed_who_came_or_went_leaves_members_unknown(
    tmp_path: Path, told: list[Any], opened: bool
) -> None:
    rows = [sent(CLUB, TEACHER), moved("MemberRemoved", CLUB, TEACHER, NOON + minutes(1))]
    rows[1] = replace(rows[1], data={**rows[1].data, "Members": told})
    if opened:
        rows.append(moved("ChatCreated", CLUB, TEACHER, NOON - minutes(5), SECOND, STUDENT))
    with serving(recorded(*rows, chats=(CLUB,))) as microsoft:
        found = pull(microsoft, tmp_path)
    assert found.message.recipients_hidden
    assert found.states[UNIT][0] == "part"


def test_a_message_in_a_channel_is_to_its_members(tmp_path: Path) -> None:
    seats = tuple(Seat(one, since=LONG_AGO) for one in (TEACHER, STUDENT))
    own = TeamChannel("19:own@thread.tacv2", "own", (), "private", seats, LONG_AGO)
    general = TeamChannel("19:general@thread.tacv2", "general", (), created_at=LONG_AGO)
    biology = group("biology", TEACHER, SECOND, STUDENT)
    team = TeamOfTeams(biology.id, "Biology", (general, own), LONG_AGO)
    told: dict[str, Any] = {"CommunicationType": "Team", "AADGroupId": biology.id}
    rows = (
        sent("", TEACHER, ChannelGuid=general.id, ChannelType="Standard", **told),
        sent("", TEACHER, NOON + minutes(1), ChannelGuid=own.id, ChannelType="Private", **told),
    )
    with serving(replace(recorded(*rows), teams=(team,), groups=(biology,))) as microsoft:
        found = pull(microsoft, tmp_path)
    assert [sorted(people(one)) for one in found.messages] == [
        [TEACHER, SECOND, STUDENT],
        [TEACHER, STUDENT],
    ]
    assert [one.container for one in found.messages] == [general.id, own.id]


def test_a_row_comes_twice_late_or_of_another_day_and_counts_once(tmp_path: Path) -> None:
    row = sent(PAIR, STUDENT)
    twin = replace(row, user=STUDENT.upper())
    late = sent(PAIR, TEACHER, NOON + minutes(1))
    late = replace(late, visible_at=NOON + timedelta(days=30))
    other_day = sent(PAIR, TEACHER, datetime(2026, 11, 19, 5, tzinfo=UTC))
    found = read(tmp_path, row, row, twin, late, other_day)
    assert people(found.message) == {STUDENT: "from", TEACHER: "member"}
    assert found.states[UNIT] == ("read", 1)


def test_many_days_and_pages_are_read_in_order(tmp_path: Path) -> None:
    week = Window(DAY - timedelta(days=5), DAY)
    rows = [
        sent(PAIR, STUDENT, NOON - timedelta(days=day) + minutes(n / 10))
        for day in range(6)
        for n in range(60)
    ]
    with serving(recorded(*rows)) as microsoft:
        found = pull(microsoft, tmp_path, week)
        assert microsoft.count(CREATE) == 6
    moments = [one.sent_at for one in found.messages]
    assert len(moments) == 360
    assert moments == sorted(moments)
    counts = [row.records for (_, unit), row in found.coverage.items() if unit == UNIT]
    assert counts == [60] * 6


def test_apps_are_no_person_and_rows_that_lack_something_are_told_of(tmp_path: Path) -> None:
    lacking = record("MessageSent", TEACHER, MessageId="1")
    nobody = record("MessageSent", "", NOON + minutes(1), MessageId="1", ChatThreadId=PAIR.id)
    found = read(tmp_path, sent(PAIR, STUDENT), lacking, nobody)
    assert len(found.messages) == 1
    assert sorted(found.rejected) == [(UNIT, "ChatThreadId"), (UNIT, "UserId")]


def test_names_of_fields_are_read_whatever_their_capitals(tmp_path: Path) -> None:
    row = record("MessageSent", STUDENT, messageId="1", chatThreadId=PAIR.id)
    assert people(read(tmp_path, row).message) == {STUDENT: "from", TEACHER: "member"}


def test_no_name_of_a_chat_or_person_is_in_any_page(tmp_path: Path) -> None:
    named: dict[str, Any] = {"ChatName": "zephyrquill", "TeamName": "zephyrquill", "Subject": "zephyrquill"}
    rows = (
        sent(CLUB, TEACHER, **named),
        moved("MemberAdded", CLUB, TEACHER, NOON, OTHER, **named),
        record("MessageSent", TEACHER, NOON + minutes(1), MessageId="zephyrquill", **named),
    )
    found = read(tmp_path, *rows)
    assert found.messages
    assert found.rejected
    assert "zephyrquill" not in repr(found.pages)


# ---- who is not known ------------------------------------------------------------------------


def test_members_that_nobody_tells_make_the_day_a_gap_with_the_cure(tmp_path: Path) -> None:
    found = read(tmp_path, sent(CLUB, TEACHER), members=False)
    assert people(found.message) == {TEACHER: "from"}
    assert found.message.recipients_hidden
    assert found.states[UNIT] == ("part", 1)
    assert "set members = true" in str(found.coverage[DAY, UNIT].reason)


def test_members_that_graph_does_not_show_make_the_day_a_gap(tmp_path: Path) -> None:
    with serving(recorded(sent(CLUB, TEACHER), sent(PAIR, STUDENT), chats=(CLUB,))) as microsoft:
        microsoft.faults.plan("chats.members", "403", times=9)
        found = pull(microsoft, tmp_path)
    assert [one.recipients_hidden for one in found.messages] == [False, True]
    assert found.states[UNIT] == ("part", 2)
    assert UNCLEAR in str(found.coverage[DAY, UNIT].reason)


def test_somebody_outside_who_writes_is_known_by_the_name_in_the_log(tmp_path: Path) -> None:
    club = group_chat("club", (TEACHER, STUDENT, OUTSIDE))
    with serving(recorded(sent(club, OUTSIDE), chats=(club,))) as microsoft:
        found = pull(microsoft, tmp_path)
    assert people(found.message) == {OUTSIDE: "from", TEACHER: "member", STUDENT: "member"}


def test_a_log_of_teams_without_any_message_is_no_quiet_day(tmp_path: Path) -> None:
    found = read(tmp_path, moved("ChatCreated", CLUB, TEACHER, NOON, STUDENT))
    assert found.messages == []
    assert found.states[UNIT] == ("part", 0)
    assert "licence" in str(found.coverage[DAY, UNIT].reason)
    assert read(tmp_path).states[UNIT] == ("read", 0)


# ---- what could not be read ------------------------------------------------------------------


def test_a_log_that_is_refused_says_what_to_do(tmp_path: Path) -> None:
    with serving(recorded(sent(PAIR, STUDENT))) as microsoft:
        microsoft.consented -= {"AuditLogsQuery.Read.All"}
        with pytest.raises(Denied) as caught:
            pull(microsoft, tmp_path)
    assert caught.value.what.startswith("teams-audit log: ")
    assert "take teams-audit out of streams" in caught.value.cure


def test_a_question_that_fails_is_put_again_once(tmp_path: Path) -> None:
    with serving(recorded(sent(PAIR, STUDENT), failing_queries=1)) as microsoft:
        assert len(pull(microsoft, tmp_path).messages) == 1
    with serving(recorded(sent(PAIR, STUDENT), failing_queries=2)) as microsoft, pytest.raises(
        Transient, match="ended as failed"
    ):
        pull(microsoft, tmp_path)


def test_a_question_that_never_runs_ends_within_bounds(tmp_path: Path) -> None:
    with serving(recorded(sent(PAIR, STUDENT))) as microsoft:
        microsoft._state.looked = Forgetting()
        with pytest.raises(Transient, match="within an hour"):
            pull(microsoft, tmp_path)
        assert microsoft.count(GET) < 100


class Forgetting(dict[str, int]):
    """How often each question was looked at: the server does not remember."""

    def __missing__(self, key: str) -> int:
        return 0

    def __setitem__(self, key: str, value: int) -> None:
        """Forget it."""


@pytest.mark.parametrize("endpoint", [CREATE, GET, RECORDS])
@pytest.mark.parametrize("kind", ["403", "503"])
def test_a_day_that_fails_leaves_the_days_before_it(
    tmp_path: Path, endpoint: str, kind: str
) -> None:
    days = [DAY - timedelta(days=n) for n in range(4, -1, -1)]
    rows = [sent(PAIR, STUDENT, NOON - timedelta(days=n)) for n in range(5)]
    with serving(recorded(*rows)) as microsoft:
        first = {CREATE: 5, GET: 9, RECORDS: 5}[endpoint]
        microsoft.faults.plan(endpoint, kind, on=first, times=99)
        found = pull(microsoft, tmp_path, Window(days[0], DAY))
    assert len(found.messages) == 4
    states = [found.coverage[day, UNIT].state.value for day in days]
    assert states == ["read"] * 4 + ["missing"]
    assert found.coverage[DAY, UNIT].reason


# ---- settings and check ----------------------------------------------------------------------

GOOD: dict[str, object] = {
    "tenant": "t", "client": "1", "certificate": "c.pem", "streams": [TEAMS],
}  # fmt: skip
WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"streams": None}, "streams must list some of"),
    ({"streams": ["audit"]}, "streams must list some of"),
    ({"streams": "teams-audit"}, "streams must list some of"),
    ({"tools": {"mail": "x"}}, "tools must name a tool"),
    ({"tools": {TEAMS: ""}}, "tools must name a tool"),
    ({"tools": "x"}, "tools must name a tool"),
    ({"members": "yes"}, "members must be true or false"),
    ({"threads": 9}, "threads must be a whole number from 1 to 4"),
)


@pytest.mark.parametrize(("settings", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_mistake_is_named_with_its_setting(
    tmp_path: Path, settings: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=f"^{words}"):
        configured(tmp_path, GOOD | settings)


def check(folder: Path, consented: set[str], **settings: Any) -> list[str]:
    with serving(recorded()) as microsoft:
        microsoft.consented = consented
        lines = audit(microsoft, folder, **settings).check()
        assert {one.endpoint for one in microsoft.asked} <= {"oauth.token", "openid.configuration"}
    return [one.text for one in lines if not one.ok]


def test_check_names_what_the_streams_need_and_no_more(tmp_path: Path) -> None:
    plain = {"User.Read.All", "AuditLogsQuery.Read.All"}
    assert check(tmp_path, {*plain, *MEMBER_PERMISSIONS}) == []
    assert check(tmp_path, plain, members=False) == []
    assert check(tmp_path, plain) == [
        f"permissions not granted: {', '.join(MEMBER_PERMISSIONS)}"
    ]
    assert check(tmp_path, {"ThreatHunting.Read.All"}, streams=["email-events"]) == []
    assert check(tmp_path, plain, streams=["message-events"]) == [
        "permissions not granted: ThreatHunting.Read.All"
    ]


def test_a_token_that_allows_more_is_not_used(tmp_path: Path) -> None:
    with serving(recorded(sent(PAIR, STUDENT))) as microsoft:
        microsoft.consented = {*CONSENTED, "Chat.ReadWrite.All"}
        with pytest.raises(Denied, match="more than is needed"):
            pull(microsoft, tmp_path, ONE_DAY)
        assert microsoft.count(CREATE) == 0
