"""A mail's headers, its two texts and its size; nothing hostile gets anywhere, nor any name."""

from __future__ import annotations

import re
from dataclasses import replace
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from auditor.keys import PEPPER_BYTES, Keyring
from reports.delivery.composing import Recipient, compose, message_id
from reports.digest import Digest, Row
from tests.reports import coach_examples, examples, nights
from tests.reports.mail_examples import KEYRING, NOW, PRINCIPAL, STATIONERY, digest, letter
from tests.reports.mail_server import parsed, words


@pytest.fixture
def made(tmp_path: Path) -> Digest:
    return digest(examples.principal_week(stated=examples.GAP), tmp_path)


def test_the_headers(made: Digest) -> None:
    message = parsed(letter(made).message.as_bytes(policy=SMTP))
    assert message["From"] == "Message review <message-review@marlow.example>"
    assert message["To"] == "k.osei@marlow.example"
    assert message["Reply-To"] == "it@marlow.example"
    assert message["Subject"] == made.subject
    assert message["Date"] == "Mon, 23 Nov 2026 11:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}@marlow\.example>", message["Message-ID"])
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip
    assert not list(message.iter_attachments())


def test_the_same_digest_to_the_same_reader_is_the_same_mail(made: Digest) -> None:
    assert letter(made).message.as_bytes() == letter(made).message.as_bytes()


def test_a_message_id_is_of_one_district_report_revision_and_reader(made: Digest) -> None:
    ids = {
        message_id(STATIONERY, made, "a@marlow.example", KEYRING),
        message_id(STATIONERY, made, "b@marlow.example", KEYRING),
        message_id(STATIONERY, replace(made, revision=2), "a@marlow.example", KEYRING),
        message_id(STATIONERY, replace(made, report_id="W-1-B"), "a@marlow.example", KEYRING),
        message_id(replace(STATIONERY, district="B"), made, "a@marlow.example", KEYRING),
        message_id(STATIONERY, made, "a@marlow.example", Keyring(b"\1" * PEPPER_BYTES)),
    }
    assert len(ids) == 6
    later = compose(STATIONERY, made, PRINCIPAL, KEYRING, NOW.replace(year=2027))
    assert later.mail.message_id == letter(made).mail.message_id


def test_the_address_of_the_reader_is_kept_masked(made: Digest) -> None:
    assert letter(made).mail.recipient == "k…@marlow.example"


def test_both_texts_say_the_same(made: Digest) -> None:
    message = letter(made).message
    plain = " ".join(words(message).split())
    html = " ".join(re.sub(r"<[^>]+>", " ", words(message, "html")).split())
    for said in (
        made.verdict.line, made.verdict.sub, made.about, "Checked in part: District chat",
        "If a student may be at risk,", "principal of Alder Hill High School", "it@marlow.example",
        "Mon, Nov 30", "W-2026-47-AH",
    ):  # fmt: skip
        assert said in plain, said
        assert said in html, said


def test_one_button_and_nothing_that_is_fetched(made: Digest) -> None:
    html = words(letter(made).message, "html")
    assert re.findall(r'href="([^"]+)"', html) == [
        "https://review.marlow.example/W-2026-47-AH-1.html"
    ]
    assert not re.search(r"<img|<link|<script|<style|url\(|\bsrc=|@import", html, re.IGNORECASE)
    assert html.count("http") == 1
    assert 'style="' in html


def test_without_a_link_the_place_of_the_page_is_told(made: Digest) -> None:
    message = letter(made, stationery=replace(STATIONERY, link=None)).message
    for text in (words(message), words(message, "html")):
        assert "weekly/W-2026-47-AH-1.html" in text
        assert "http" not in text


def test_the_preheader_is_the_verdict(made: Digest) -> None:
    body = words(letter(made).message, "html").split("<body", 1)[1]
    first = re.sub(r"<[^>]+>", "\n", body.split(">", 1)[1]).split("\n")
    assert next(text for text in map(str.strip, first) if text) == made.verdict.line


@pytest.mark.parametrize("injected", ["x\r\nBcc: thief@evil.example", "x\nBcc: t@evil.example\n\nhi"])
def test_no_header_can_be_smuggled_in(made: Digest, injected: str) -> None:
    bad = replace(
        made, state=injected, kind=injected, about=injected, district=injected,
        rows=(Row(injected, (injected,)),),
    )  # fmt: skip
    message = parsed(letter(bad, Recipient(injected, "k@marlow.example")).message.as_bytes(policy=SMTP))
    assert message["Bcc"] is None
    assert message["To"] == "k@marlow.example"
    assert "Bcc" in message["Subject"]
    for address in ("k@marlow.example\r\nBcc: t@evil.example", "k@marlow.example, t@evil.example"):
        with pytest.raises(ValueError, match=r".+"):
            letter(made, Recipient("x", address))


HOSTILE: dict[str, Any] = {
    "principal": examples.hostile_principal_week,
    "coach": coach_examples.hostile_coach_week,
    "night": nights.hostile,
}


@pytest.mark.parametrize("page", HOSTILE)
def test_hostile_words_stay_words(page: str, tmp_path: Path) -> None:
    message = letter(digest(HOSTILE[page](), tmp_path)).message
    html, plain = words(message, "html"), words(message)
    assert "<script" not in html
    assert not re.search(r"<[^>]*\sonmouseover", html)
    for text in (html, plain, message["Subject"]):
        assert not re.search("[\u202e\u2066\u200b\x07]", text)


def test_plain_text_is_not_escaped(made: Digest) -> None:
    said = "Art & Drama <Alder> isn't \"it\" &amp;"
    plain = words(letter(replace(made, about=said)).message)
    assert said in plain


PAGES: dict[str, Any] = {
    "principal": lambda: examples.principal_week(examples.many_items(150), examples.GAP),
    "coach": coach_examples.coach_week,
    "night": nights.gap,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_mail_is_never_cut_and_names_nobody(name: str, tmp_path: Path) -> None:
    page = PAGES[name]()
    content = letter(digest(page, tmp_path)).message.as_bytes(policy=SMTP)
    assert len(content) < 90_000
    message = parsed(content)
    text = words(message) + words(message, "html") + message["Subject"]
    for item in getattr(page, "open_items", ()):
        for person in (item.adult, item.student):
            if person is not None:
                assert person.name not in text
                assert person.family_name not in text
                assert person.person_id not in text
    for row in getattr(page, "log", ()):
        assert row.coach not in text
