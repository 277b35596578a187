"""Messages and mail by Defender's tables: cut answers are noticed, and who has no licence is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.model import Channel, PartyRole
from auditor.source import Denied, Window
from benchmarks.pretend.microsoft import A3, Chat, PretendMicrosoft, World
from benchmarks.pretend.serving import Reply, Request
from connectors import paging
from connectors.microsoft.audit import events
from connectors.microsoft.audit.hunting import PER_MINUTE
from tests.connectors.microsoft.audit_world import (
    MAIL,
    MESSAGES,
    TEAMS,
    pull,
    recorded,
    sent,
)
from tests.connectors.microsoft.directory_world import serving
from tests.connectors.microsoft.teams_world import (
    DAY,
    NOON,
    OTHER,
    OUTSIDE,
    SECOND,
    STUDENT,
    TEACHER,
    group_chat,
    minutes,
    pair_chat,
    post,
)
from tests.connectors.microsoft.trace_world import Ticking, row
from tests.connectors.microsoft.trace_world import serving as serving_by
from tests.connectors.read_back import people

HUNTING = "hunting.run"
UNIT, MAIL_UNIT = "message-events log", "email-events log"
UNCLEAR = "messages of which Defender does not name everybody who got them"
SHORT = "rows that Defender counts and does not give"


def said(*chats: Chat, **edition: Any) -> World:
    return recorded(chats=chats, **edition)


def queries(running: PretendMicrosoft) -> list[str]:
    asked = [one.request for one in running.asked if one.endpoint == HUNTING]
    return [json.loads(request.body)["Query"] for request in asked]


# ---- messages of Teams -----------------------------------------------------------------------


def test_a_row_is_a_message_to_whom_it_was_delivered(tmp_path: Path) -> None:
    club = group_chat("club", (TEACHER, SECOND, STUDENT, OUTSIDE), post(TEACHER))
    with serving(said(club, pair_chat(TEACHER, STUDENT, post(STUDENT, NOON + minutes(1))))) as running:
        found = pull(running, tmp_path, streams=[MESSAGES])
        assert not [query for query in queries(running) if "Subject" in query or "Name" in query]
    first, second = found.messages
    assert people(first) == {
        TEACHER: "from", SECOND: "member", STUDENT: "member", OUTSIDE: "member"
    }  # fmt: skip
    assert people(second) == {STUDENT: "from", TEACHER: "member"}
    assert (first.channel, first.tool, first.sent_at) == (Channel.CHAT, "teams", NOON)
    assert (first.native_id, first.container) == (f"{club.id}/{club.posts[0].id}", club.id)
    assert not first.recipients_hidden
    assert found.states == {None: ("read", 2), UNIT: ("read", 2)}
    assert "zephyrquill" not in repr(found.pages)


def test_the_log_and_the_table_tell_of_one_message_alike(tmp_path: Path) -> None:
    chat = pair_chat(TEACHER, STUDENT, post(STUDENT))
    with serving(recorded(sent(chat, STUDENT), chats=(chat,))) as running:
        found = pull(running, tmp_path, streams=[TEAMS, MESSAGES])
    first, second = found.messages
    assert first == second


class Spoiling:
    """Changes what Defender's rows say, as it may say it."""

    def __init__(self, running: PretendMicrosoft, **columns: object) -> None:
        self._spoil = running.faults.spoil
        self._columns = columns
        running.faults.spoil = self.spoil  # type: ignore[method-assign]  # a vendor that says it otherwise

    def spoil(self, endpoint: str, request: Request, reply: Reply) -> Reply:
        reply = self._spoil(endpoint, request, reply)
        if endpoint == HUNTING and b"ThreadId" in request.body:
            document = json.loads(reply.body)
            for one in document["results"]:
                one.update(self._columns)
            reply = replace(reply, body=json.dumps(document).encode())
        return reply


@pytest.mark.parametrize("told", [[], None, "not JSON", [{"RecipientType": "User"}], ["x"]])
def test_recipients_that_are_not_told_make_the_day_a_gap(tmp_path: Path, told: object) -> None:
    with serving(said(pair_chat(TEACHER, STUDENT, post(TEACHER)))) as running:
        Spoiling(running, RecipientDetails=told)
        found = pull(running, tmp_path, streams=[MESSAGES])
    assert people(found.message) == {TEACHER: "from"}
    assert found.message.recipients_hidden
    assert found.states[UNIT] == ("part", 1)
    assert UNCLEAR in str(found.coverage[DAY, UNIT].reason)


def test_recipients_are_read_as_a_list_and_as_its_text(tmp_path: Path) -> None:
    told = [{"RecipientSmtpAddress": SECOND}, {"RecipientSmtpAddress": OTHER.upper()}]
    with serving(said(pair_chat(TEACHER, STUDENT, post(TEACHER)))) as running:
        Spoiling(running, RecipientDetails=told)
        found = pull(running, tmp_path, streams=[MESSAGES])
    assert people(found.message) == {TEACHER: "from", SECOND: "member", OTHER: "member"}


def test_an_app_is_no_person_and_a_row_that_lacks_something_is_told_of(tmp_path: Path) -> None:
    chat = pair_chat(TEACHER, STUDENT, post(TEACHER))
    for column, value, rejected in (
        ("SenderType", "Bot", []),
        ("ThreadId", "", [(UNIT, "ThreadId")]),
        ("Timestamp", "noon", [(UNIT, "Timestamp")]),
    ):
        with serving(said(chat)) as running:
            Spoiling(running, **{column: value})
            found = pull(running, tmp_path, streams=[MESSAGES])
        assert found.messages == []
        assert found.rejected == rejected


# ---- answers that are cut --------------------------------------------------------------------


def test_a_cut_answer_is_noticed_and_the_time_is_halved(tmp_path: Path) -> None:
    posts = [post((TEACHER, STUDENT)[n % 2], NOON + minutes(n / 10)) for n in range(100)]
    chat = pair_chat(TEACHER, STUDENT, *posts)
    with serving(said(chat)) as running:
        whole = pull(running, tmp_path, streams=[MESSAGES])
        assert running.count(HUNTING) == 2
    with serving(said(chat, hunted_rows=30, hunts=9_999)) as running:
        cut = pull(running, tmp_path, streams=[MESSAGES])
        assert running.count(HUNTING) > 10
    assert len(whole.messages) == 100
    assert cut.messages == whole.messages
    assert cut.states[UNIT] == ("read", 100)


def test_rows_that_cannot_be_had_make_the_day_a_gap(tmp_path: Path) -> None:
    posts = [post(TEACHER, NOON, id=str(n)) for n in range(5)]
    with serving(said(pair_chat(TEACHER, STUDENT, *posts), hunted_rows=3, hunts=9_999)) as running:
        found = pull(running, tmp_path, streams=[MESSAGES])
    assert len(found.messages) == 3
    assert found.states[UNIT] == ("part", 3)
    assert found.coverage[DAY, UNIT].reason == f"2 {SHORT}"


def test_no_more_is_asked_in_a_minute_than_our_share(tmp_path: Path) -> None:
    window = Window(DAY - timedelta(days=19), DAY)
    posts = [post(TEACHER, NOON - timedelta(days=n)) for n in range(20)]
    served, ticking = said(pair_chat(TEACHER, STUDENT, *posts), hunts=PER_MINUTE), Ticking()
    with serving_by(served, ticking) as running:
        found = pull(running, tmp_path, window, streams=[MESSAGES], clock=ticking.clock())
        assert [one.status for one in running.asked if one.endpoint == HUNTING] == [200] * 40
    assert len(found.messages) == 20
    assert ticking.slept


# ---- what is not there -----------------------------------------------------------------------


def test_without_the_licence_the_other_records_go_on(tmp_path: Path) -> None:
    chat = pair_chat(TEACHER, STUDENT, post(STUDENT))
    with serving(replace(recorded(sent(chat, STUDENT), chats=(chat,)), edition=A3)) as running:
        found = pull(running, tmp_path, streams=[TEAMS, MESSAGES, MAIL])
        with pytest.raises(Denied) as caught:
            pull(running, tmp_path, streams=[MAIL])
    assert len(found.messages) == 1
    assert found.states == {
        None: ("read", 1), f"{TEAMS} log": ("read", 1), UNIT: ("missing", None),
        MAIL_UNIT: ("missing", None),
    }  # fmt: skip
    assert "take message-events out of streams" in str(found.coverage[DAY, UNIT].reason)
    assert "A5" in caught.value.cure


def test_days_before_the_table_begins_are_a_gap_that_says_so(tmp_path: Path) -> None:
    long_ago = Window(DAY - timedelta(days=40), DAY)
    with serving(said(pair_chat(TEACHER, STUDENT, post(TEACHER)), hunts=9_999)) as running:
        found = pull(running, tmp_path, long_ago, streams=[MESSAGES])
    assert found.states[UNIT] == ("read", 1)
    old = found.coverage[DAY - timedelta(days=40), UNIT]
    assert old.state.value == "missing"
    assert "30 days" in str(old.reason)
    assert "licence" not in str(old.reason)


@pytest.mark.parametrize("told", [{"results": None}, {"results": ["x"]}, {"results": [{"Count": "9"}]}])
def test_an_answer_that_makes_no_sense_is_no_empty_day(
    tmp_path: Path, told: dict[str, object]
) -> None:
    chat = pair_chat(TEACHER, STUDENT, post(STUDENT))
    with serving(recorded(sent(chat, STUDENT), chats=(chat,))) as running:
        spoil = running.faults.spoil

        def senseless(endpoint: str, request: Request, reply: Reply) -> Reply:
            reply = spoil(endpoint, request, reply)
            return replace(reply, body=json.dumps(told).encode()) if endpoint == HUNTING else reply

        running.faults.spoil = senseless  # type: ignore[method-assign]  # a vendor that errs
        found = pull(running, tmp_path, streams=[TEAMS, MESSAGES])
    assert found.states[UNIT] == ("missing", None)
    assert found.states[f"{TEAMS} log"] == ("read", 1)


@pytest.mark.parametrize("stream", [MESSAGES, MAIL])
def test_a_day_of_many_messages_is_handed_on_in_portions(
    tmp_path: Path, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_PORTION", 2)
    monkeypatch.setattr(paging, "PAGE_RECORDS", 2)
    moments = [NOON + minutes(n) for n in range(7)]
    chat = pair_chat(TEACHER, STUDENT, *(post(STUDENT, at) for at in moments))
    rows = tuple(row(STUDENT, mail=f"m{n}", at=at) for n, at in enumerate(moments))
    with serving(replace(recorded(chats=(chat,)), traces=rows)) as running:
        found = pull(running, tmp_path, streams=[stream])
    assert len(found.messages) == 7
    assert max(len(page.facts) for page in found.pages) == 2
    assert found.states[f"{stream} log"] == ("read", 7)


# ---- mail ------------------------------------------------------------------------------------


def test_mail_is_one_message_of_all_its_rows(tmp_path: Path) -> None:
    rows = (
        row(STUDENT), row(SECOND, at=NOON + minutes(1)), row(OTHER, status="failed"),
        row(STUDENT, mail="m2", sender=OUTSIDE, at=NOON + minutes(2), status="filteredAsSpam"),
        row(OUTSIDE, mail="m3", sender=TEACHER, at=NOON + minutes(3)),
    )  # fmt: skip
    with serving(replace(recorded(), traces=rows)) as running:
        found = pull(running, tmp_path, streams=[MAIL], tools={MAIL: "district-mail"})
        assert not [query for query in queries(running) if "Subject" in query]
    first, second = found.messages
    assert people(first) == {TEACHER: "from", STUDENT: "unknown", SECOND: "unknown"}
    assert (first.channel, first.tool, first.sent_at) == (Channel.EMAIL, "district-mail", NOON)
    assert first.rfc_message_id == first.native_id
    assert first.parties[1].role is PartyRole.UNKNOWN
    assert people(second) == {TEACHER: "from", OUTSIDE: "unknown"}
    assert found.notes == {"mail from outside that Exchange took for spam": 1}
    assert found.states[MAIL_UNIT] == ("read", 2)


def test_of_mail_from_the_districts_other_cloud_further_recipients_are_not_known(
    tmp_path: Path,
) -> None:
    elsewhere = TEACHER.replace("ana.reyes", "at.another.cloud")
    rows = (row(STUDENT, sender=elsewhere), row(STUDENT, mail="m2", at=NOON + minutes(1)))
    with serving(replace(recorded(), traces=rows)) as running:
        found = pull(running, tmp_path, streams=[MAIL])
    hidden = {next(iter(people(one))): one.recipients_hidden for one in found.messages}
    assert hidden == {elsewhere: True, TEACHER: False}


def test_no_account_is_read_for_mail_alone(tmp_path: Path) -> None:
    with serving(replace(recorded(), traces=(row(STUDENT),))) as running:
        running.consented = {"ThreatHunting.Read.All"}
        assert len(pull(running, tmp_path, streams=[MAIL]).messages) == 1
        assert running.count("users.list") == 0
