"""The Gmail log: who sent what to whom, row by row, and what a row does not tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.model import Automation, Channel, Message
from auditor.source import DayState, Denied, Window
from benchmarks.pretend.google import PLUS
from benchmarks.pretend.google.calls import Known
from tests.connectors.google.logs_world import (
    DAY,
    NOON,
    OTHER,
    OUTSIDE,
    SECOND,
    STUDENT,
    TEACHER,
    mail_row,
    people,
    pull,
    read,
    serving,
)

SENT, RECEIVED, FORWARDED, AUTO_FORWARDED, OPENED = 1, 2, 10, 11, 7


def together(messages: Iterable[Message]) -> dict[str, dict[str, str]]:
    """Return each message's parties as the lake merges its copies: native id -> who -> as what."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for message in messages:
        found[message.native_id] |= people(message)
    return found


def test_a_sent_mail_is_one_message_with_all_its_recipients(tmp_path: Path) -> None:
    message = read([mail_row(SENT, TEACHER, TEACHER, [STUDENT, SECOND])], tmp_path, "gmail").message
    assert people(message) == {TEACHER: "from", STUDENT: "unknown", SECOND: "unknown"}
    assert message.native_id == message.rfc_message_id == "m1@mail.marlow.example"
    assert (message.channel, message.tool, message.sent_at) == (Channel.EMAIL, "gmail", NOON)
    assert (message.automated, message.recipients_hidden) == (Automation.NO, False)
    assert message.on_behalf_of is None
    assert "zephyrquill" not in repr(message)


def test_a_recipients_row_shows_that_one_alone_and_says_so(tmp_path: Path) -> None:
    rows = [mail_row(RECEIVED, who, OUTSIDE, [who]) for who in (STUDENT, OTHER)]
    found = read(rows, tmp_path, "gmail")
    assert all(people(m, "from") == {OUTSIDE: "from"} for m in found.messages)
    assert all(m.recipients_hidden for m in found.messages)
    assert together(found.messages) == {
        "m1@mail.marlow.example": {OUTSIDE: "from", STUDENT: "unknown", OTHER: "unknown"}
    }


def test_the_mailbox_that_got_it_is_a_recipient_though_the_row_names_only_a_list(tmp_path: Path) -> None:
    found = read([mail_row(RECEIVED, STUDENT, TEACHER, ["grade-9@marlow.example"])], tmp_path, "gmail")
    assert people(found.message) == {
        TEACHER: "from", "grade-9@marlow.example": "unknown", STUDENT: "unknown",
    }  # fmt: skip


def test_who_sent_for_somebody_else_is_the_sender_in_every_copy(tmp_path: Path) -> None:
    context = {"client_context": {"client_type": "WEB", "session_context": {"delegate_user_email": SECOND}}}
    rows = [
        mail_row(SENT, TEACHER, TEACHER, [STUDENT], event=context),
        mail_row(RECEIVED, STUDENT, TEACHER, [STUDENT], at=NOON + timedelta(seconds=2)),
    ]
    sent, received = read(rows, tmp_path, "gmail").messages
    for message in (sent, received):
        assert people(message) == {SECOND: "from", STUDENT: "unknown"}
        assert message.on_behalf_of is not None
        assert message.on_behalf_of.text == TEACHER


def test_a_delegate_who_sent_just_before_the_first_day_is_known_on_it(tmp_path: Path) -> None:
    midnight = datetime(2026, 11, 18, 5, tzinfo=UTC)
    context = {"client_context": {"session_context": {"delegate_user_email": SECOND}}}
    rows = [
        mail_row(SENT, TEACHER, TEACHER, [STUDENT], event=context, at=midnight - timedelta(seconds=3)),
        mail_row(RECEIVED, STUDENT, TEACHER, [STUDENT], at=midnight + timedelta(seconds=3)),
    ]
    assert people(read(rows, tmp_path, "gmail").message) == {SECOND: "from", STUDENT: "unknown"}


def test_another_senders_mail_with_the_same_id_is_not_the_delegates(tmp_path: Path) -> None:
    context = {"client_context": {"session_context": {"delegate_user_email": SECOND}}}
    rows = [
        mail_row(SENT, TEACHER, TEACHER, [STUDENT], event=context),
        mail_row(RECEIVED, STUDENT, OUTSIDE, [STUDENT], at=NOON + timedelta(seconds=9)),
    ]
    assert people(read(rows, tmp_path, "gmail").messages[1]) == {OUTSIDE: "from", STUDENT: "unknown"}


@pytest.mark.parametrize(
    ("row", "note"),
    [
        (mail_row(SENT, TEACHER, TEACHER, [STUDENT], event={"success": False}), "mail that could not be sent"),
        (mail_row(RECEIVED, STUDENT, OUTSIDE, [STUDENT], event={"success": False}),
         "mail that could not be delivered to a mailbox"),
        (mail_row(RECEIVED, STUDENT, OUTSIDE, [STUDENT], is_spam=True),
         "received mail from outside that Gmail took for spam"),
        (mail_row(RECEIVED, STUDENT, TEACHER, [STUDENT], message_id=None),
         "received mail without Message-ID, told by its sender's row alone"),
        (mail_row(AUTO_FORWARDED, TEACHER, STUDENT, [SECOND]),
         "mail that a mailbox handed on by itself, to an address within the district"),
    ],
)  # fmt: skip
def test_what_is_no_contact_is_counted_and_not_delivered(row: Any, note: str, tmp_path: Path) -> None:
    kept = mail_row(SENT, SECOND, SECOND, [OTHER], message_id="<kept@mail.marlow.example>")
    found = read([row, kept], tmp_path, "gmail")
    assert found.message.native_id == "kept@mail.marlow.example"
    assert found.notes == {note: 1}
    assert found.records == 2


def test_it_is_told_how_many_mailboxes_forward_out_of_the_district_and_not_which(tmp_path: Path) -> None:
    rows = [
        mail_row(AUTO_FORWARDED, who, STUDENT, [to], message_id=f"<{n}@mail.marlow.example>")
        for n, (who, to) in enumerate(
            [(TEACHER, OUTSIDE), (TEACHER, OUTSIDE), (SECOND, OUTSIDE), (OTHER, TEACHER)]
        )
    ]
    found = read([*rows, mail_row(SENT, TEACHER, TEACHER, [STUDENT])], tmp_path, "gmail")
    (text,) = (note for note in found.notes if "settings = true" in note)
    assert found.notes == {
        text: 2,
        "mail that a mailbox handed on by itself, to an address outside the district": 3,
        "mail that a mailbox handed on by itself, to an address within the district": 1,
    }
    assert TEACHER not in repr([page.notes for page in found.pages])
    assert found.records == 5


def test_opening_and_forwarding_by_hand_are_not_even_asked_for(tmp_path: Path) -> None:
    rows = [mail_row(kind, STUDENT, TEACHER, [STUDENT]) for kind in (OPENED, FORWARDED)]
    found = read([*rows, mail_row(SENT, TEACHER, TEACHER, [STUDENT])], tmp_path, "gmail")
    assert (len(found.messages), found.notes, found.records) == (1, {}, 1)


def test_spam_from_within_the_district_is_a_message(tmp_path: Path) -> None:
    found = read([mail_row(RECEIVED, STUDENT, TEACHER, [STUDENT], is_spam=True)], tmp_path, "gmail")
    assert people(found.message) == {TEACHER: "from", STUDENT: "unknown"}


@pytest.mark.parametrize(
    ("returns_to", "author", "automated"),
    [
        ("a1b2@calendar-server.bounces.google.com", TEACHER, Automation.CALENDAR),
        ("grade-9+bncBCx@marlow.example", TEACHER, Automation.LIST),
        ("x@tickets.example", "no-reply@tickets.example", Automation.NOTIFICATION),
        (OUTSIDE, TEACHER, Automation.NO),
    ],
)
def test_a_machine_is_taken_for_one_only_where_an_address_gives_it_away(
    returns_to: str, author: str, automated: Automation, tmp_path: Path
) -> None:
    source = {"address": returns_to, "from_header_address": author}
    found = read([mail_row(RECEIVED, STUDENT, author, [STUDENT], source=source)], tmp_path, "gmail")
    assert found.message.automated is automated
    assert people(found.message)[author] == "from"


def test_a_log_that_tells_recipients_flattened_only_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    rows = [
        mail_row(SENT, TEACHER, TEACHER, [STUDENT, OUTSIDE]),
        mail_row(RECEIVED, STUDENT, OUTSIDE, [STUDENT], message_id="<m2@elsewhere.example>"),
    ]
    flat = replace(PLUS, nested_details=False)
    found = read(rows, tmp_path, "gmail", edition=flat)
    assert people(found.message) == {TEACHER: "from", STUDENT: "unknown", OUTSIDE: "unknown"}
    assert found.notes == {"received mail of which the log does not tell the sender": 1}
    assert [n.lost for page in found.pages for n in page.notes] == [True]


def test_flattened_recipients_have_services_and_selectors_in_front(tmp_path: Path) -> None:
    text = f"gmail-for-work-catchall::{STUDENT}, smtp-outbound:relay:{OUTSIDE},"
    row = mail_row(SENT, TEACHER, TEACHER, [], destination=None, flattened_destinations=text)
    assert people(read([row], tmp_path, "gmail").message) == {
        TEACHER: "from", STUDENT: "unknown", OUTSIDE: "unknown",
    }  # fmt: skip


def test_mail_an_app_sent_is_a_message_and_counted(tmp_path: Path) -> None:
    row = mail_row(SENT, TEACHER, TEACHER, [STUDENT], event={"client_context": {"client_type": "API"}})
    found = read([row], tmp_path, "gmail")
    assert found.message.automated is Automation.NO
    assert found.notes == {"mail that an app sent for somebody (client API)": 1}


def test_a_log_without_any_mail_is_a_gap_and_not_a_quiet_week(tmp_path: Path) -> None:
    with pytest.raises(Denied, match="no mail at all") as caught:
        read([], tmp_path, "gmail")
    assert "gmail" in caught.value.cure


def test_what_is_only_counted_and_could_not_be_asked_for_is_told(tmp_path: Path) -> None:
    with serving([mail_row(SENT, TEACHER, TEACHER, [STUDENT])]) as google:
        last = f"=={AUTO_FORWARDED}"
        google.faults.plan(
            "reports.activities.list", "400", times=100, where=lambda r: last in r.query.get("filters", "")
        )
        found = pull(google, tmp_path, "gmail")
    assert len(found.messages) == 1
    assert found.coverage[DAY, "gmail log"].state is DayState.READ
    (note,) = [note for page in found.pages for note in page.notes]
    assert note.text.startswith("mail that mailboxes handed on by themselves could not be asked for")
    assert note.lost


def test_a_quiet_day_between_others_is_read(tmp_path: Path) -> None:
    rows = [mail_row(SENT, TEACHER, TEACHER, [STUDENT])]
    days = Window(DAY - timedelta(days=1), DAY + timedelta(days=1))
    found = read(rows, tmp_path, "gmail", window=days)
    assert {(row.state, row.records) for (_, unit), row in found.coverage.items() if unit} == {
        (DayState.READ, 0), (DayState.READ, 1),
    }  # fmt: skip


def test_a_filter_that_google_ignores_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Known, "parameters", lambda *_: frozenset())
    rows = [
        mail_row(SENT, TEACHER, TEACHER, [STUDENT]),
        mail_row(OPENED, STUDENT, TEACHER, [STUDENT]),
    ]
    found = read(rows, tmp_path, "gmail")
    assert len(found.messages) == 1
    assert found.notes == {"row of another kind than was asked for": 5}
