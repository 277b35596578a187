"""One record of Graph's, in the shapes that are met, and the message it becomes."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.model import Automation, Message
from connectors.envelope.headers import Refused
from connectors.envelope.owner import Owner
from connectors.microsoft.mail.copies import Copy, CopyReader, LeftOut
from tests.connectors.mail_world import roles
from tests.connectors.microsoft.directory_world import RULES
from tests.shared_data import shared

KID = "kit.vale@marlow.example"
COACH = "dana.whit@marlow.example"
INDEX = b64encode(b"\x01" + bytes(5) + bytes(range(16)) + bytes(5)).decode()


def person(address: str, name: str = "") -> dict[str, Any]:
    return {"emailAddress": {"name": name or address, "address": address}}


def record(**changes: Any) -> dict[str, Any]:
    usual = {
        "@odata.type": "#microsoft.graph.message",
        "id": "AAMk1",
        "internetMessageId": "<m1@mail.marlow.example>",
        "conversationIndex": INDEX,
        "sentDateTime": "2026-11-18T17:00:00Z",
        "receivedDateTime": "2026-11-18T17:00:05Z",
        "from": person(COACH, "Dana Whit"),
        "sender": person(COACH, "Dana Whit"),
        "toRecipients": [person(KID)],
        "ccRecipients": [],
        "bccRecipients": [],
        "isDraft": False,
        "internetMessageHeaders": [
            {"name": "Subject", "value": "zephyrquill"},
            {"name": "References", "value": "<m0@mail.marlow.example>"},
        ],
        "subject": "zephyrquill",
        "bodyPreview": "zephyrquill",
        **changes,
    }
    return {name: value for name, value in usual.items() if value is not ...}


def read(given: dict[str, Any], *, owner: str = KID, sent: bool = False) -> Message | Refused:
    copy = Copy.of(given)
    assert isinstance(copy, Copy)
    reader = CopyReader(Owner.of(owner, (), RULES), tool="outlook", rules=RULES)
    found = reader.read(copy, sent=sent)
    assert "zephyrquill" not in repr(found)
    return found


def message(**changes: Any) -> Message:
    found = read(record(**changes))
    assert isinstance(found, Message)
    return found


def test_a_record_is_its_envelope_and_nothing_else() -> None:
    one = message()
    assert roles(one) == {COACH: "from", KID: "to"}
    assert one.sent_at == datetime(2026, 11, 18, 17, tzinfo=UTC)
    assert one.native_id == "m1@mail.marlow.example"
    assert one.thread == "conversation/000102030405060708090a0b0c0d0e0f"
    assert (one.automated, one.unparsed, one.recipients_hidden) == (Automation.NO, (), False)


@pytest.mark.parametrize("index", [None, ..., "", "not base64!", b64encode(bytes(12)).decode()])
def test_without_a_conversation_index_references_tell_the_conversation(index: Any) -> None:
    assert message(conversationIndex=index).thread == "m0@mail.marlow.example"


def test_a_name_of_exchanges_own_gives_way_to_what_was_written() -> None:
    own = "/O=EXCHANGELABS/OU=EXCHANGE ADMINISTRATIVE GROUP/CN=RECIPIENTS/CN=1-LEE"
    written = [{"name": "To", "value": f"Lee <lee.marsh@marlow.example>, {KID}"}]
    one = message(toRecipients=[person(KID), person(own)], internetMessageHeaders=written)
    assert roles(one) == {COACH: "from", "lee.marsh@marlow.example": "to", KID: "to"}
    assert one.unparsed == ()
    one = message(toRecipients=[person(KID), person(own)])
    assert (roles(one), one.unparsed) == ({COACH: "from", KID: "to"}, ("to",))


@pytest.mark.parametrize("people", [[], [person("undisclosed-recipients:;")], [{"emailAddress": {"name": "Undisclosed recipients"}}]])
def test_recipients_that_are_not_named_are_not_known(people: list[Any]) -> None:
    one = message(toRecipients=people)
    assert one.recipients_hidden
    assert (roles(one), one.unparsed) == ({COACH: "from", KID: "unknown"}, ())


def test_an_address_cannot_bring_another_header_with_it() -> None:
    one = message(toRecipients=[person("x@y.example>\r\nBcc: <z@y.example")])
    assert roles(one) == {COACH: "from", KID: "unknown"}
    assert one.unparsed == ("to",)


def test_without_from_the_sender_is_it_and_without_both_it_is_refused() -> None:
    assert roles(message(**{"from": None}))[COACH] == "from"
    found = read(record(**{"from": None, "sender": None}))
    assert isinstance(found, Refused)
    assert found.field == "from"


@pytest.mark.parametrize("stated", ["2031-01-01T00:00:00Z", "2019-01-01T00:00:00Z", None])
def test_a_time_that_the_mailbox_belies_is_not_believed(stated: str | None) -> None:
    assert message(sentDateTime=stated).sent_at == datetime(2026, 11, 18, 17, 0, 5, tzinfo=UTC)


def test_without_message_id_graphs_own_id_stands_for_it() -> None:
    one = message(internetMessageId=None)
    assert (one.native_id, one.rfc_message_id) == ("AAMk1", None)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"id": "x", "@removed": {"reason": "deleted"}}, None),
        ({"id": "x", "isRead": True}, LeftOut.CHANGE),
        (record(isDraft=True), LeftOut.DRAFT),
        ({"isDraft": False}, None),
    ],
)
def test_what_is_no_message(given: dict[str, Any], what: LeftOut | None) -> None:
    assert Copy.of(given) is what


def test_the_shapes_that_microsofts_own_pages_show() -> None:
    pages = [json.loads(line) for line in shared("graph/responses.jsonl").read_text("utf-8").splitlines()]
    shown = [
        one["response"]
        for one in pages
        if one["page"].endswith("v1.0/api/message-get.md") and "sentDateTime" in one["response"]
    ]
    assert shown
    for one in shown:
        found = read(one, owner="AlexW@contoso.OnMicrosoft.com")
        assert isinstance(found, Message)
        assert roles(found) == {"adelev@contoso.onmicrosoft.com": "from", "alexw@contoso.onmicrosoft.com": "to"}
        assert found.sent_at == datetime(2018, 9, 9, 3, 15, 6, tzinfo=UTC)
