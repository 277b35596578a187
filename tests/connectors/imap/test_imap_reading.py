"""Mailboxes by IMAP: what each copy becomes, what is left out, how it is gone on from."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from auditor.model import PartyRole
from benchmarks.pretend.imap import Folder, PretendImap
from tests.connectors.imap.imap_world import (
    CANARY,
    COACH,
    KID,
    TEACHER,
    WEEK,
    at,
    context,
    journal_report,
    letter,
    marks_of,
    marlow,
    next_night,
    pull,
    put,
    received,
    source,
    states,
)
from tests.connectors.mail_world import Read, roles


def test_one_mail_in_two_mailboxes_is_told_by_both_and_is_one_message(tmp_path: Path) -> None:
    with marlow() as server:
        put(server, COACH, "Sent", letter("1", at(18), Bcc=TEACHER), at(18))
        put(server, KID, "INBOX", received("1", at(18)), at(18))
        read = pull(server, tmp_path)
    by_coach, by_kid = read.messages
    assert by_coach.native_id == by_kid.native_id == "1@mail.marlow.example"
    assert roles(by_coach) == {COACH: "from", KID: "to", TEACHER: "bcc"}
    assert roles(by_kid) == {COACH: "from", KID: "to"}
    assert by_coach.sent_at == at(18)
    assert states(read, COACH)[18] == ("read", 1)
    assert states(read, TEACHER) == dict.fromkeys(range(17, 24), ("read", 0))
    assert server.changes == []


def test_who_got_a_blind_copy_is_seen_in_their_mailbox(tmp_path: Path) -> None:
    with marlow() as server:
        put(server, TEACHER, "INBOX", received("1", at(18)), at(18))
        read = pull(server, tmp_path)
    assert roles(read.message) == {COACH: "from", KID: "to", TEACHER: "unknown"}


def test_drafts_junk_views_and_other_peoples_folders_are_left_alone(tmp_path: Path) -> None:
    with marlow(shared=("shared/office",)) as server:
        for folder in ("Drafts", "Junk"):
            put(server, COACH, folder, letter("1", at(18)), at(18))
        put(server, COACH, "INBOX", letter("2", at(18)), at(18), "\\Draft")
        server.mailboxes[COACH].folders["Starred"] = Folder(use="\\Flagged")
        put(server, COACH, "Starred", letter("3", at(18)), at(18))
        read = pull(server, tmp_path)
    assert read.messages == []
    assert read.notes == {"draft left out: it was never sent": 1}
    opened = {one.rest.strip('"') for one in server.asked if one.command == "EXAMINE"}
    assert opened == {"INBOX", "Sent", "Trash"}


def test_of_what_was_sent_alone_deleted_mail_counts_if_its_owner_sent_it(tmp_path: Path) -> None:
    with marlow() as server:
        put(server, COACH, "Sent", letter("sent", at(18)), at(18))
        put(server, COACH, "Trash", letter("binned", at(19)), at(19))
        put(server, COACH, "Trash", received("came", at(19), KID, COACH), at(19))
        put(server, COACH, "INBOX", received("in", at(19), KID, COACH), at(19))
        read = pull(server, tmp_path, received=False)
    assert [m.native_id.partition("@")[0] for m in read.messages] == ["sent", "binned"]
    assert read.notes["deleted mail that came in, left out: only what was sent is read"] == 1


def test_a_server_that_marks_no_folder_has_them_named(tmp_path: Path) -> None:
    with marlow(unmarked=True) as server:
        put(server, COACH, "Sent", letter("1", at(18), TEACHER), at(18))
        put(server, COACH, "Junk", received("2", at(18), "x@away.example"), at(18))
        read = pull(
            server, tmp_path, sent_folders=["Sent"], leave_out_folders=["Junk", "Drafts"]
        )
        assert not source(context(server, tmp_path, received=False)).check()[0].ok
    assert read.message.on_behalf_of is not None, "in Ana's name, out of Dana's mailbox"
    assert any("somebody else may stand" in note for note in read.notes)


def test_only_named_folders_are_read(tmp_path: Path) -> None:
    with marlow() as server:
        put(server, COACH, "Junk", received("1", at(18), KID, COACH), at(18))
        put(server, COACH, "Sent", letter("2", at(18)), at(18))
        read = pull(server, tmp_path, folders=["Junk"], mailboxes=[COACH])
        lacking = pull_of_missing(server, tmp_path)
    assert read.message.native_id.startswith("1@")
    assert lacking == "1 of the folders that the settings name are not there"


def pull_of_missing(server: PretendImap, folder: Path) -> str:
    (result,) = source(context(server, folder, folders=["INBOX", "Nowhere"], mailboxes=[COACH])).check()
    assert not result.ok
    return result.text.partition(": ")[2]


# ---- from night to night -----------------------------------------------------------------------


def ids(read: Read) -> list[str]:
    return [message.native_id.partition("@")[0] for message in read.messages]


def test_the_next_night_asks_only_for_what_came_since_and_days_stay_whole(tmp_path: Path) -> None:
    with marlow() as server:
        put(server, COACH, "Sent", letter("1", at(22)), at(22))
        put(server, COACH, "Sent", letter("2", at(23)), at(23))
        first = pull(server, tmp_path)
        put(server, COACH, "Sent", letter("3", at(23, 23)), at(24, 1))
        put(server, COACH, "Sent", letter("4", at(24)), at(24))
        second = pull(server, tmp_path, window=next_night(), marks=marks_of(first))
        third = pull(server, tmp_path, window=next_night(), marks=marks_of(second))
    assert ids(first) == ["1", "2"]
    assert ids(second) == ["3", "4"]
    assert ids(third) == []
    expected = {21: ("read", 0), 22: ("read", 1), 23: ("read", 2), 24: ("read", 1)}
    assert states(second, COACH) == states(third, COACH) == expected


def test_folders_numbered_anew_are_read_from_the_start_and_nothing_counts_twice(
    tmp_path: Path,
) -> None:
    with marlow() as server:
        for day in (18, 22, 23):
            put(server, COACH, "Sent", letter(str(day), at(day)), at(day))
        first = pull(server, tmp_path)
        server.mailboxes[COACH].folders["Sent"].number_anew()
        again = pull(server, tmp_path, window=next_night(), marks=marks_of(first))
        quiet = pull(server, tmp_path, window=next_night(), marks=marks_of(again))
    assert sorted(ids(again)) == ["18", "22", "23"]
    assert {m.native_id: m for m in again.messages} == {m.native_id: m for m in first.messages}
    assert states(again, COACH) == {21: ("read", 0), 22: ("read", 1), 23: ("read", 1), 24: ("read", 0)}
    assert ids(quiet) == []


def test_numbers_that_went_back_without_a_new_uidvalidity_are_not_believed(tmp_path: Path) -> None:
    with marlow() as server:
        for day in (20, 21, 22):
            put(server, COACH, "Sent", letter(str(day), at(day)), at(day))
        first = pull(server, tmp_path)
        sent = server.mailboxes[COACH].folders["Sent"]
        del sent.messages[1:]  # a backup was put back
        sent.next_uid = 2
        put(server, COACH, "Sent", letter("new", at(24)), at(24))
        second = pull(server, tmp_path, window=next_night(), marks=marks_of(first))
    assert "new" in ids(second)


def test_what_is_kept_names_no_folder_and_is_forgotten_with_it(tmp_path: Path) -> None:
    with marlow() as server:
        server.mailboxes[COACH].folders[CANARY] = Folder()
        put(server, COACH, CANARY, received("1", at(18), KID, COACH), at(18))
        first = pull(server, tmp_path)
        assert ids(first) == ["1"]
        assert CANARY not in str(first.pages)
        assert {unit.partition("/")[0] for unit in marks_of(first)} == {COACH, TEACHER, KID}
        del server.mailboxes[COACH].folders[CANARY]
        second = pull(
            server, tmp_path, window=next_night(), marks=marks_of(first), mailboxes=[COACH, KID]
        )
    forgotten = [m.unit for page in second.pages for m in page.marks if m.value is None]
    assert len([unit for unit in forgotten if unit.startswith(COACH)]) == 1
    assert len([unit for unit in forgotten if unit.startswith(TEACHER)]) == 3
    assert second.pages[-1].over == {TEACHER}


# ---- dates -------------------------------------------------------------------------------------


def test_a_date_set_back_gives_way_to_when_it_arrived_and_one_put_in_late_does_not(
    tmp_path: Path,
) -> None:
    old = at(18) - timedelta(days=400)
    with marlow() as server:
        put(server, KID, "INBOX", received("set-back", at(18), Date="Mon, 1 Sep 2025 08:00:00 -0400"), at(18))
        put(server, COACH, "Sent", letter("moved", old), at(18))
        read = pull(server, tmp_path)
    found = {m.native_id.partition("@")[0]: m for m in read.messages}
    assert found["set-back"].sent_at == at(18)
    assert found["set-back"].unparsed == ("date",)
    assert found["moved"].sent_at == old
    assert read.notes["put into the mailbox more than a week after its Date, which was believed"] == 1


def test_a_copy_without_a_usable_date_is_of_when_it_was_taken_in(tmp_path: Path) -> None:
    with marlow() as server:
        put(server, COACH, "Sent", letter("1", at(18), Date="tomorrow"), at(19))
        read = pull(server, tmp_path)
    assert read.message.sent_at == at(19)


# ---- journals ----------------------------------------------------------------------------------

LINES = (f"Sender: {COACH}", f"To: {KID}", f"Bcc: {TEACHER}", "Message-Id: <1@mail.marlow.example>")


def journal(tmp_path: Path, *contents: bytes) -> tuple[Read, PretendImap]:
    with marlow() as server:
        for content in contents:
            put(server, TEACHER, "INBOX", content, at(18))
        read = pull(server, tmp_path, mailboxes=[TEACHER], kind="journal")
    assert server.changes == []
    return read, server


def test_a_journals_report_is_read_by_its_parts_and_the_text_inside_is_never_asked_for(
    tmp_path: Path,
) -> None:
    report = journal_report(letter("1", at(18)), *LINES, when=at(18))
    read, server = journal(tmp_path, report)
    assert roles(read.message) == {COACH: "from", KID: "to", TEACHER: "bcc"}
    assert read.message.native_id == "1@mail.marlow.example"
    told = " ".join(one.rest for one in server.asked if one.command == "FETCH")
    assert "[2.HEADER.FIELDS" in told
    assert not [part for part in ("[2]", "[]", "[TEXT]", "[2.TEXT]", "SUBJECT") if part in told]


def test_an_archive_of_ordinary_copies_belongs_to_nobody(tmp_path: Path) -> None:
    read, server = journal(tmp_path, received("1", at(18)))
    assert roles(read.message) == {COACH: "from", KID: "to"}
    told = " ".join(one.rest for one in server.asked if one.command == "FETCH")
    assert "BODY.PEEK[1]" not in told


def test_a_report_that_came_without_its_message_still_tells_who_wrote_to_whom(
    tmp_path: Path,
) -> None:
    report = journal_report(b"", *LINES, when=at(18)).replace(b"message/rfc822", b"text/plain")
    read, _ = journal(tmp_path, report, journal_report(letter("2", at(18)), "To: nobody", when=at(18)))
    assert roles(read.message) == {COACH: "from", KID: "to", TEACHER: "bcc"}
    (refused,) = read.rejected
    assert refused.field == "Sender"


# ---- nothing but envelopes ---------------------------------------------------------------------


def test_no_text_and_no_subject_is_kept_or_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with marlow() as server:
        put(server, COACH, "Sent", letter("1", at(18)), at(18))
        put(server, KID, "INBOX", received("1", at(18)), at(18))
        put(server, KID, "INBOX", b"Subject: " + CANARY.encode() + b"\r\n\r\nx", at(18))
        read = pull(server, tmp_path)
        source(context(server, tmp_path)).check()
    assert len(read.messages) == 2
    assert len(read.rejected) == 1
    assert CANARY not in str(read.pages)
    assert CANARY not in caplog.text
    assert "SUBJECT" not in str(server.asked).upper()
    assert server.changes == []
    assert {one.command for one in server.asked} <= {
        "GREETING", "CAPABILITY", "AUTHENTICATE", "NAMESPACE", "LIST", "EXAMINE", "SEARCH", "FETCH",
    }  # fmt: skip


def test_two_readings_of_the_same_answers_are_the_same_pages(tmp_path: Path) -> None:
    with marlow() as server:
        for day in range(17, 24):
            for number in range(30):
                put(server, COACH, "Sent", letter(f"{day}-{number}", at(day)), at(day))
                put(server, KID, "INBOX", received(f"{day}-{number}", at(day)), at(day))
        one = pull(server, tmp_path, threads=1)
        many = pull(server, tmp_path, threads=3)
    assert one.pages == many.pages
    assert len(one.messages) == 420
    assert all(PartyRole.FROM in {p.role for p in m.parties} for m in one.messages)
    assert WEEK.last.day in states(one, COACH)
