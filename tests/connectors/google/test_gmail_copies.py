"""What a copy's mailbox tells beside its headers: who got it, when, and whose hand it may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.model import Automation, Message
from benchmarks.pretend.google import User
from benchmarks.pretend.worlds import MailSettings
from tests.connectors.google.directory_world import account, serving
from tests.connectors.google.gmail_world import (
    COACH,
    KID,
    LEE,
    OUTSIDE,
    TEACHER,
    at,
    letter,
    marlow,
    pull,
)
from tests.connectors.mail_world import Read, roles

OTHER_HAND = "sent in a name behind which somebody else may stand"


def one(tmp_path: Path, owner: User, **more: object) -> tuple[Read, Message]:
    with serving(marlow((owner, letter(owner, "a", at(18), **more)))) as google:  # type: ignore[arg-type]  # fields' own names
        read = pull(google, tmp_path)
    return read, read.message


def other_hands(read: Read) -> int:
    return sum(n for text, n in read.notes.items() if text.startswith(OTHER_HAND))


# ---- who got it --------------------------------------------------------------------------------


def test_whoever_has_a_copy_got_it_though_nothing_names_them(tmp_path: Path) -> None:
    _, message = one(tmp_path, KID, sender=OUTSIDE, to="team@lists.example")
    assert roles(message) == {OUTSIDE: "from", "team@lists.example": "to", KID.email: "unknown"}


def test_blind_copies_to_a_student_show_without_a_word_of_them_in_the_headers(
    tmp_path: Path,
) -> None:
    _, message = one(tmp_path, KID, sender=OUTSIDE, to="")
    assert roles(message) == {OUTSIDE: "from", KID.email: "unknown"}
    assert message.recipients_hidden


def test_an_alias_names_its_owner(tmp_path: Path) -> None:
    _, message = one(tmp_path, COACH, sender=OUTSIDE, to="Coach@Marlow.example")
    assert roles(message) == {OUTSIDE: "from", "coach@marlow.example": "to"}


# ---- whose hand it was -------------------------------------------------------------------------


@pytest.mark.parametrize("sender", [COACH.email, *COACH.aliases])
def test_the_owner_sent_what_went_out_in_the_owners_name(sender: str, tmp_path: Path) -> None:
    read, message = one(tmp_path, COACH, sender=sender)
    assert message.on_behalf_of is None
    assert other_hands(read) == 0


def test_a_delegate_who_is_named_is_the_sender(tmp_path: Path) -> None:
    read, message = one(tmp_path, COACH, Sender=TEACHER.email)
    assert roles(message)[TEACHER.email] == "from"
    assert COACH.email not in roles(message)
    assert message.on_behalf_of is not None
    assert message.on_behalf_of.text == COACH.email
    assert other_hands(read) == 0


@pytest.mark.parametrize("sender", [TEACHER.email, OUTSIDE])
def test_nobody_is_the_author_for_certain_of_what_went_out_in_another_name(
    sender: str, tmp_path: Path
) -> None:
    read, message = one(tmp_path, COACH, sender=sender, labels=("SENT",))
    assert roles(message) == {sender: "from", KID.email: "to"}
    assert message.on_behalf_of == message.parties[0].address
    assert other_hands(read) == 1


def test_where_others_may_write_the_owner_is_not_the_author_for_certain(tmp_path: Path) -> None:
    delegated = MailSettings(delegates=((TEACHER.email, at(1), None),))
    shared = replace(COACH, settings=delegated)
    world = marlow((shared, letter(shared, "a", at(18))), users=(shared,))
    with serving(world) as google:
        assert pull(google, tmp_path).message.on_behalf_of is None
        read = pull(google, tmp_path, settings=True)
    assert read.message.on_behalf_of == read.message.parties[0].address
    assert other_hands(read) == 1


@pytest.mark.parametrize("kind", ["403", "404"])
def test_as_long_as_nobody_tells_who_else_may_write_the_owner_is_not_the_author(
    kind: str, tmp_path: Path
) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as google:
        google.faults.plan("gmail.users.settings.delegates.list", kind, times=9)
        read = pull(google, tmp_path, settings=True)
    assert read.message.on_behalf_of == read.message.parties[0].address
    lost = [note.file for note in read.all_notes if note.lost]
    assert sorted(lost) == sorted(one.email for one in (COACH, TEACHER, KID, LEE))


# ---- when, and by what -------------------------------------------------------------------------


def test_a_date_that_was_set_back_does_not_take_a_message_out_of_its_day(tmp_path: Path) -> None:
    _, message = one(tmp_path, COACH, date="Tue, 10 Nov 2020 09:30:00 -0500")
    assert message.sent_at == at(18)
    assert message.unparsed == ("date",)


def test_a_date_ahead_of_its_day_is_not_believed(tmp_path: Path) -> None:
    _, message = one(tmp_path, COACH, date="Tue, 10 Nov 2037 09:30:00 -0500")
    assert message.sent_at == at(18)


def test_a_message_that_was_days_on_its_way_keeps_its_date(tmp_path: Path) -> None:
    _, message = one(tmp_path, KID, sender=OUTSIDE, date="Sun, 15 Nov 2026 10:00:00 -0500")
    assert message.sent_at == at(15)


def test_a_message_without_an_author_is_counted_and_not_stored(tmp_path: Path) -> None:
    with serving(marlow((KID, letter(KID, "a", at(18), sender="")))) as google:
        read = pull(google, tmp_path)
    (row,) = read.rejected
    assert (row.file, row.field) == (KID.email, "from")
    assert read.records == 1


def test_machines_are_told_as_in_files(tmp_path: Path) -> None:
    _, message = one(tmp_path, COACH, Auto_Submitted="auto-replied")
    assert message.automated is Automation.AUTO_REPLY
    _, message = one(tmp_path, KID, sender=OUTSIDE, List_Id="<team.lists.example>")
    assert message.automated is Automation.LIST


def test_every_copy_of_one_message_has_one_id(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(18), Bcc=LEE.email)),
        (KID, letter(KID, "a", at(18) + timedelta(seconds=2))),
        (LEE, letter(LEE, "a", at(18) + timedelta(seconds=2), Delivered_To=LEE.email)),
    )
    with serving(world) as google:
        read = pull(google, tmp_path)
    assert {m.rfc_message_id for m in read.messages} == {"a@mail.marlow.example"}
    assert [roles(m).get(LEE.email) for m in read.messages] == ["bcc", None, "unknown"]


def test_a_value_of_a_header_cannot_become_a_header(tmp_path: Path) -> None:
    _, message = one(tmp_path, COACH, X_Note=f"hi\r\nCc: {TEACHER.email}", In_Reply_To="<x>\nCc: a@b.example")
    assert roles(message) == {COACH.email: "from", KID.email: "to"}


# ---- what mailboxes do by themselves -----------------------------------------------------------


def test_settings_are_told_as_addresses_and_numbers_and_never_as_text(tmp_path: Path) -> None:
    early, over = at(1), at(20)
    coach = replace(
        COACH,
        settings=MailSettings(
            send_as=(("dana.private@home.example", early, None), (COACH.aliases[0], early, None)),
            forwarding=(("dana@forward.example", early, None),),
            signature=(("<b>Dana</b> &lt;dana@sig.example&gt;, 617-555-0100, room 12", early, None),),
            vacation=(("Back 2026-11-30. Call (617) 555-0199", early, None),),
        ),
    )
    teacher = replace(
        TEACHER, settings=MailSettings(forwarding=(("ana@old.example", early, over),))
    )
    with serving(marlow(users=(coach, teacher))) as google:
        read = pull(google, tmp_path, settings=True)
        assert pull(google, tmp_path).pages[-1].facts == ()
    facts = [fact for page in read.pages for fact in page.facts]
    assert {(f.person.email, f.setting.value, f.value.kind.value, f.value.text) for f in facts} == {  # type: ignore[union-attr]  # facts of this pull are settings
        (COACH.email, "send_as", "email", "dana.private@home.example"),
        (COACH.email, "forwarding", "email", "dana@forward.example"),
        (COACH.email, "signature", "email", "dana@sig.example"),
        (COACH.email, "signature", "phone", "6175550100"),
        (COACH.email, "vacation", "phone", "6175550199"),
    }
    assert "zephyrquill" not in repr(read)


def test_settings_that_cannot_be_read_are_told_as_lost_and_the_mail_is_read(tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as google:
        google.faults.plan("gmail.users.settings.getVacation", "403", times=2)
        read = pull(google, tmp_path, settings=True, threads=1)
    lost = [note for note in read.all_notes if note.lost]
    assert [note.file for note in lost] == [TEACHER.email, COACH.email]
    assert len(read.messages) == 1


def test_mailboxes_are_found_in_units_and_below_them(tmp_path: Path) -> None:
    staffing = account("sid.staffing", "/Staffing")
    world = marlow((staffing, letter(staffing, "s", at(18), sender=staffing.email)), users=(staffing,))
    with serving(world) as google:
        read = pull(google, tmp_path, mailboxes=["/Staff/"])
    assert {row.unit for row in read.coverage} == {COACH.email, TEACHER.email}
