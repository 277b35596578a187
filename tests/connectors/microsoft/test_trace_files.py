"""The message trace as dropped files: three forms, and every line accounted for."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from auditor.source import DayState, Malformed, SourceContext, Window
from connectors.microsoft.trace import MessageTrace, files, filestream
from connectors.retrying import this_machine
from tests.connectors.google.logs_world import Read, people
from tests.connectors.microsoft.directory_world import RULES
from tests.connectors.microsoft.trace_world import (
    NOON,
    OTHER,
    OUTSIDE,
    SECOND,
    STUDENT,
    TEACHER,
    ZONE,
)

CANARY = "zephyrquill"
WEEK = Window(date(2026, 11, 16), date(2026, 11, 22))
TEAM = "team@marlow.example"
SUMMARY_HEAD = (
    "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,"
    "network_message_id,original_client_ip,directionality,connector_id,delivery_priority\n"
)


def summary(recipients: str, n: int = 1, at: datetime = NOON, sender: str = TEACHER) -> str:
    return (
        f"{at.isoformat().replace('+00:00', 'Z')},{sender},\"{recipients}\",{CANARY},1200,<m{n}@x.example>,"
        f"{n:032x},203.0.113.7,Originating,,Normal\n"
    )


SUMMARY = SUMMARY_HEAD + (
    summary(f"{STUDENT}##Receive, Deliver;{OUTSIDE}##Receive, Send;{TEAM}##Receive, Expand;{SECOND}##Receive, Fail")
    + summary(f"{STUDENT}##Receive, Fail", 2)
    + summary(f"{STUDENT}##Receive, Deliver;{OTHER}##Receive", 3)
    + summary(f"{STUDENT}##Receive, Quarantined", 4)
)
EXTENDED_HEAD = (
    "date_time_utc,client_ip,source,event_id,network_message_id,message_id,sender_address,recipient_address,"
    "related_recipient_address,recipient_count,message_subject,return_path,custom_data\n"
)


def step(event: str, to: str, related: str = "", second: int = 0) -> str:
    return (
        f"2026-11-18T17:00:{second:02}.1230000Z,203.0.113.7,SMTP,{event},{1:032x},<m1@x.example>,{TEACHER},"
        f"{to},{related},1,{CANARY},{TEACHER},S:{CANARY}\n"
    )


EXTENDED = EXTENDED_HEAD + (
    step("RECEIVE", f"{TEAM};{OTHER};old@marlow.example")
    + step("EXPAND", f"{STUDENT};{SECOND};{OTHER}", TEAM, 1)
    + step("RESOLVE", OUTSIDE, "old@marlow.example", 1)
    + step("AGENTINFO", "", second=2)
    + step("DELIVER", f"{STUDENT};{OTHER}", second=3)
    + step("FAIL", SECOND, second=4)
    + step("SEND", OUTSIDE, second=5)
)
LIST = (
    "Received,SenderAddress,RecipientAddress,Subject,Status,ToIP,FromIP,Size,MessageId,MessageTraceId\n"
    f"11/18/2026 5:00:00 PM,{TEACHER},{STUDENT},{CANARY},Delivered,,,1,<m1@x.example>,00000000-0000-0000-0000-000000000001\n"
    f"11/18/2026 5:00:00 PM,{TEACHER},{OTHER},{CANARY},Pending,,,1,<m1@x.example>,00000000-0000-0000-0000-000000000001\n"
)


def drop(folder: Path, name: str, content: str | bytes, day: int = 23) -> Path:
    path = folder / "drop" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    at = datetime(2026, 11, day, 13, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))
    return path


def source(folder: Path, already: frozenset[str] = frozenset(), **more: Any) -> MessageTrace:
    given = {"connector": "message-trace", "path": "drop", **more}
    context = SourceContext("trace", "Trace", ZONE, RULES, str(folder), given, already_read=already)
    return MessageTrace(context, clock=this_machine(), random=Random(7))


def pull(folder: Path, already: frozenset[str] = frozenset(), **more: Any) -> Read:
    return Read(tuple(source(folder, already, **more).pull(WEEK)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_enhanced_summary_has_all_recipients_in_one_cell(tmp_path: Path, encoding: str) -> None:
    drop(tmp_path, "trace.csv", SUMMARY.encode(encoding))
    read = pull(tmp_path)
    first, third = read.messages
    assert people(first) == {TEACHER: "from", STUDENT: "unknown", OUTSIDE: "unknown", TEAM: "unknown"}
    assert (first.native_id, first.sent_at, first.recipients_hidden) == ("m1@x.example", NOON, False)
    assert people(third) == {TEACHER: "from", STUDENT: "unknown"}
    assert third.recipients_hidden, "of one recipient nothing but the start is told"
    assert read.notes["mail that could not be delivered to anybody"] == 1
    assert read.notes["mail held in quarantine, that reached nobody"] == 1
    assert read.notes["read as enhanced summary"] == 1
    assert read.records == 4
    assert CANARY not in repr(read)


def test_the_extended_report_says_who_was_reached_through_a_list(tmp_path: Path) -> None:
    drop(tmp_path, "trace.csv", EXTENDED.encode("utf-16"))
    read = pull(tmp_path)
    message = read.message
    assert people(message) == {
        TEACHER: "from", TEAM: "unknown", OTHER: "unknown", STUDENT: "unknown", OUTSIDE: "unknown",
    }  # fmt: skip
    via = {p.address.text: p.via_group.text for p in message.parties if p.via_group}
    assert via == {STUDENT: TEAM}, "who was written to as well is no member alone"
    assert not message.recipients_hidden
    assert message.sent_at == NOON + timedelta(milliseconds=123)
    assert CANARY not in repr(read)


def test_the_list_saved_from_powershell_has_a_row_for_each_recipient(tmp_path: Path) -> None:
    drop(tmp_path, "trace.csv", LIST)
    read = pull(tmp_path)
    assert people(read.message) == {TEACHER: "from", STUDENT: "unknown"}
    assert read.message.recipients_hidden
    assert read.message.sent_at == NOON
    assert read.rejected == []


def test_a_mail_is_the_same_in_file_and_graph(tmp_path: Path) -> None:
    drop(tmp_path, "a.csv", SUMMARY_HEAD + summary(f"{STUDENT}##Receive, Deliver"))
    drop(tmp_path, "b.csv", LIST.replace("Pending", "Failed"))
    one, other = pull(tmp_path).messages
    assert one == other


def test_bad_lines_are_refused_by_number_and_take_no_other_with_them(tmp_path: Path) -> None:
    bad = (
        summary("", 1).replace('""', "")
        + summary(f"{STUDENT}##Receive, Deliver", 2).replace("2026-11-18T17", "soon")
        + summary(f"{STUDENT}##Receive, Deliver", 3, sender="Ana Reyes")
        + summary(f"{STUDENT}##Receive, Deliver", 4)
        + "2026-11-18T17:00:00Z,x\n"
    )
    drop(tmp_path, "trace.csv", SUMMARY_HEAD + bad)
    read = pull(tmp_path)
    assert sorted((r.line, r.field) for r in read.rejected if r.field) == [
        (2, "recipients"), (3, "time"), (4, "senderAddress"),
    ]  # fmt: skip
    assert len(read.rejected) == 4
    assert read.message.native_id == "m4@x.example"
    assert read.records == 5
    assert "Reyes" not in repr(read)


@pytest.mark.parametrize("content", ["Subject,Sender\nx,y\n", "", b"\xff\xfe\x00", LIST.replace("Status", "State")])
def test_what_is_no_such_table_is_refused_without_showing_it(tmp_path: Path, content: str | bytes) -> None:
    drop(tmp_path, "trace.csv", content)
    with pytest.raises(Malformed) as caught:
        pull(tmp_path)
    assert CANARY not in str(caught.value)
    (result,) = source(tmp_path).check()
    assert not result.ok


def on(day: int, n: int) -> str:
    return summary(f"{STUDENT}##Receive, Deliver", n, datetime(2026, 11, day, 17, tzinfo=UTC))


def test_a_file_that_was_cut_off_vouches_for_none_of_its_days_nor_for_the_empty_ones_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.MOST_LINES == 100_000
    monkeypatch.setattr(filestream, "MOST_LINES", 5)
    drop(tmp_path, "a.csv", SUMMARY_HEAD + on(16, 1))
    drop(tmp_path, "b.csv", SUMMARY_HEAD + "".join(on(18, n) for n in range(1_000, 1_004)))
    drop(tmp_path, "c.csv", SUMMARY_HEAD + on(20, 2))
    read = pull(tmp_path)
    states = {day.day: row.state for (day, _), row in read.coverage.items()}
    assert [d for d, s in states.items() if s is DayState.READ] == [16, 20, 21, 22]
    assert "b.csv has 5 lines" in str(read.coverage[date(2026, 11, 19), None].reason)
    assert len(read.messages) == 6
    drop(tmp_path, "b.csv", SUMMARY_HEAD + "".join(on(18, n) for n in range(1_000, 1_003)))
    assert {row.state for row in pull(tmp_path).coverage.values()} == {DayState.READ}


def test_a_known_file_counts_and_delivers_nothing(tmp_path: Path) -> None:
    drop(tmp_path, "a.csv", SUMMARY)
    first = pull(tmp_path)
    known = frozenset(f.sha256 for page in first.pages for f in page.files)
    again = pull(tmp_path, known)
    assert (again.messages, again.records) == ([], 0)
    assert again.coverage == first.coverage


def test_settings_of_the_other_way_are_mistakes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tenant is only without path; senders is only without path"):
        source(tmp_path, tenant="x", senders=["a.example"])
