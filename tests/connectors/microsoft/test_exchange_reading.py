"""Reading mailboxes night after night: everything once, every day counted in full, gaps named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.model import Address, AddressKind, Automation, PersonRef
from auditor.records import MailboxKind, MailboxSetting
from auditor.source import DayState
from benchmarks.pretend.microsoft import MailSettings, delta
from benchmarks.pretend.worlds import LONG_AGO
from connectors.microsoft.mail import reading
from tests.connectors.mail_world import roles
from tests.connectors.microsoft.directory_world import account, serving
from tests.connectors.microsoft.exchange_world import (
    COACH,
    KID,
    LEE,
    OUTSIDE,
    TEACHER,
    at,
    context,
    counts,
    days_of,
    letter,
    marks_of,
    marlow,
    names,
    next_night,
    pull,
    source,
)

DELTA, FOLDERS = "messages.delta", "mailFolders.*"


def test_what_was_sent_and_what_came_from_outside_is_read_with_its_roles(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(18), cc=((TEACHER.address, ""),), bcc=((LEE.address, ""),))),
        (KID, letter(KID, "b", at(19), sender=OUTSIDE)),
    )
    with serving(world) as running:
        read = pull(running, tmp_path)
    first, second = read.messages
    assert roles(first) == {
        COACH.address: "from", KID.address: "to", TEACHER.address: "cc", LEE.address: "bcc",
    }  # fmt: skip
    assert (first.native_id, first.rfc_message_id, first.tool, first.sent_at) == (
        "a@mail.marlow.example", "a@mail.marlow.example", "outlook", at(18),
    )  # fmt: skip
    assert roles(second) == {OUTSIDE: "from", KID.address: "to"}
    assert counts(read, COACH) == {18: 1}
    assert counts(read, KID) == {19: 1}
    assert {row.state for row in read.coverage} == {DayState.READ}
    assert len(read.coverage) == 4 * 7
    assert read.records == 2
    assert "zephyrquill" not in repr(read)


def test_only_the_envelope_is_asked_for_and_never_the_subject(tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as running:
        pull(running, tmp_path, settings=True)
        for one in running.asked:
            asked = one.query.get("$select", "").lower()
            assert asked or one.endpoint in ("oauth.token", "openid.configuration")
            assert not [w for w in ("subject", "body", "preview", "displayname") if w in asked]
        assert {one.query["changeType"] for one in running.asked if one.endpoint == DELTA} == {"created"}


def test_without_received_only_what_was_sent_is_read(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(18))),
        (COACH, letter(COACH, "thrown", at(18), folder="deleteditems")),
        (COACH, letter(COACH, "b", at(18), sender=OUTSIDE, to=COACH.address)),
        (COACH, letter(COACH, "c", at(18), sender=OUTSIDE, to=COACH.address, folder="deleteditems")),
        (KID, letter(KID, "d", at(18), sender=OUTSIDE)),
    )
    with serving(world) as running:
        assert names(pull(running, tmp_path, received=False)) == ["a", "thrown"]
        assert running.count(FOLDERS) == 0
        assert names(pull(running, tmp_path, received=[{"department": "Students"}])) == ["a", "d", "thrown"]
        assert names(pull(running, tmp_path)) == ["a", "b", "c", "d", "thrown"]


def test_folders_of_ones_own_are_read_and_those_of_what_was_never_sent_are_not(tmp_path: Path) -> None:
    world = marlow(
        (KID, letter(KID, "deep", at(18), folder="inbox/School/Soccer")),
        (KID, letter(KID, "own", at(18), folder="Kept")),
        (KID, letter(KID, "junk", at(18), sender=OUTSIDE, folder="junkemail")),
        (COACH, letter(COACH, "draft", at(18), folder="drafts", draft=True)),
        (COACH, letter(COACH, "stray", at(18), folder="Kept", draft=True)),
        (COACH, letter(COACH, "filed", at(18), folder="Kept")),
    )
    with serving(world) as running:
        read = pull(running, tmp_path)
    assert names(read) == ["deep", "filed", "own"]
    assert read.notes == {"draft left out: it was never sent": 1}
    assert roles(next(m for m in read.messages if m.native_id.startswith("filed")))[COACH.address] == "from"


# ---- night after night -----------------------------------------------------------------------


def test_the_next_night_reads_what_is_new_and_counts_the_whole_days(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(22))),
        (COACH, letter(COACH, "b", at(23))),
        (COACH, letter(COACH, "late", at(23, 23, 30))),
        (COACH, letter(COACH, "c", at(24))),
    )
    with serving(world) as running:
        running.now = at(23, 12)
        first = pull(running, tmp_path)
        assert names(first) == ["a", "b"]
        assert counts(first, COACH) == {22: 1, 23: 1}
        running.now = at(25, 1)
        marks = marks_of(first)
        second = pull(running, tmp_path, window=next_night(), marks=marks)
        assert names(second) == ["c", "late"]
        assert counts(second, COACH) == {22: 1, 23: 2, 24: 1}
        marks = marks_of(second, marks)
        third = pull(running, tmp_path, window=next_night(nights=2), marks=marks)
        assert names(third) == []
        assert counts(third, COACH) == {22: 1, 23: 2, 24: 1}


def test_a_link_that_is_too_old_means_the_days_anew(tmp_path: Path) -> None:
    world = marlow((COACH, letter(COACH, "a", at(18))), (COACH, letter(COACH, "b", at(23))))
    with serving(world) as running:
        first = pull(running, tmp_path)
        running.forget_deltas()
        again = pull(running, tmp_path, window=next_night(), marks=marks_of(first))
    assert names(again) == ["b"]
    assert counts(again, COACH) == {23: 1}
    assert {row.state for row in again.coverage} == {DayState.READ}


def test_what_was_erased_since_still_counts_where_it_was_read(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(22), purged_at=at(23, 20))), (COACH, letter(COACH, "b", at(23)))
    )
    with serving(world) as running:
        running.now = at(23, 12)
        first = pull(running, tmp_path)
        running.now = at(24, 1)
        running.forget_deltas()
        again = pull(running, tmp_path, window=next_night(), marks=marks_of(first))
    assert names(again) == ["b"]
    assert counts(again, COACH) == {22: 1, 23: 1}


def test_an_earlier_day_than_was_read_before_means_the_days_anew(tmp_path: Path) -> None:
    world = marlow((COACH, letter(COACH, "a", at(18))), (COACH, letter(COACH, "b", at(23))))
    with serving(world) as running:
        window = next_night()
        marks = marks_of(pull(running, tmp_path, window=window))
        whole = replace(window, since=None)
        read = pull(running, tmp_path, window=whole, marks=marks)
    assert names(read) == ["a", "b"]
    assert counts(read, COACH) == {18: 1, 23: 1}


def test_a_folder_with_more_than_a_list_tells_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.pretend.microsoft.mailboxes._MOST_FILTERED", 3)
    monkeypatch.setattr(reading, "MOST_FILTERED", 3)
    world = marlow(*((COACH, letter(COACH, f"m{n}", at(18, n))) for n in range(5)))
    with serving(world) as running:
        read = pull(running, tmp_path, received=False)
    assert names(read) == [f"m{n}" for n in range(5)]
    assert counts(read, COACH) == {18: 5}


def test_what_a_list_tells_twice_does_not_hide_that_it_was_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = delta._first
    monkeypatch.setattr(delta, "_first", lambda now: iter([*first(now), *list(first(now))[:1]]))
    monkeypatch.setattr("benchmarks.pretend.microsoft.mailboxes._MOST_FILTERED", 2)
    monkeypatch.setattr(reading, "MOST_FILTERED", 3)
    world = marlow(*((COACH, letter(COACH, f"m{n}", at(18, n))) for n in range(5)))
    with serving(world) as running:
        assert names(pull(running, tmp_path, received=False)) == [f"m{n}" for n in range(5)]


def test_of_a_folder_read_whole_only_the_window_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.pretend.microsoft.mailboxes._MOST_FILTERED", 2)
    monkeypatch.setattr(reading, "MOST_FILTERED", 2)
    old = (letter(COACH, f"old{n}", at(1, n)) for n in range(3))
    new = (letter(COACH, f"new{n}", at(18, n)) for n in range(3))
    world = marlow(*((COACH, one) for one in (*old, *new)))
    with serving(world) as running:
        assert names(pull(running, tmp_path, received=False)) == ["new0", "new1", "new2"]


def test_a_folder_that_is_gone_is_kept_no_more(tmp_path: Path) -> None:
    world = marlow((KID, letter(KID, "a", at(18), folder="Kept", purged_at=at(23, 20))))
    with serving(world) as running:
        running.now = at(23, 12)
        marks = marks_of(pull(running, tmp_path))
        running.now = at(24, 1)
        second = pull(running, tmp_path, window=next_night(), marks=marks)
    assert len([m for m in marks if m.startswith(KID.id)]) - 1 == len(
        [m for m in marks_of(second, marks) if m.startswith(KID.id)]
    )


def test_a_kept_link_of_another_server_is_not_followed(tmp_path: Path) -> None:
    world = marlow((COACH, letter(COACH, "a", at(23))))
    with serving(world) as running:
        marks = {k: v.replace("127.0.0.1", "graph.elsewhere.example") for k, v in marks_of(pull(running, tmp_path)).items()}
        read = pull(running, tmp_path, window=next_night(), marks=marks)
    assert names(read) == ["a"]
    assert {row.state for row in read.coverage} == {DayState.READ}


# ---- machines and other hands ------------------------------------------------------------------


def test_headers_tell_a_machine_and_where_there_are_none_an_address_may(tmp_path: Path) -> None:
    away = (("Auto-Submitted", "auto-replied"),)
    world = marlow(
        (KID, letter(KID, "away", at(18), sender=OUTSIDE, headers=away)),
        (KID, letter(KID, "bare", at(18), sender=OUTSIDE, headers=())),
        (KID, letter(KID, "note", at(18), sender="no-reply@tickets.example", headers=())),
        (COACH, letter(COACH, "meet", at(18), meeting=True)),
    )
    with serving(world) as running:
        read = pull(running, tmp_path)
        without = pull(running, tmp_path, headers=False)
    told = {m.native_id.partition("@")[0]: m.automated for m in read.messages}
    assert told == {
        "away": Automation.AUTO_REPLY, "bare": Automation.NO, "note": Automation.NOTIFICATION,
        "meet": Automation.CALENDAR,
    }  # fmt: skip
    assert [n for n in read.notes if "without headers" in n]
    assert {m.native_id.partition("@")[0]: m.automated for m in without.messages}["away"] is Automation.NO


def test_headers_that_are_not_allowed_are_left_out_once_and_then_not_asked_for_again(tmp_path: Path) -> None:
    world = marlow((COACH, letter(COACH, "a", at(23))), (COACH, letter(COACH, "b", at(24))))
    with serving(world) as running:
        running.now = at(23, 12)
        running.faults.plan(DELTA, "400", times=99, where=lambda r: "internetMessageHeaders" in r.query.get("$select", ""))
        first = pull(running, tmp_path)
        assert names(first) == ["a"]
        assert first.notes["headers are not allowed, and were left out"] > 0
        running.now = at(25, 1)
        before = running.count(DELTA)
        second = pull(running, tmp_path, window=next_night(), marks=marks_of(first))
        assert names(second) == ["b"]
        folders = len(marks_of(first))
        assert running.count(DELTA) - before == folders


def test_what_somebody_else_may_have_sent_accuses_nobody_for_certain(tmp_path: Path) -> None:
    shared = account("main.office", disabled_at=LONG_AGO, licence=None)
    world = marlow(
        (COACH, letter(COACH, "behalf", at(18), on_behalf_of=(TEACHER.address, ""))),
        (COACH, letter(COACH, "as", at(18), sender=TEACHER.address, folder="sentitems", headers=())),
        (shared, letter(shared, "office", at(18), sender=shared.address)),
        users=[shared],
    )  # fmt: skip
    with serving(world) as running:
        read = pull(running, tmp_path, received=False)
    told = {m.native_id.partition("@")[0]: (m.parties[0].address.text, m.on_behalf_of and m.on_behalf_of.text) for m in read.messages}
    assert told == {
        "behalf": (COACH.address, TEACHER.address),
        "as": (TEACHER.address, TEACHER.address),
        "office": (shared.address, shared.address),
    }


def test_who_was_copied_blind_shows_by_the_mailbox_it_lies_in(tmp_path: Path) -> None:
    with serving(marlow((LEE, letter(LEE, "a", at(18), sender=OUTSIDE)))) as running:
        (message,) = pull(running, tmp_path).messages
    assert roles(message) == {OUTSIDE: "from", KID.address: "to", LEE.address: "unknown"}


def test_one_conversation_is_the_same_in_every_mailbox(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(18), conversation="x")),
        (KID, letter(KID, "a", at(18), conversation="x")),
        (KID, letter(KID, "b", at(19), sender=KID.address, to=COACH.address, conversation="x")),
        (COACH, letter(COACH, "c", at(19), conversation="y")),
    )
    with serving(world) as running:
        read = pull(running, tmp_path)
    threads = {(m.native_id.partition("@")[0], m.thread) for m in read.messages}
    assert len(threads) == 3
    assert len({thread for name, thread in threads if name in "ab"}) == 1


# ---- what mailboxes do by themselves -------------------------------------------------------------


def test_settings_give_addresses_and_never_a_text(tmp_path: Path) -> None:
    text = "<p>zephyrquill: write to me at dana@home.example or call 555-010-4477</p>"
    coach = replace(
        COACH,
        settings=MailSettings(
            vacation=((text, LONG_AGO, None),), forwarding=(("fwd@home.example", LONG_AGO, None),)
        ),
    )
    with serving(marlow((coach, letter(coach, "a", at(18))), users=[coach])) as running:
        read = pull(running, tmp_path, settings=True, received=False)
        assert source(context(running, tmp_path, settings=True)).provides == {"messages", "mailbox-settings"}
    facts = {f for page in read.pages for f in page.facts if isinstance(f, MailboxSetting)}
    person = PersonRef(email=coach.address)
    assert facts == {
        MailboxSetting(person, MailboxKind.VACATION, Address(AddressKind.EMAIL, "dana@home.example")),
        MailboxSetting(person, MailboxKind.VACATION, Address(AddressKind.PHONE, "5550104477")),
        MailboxSetting(person, MailboxKind.FORWARDING, Address(AddressKind.EMAIL, "fwd@home.example")),
    }
    assert "zephyrquill" not in repr(read)


def test_settings_that_cannot_be_read_cost_no_mail(tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as running:
        running.faults.plan("mailboxSettings.get", "403", times=99)
        read = pull(running, tmp_path, settings=True, received=False)
    assert names(read) == ["a"]
    lost = [note for note in read.all_notes if note.lost]
    assert len(lost) == 4
    assert all("settings could not be read" in note.text for note in lost)


# ---- the rest --------------------------------------------------------------------------------------


def test_no_more_than_four_questions_are_open_and_progress_is_told(tmp_path: Path) -> None:
    users = [account(f"t{n:02d}.ash") for n in range(12)]
    world = marlow(*((u, letter(u, f"m{u.given}", at(18), u.address)) for u in users), users=users)
    told: list[tuple[int, int, str]] = []
    with serving(world) as running:
        running.slowness = 0.01
        read = pull(running, tmp_path, received=False, threads=4, progress=lambda *one: told.append(one))
        assert 1 < running.most_in_flight <= 4
        assert {one.status for one in running.asked} == {200}
    assert told[-1] == (16, 16, "mailboxes")
    assert [m.parties[0].address.text for m in read.messages] == [u.address for u in users]
    with serving(world) as running:
        assert pull(running, tmp_path, received=False, threads=1).messages == read.messages


def test_days_of_a_mailbox_are_there_even_if_nothing_was_sent(tmp_path: Path) -> None:
    with serving(marlow()) as running:
        read = pull(running, tmp_path)
    assert {row.records for row in days_of(read, COACH).values()} == {0}
