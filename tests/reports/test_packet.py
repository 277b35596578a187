"""A packet shows everything an item rests on, and no other student."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.explaining import NO_DECISION, NO_EXCEPTION, NOT_FOR_RECORDS, Decision, Explanation
from reports import packet
from reports.masking import masked
from tests.reports import packet_examples as packets
from tests.reports.reading import Node, read

EVERY = (packets.explanation, packets.of_a_team, packets.of_records, packets.hostile)


def page(explanation: Explanation) -> Node:
    return read(packet.html(masked(explanation)))


# ---- masking ---------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [packets.explanation, packets.of_a_team, packets.of_records])
def test_no_other_student_and_no_full_address_of_another_person_is_in_the_bytes(
    make: Callable[[], Explanation], tmp_path: Path
) -> None:
    made = packet.publish(make(), tmp_path / "p.html", twin=True)
    assert made.json is not None
    for file in (made.html, made.json):
        text = file.read_text(encoding="utf-8").casefold()
        for hidden in (
            "liam", "connor", "s-20522", "nuala", "lindqvist", "s-20101", "stranger@", "marcus.bell@",
            "ines.reyes@",
        ):  # fmt: skip
            assert hidden not in text, (hidden, file.suffix)


def test_who_is_masked_can_still_be_told_apart_by_what_they_are() -> None:
    text = page(packets.explanation()).text
    assert "L. O. (another student)" in text
    assert "N. O. (another person)" in text
    assert "l…@students.marlow.example" in text
    assert "s…@elsewhere.example" in text
    assert "for L. O. (another student) and" in text


def test_the_items_own_people_their_guardian_and_staff_are_named() -> None:
    text = page(packets.explanation()).text
    for shown in (
        "Dana Whitfield", "Jordan Reyes", "Marcus Bell", "Inés Reyes",
        "dana.whitfield@marlow.example", "jordan.reyes@students.marlow.example",
        "club@marlow.example",
    ):  # fmt: skip
        assert shown in text, shown


def test_an_other_student_of_the_same_name_does_not_mask_the_items_own() -> None:
    twin = replace(packets.OTHER, name=packets.STUDENT.name)
    parties = (*packets.PARTIES[:2], packets.party("cc", "j2@students.marlow.example", twin))
    explanation = packets.explanation(messages=(packets.message(1, parties=parties),))
    rows = page(explanation).one("table", class_="envelope").rows()
    assert "Jordan Reyes ;" in rows[1][2]
    assert "J. R. (another student) ;" in rows[2][2]


# ---- what stands on it -----------------------------------------------------------------------


def test_it_says_first_that_it_is_an_observation() -> None:
    first = page(packets.explanation()).all("h2")[0].text
    assert first == "This is an observation, not a finding"


def test_everything_the_item_rests_on_is_there() -> None:
    explanation = packets.explanation()
    root = page(explanation)
    headings = [heading.text for heading in root.all("h2")]
    assert headings == [
        "This is an observation, not a finding", "What the policy says", "What was seen",
        "What could except it", "Each message, by its envelope", "What the rule cannot see",
        "With what it was found", "Decisions on record", "Written reply of the staff member",
    ]  # fmt: skip
    assert len(root.all("article", class_="message")) == 3
    for shown in (
        explanation.item.id, explanation.item.what, explanation.identity, explanation.rule.version,
        explanation.policy.sha256, explanation.policy.text_sha256 or "", packets.TRIED,
        "000002-nightly-2026-11-19", "Mail journal calls it J1", "An adult copied blind.",
        "3 members on that day, of them 1 student and 0 adults, and 1 address of nobody known",
        "grew on Nov 20, 2026", NO_DECISION, "as an adult copied", "since Aug 27, 2026",
    ):  # fmt: skip
        assert shown in root.text, shown


def test_where_no_exception_was_on_file_it_says_so() -> None:
    explanation = packets.explanation(messages=(packets.message(1, exceptions=()),))
    assert NO_EXCEPTION in page(explanation).one("article").text.casefold()


def test_a_record_stands_with_its_table_and_without_exceptions() -> None:
    root = page(packets.of_records())
    box = root.one("article").text
    assert "in the table rosters" in box
    assert NOT_FOR_RECORDS[1:] in box
    assert root.one("h1").text == "Item AH-0412: The mailing list club@marlow.example"


def test_a_decision_takes_the_place_of_the_sentence_that_there_is_none() -> None:
    decided = Decision(datetime(2026, 11, 23, 15, tzinfo=UTC), "K. Osei", "Looked at", "All well")
    text = page(packets.explanation(decisions=(decided,))).text
    assert NO_DECISION not in text
    assert "Mon, Nov 23, 10:00 AM, K. Osei: Looked at. All well." in text


@pytest.mark.parametrize("make", EVERY)
def test_there_is_room_for_a_reply_that_stays_with_it(make: Callable[[], Explanation]) -> None:
    reply = page(make()).one("section", class_="reply")
    assert "The reply stays with this packet" in reply.text
    lines = [c for c in reply.one("div", class_="ruled").children if isinstance(c, Node)]
    assert len(lines) == packet.REPLY_LINES
    signed = reply.one("div", class_="signed")
    assert [c.text for c in signed.children if isinstance(c, Node)] == ["Name", "Signature", "Date"]


# ---- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("make", EVERY)
def test_the_same_values_give_the_same_bytes(make: Callable[[], Explanation], tmp_path: Path) -> None:
    first = packet.publish(make(), tmp_path / "a.html", twin=True)
    second = packet.publish(make(), tmp_path / "b.html", twin=True)
    assert first.html.read_bytes() == second.html.read_bytes()
    assert first.sha256 == second.sha256
    assert first.json is not None
    assert second.json is not None
    assert first.json.read_bytes() == second.json.read_bytes()


def test_a_packet_is_for_its_owners_eyes_and_has_a_twin_only_on_request(tmp_path: Path) -> None:
    alone = packet.publish(packets.explanation(), tmp_path / "alone.html")
    assert alone.json is None
    both = packet.publish(packets.explanation(), tmp_path / "folder", twin=True)
    assert both.html == tmp_path / "folder" / "packet-AH-0412.html"
    assert both.json == tmp_path / "folder" / "packet-AH-0412.json"
    for file in (alone.html, both.html, both.json):
        assert file.stat().st_mode & 0o777 == 0o600
    document = json.loads(both.json.read_text("utf-8"))
    assert (document["kind"], document["item"]["id"]) == ("hearing-packet", "AH-0412")
    assert document["item"]["adult"]["name"] == "Dana Whitfield"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["alone.html", "folder"]


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        packet.publish(packets.explanation(), tmp_path / "nowhere" / "p.html")
    assert list(tmp_path.iterdir()) == []


def test_hostile_names_become_neither_elements_nor_attributes() -> None:
    root = page(packets.hostile())
    assert len(root.all("script")) == 1
    everywhere = root.all()
    assert not [n for n in everywhere if any(a.startswith("on") for a in n.attributes)]
    assert {n.tag for n in everywhere}.isdisjoint({"img", "iframe", "object", "form", "link"})
    assert "alert(1)" in root.one("main").text


def test_missed_members_of_a_team_are_masked_in_the_values_too() -> None:
    (message,) = masked(packets.of_a_team()).item.messages
    assert [p.name for p in message.missed] == ["L. O. (another student)", "A. L. (another student)"]
    assert [p.person_id for p in message.missed] == ["", ""]
