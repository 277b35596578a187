"""Who wrote, to whom, when, in which conversation: what one header block says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.keys import AddressRules
from auditor.model import Channel
from tests.connectors.mail_world import (
    DATE,
    SENT,
    WRITTEN,
    drop,
    header,
    mail,
    mbox,
    pull,
    read_one,
    roles,
)

COACH, KID, LEE = "coach@marlow.example", "kid@marlow.example", "lee@marlow.example"
RECEIVED = "Received: from a by b; Tue, 10 Nov 2026 {} -0500"


# ---- recipients ----------------------------------------------------------------------------


def test_every_address_stands_as_the_field_that_names_it(tmp_path: Path) -> None:
    message = read_one(tmp_path, mail("Cc: a@x.example, b@x.example", "Bcc: c@x.example")).message
    assert roles(message) == {
        COACH: "from",
        KID: "to",
        "a@x.example": "cc",
        "b@x.example": "cc",
        "c@x.example": "bcc",
    }
    assert not message.recipients_hidden
    assert message.unparsed == ()


def test_an_address_named_several_times_keeps_its_best_role(tmp_path: Path) -> None:
    message = read_one(
        tmp_path, mail(f"Cc: {KID}, {COACH}", f"Bcc: {KID}, {LEE}", f"Cc: {LEE}", f"To: {KID}")
    ).message
    assert roles(message) == {COACH: "from", KID: "to", LEE: "cc"}


def test_a_repeated_to_field_adds_its_recipients(tmp_path: Path) -> None:
    assert roles(read_one(tmp_path, mail(f"To: {LEE}")).message) == {
        COACH: "from",
        KID: "to",
        LEE: "to",
    }


@pytest.mark.parametrize(
    "field", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Apparently-To"]
)
def test_a_mailbox_it_was_delivered_to_that_nothing_names_is_unknown(
    tmp_path: Path, field: str
) -> None:
    message = read_one(tmp_path, mail(f"{field}: {LEE}", f"{field}: {KID}")).message
    assert roles(message) == {COACH: "from", KID: "to", LEE: "unknown"}
    assert not message.recipients_hidden


def test_a_delivery_to_a_local_account_names_nobody(tmp_path: Path) -> None:
    message = read_one(tmp_path, mail("Delivered-To: lee", "Delivered-To: lee@localhost")).message
    assert roles(message) == {COACH: "from", KID: "to"}


def test_a_sender_with_a_copy_to_themselves_stays_the_sender(tmp_path: Path) -> None:
    message = read_one(tmp_path, mail(f"Bcc: {COACH}", f"Delivered-To: {COACH}")).message
    assert roles(message) == {COACH: "from", KID: "to"}


@pytest.mark.parametrize(
    "to", ["undisclosed-recipients:;", "Undisclosed recipients: ;", None, "", "Team:;"]
)
def test_recipients_that_nothing_names_are_hidden_not_none(tmp_path: Path, to: str | None) -> None:
    message = read_one(tmp_path, mail(to=to)).message
    assert roles(message) == {COACH: "from"}
    assert message.recipients_hidden
    assert message.unparsed == ()


def test_recipients_stay_hidden_when_only_a_delivery_is_known(tmp_path: Path) -> None:
    message = read_one(
        tmp_path, mail(f"Delivered-To: {KID}", to="undisclosed-recipients:;")
    ).message
    assert roles(message) == {COACH: "from", KID: "unknown"}
    assert message.recipients_hidden


def test_a_message_to_copies_only_hides_nobody(tmp_path: Path) -> None:
    assert not read_one(tmp_path, mail(f"Cc: {KID}", to=None)).message.recipients_hidden


def test_a_resend_adds_whom_it_went_to_and_not_who_sent_it_on(tmp_path: Path) -> None:
    resent = mail(
        "Resent-From: office@marlow.example",
        f"Resent-To: {LEE}, {KID}",
        "Resent-Cc: a@x.example",
        "Resent-Bcc: b@x.example",
    )
    read = read_one(tmp_path, resent)
    assert roles(read.message) == {
        COACH: "from",
        KID: "to",
        LEE: "unknown",
        "a@x.example": "unknown",
        "b@x.example": "unknown",
    }
    note = "resent message: who it was resent to counts as a recipient, who resent it is not told"
    assert read.notes == {note: 1}


def test_addresses_are_canonical_by_the_directory_s_rules(tmp_path: Path) -> None:
    rules = AddressRules(
        alias_domains={"old.example": "marlow.example"},
        plus_tag_domains=frozenset(["marlow.example"]),
    )
    raw = mail("Cc: KID@MARLOW.EXAMPLE, kid+team@old.example", "Bcc: b\xfccher@b\xfccher.example")
    message = read_one(tmp_path, raw, addresses=rules).message
    assert roles(message) == {COACH: "from", KID: "to", "b\xfccher@xn--bcher-kva.example": "bcc"}


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        (["Cc: Dana Coach, lee@marlow.example"], ("cc",)),
        (["Bcc: kid@"], ("bcc",)),
        (["To: lee@marlow.example (unfinished"], ("to",)),
        (["Delivered-To: lee@"], ("delivered-to",)),
        (["Resent-To: lee@@marlow.example"], ("resent-to",)),
        (["Cc: a@b\udcff.example"], ("cc",)),
        (["Cc: nobody", "Bcc: nobody"], ("cc", "bcc")),
    ],
)
def test_a_field_not_understood_in_full_is_named(
    tmp_path: Path, lines: list[str], fields: tuple[str, ...]
) -> None:
    message = read_one(tmp_path, mail(*lines)).message
    assert message.unparsed == fields
    assert roles(message)[KID] == "to"


# ---- sender --------------------------------------------------------------------------------


def test_a_sender_of_the_same_domain_really_sent_it(tmp_path: Path) -> None:
    message = read_one(tmp_path, mail("Sender: Office <office@marlow.example>")).message
    assert roles(message) == {"office@marlow.example": "from", KID: "to"}
    assert message.on_behalf_of is not None
    assert message.on_behalf_of.text == COACH


@pytest.mark.parametrize(
    "lines",
    [
        ["Sender: mailer@elsewhere.example"],
        [f"Sender: {COACH}"],
        ["Sender: "],
        ["Sender: office@marlow.example", "List-Id: <team.marlow.example>"],
        ["Sender: team-bounces@marlow.example"],
        ["Sender: owner-team@marlow.example"],
        ["Sender: listserv@marlow.example"],
    ],
)
def test_a_sender_that_is_a_relay_a_list_or_the_author_changes_nothing(
    tmp_path: Path, lines: list[str]
) -> None:
    message = read_one(tmp_path, mail(*lines)).message
    assert roles(message) == {COACH: "from", KID: "to"}
    assert message.on_behalf_of is None


def test_of_several_authors_the_one_who_sent_it_comes_first(tmp_path: Path) -> None:
    message = read_one(tmp_path, mail(f"Sender: {LEE}", sender=f"{COACH}, {LEE}")).message
    assert [p.address.text for p in message.parties] == [LEE, COACH, KID]
    assert list(roles(message).values()) == ["from", "from", "to"]
    assert message.on_behalf_of is None


def test_a_from_that_cannot_be_read_gives_way_to_the_sender(tmp_path: Path) -> None:
    message = read_one(tmp_path, mail(f"Sender: {LEE}", sender="Dana Coach")).message
    assert roles(message) == {LEE: "from", KID: "to"}
    assert message.unparsed == ("from",)


def test_without_an_author_nothing_is_stored(tmp_path: Path) -> None:
    for lines in ((), ("Sender: owner-team@marlow.example",)):
        read = read_one(tmp_path, mail(*lines, sender="Dana Coach"))
        assert read.messages == []
        assert [r.field for r in read.rejected] == ["from"]


# ---- time ----------------------------------------------------------------------------------


def test_the_date_field_is_when_it_was_sent(tmp_path: Path) -> None:
    message = read_one(tmp_path, mail(RECEIVED.format("11:00:00"))).message
    assert message.sent_at == SENT
    assert message.sent_at.tzinfo is UTC
    assert message.unparsed == ()


@pytest.mark.parametrize("date", [None, "soon", "", "10 Nov 1980 12:00:00"])
def test_without_a_usable_date_the_newest_received_counts(tmp_path: Path, date: str | None) -> None:
    lines = [RECEIVED.format(time) for time in ("09:10:00", "09:30:00", "09:20:00")]
    message = read_one(tmp_path, mail(*lines, "Received: from a by b", date=date)).message
    assert message.sent_at == SENT
    assert message.unparsed == (() if date is None else ("date",))


def test_a_date_later_than_its_file_gives_way_to_what_knows_better(tmp_path: Path) -> None:
    future = "Thu, 10 Dec 2026 09:30:00 -0500"
    better = read_one(tmp_path, mail(RECEIVED.format("09:30:00"), date=future)).message
    assert (better.sent_at, better.unparsed) == (SENT, ("date",))
    postmarked = pull(drop(tmp_path / "all.mbox", mbox(mail(date=future)))).message
    assert (postmarked.sent_at, postmarked.unparsed) == (SENT, ("date",))
    alone = read_one(tmp_path, mail(date=future)).message
    assert alone.sent_at == datetime(2026, 12, 10, 14, 30, tzinfo=UTC)
    assert alone.unparsed == ("date",)


def test_a_clock_that_runs_a_day_ahead_is_believed(tmp_path: Path) -> None:
    ahead = WRITTEN + timedelta(days=1)
    date = ahead.strftime("%d %b %Y %H:%M:%S +0000")
    message = read_one(tmp_path, mail(RECEIVED.format("09:30:00"), date=date)).message
    assert (message.sent_at, message.unparsed) == (ahead, ())


# ---- identity and conversation -------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("<1@mail.marlow.example>", "1@mail.marlow.example"),
        ("1@mail.marlow.example", "1@mail.marlow.example"),
        ("<1@mail.\n marlow.example>", "1@mail.marlow.example"),
        ("<1 2@mail>", "12@mail"),
        ("<no-at-sign>", "no-at-sign"),
        ("(made here) <1@mail>", "1@mail"),
        ("<1@mail> <2@mail>", "1@mail"),
        ("<1@b\xfccher>", "1@b\xfccher"),
    ],
)
def test_odd_message_ids_are_kept(tmp_path: Path, stated: str, read: str) -> None:
    message = read_one(tmp_path, mail(id=stated)).message
    assert message.native_id == message.rfc_message_id == message.thread == read
    assert message.unparsed == ()


@pytest.mark.parametrize("stated", ["<>", "< >", "<1@\udcff>", "<1\x07@mail>", f"<{'1' * 2_000}>"])
def test_an_id_that_is_none_is_made_from_the_envelope_and_said(
    tmp_path: Path, stated: str
) -> None:
    message = read_one(tmp_path, mail(id=stated)).message
    assert message.rfc_message_id is None
    assert message.thread is None
    assert message.native_id.startswith("sha256-")
    assert message.unparsed == ("message-id",)


def test_copies_without_an_id_get_the_same_one_and_others_do_not(tmp_path: Path) -> None:
    def made(raw: bytes) -> str:
        return read_one(tmp_path, raw).message.native_id

    plain = made(mail(id=None))
    assert plain == made(mail("Delivered-To: lee@marlow.example", id=None).replace(b"\n", b"\r\n"))
    assert plain == made(mail(id="", body="another body, or none"))
    others = {made(mail(id=None, to=LEE)), made(mail(id=None, date=DATE.replace("30", "31")))}
    assert len(others | {plain}) == 3
    assert read_one(tmp_path, mail(id=None)).message.unparsed == ()


def test_a_conversation_is_known_by_its_first_message(tmp_path: Path) -> None:
    def thread(*lines: str) -> str | None:
        return read_one(tmp_path, mail(*lines)).message.thread

    assert thread() == "1@mail.marlow.example"
    assert thread("In-Reply-To: <b@x>") == "b@x"
    assert thread("References: <a@x> <b@x>", "In-Reply-To: <b@x>") == "a@x"
    assert thread("References: \n <a@\n x>\n <b@x>") == "a@x"
    assert thread("References: none", "In-Reply-To: your message of Monday <b@x>") == "b@x"
    assert thread("References: <>", "In-Reply-To: nothing") == "1@mail.marlow.example"


# ---- drafts, chats, spelling ---------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "X-Gmail-Labels: Drafts",
        "X-Gmail-Labels: Important,Draft,Opened",
        'X-Gmail-Labels: "Drafts", Math',
        "X-Gmail-Labels: =?UTF-8?Q?Caf=C3=A9,Drafts?=",
        "X-Gmail-Labels: =?UTF-8?B?Q2Fmw6ks?=\n =?UTF-8?B?RHJhZnRz?=",
        "X-Unsent: 1",
    ],
)
def test_a_draft_is_left_out_and_counted(tmp_path: Path, line: str) -> None:
    read = read_one(tmp_path, mail(line))
    assert read.messages == []
    assert read.rejected == []
    assert read.notes == {"draft left out: it was never sent": 1}
    assert read.records == 1


@pytest.mark.parametrize(
    "lines",
    [
        ["X-Gmail-Labels: Sent,Drafts of speeches"],
        ["X-Unsent: 0"],
        ["X-Unsent: 1", RECEIVED.format("09:30:00")],
    ],
)
def test_what_was_delivered_is_no_draft(tmp_path: Path, lines: list[str]) -> None:
    assert len(read_one(tmp_path, mail(*lines)).messages) == 1


def test_a_chat_in_a_mail_export_is_a_chat(tmp_path: Path) -> None:
    assert read_one(tmp_path, mail("X-Gmail-Labels: Chat")).message.channel is Channel.CHAT
    sent = read_one(tmp_path, mail("X-Gmail-Labels: Sent,Chatter"), tool="gmail").message
    assert (sent.channel, sent.tool) == (Channel.EMAIL, "gmail")


def test_field_names_are_read_however_they_are_spelled(tmp_path: Path) -> None:
    block = header().replace(b"From:", b"FROM :").replace(b"To:", b"tO:\n\t").replace(b"\n", b"\r\n")
    message = read_one(tmp_path, b"garbage without a colon\r\n" + block + b"\r\n").message
    assert roles(message) == {COACH: "from", KID: "to"}
    assert message.sent_at == SENT
