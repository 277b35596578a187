"""What can go wrong at an IMAP server: exact facts afterwards, or a gap by its name and cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.source import Denied, Malformed, SourceError, Transient
from benchmarks.pretend.imap import Folder, PretendImap
from connectors.retrying import Limits
from tests.connectors.imap.imap_world import (
    COACH,
    KID,
    QUICK,
    TEACHER,
    Waits,
    at,
    context,
    letter,
    marks_of,
    marlow,
    next_night,
    pull,
    put,
    reasons,
    received,
    source,
    states,
)
from tests.connectors.mail_world import Read

COMMANDS = ("GREETING", "CAPABILITY", "AUTHENTICATE", "NAMESPACE", "LIST", "EXAMINE", "SEARCH", "FETCH")
PASSING = ("drop", "bye", "cut", "garble", "huge", "hang", "NO [UNAVAILABLE]", "NO [THROTTLED]", "NO [INUSE]")


def filled() -> PretendImap:
    server = marlow()
    put(server, COACH, "Sent", letter("1", at(18)), at(18))
    put(server, KID, "INBOX", received("1", at(18)), at(18))
    put(server, KID, "INBOX", received("2", at(20), TEACHER), at(20))
    return server


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Read:
    with filled() as server:
        return pull(server, tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (command, kind)
        for command in COMMANDS
        for kind in PASSING
        if command != "GREETING" or not kind.startswith("NO")  # a greeting refuses with BYE
    ],
)
def test_what_passes_is_asked_for_again_and_nothing_is_lost(
    command: str, kind: str, whole: Read, tmp_path: Path
) -> None:
    waits = Waits()
    with filled() as server:
        server.plan(command, kind)
        read = pull(server, tmp_path, waits=waits, threads=1)
    assert read.messages == whole.messages
    assert read.coverage == whole.coverage
    assert marks_of(read) == marks_of(whole)
    assert read.notes["answer that had to be asked for again"] == 1
    assert len(waits.slept) == 1
    assert server.changes == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("drop", "the connection broke off, 4 times in a row"),
     ("bye", "the server asks to wait (UNAVAILABLE), 4 times in a row"),
     ("hang", "the server did not answer in time, 4 times in a row"),
     ("muddle", "its answer is garbled, 4 times in a row"),
     ("garble", "its answer is garbled, 4 times in a row"),
     ("NO [THROTTLED]", "the server asks to wait (THROTTLED), 4 times in a row"),
     ("NO [OVERQUOTA]", "the server gives no more for now (OVERQUOTA)")],
)  # fmt: skip
def test_what_stays_is_a_gap_of_that_mailbox_alone(
    kind: str, expected: str, tmp_path: Path
) -> None:
    with filled() as server:
        server.plan("FETCH", kind, times=99, mailbox=COACH)
        read = pull(server, tmp_path)
    assert reasons(read, COACH) == {expected}
    assert {state for state, records in states(read, COACH).values()} == {"missing"}
    assert not [unit for unit in marks_of(read) if unit.startswith(COACH)]
    assert states(read, KID)[18] == ("read", 1)
    assert len(read.messages) == 2


def test_too_much_of_it_is_left_for_another_night_without_asking_again(tmp_path: Path) -> None:
    waits = Waits()
    with filled() as server:
        server.plan("FETCH", "NO [OVERQUOTA]", times=99, mailbox=COACH)
        pull(server, tmp_path, waits=waits)
    assert waits.slept == []


@pytest.mark.parametrize(
    ("command", "kind", "group"),
    [("AUTHENTICATE", "NO [AUTHENTICATIONFAILED]", Denied), ("AUTHENTICATE", "NO", Denied),
     ("AUTHENTICATE", "NO [EXPIRED]", Denied), ("GREETING", "drop", Transient),
     ("FETCH", "NO [OVERQUOTA]", Transient), ("FETCH", "garble", Malformed)],
)  # fmt: skip
def test_what_is_wrong_everywhere_raises(
    command: str, kind: str, group: type[SourceError], tmp_path: Path
) -> None:
    with filled() as server:
        server.mailboxes[TEACHER].folders["INBOX"].take(letter("3", at(18)), at(18))
        server.plan(command, kind, times=999)
        with pytest.raises(group) as caught:
            pull(server, tmp_path, threads=1)
    assert caught.value.where == "School mail"
    assert caught.value.cure
    assert "not now" not in str(caught.value), "the server's own words"


def test_a_refused_password_is_tried_once(tmp_path: Path) -> None:
    with filled() as server:
        server.mailboxes[COACH].password = "changed"
        read = pull(server, tmp_path)
        tried = [one for one in server.asked if one.command == "AUTHENTICATE"]
    assert reasons(read, COACH) == {"signing in was refused (AUTHENTICATIONFAILED)"}
    assert len(tried) == 3
    assert len(read.messages) == 2


def test_a_password_that_is_changed_meanwhile_is_tried_once_more_and_not_by_every_folder(
    tmp_path: Path,
) -> None:
    with filled() as server:

        def changing(rest: str) -> bool:
            server.mailboxes[COACH].password = "changed"
            return True

        server.plan("FETCH", "drop", mailbox=COACH, where=changing)
        read = pull(server, tmp_path, mailboxes=[COACH, KID])
        tried = [one for one in server.asked if one.command == "AUTHENTICATE"]
    assert reasons(read, COACH) == {"signing in was refused (AUTHENTICATIONFAILED)"}
    assert len(tried) == 3


def test_a_folder_that_may_not_be_read_leaves_the_days_in_part(tmp_path: Path) -> None:
    with filled() as server:
        server.plan("EXAMINE", "NO [NOPERM]", where=lambda rest: "Trash" in rest, mailbox=COACH)
        read = pull(server, tmp_path)
    assert states(read, COACH)[18] == ("part", 1)
    assert reasons(read, COACH) == {"a folder of it may not be read"}
    assert len(read.messages) == 3


def test_what_is_lost_of_a_folder_is_known_after_a_night_on_which_it_was_shut(
    tmp_path: Path,
) -> None:
    with marlow() as server:
        inbox = server.mailboxes[KID].folders["INBOX"]
        for day in (18, 19, 20):
            put(server, KID, "INBOX", received(str(day), at(day)), at(day))

        def deleting(rest: str) -> bool:
            inbox.messages = [one for one in inbox.messages if one.uid != 2]
            return False

        server.plan("FETCH", "drop", where=deleting)
        first = pull(server, tmp_path, mailboxes=[KID])
        server.plan("EXAMINE", "NO [NOPERM]", where=lambda rest: "INBOX" in rest)
        shut = pull(server, tmp_path, mailboxes=[KID], marks=marks_of(first))
        open_again = pull(server, tmp_path, mailboxes=[KID], marks=marks_of(shut))
    assert {state for state, _ in states(shut, KID).values()} == {"part"}
    assert states(open_again, KID)[19] == states(first, KID)[19]
    assert states(first, KID)[19][0] == "part"


def test_a_folder_that_went_meanwhile_is_told_of(tmp_path: Path) -> None:
    with filled() as server:
        server.plan("EXAMINE", "NO [NONEXISTENT]", where=lambda rest: "Trash" in rest, mailbox=COACH)
        read = pull(server, tmp_path)
    assert read.notes["folder that went while the mailbox was read"] == 1
    assert states(read, COACH)[18] == ("read", 1)


def test_one_message_that_cannot_be_given_is_set_aside_alone(tmp_path: Path) -> None:
    with marlow() as server:
        for number in range(1, 40):
            put(server, KID, "INBOX", received(str(number), at(18)), at(18))
        server.plan("FETCH", "NO [SERVERBUG]", times=99, where=lambda rest: "17" in rest.split(" ")[0].split(","))
        read = pull(server, tmp_path, mailboxes=[KID])
        again = pull(server, tmp_path, mailboxes=[KID], marks=marks_of(read))
    (refused,) = read.rejected
    assert (refused.file, refused.reason) == (KID, "the server could not give its header")
    assert len(read.messages) == 38
    assert states(read, KID)[18] == states(again, KID)[18] == ("part", 38)
    assert again.rejected == []
    assert read.records == 39


def test_a_mailbox_of_which_too_much_cannot_be_given_is_a_gap(tmp_path: Path) -> None:
    with marlow() as server:
        for number in range(60):
            put(server, KID, "INBOX", received(str(number), at(18)), at(18))
        server.plan("FETCH", "NO", times=999, mailbox=KID)
        read = pull(server, tmp_path)
    assert reasons(read, KID) == {"the server cannot give the headers of more than 50 messages"}


def test_a_message_that_goes_between_list_and_header_is_missed_by_its_day(tmp_path: Path) -> None:
    with marlow() as server:
        inbox = server.mailboxes[KID].folders["INBOX"]
        for day in (20, 21, 22):
            put(server, KID, "INBOX", received(str(day), at(day)), at(day))

        def deleting(rest: str) -> bool:
            inbox.messages = [one for one in inbox.messages if one.uid != 2]
            return False

        server.plan("FETCH", "drop", where=deleting)
        read = pull(server, tmp_path, mailboxes=[KID])
        quiet = pull(server, tmp_path, mailboxes=[KID], window=next_night(), marks=marks_of(read))
    part = {day for day, (state, _) in states(read, KID).items() if state == "part"}
    assert part == {20, 21, 22}
    assert [note.lost for note in read.all_notes if "deleted before" in note.text] == [True]
    assert {day: state for day, (state, _) in states(quiet, KID).items()} == {
        21: "part", 22: "part", 23: "read", 24: "read",
    }  # fmt: skip


@pytest.mark.parametrize("head", [b"", b"\xff\xfe\x00", b"From", b"From: \r\nDate: x", b"To: a@b.example"])
def test_a_damaged_header_sets_one_message_aside(head: bytes, tmp_path: Path) -> None:
    with filled() as server:
        put(server, KID, "INBOX", head + b"\r\n\r\nx", at(19))
        read = pull(server, tmp_path)
    assert len(read.rejected) == 1
    assert read.rejected[0].file == KID
    assert len(read.messages) == 3


def test_a_folder_numbered_anew_while_the_connection_was_made_anew_waits_for_the_next_night(
    tmp_path: Path,
) -> None:
    with filled() as server:

        def rebuilding(rest: str) -> bool:
            server.mailboxes[COACH].folders["Sent"].validity += 1
            return True

        server.plan("FETCH", "drop", mailbox=COACH, where=rebuilding)
        read = pull(server, tmp_path)
        again = pull(server, tmp_path, marks=marks_of(read))
    assert reasons(read, COACH) == {"a folder was numbered anew while it was read"}
    assert states(again, COACH)[18] == ("read", 1)


def test_an_answer_is_bounded_in_time_however_it_drips(tmp_path: Path) -> None:
    limits = Limits(read_seconds=0.3, first_wait=0.5, tries=2, largest_answer=2_000)
    with marlow() as server:
        for number in range(20):
            put(server, KID, "INBOX", received(str(number), at(18)), at(18))
        read = pull(server, tmp_path, limits=limits)
    assert reasons(read, KID) == {"its answer is garbled, 2 times in a row"}


def test_no_folder_is_opened_to_write_by_a_check_and_no_data_is_read(tmp_path: Path) -> None:
    with filled() as server:
        server.mailboxes[TEACHER].password = "changed"
        by_name = {r.text.partition(":")[0]: r for r in source(context(server, tmp_path)).check()}
    assert by_name[COACH].ok
    assert "3 folders to read, 1 of them marked as sent" in by_name[COACH].text
    assert not by_name[TEACHER].ok
    assert by_name[TEACHER].cure
    assert server.changes == []
    assert server.count("FETCH") == server.count("SEARCH") == 0


def test_many_silent_mailboxes_are_not_waited_for_one_by_one(tmp_path: Path) -> None:
    names = [f"p{number:02}@marlow.example" for number in range(30)]
    server = marlow()
    server.mailboxes |= {name: type(server.mailboxes[COACH]).usual() for name in names}
    with server:
        server.plan("SEARCH", "drop", times=999)
        server.plan("EXAMINE", "drop", times=999)
        with pytest.raises(Transient):
            pull(server, tmp_path, mailboxes=names, threads=1, limits=Limits(tries=1))
        assert server.count("AUTHENTICATE") == 20


def test_numbers_far_apart_are_looked_through_by_ranges(tmp_path: Path) -> None:
    with marlow() as server:
        inbox = server.mailboxes[KID].folders["INBOX"]
        for number in (1, 120_000, 120_001, 4_000_000_000):
            inbox.next_uid = number
            put(server, KID, "INBOX", received(str(number), at(18)), at(18))
        read = pull(server, tmp_path, mailboxes=[KID], folders=["INBOX"])
        assert server.count("SEARCH") == 100
        put(server, KID, "INBOX", received("new", at(24)), at(24))
        again = pull(server, tmp_path, mailboxes=[KID], folders=["INBOX"], window=next_night(), marks=marks_of(read))
    assert len(read.messages) == 4
    assert [m.native_id.partition("@")[0] for m in again.messages] == ["new"]


def test_a_large_mailbox_is_read_in_batches_and_pages(tmp_path: Path) -> None:
    with marlow() as server:
        server.mailboxes[KID].folders["INBOX"] = Folder()
        for number in range(450):
            put(server, KID, "INBOX", received(str(number), at(18)), at(18))
        read = pull(server, tmp_path, mailboxes=[KID], limits=QUICK)
    assert len(read.messages) == 450
    assert server.count("FETCH") == 3
