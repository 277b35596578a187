"""Whether a person or a machine wrote: each sign alone, and who wins where there are several."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.connectors.mail_world import mail, read_one

CALENDAR = "Content-Type: text/calendar; method=REQUEST"
VACATION = "Auto-Submitted: auto-replied"
LIST = "List-Id: The team <team.marlow.example>"

SIGNS = {
    "calendar": [
        CALENDAR,
        'Content-Type: multipart/alternative; boundary="x"; method="REPLY"',
        "Content-Type: application/ics; name=invite.ics",
        "Content-Class: urn:content-classes:calendarmessage",
        "Sender: Google Calendar <calendar-notification@google.com>",
        "Sender: calendar-server@google.com",
        "From: Google Calendar <calendar-notification@google.com>",
    ],
    "auto-reply": [
        VACATION,
        "Auto-Submitted: Auto-Replied (vacation)",
        "X-Autoreply: yes",
        "X-Autorespond: away",
        "Precedence: auto_reply",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
        "Content-Type: multipart/report; report-type=disposition-notification",
        "Return-Path: <>",
    ],
    "notification": [
        "Auto-Submitted: auto-generated",
        "Auto-Submitted: auto-notified; owner-email=x",
        "Feedback-ID: 1:2:3:lms",
        "From: noreply@marlow.example",
        "From: Gradebook <no-reply@marlow.example>",
        "From: do_not_reply@marlow.example",
        "From: donotreply2@marlow.example",
        "From: grades-noreply@marlow.example",
        "From: noreply+kid@marlow.example",
    ],
    "list": [
        LIST,
        "Precedence: list",
        "Mailing-List: contact team-help@marlow.example",
        "List-Post: <mailto:team@marlow.example>",
    ],
    "bulk": [
        "Precedence: bulk",
        "Precedence: Junk",
        "List-Unsubscribe: <mailto:out@marlow.example>",
        "List-Post: NO\nList-Unsubscribe: <mailto:out@marlow.example>",
    ],
    "no": [
        "Auto-Submitted: no",
        "Auto-Submitted: No (really)",
        "Precedence: first-class",
        "List-Post: NO",
        "X-Auto-Response-Suppress: All",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/plain; name=method.txt",
        "Return-Path: <coach@marlow.example>",
        "From: noreplyton@marlow.example",
        "From: norep.ly@marlow.example",
        "From: calendar-notification@marlow.example",
        "X-Note: Auto-Submitted: auto-replied",
    ],
}


@pytest.mark.parametrize(
    ("kind", "sign"), [(kind, sign) for kind, signs in SIGNS.items() for sign in signs]
)
def test_each_sign_alone_tells(tmp_path: Path, kind: str, sign: str) -> None:
    sender = None if sign.startswith("From:") else "coach@marlow.example"
    assert read_one(tmp_path, mail(sign, sender=sender)).message.automated.value == kind


@pytest.mark.parametrize(
    ("kind", "signs"),
    [
        ("calendar", [CALENDAR, VACATION, LIST]),
        ("auto-reply", [VACATION, LIST, "Precedence: bulk"]),
        ("notification", ["Auto-Submitted: auto-generated", LIST]),
        # What a person sends through a list carries all of these, and stays a person's message.
        ("list", [LIST, "Precedence: bulk", "List-Unsubscribe: <x>", "Feedback-ID: 1"]),
        ("list", [LIST, "Auto-Submitted: no"]),
        ("bulk", ["List-Unsubscribe: <x>", "Feedback-ID: 1"]),
    ],
)
def test_where_signs_meet_the_plainest_wins(tmp_path: Path, kind: str, signs: list[str]) -> None:
    for order in (signs, signs[::-1]):
        assert read_one(tmp_path, mail(*order)).message.automated.value == kind


def test_machine_mail_keeps_its_parties(tmp_path: Path) -> None:
    message = read_one(tmp_path, mail(VACATION)).message
    assert len(message.parties) == 2
