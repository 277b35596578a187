"""Exchange journal reports: who really sent a message and everybody it went to."""

from __future__ import annotations

import base64
import quopri
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.model import Message
from tests.connectors.mail_world import SENT, Read, drop, header, mail, mbox, pull, roles

COACH, KID, LEE = "coach@marlow.example", "kid@marlow.example", "lee@marlow.example"
LINES = (f"Sender: {COACH}", "Message-Id: <1@mail.marlow.example>", f"To: {KID}")
ARRIVED = "Tue, 10 Nov 2026 09:31:00 -0500"
UNKNOWN = "journal line with a label that is not known"


def report(
    *lines: str,
    attached: bytes | None = None,
    encoding: str = "7bit",
    attached_encoding: str = "7bit",
    outer: tuple[str, ...] = ("X-MS-Journal-Report:",),
) -> bytes:
    """Return a journal report as Exchange writes it, with the message attached."""
    encode = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}
    text = "\n".join(lines or LINES).encode() + b"\n"
    parts = [
        f"Content-Type: text/plain\nContent-Transfer-Encoding: {encoding}\n\n".encode()
        + encode.get(encoding, bytes)(text)
    ]
    if attached is not None:
        parts.append(
            b"Content-Type: message/rfc822\n"
            + f"Content-Transfer-Encoding: {attached_encoding}\n\n".encode()
            + encode.get(attached_encoding, bytes)(attached)
        )
    top = header(
        'Content-Type: multipart/mixed; boundary="_B_"',
        f"Received: from hub by archive; {ARRIVED}",
        *outer,
        sender="Microsoft Exchange <postmaster@marlow.example>",
        to="journal@archive.example",
        id="<outer@mail.marlow.example>",
        date=ARRIVED,
    )
    return top + b"\n" + b"".join(b"--_B_\n" + p + b"\n" for p in parts) + b"--_B_--\n"


def read(folder: Path, raw: bytes, **settings: Any) -> Read:
    return pull(drop(folder / "1.eml", raw), **settings)


def message(folder: Path, raw: bytes) -> Message:
    return read(folder, raw).message


def test_the_report_gives_way_to_the_message_it_is_about(tmp_path: Path) -> None:
    found = message(tmp_path, report(attached=mail()))
    assert roles(found) == {COACH: "from", KID: "to"}
    assert found.native_id == found.rfc_message_id == "1@mail.marlow.example"
    assert found.sent_at == SENT
    assert found.unparsed == ()
    assert not found.recipients_hidden


def test_blind_copies_are_seen(tmp_path: Path) -> None:
    found = message(tmp_path, report(*LINES, f"Bcc: {LEE}", "Cc: a@x.example", attached=mail()))
    assert roles(found) == {COACH: "from", KID: "to", LEE: "bcc", "a@x.example": "cc"}


def test_recipients_without_a_role_are_unknown_unless_the_message_names_them(
    tmp_path: Path,
) -> None:
    lines = (*LINES[:2], f"Recipient: {KID}", f"Recipients: {LEE}, a@x.example")
    assert roles(message(tmp_path, report(*lines, attached=mail()))) == {
        COACH: "from",
        KID: "to",
        LEE: "unknown",
        "a@x.example": "unknown",
    }


def test_the_better_role_of_report_and_message_counts(tmp_path: Path) -> None:
    lines = (*LINES, f"To: {LEE}, Expanded: team@marlow.example", "Cc: a@x.example")
    raw = report(*lines, attached=mail(f"Cc: {LEE}", to=f"{KID}, a@x.example"))
    found = message(tmp_path, raw)
    assert roles(found) == {COACH: "from", KID: "to", LEE: "to", "a@x.example": "to"}
    (lee,) = (p for p in found.parties if p.address.text == LEE)
    assert lee.via_group is not None


def test_members_of_an_expanded_list_are_there_and_say_by_which_list(tmp_path: Path) -> None:
    lines = (*LINES, f"To: {LEE}, Expanded: Team <team@marlow.example>")
    found = message(tmp_path, report(*lines, attached=mail(to=f"{KID}, team@marlow.example")))
    via = {p.address.text: p.via_group.text for p in found.parties if p.via_group is not None}
    assert via == {LEE: "team@marlow.example"}
    assert roles(found) == {COACH: "from", KID: "to", "team@marlow.example": "to", LEE: "to"}


def test_a_forwarding_mailbox_received_the_message_too(tmp_path: Path) -> None:
    lines = (*LINES[:2], f"To: {LEE}, Forwarded: {KID}")
    found = message(tmp_path, report(*lines, attached=mail()))
    assert roles(found) == {COACH: "from", KID: "to", LEE: "to"}
    assert all(party.via_group is None for party in found.parties)


def test_who_sent_on_whose_behalf_is_told_apart(tmp_path: Path) -> None:
    lines = ("Sender: office@marlow.example", f"On-Behalf-Of: {COACH}", *LINES[1:])
    found = message(tmp_path, report(*lines, attached=mail()))
    assert roles(found) == {"office@marlow.example": "from", KID: "to"}
    assert found.on_behalf_of is not None
    assert found.on_behalf_of.text == COACH


def test_the_author_of_the_message_counts_where_the_report_names_nobody_else(
    tmp_path: Path,
) -> None:
    lines = ("Sender: office@marlow.example", *LINES[1:])
    found = message(tmp_path, report(*lines, attached=mail()))
    assert found.on_behalf_of is not None
    assert found.on_behalf_of.text == COACH
    assert message(tmp_path, report(attached=mail())).on_behalf_of is None


@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
@pytest.mark.parametrize("attached_encoding", ["7bit", "base64", "quoted-printable"])
def test_every_encoding_of_the_parts_is_read(
    tmp_path: Path, encoding: str, attached_encoding: str
) -> None:
    raw = report(
        *LINES,
        f"Bcc: {LEE}",
        encoding=encoding,
        attached_encoding=attached_encoding,
        attached=mail("References: <first@x>"),
    )
    for whole in (raw, raw.replace(b"\n", b"\r\n"), raw.replace(b"base64", b"BASE64")):
        found = message(tmp_path, whole)
        assert roles(found) == {COACH: "from", KID: "to", LEE: "bcc"}
        assert found.thread == "first@x"


def test_labels_are_read_in_any_case_and_order_and_others_are_counted(tmp_path: Path) -> None:
    lines = (
        f"  TO : {KID}",
        "Subject: a secret",
        "Label: secret",
        "SentUtc: 11/10/2026 2:30:00 PM",
        "Flavour: secret",
        "not a line with a label",
        f"sender: {COACH}",
        "MESSAGE-ID: <1@mail.marlow.example>",
    )
    found = read(tmp_path, report(*lines, attached=mail()))
    assert roles(found.message) == {COACH: "from", KID: "to"}
    assert found.notes == {UNKNOWN: 1}


def test_recipients_the_report_names_are_not_hidden(tmp_path: Path) -> None:
    found = message(tmp_path, report(attached=mail(to="undisclosed-recipients:;")))
    assert roles(found) == {COACH: "from", KID: "to"}
    assert not found.recipients_hidden


def test_a_report_without_its_message_still_tells(tmp_path: Path) -> None:
    found = message(tmp_path, report(*LINES, f"Bcc: {LEE}"))
    assert roles(found) == {COACH: "from", KID: "to", LEE: "bcc"}
    assert found.sent_at == datetime(2026, 11, 10, 14, 31, tzinfo=UTC)
    assert found.rfc_message_id == "1@mail.marlow.example"


@pytest.mark.parametrize("attached", [b"", b"no header", b"\n"])
def test_a_report_whose_message_cannot_be_read_tells_and_says_so(
    tmp_path: Path, attached: bytes
) -> None:
    found = message(tmp_path, report(attached=attached))
    assert roles(found) == {COACH: "from", KID: "to"}
    assert found.unparsed == ("journal-report",)


def test_reports_without_message_and_id_do_not_become_one(tmp_path: Path) -> None:
    first = message(tmp_path, report(LINES[0], LINES[2]))
    again = message(tmp_path, report(LINES[0], LINES[2], "Subject: x"))
    other = message(tmp_path, report(LINES[0], f"To: {LEE}"))
    assert first.native_id.startswith("sha256-")
    assert first.native_id == again.native_id != other.native_id


def test_a_message_without_a_date_was_sent_when_the_report_was_taken(tmp_path: Path) -> None:
    arrived = datetime(2026, 11, 10, 14, 31, tzinfo=UTC)
    raw = report(attached=mail(date=None))
    assert message(tmp_path, raw).sent_at == arrived
    undelivered = raw.replace(b"Received: ", b"X-Received: ", 1)
    assert message(tmp_path, undelivered).sent_at == arrived


@pytest.mark.parametrize(
    "line",
    ["Bcc: somebody", "Message-Id: <>", f"Cc: {LEE}, Expanded: the team", "On-Behalf-Of: nobody"],
)
def test_a_line_that_cannot_be_read_in_full_is_said(tmp_path: Path, line: str) -> None:
    found = message(tmp_path, report(*LINES, line, attached=mail()))
    assert found.unparsed == ("journal-report",)
    assert roles(found)[KID] == "to"


def test_a_report_without_a_sender_is_refused(tmp_path: Path) -> None:
    for lines in (LINES[1:], ("Sender: ", *LINES[1:]), ("Sender: nobody", *LINES[1:])):
        found = read(tmp_path, report(*lines, attached=mail()))
        assert found.messages == []
        assert [r.field for r in found.rejected] == ["Sender"]


def test_reports_are_recognised_by_their_own_field_only(tmp_path: Path) -> None:
    quoting = mail("Subject: about X-MS-Journal-Report:", "X-Note: x-ms-journal-report")
    assert message(tmp_path, quoting).native_id == "1@mail.marlow.example"
    lower = report(attached=mail(), outer=("x-ms-journal-report :",))
    assert roles(message(tmp_path, lower)) == {COACH: "from", KID: "to"}


def test_a_drop_of_reports_needs_no_field_to_tell_them(tmp_path: Path) -> None:
    raw = report(attached=mail(), outer=())
    assert roles(read(tmp_path, raw, format="journal").message) == {COACH: "from", KID: "to"}
    (refused,) = read(tmp_path, mail(), format="journal").rejected
    assert refused.field == "Sender"


def test_a_report_that_is_only_text_is_read(tmp_path: Path) -> None:
    raw = header("X-MS-Journal-Report:", sender="x@y.example", to=None, id=None)
    found = message(tmp_path, raw + b"\n" + "\n".join(LINES).encode())
    assert roles(found) == {COACH: "from", KID: "to"}


def test_reports_in_an_mbox_file_are_read_among_other_mail(tmp_path: Path) -> None:
    inner = mail(id="<2@mail.marlow.example>", body="\nFrom here on\n" + "x" * 3_000_000)
    lines = (LINES[0], "Message-Id: <2@mail.marlow.example>", LINES[2], f"Bcc: {LEE}")
    other = mail(id="<3@mail.marlow.example>")
    content = mbox(mail(), report(*lines, attached=inner), other)
    found = pull(drop(tmp_path / "all.mbox", content)).messages
    assert [m.native_id[0] for m in found] == ["1", "2", "3"]
    assert roles(found[1])[LEE] == "bcc"


def test_a_long_list_of_recipients_is_read(tmp_path: Path) -> None:
    lines = [f"To: kid{n}@marlow.example, Expanded: team@marlow.example" for n in range(5_000)]
    found = message(tmp_path, report(LINES[0], *lines, "Cc: " + " " * 200_000, attached=mail()))
    assert len(found.parties) == 5_002
