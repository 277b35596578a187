"""Communications files as messages: parties, times, what is hidden, and what is never read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from auditor.model import Address, AddressKind, Channel, Message, Party, PartyRole
from auditor.source import DayState, Malformed
from tests.connectors.tables_world import (
    HEADERS,
    WRITTEN,
    pull,
    pull_messages,
    table,
    write,
)

CANARY = "zephyrquill"
SENT = "2026-09-14T16:05:00-04:00"


def person(text: str) -> Address:
    return Address(AddressKind.PERSON_ID, text)


def email(text: str) -> Address:
    return Address(AddressKind.EMAIL, text)


def parties(message: Message) -> list[tuple[str, str]]:
    return [(party.address.text, party.role.value) for party in message.parties]


def test_a_row_is_a_message_with_everybody_on_it(tmp_path: Path) -> None:
    row = f"team-app,m-1,{SENT},app,T-104,,S-1;S-2,G@x.example,individual,T-101,SOC-V,,ref-9"
    pulled = pull_messages(tmp_path, row)
    assert pulled.messages == (
        Message(
            native_id="m-1",
            channel=Channel.APP,
            tool="team-app",
            sent_at=datetime(2026, 9, 14, 20, 5, tzinfo=UTC),
            parties=(
                Party(person("T-104"), PartyRole.FROM),
                Party(person("S-1"), PartyRole.TO),
                Party(person("S-2"), PartyRole.TO),
                Party(email("g@x.example"), PartyRole.TO),
                Party(person("T-101"), PartyRole.CC),
            ),
            thread="tables/ref-9",
        ),
    )
    assert pulled.records == 1


@pytest.mark.parametrize(
    ("channel", "audience", "role"),
    [
        ("app", "individual", "to"),
        ("app", "", "to"),
        ("app", "broadcast", "to"),
        ("app", "group", "member"),
        ("chat", "individual", "member"),
        ("LMS Message", "Group", "member"),
    ],
)
def test_those_in_a_group_or_chat_are_its_members(
    tmp_path: Path, channel: str, audience: str, role: str
) -> None:
    row = f"x,m-1,{SENT},{channel},T-1,,S-1,,{audience},,,,r"
    (message,) = pull_messages(tmp_path, row).messages
    assert parties(message) == [("T-1", "from"), ("S-1", role)]
    assert message.container == ("r" if channel == "chat" else None)


def test_a_list_that_names_the_sender_too_does_not_make_them_a_recipient(tmp_path: Path) -> None:
    row = f"x,m-1,{SENT},chat,T-1,T@marlow.example,T-1;S-1;S-1,t@marlow.example,group,T-1,,,r"
    (message,) = pull_messages(tmp_path, row).messages
    assert parties(message) == [("T-1", "from"), ("S-1", "member")]
    assert not message.recipients_hidden


@pytest.mark.parametrize("audience", ["group", "broadcast", "individual", ""])
def test_recipients_not_named_are_not_known_rather_than_none(tmp_path: Path, audience: str) -> None:
    rows = (f"x,m-1,{SENT},app,T-1,,,,{audience},,SOC-V,,", f"x,m-2,{SENT},app,T-1,,,,,,,,")
    for message in pull_messages(tmp_path, *rows).messages:
        assert parties(message) == [("T-1", "from")]
        assert message.recipients_hidden


def test_an_unreadable_recipient_is_counted_not_forgotten(tmp_path: Path) -> None:
    row = f"x,m-1,{SENT},app,T-1,,,a@x.example;somebody,,,,,"
    (message,) = pull_messages(tmp_path, row).messages
    assert parties(message) == [("T-1", "from"), ("a@x.example", "to")]
    assert message.unparsed == ("recipient_emails",)
    assert message.recipients_hidden


def test_an_id_with_an_at_sign_is_an_address(tmp_path: Path) -> None:
    row = f"x,m-1,{SENT},app,T@marlow.example,,S-1;s@marlow.example,,,,,,"
    (message,) = pull_messages(tmp_path, row).messages
    assert [p.address for p in message.parties] == [
        email("t@marlow.example"),
        person("S-1"),
        email("s@marlow.example"),
    ]


def test_the_settings_name_for_the_tool_wins_over_the_row(tmp_path: Path) -> None:
    row = f"export-7,m-1,{SENT},app,T-1,,S-1,,,,,,"
    assert pull_messages(tmp_path, row).messages[0].tool == "export-7"
    assert pull_messages(tmp_path, row, tool="team-app").messages[0].tool == "team-app"


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-09-14T20:05:00Z", "2026-09-14T20:05:00"),
        ("2026-09-14T16:05:00.250-04:00", "2026-09-14T20:05:00.250"),
        ("2026-09-14 16:05", "2026-09-14T20:05:00"),  # summer time in the district
        ("2026-12-14 16:05", "2026-12-14T21:05:00"),
        ("2026-11-01 01:30", "2026-11-01T05:30:00"),  # happened twice: the first
        ("2026-03-08 02:30", "2026-03-08T07:30:00"),  # never happened: 03:30, the later offset
    ],
)
def test_times_with_and_without_offset(tmp_path: Path, written: str, utc: str) -> None:
    (message,) = pull_messages(tmp_path, f"x,m-1,{written},app,T-1,,S-1,,,,,,").messages
    assert message.sent_at == datetime.fromisoformat(f"{utc}+00:00")


ROW = "{source},{id},{sent},{channel},{sender},{mail},S-1,,{audience},,,,"
GOOD = {
    "source": "x", "id": "m-1", "sent": SENT, "channel": "app", "sender": "T-1", "mail": "",
    "audience": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"id": ""}, "external_id", "is blank"),
        ({"sent": ""}, "sent_at", "is blank"),
        ({"sent": "yesterday"}, "sent_at", "is no time such as"),
        ({"sent": "2026-09-14"}, "sent_at", "has no time of day"),
        ({"sent": "0001-01-01T00:00:00+14:00"}, "sent_at", "cannot be meant"),
        ({"sent": "2026-09-14T16:05:00+99:00"}, "sent_at", "is no time such as"),
        ({"channel": ""}, "channel", "is blank"),
        ({"channel": "pigeon"}, "channel", "is none of email, chat"),
        ({"sender": ""}, "sender_id", "is blank, and so is sender_email"),
        ({"sender": "", "mail": "nobody"}, "sender_email", "is no e-mail address"),
        ({"sender": "a@@"}, "sender_id", "is no e-mail address"),
        ({"audience": "everyone"}, "audience", "is none of individual"),
        ({"source": ""}, "source", "the source's settings name no tool"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_place_and_reason(
    tmp_path: Path, change: dict[str, str], field: str, reason: str
) -> None:
    rows = (ROW.format(**GOOD), ROW.format(**GOOD | change), ROW.format(**GOOD | {"id": "m-3"}))
    pulled = pull_messages(tmp_path, *rows)
    (bad,) = pulled.rejected
    assert (bad.file, bad.line, bad.field) == ("week.csv", 3, field)
    assert reason in bad.reason
    assert [m.native_id for m in pulled.messages] == ["m-1", "m-3"]
    assert pulled.records == 3


def test_rows_are_counted_over_many_pages(tmp_path: Path) -> None:
    rows = [ROW.format(**GOOD | {"id": f"m-{n}"}) for n in range(4_500)]
    rows[4_200] = rows[4_200].replace("T-1", "")
    pulled = pull_messages(tmp_path, *rows)
    assert (len(pulled.messages), len(pulled.rejected), pulled.records) == (4_499, 1, 4_500)


def test_a_notice_to_a_whole_district_is_one_message(tmp_path: Path) -> None:
    everybody = ";".join(f"student-number-{n}" for n in range(70_000))
    row = f"x,m-1,{SENT},broadcast,T-1,,{everybody},,broadcast,,,,"
    (message,) = pull_messages(tmp_path, row).messages
    assert len(message.parties) == 70_001


def test_a_file_of_which_nothing_can_be_used_stops_the_source(tmp_path: Path) -> None:
    rows = [ROW.format(**GOOD | {"sent": f"9/{n}/2026 4:05 PM"}) for n in range(10, 22)]
    with pytest.raises(Malformed, match=r"week.csv: none of its 12 rows .* line 2: sent_at is no"):
        pull_messages(tmp_path, *rows)


# ---- what is never read ---------------------------------------------------------------------


def test_no_text_of_a_message_is_kept_or_told(tmp_path: Path) -> None:
    header = f"{HEADERS['communications']},body,Message,subject,Preview,attachment"
    free = f'"{CANARY}, ""all"" of it\nand a second line","{CANARY}",{CANARY},{CANARY},{CANARY}'
    rows = [
        f"x,m-1,{SENT},app,T-1,,S-1,,,,,,,{free}",
        f"x,,{SENT},app,T-1,,S-1,,,,,,,{free}",
        f"x,m-3,{SENT},app,T-1,,S-1,,,,,,,{CANARY}",
        f'x,m-4,{SENT},app,T-1,,S-1,,,,,,,"{CANARY}',
        f"x,m-5,{SENT},app,T-1,,S-1,,,,,,,{free}",
    ]
    write(tmp_path / "drop/week.csv", "\n".join((header, *rows, "")))
    pulled = pull(tmp_path, kind="communications")
    assert [m.native_id for m in pulled.messages] == ["m-1", "m-5"]
    assert len(pulled.rejected) == 3
    assert CANARY not in repr(pulled)
    (note,) = (n for n in pulled.notes if "not known" in n.text)
    assert note.count == 5
    assert "body, Message, subject, Preview, attachment" in note.text


def test_a_text_of_many_lines_stays_in_its_cell(tmp_path: Path) -> None:
    letter = "\n".join(f"line {n}, with a comma" for n in range(300))
    row = f'x,m-1,{SENT},app,T-1,,S-1,,,,,,,"{letter}"'
    after = f"x,m-2,{SENT},app,T-1,,S-1,,,,,,,short"
    write(tmp_path / "drop/week.csv", f"{HEADERS['communications']},body\n{row}\n{after}\n")
    pulled = pull(tmp_path, kind="communications")
    assert ([m.native_id for m in pulled.messages], pulled.rejected) == (["m-1", "m-2"], ())


def test_two_stray_quotation_marks_do_not_swallow_the_rows_between(tmp_path: Path) -> None:
    rows = [ROW.format(**GOOD | {"id": f"m-{n}"}) for n in range(6)]
    rows[1] = rows[1].replace("m-1,", '"m-1,')
    rows[4] = rows[4].replace("m-4,", 'm-4",')
    pulled = pull_messages(tmp_path, *rows)
    assert [m.native_id for m in pulled.messages] == ["m-0", "m-2", "m-3", 'm-4"', "m-5"]
    assert [bad.line for bad in pulled.rejected] == [3]


def test_a_first_row_of_data_is_not_told_in_the_error(tmp_path: Path) -> None:
    write(tmp_path / "drop/week.csv", f"m-1,{SENT},{CANARY},t@marlow.example\n")
    with pytest.raises(Malformed, match="4 cells that look like data") as caught:
        pull(tmp_path, kind="communications")
    assert CANARY not in str(caught.value)


# ---- which days a drop speaks for -----------------------------------------------------------


def every_day(*, first: int = 13, last: int = 20) -> str:
    rows = [
        ROW.format(**GOOD | {"id": f"m-{day}", "sent": f"2026-09-{day}T12:00:00"})
        for day in range(first, last + 1)
    ]
    return table("communications", *rows)


def test_every_day_of_the_window_is_accounted_for(tmp_path: Path) -> None:
    write(tmp_path / "drop/week.csv", every_day())
    coverage = pull(tmp_path, kind="communications").coverage
    assert [(c.day.day, c.state, c.records) for c in coverage] == [
        (day, DayState.READ, 1) for day in range(14, 21)
    ]


def test_an_unchanged_file_brings_nothing_new_and_full_coverage(tmp_path: Path) -> None:
    write(tmp_path / "drop/a/week.csv", every_day())
    first = pull(tmp_path, kind="communications")
    again = pull(tmp_path, already_read=first.hashes, kind="communications")
    assert len(first.messages) == 8
    assert (again.facts, again.records, again.rejected) == ((), 0, ())
    assert again.coverage == first.coverage
    assert all(c.state is DayState.READ for c in again.coverage)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = write(tmp_path / "drop/week.csv", every_day(last=19))
    first = pull(tmp_path, kind="communications")
    write(file, every_day())
    again = pull(tmp_path, already_read=first.hashes, kind="communications")
    assert len(again.messages) == 8


def test_files_of_earlier_weeks_are_not_opened_for_nothing(tmp_path: Path) -> None:
    earlier = write(
        tmp_path / "drop/w1.csv",
        every_day(first=10, last=13),
        modified_at=datetime(2026, 9, 13, 20, tzinfo=UTC),
    )
    first = pull(tmp_path, kind="communications")
    write(tmp_path / "drop/w2.csv", every_day(first=15))
    again = pull(tmp_path, already_read=first.hashes, kind="communications")
    assert [m.native_id for m in again.messages] == [f"m-{day}" for day in range(15, 21)]
    assert all(c.state is DayState.READ for c in again.coverage)
    assert earlier.exists()


def test_an_export_that_stopped_leaves_days_missing(tmp_path: Path) -> None:
    write(tmp_path / "drop/week.csv", every_day(last=15))
    states = {c.day: (c.state, c.records) for c in pull(tmp_path, kind="communications").coverage}
    assert states[date(2026, 9, 15)] == (DayState.READ, 1)
    assert states[date(2026, 9, 16)] == (DayState.MISSING, None)
    quiet = pull(tmp_path, kind="communications", quiet_days=10).coverage
    assert {c.state for c in quiet} == {DayState.READ}


def test_an_empty_drop_covers_no_day(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    coverage = pull(tmp_path, kind="communications").coverage
    assert {(c.state, c.records, c.reason) for c in coverage} == {
        (DayState.MISSING, None, "no file in drop")
    }


def test_a_file_of_headings_alone_covers_no_day(tmp_path: Path) -> None:
    pulled = pull_messages(tmp_path)
    assert {c.state for c in pulled.coverage} == {DayState.MISSING}


def test_what_the_settings_promise_of_the_first_day_is_believed(tmp_path: Path) -> None:
    write(tmp_path / "drop/week.csv", every_day(first=18))
    first_days = pull(tmp_path, kind="communications").coverage[:4]
    assert {c.state for c in first_days} == {DayState.MISSING}
    promised = pull(tmp_path, kind="communications", covers_from=date(2026, 9, 1)).coverage
    assert [(c.state, c.records) for c in promised[:5]] == [
        *[(DayState.READ, 0)] * 4,
        (DayState.READ, 1),
    ]


def test_the_day_a_file_is_written_on_is_not_over(tmp_path: Path) -> None:
    write(tmp_path / "drop/week.csv", every_day(), modified_at=WRITTEN - timedelta(days=1))
    assert pull(tmp_path, kind="communications").coverage[-1].state is DayState.MISSING
