"""The Gmail log as exported files: three forms of headings, and every row accounted for."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from auditor.source import DayState, Denied, Malformed, SourceContext, Window
from connectors.google.gmaillog import GmailLogStore
from connectors.retrying import this_machine
from tests.connectors.google.logs_world import (
    OTHER,
    OUTSIDE,
    RULES,
    SECOND,
    STUDENT,
    TEACHER,
    ZONE,
    Read,
    people,
)

CANARY = "zephyrquill"
WEEK = Window(date(2026, 11, 16), date(2026, 11, 22))
SENT = datetime(2026, 11, 18, 17, tzinfo=UTC)
USEC = int(SENT.timestamp() * 1_000_000)
QUERY = (
    "mail_event_type,timestamp_usec,rfc2822_message_id,from_header_address,flattened_destinations,"
    "delegate_user_email,subject\n"
    f"1,{USEC},<m1@x.example>,{TEACHER},\"smtp-outbound::{STUDENT}, gmail-for-work-catchall::{OUTSIDE}\","
    f",{CANARY}\n"
    f"2,{USEC},<m1@x.example>,{TEACHER},smtp-inbound::{STUDENT},,{CANARY}\n"
    f"1,{USEC},<m2@x.example>,{TEACHER},smtp-outbound::{OTHER},{SECOND},{CANARY}\n"
)
SEARCH = (
    "Message ID,Start date,End date,Sender,Message size,Subject,Direction,Recipient address,Event date,Event status\n"
    f"<m1@x.example>,2026/11/18 11:59:58 EST,,{TEACHER},1,{CANARY},Sent,{STUDENT},2026/11/18 12:00:00 EST,Delivered\n"
    f"<m1@x.example>,2026/11/18 11:59:58 EST,,{TEACHER},1,{CANARY},Sent,{OUTSIDE},2026/11/18 12:00:00 EST,Delivered\n"
    f"<m3@x.example>,2026/11/18 11:59:58 EST,,{TEACHER},1,{CANARY},Sent,{OTHER},2026/11/18 12:00:00 EST,Bounced\n"
)
TOOL = (
    "Date,Event,Message ID,Subject,From (Header address),From (Envelope),To (Envelope),Owner\n"
    f"2026-11-18T12:00:00-05:00,Send,m1@x.example,{CANARY},{TEACHER},{TEACHER},{STUDENT},{TEACHER}\n"
    f"2026-11-18T12:00:00-05:00,Receive,m1@x.example,{CANARY},{TEACHER},{TEACHER},{STUDENT},{STUDENT}\n"
    f"2026-11-18T12:00:00-05:00,View,m1@x.example,{CANARY},{TEACHER},{TEACHER},{STUDENT},{STUDENT}\n"
)


def drop(folder: Path, name: str, content: str | bytes, day: int = 23) -> Path:
    path = folder / "drop" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    at = datetime(2026, 11, day, 13, tzinfo=UTC).timestamp()
    os.utime(path, (at, at))
    return path


def source(folder: Path, already: frozenset[str] = frozenset(), **more: Any) -> GmailLogStore:
    given = {"connector": "gmail-log", "path": "drop", **more}
    context = SourceContext("logs", "Gmail log", ZONE, RULES, str(folder), given, already_read=already)
    return GmailLogStore(context, clock=this_machine(), random=Random(7))


def pull(folder: Path, already: frozenset[str] = frozenset(), **more: Any) -> Read:
    return Read(tuple(source(folder, already, **more).pull(WEEK)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_saved_question_to_bigquery(tmp_path: Path, encoding: str) -> None:
    drop(tmp_path, "log.csv", QUERY.encode(encoding))
    read = pull(tmp_path)
    first, delegated, received = read.messages
    assert people(first) == {TEACHER: "from", STUDENT: "unknown", OUTSIDE: "unknown"}
    assert (first.rfc_message_id, first.sent_at, first.recipients_hidden) == ("m1@x.example", SENT, False)
    assert people(delegated) == {SECOND: "from", OTHER: "unknown"}
    assert delegated.on_behalf_of is not None
    assert people(received) == {TEACHER: "from", STUDENT: "unknown"}
    assert received.recipients_hidden
    assert read.records == 3
    assert read.rejected == []
    assert CANARY not in repr(read)


def test_the_admin_consoles_search_has_a_row_for_each_recipient(tmp_path: Path) -> None:
    drop(tmp_path, "search.csv", SEARCH)
    read = pull(tmp_path)
    assert [people(m) for m in read.messages] == [
        {TEACHER: "from", STUDENT: "unknown"},
        {TEACHER: "from", OUTSIDE: "unknown"},
    ]
    assert {m.sent_at for m in read.messages} == {SENT}
    assert read.notes["mail that could not be sent"] == 1
    assert read.notes["does not tell sent from received: every row counts as sent"] == 1
    assert read.records == 3
    assert CANARY not in repr(read)


def test_the_investigation_tool_names_events_by_words(tmp_path: Path) -> None:
    drop(tmp_path, "tool.csv", TOOL)
    read = pull(tmp_path)
    assert [m.recipients_hidden for m in read.messages] == [False, True]
    assert read.notes["row about something else than sending or receiving"] == 1
    assert read.records == 3
    assert CANARY not in repr(read)


def test_mailboxes_that_forward_out_of_the_district_are_counted(tmp_path: Path) -> None:
    rows = "".join(
        f"2026-11-18T12:00:00-05:00,Autoforward,m{n}@x.example,,{OTHER},{OTHER},{to},{owner}\n"
        for n, (owner, to) in enumerate(
            [(TEACHER, OUTSIDE), (TEACHER, OUTSIDE), (SECOND, OUTSIDE), (STUDENT, SECOND)], start=7
        )
    )
    drop(tmp_path, "tool.csv", TOOL + rows)
    read = pull(tmp_path)
    assert [n for text, n in read.notes.items() if "settings = true" in text] == [2]


def test_bad_rows_are_refused_by_line_and_take_no_other_with_them(tmp_path: Path) -> None:
    bad = (
        "Date,Message ID,Sender,Recipient\n"
        f"soon,<a@x.example>,{TEACHER},{STUDENT}\n"
        f"2026-11-18 12:00:00,<b@x.example>,{TEACHER},Kit Lowe\n"
        f"2026-11-18 12:00:00,<c@x.example>,Ana Reyes,{STUDENT}\n"
        f"2026-11-18 12:00:00,<d@x.example>,{TEACHER},{STUDENT}\n"
        f"2026-11-18 12:00:00,<e@x.example>,{TEACHER}\n"
    )
    drop(tmp_path, "log.csv", bad)
    read = pull(tmp_path)
    assert [(r.file, r.line, r.field) for r in read.rejected] == [
        ("log.csv", 2, "time"),
        ("log.csv", 3, "recipients"),
        ("log.csv", 4, "message_info.source"),
        ("log.csv", 6, None),
    ]
    (message,) = read.messages
    assert message.sent_at == SENT, "a time without a zone is the district's"
    assert read.records == 5
    assert "Lowe" not in repr(read)


@pytest.mark.parametrize(
    "content",
    ["Subject,Sender\nx,y\n", f"{CANARY},2026-11-18,{TEACHER}\n", "", b"\xff\xfe\x00", b"Date\0\n"],
)
def test_what_is_no_such_table_is_refused_without_showing_it(tmp_path: Path, content: str | bytes) -> None:
    drop(tmp_path, "log.csv", content)
    with pytest.raises(Malformed) as caught:
        pull(tmp_path)
    assert CANARY not in str(caught.value)
    (result,) = source(tmp_path).check()
    assert not result.ok


def test_the_days_the_files_speak_for(tmp_path: Path) -> None:
    drop(tmp_path, "a.csv", QUERY, day=20)
    drop(tmp_path, "readme.txt", "x")
    read = pull(tmp_path, covers_from="2026-11-16")
    states = {day: row.state for (day, _), row in read.coverage.items()}
    assert states[date(2026, 11, 19)] is DayState.READ
    assert states[date(2026, 11, 20)] is DayState.MISSING
    assert read.coverage[date(2026, 11, 18), None].records == 3
    assert read.notes["not a CSV file, left alone"] == 1


def test_a_known_file_counts_and_delivers_nothing(tmp_path: Path) -> None:
    drop(tmp_path, "a.csv", QUERY)
    first = pull(tmp_path)
    known = frozenset(f.sha256 for page in first.pages for f in page.files)
    again = pull(tmp_path, known)
    assert len(known) == 1
    assert (again.messages, again.records) == ([], 0)
    assert again.coverage == first.coverage


def test_a_row_without_message_id_is_the_same_under_another_file_name(tmp_path: Path) -> None:
    text = f"Date,Message ID,Sender,Recipient\n2026-11-18 12:00:00,,{TEACHER},{STUDENT}\n"
    drop(tmp_path, "a.csv", text)
    drop(tmp_path, "b.csv", text)
    one, other = pull(tmp_path).messages
    assert one == other


def test_nothing_there_is_denied(tmp_path: Path) -> None:
    with pytest.raises(Denied, match="no such file"):
        pull(tmp_path)
    (tmp_path / "drop").mkdir()
    (result,) = source(tmp_path).check()
    assert not result.ok
    assert all(row.state is DayState.MISSING for row in pull(tmp_path).coverage.values())
