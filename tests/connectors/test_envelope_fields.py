"""A header block that comes as names and values is read like one that comes as bytes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from auditor.model import Message, PartyRole
from connectors.envelope.fields import fields_of
from connectors.envelope.headers import Envelope, EnvelopeReader, Refused
from tests.connectors.mail_world import DATE, NO_FOLDING, SENT, roles

COACH, KID, LEE = "coach@marlow.example", "kid@marlow.example", "lee@marlow.example"
USUAL = (("From", COACH), ("To", KID), ("Date", DATE), ("Message-ID", "<1@mail.marlow.example>"))


def read(*more: tuple[str, str], envelope: Envelope | None = None) -> Message:
    reader = EnvelopeReader(tool="gmail", addresses=NO_FOLDING)
    found = reader.read_fields(fields_of([*USUAL, *more]), envelope or Envelope())
    assert isinstance(found, Message)
    return found


def test_names_and_values_give_what_the_same_block_gives() -> None:
    pairs = [*USUAL, ("CC ", f'"Lee, D." <{LEE}>'), ("Bcc", "böb@marlow.example")]
    block = "".join(f"{name}: {value}\n" for name, value in pairs).encode()
    reader = EnvelopeReader(tool="gmail", addresses=NO_FOLDING)
    assert reader.read_fields(fields_of(pairs)) == reader.read(block)
    assert roles(read(*pairs[4:]))[LEE] == "cc"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"])
@pytest.mark.parametrize("name", ["To", "Subject", "List-Id", "X\nTo"])
def test_a_line_break_in_a_value_makes_no_field(name: str, line_break: str) -> None:
    message = read((name, f"x{line_break}Cc: {LEE}{line_break}Auto-Submitted: auto-replied"))
    assert all(p.role in (PartyRole.FROM, PartyRole.TO) for p in message.parties)
    assert message.automated not in ("auto-reply", "notification")


def test_a_line_break_within_addresses_leaves_doubt_and_loses_nobody() -> None:
    message = read(("Cc", f"{LEE}\r\nBcc: a@x.example"))
    assert roles(message)[LEE] == "cc"
    assert "cc" in message.unparsed


def test_any_text_is_read_without_an_error() -> None:
    assert read(("Cc", "\ud800@x.example, \x00"), ("", ""), ("\ud800", "x")).unparsed == ("cc",)
    empty = EnvelopeReader(tool="gmail", addresses=NO_FOLDING).read_fields(fields_of([]))
    assert isinstance(empty, Refused)


def test_a_date_set_back_gives_way_to_when_the_mailbox_took_the_message_in() -> None:
    taken_in = SENT + timedelta(days=30)
    early = Envelope(not_before=taken_in - timedelta(days=7), sent_at=taken_in)
    assert read(envelope=early).sent_at == taken_in
    assert read(envelope=early).unparsed == ("date",)
    just = Envelope(not_before=SENT, sent_at=taken_in)
    assert read(envelope=just).sent_at == SENT
    assert read(envelope=Envelope(not_before=taken_in)).sent_at == SENT
