"""Whole nights over Gmail: found, counted, gone on from, and no word of any mail kept anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from benchmarks.pretend.google import PretendGoogle, User, World
from benchmarks.pretend.google.world import Message, google_id
from benchmarks.pretend.worlds import MailSettings, number
from tests.cron.tiny_district import TinyDistrict

CANARY = "zephyrquill"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = """
[sources.gmail]
connector = "gmail"
title = "Gmail"
admin = "admin@d.example"
key = "key.json"
endpoint = "{base}"
mailboxes = ["/Staff", "/Students"]
settings = true
"""
_PLACES = (("/Staff", ("t1", "t2", "p1")), ("/Students", ("s1", "s2", "s3")))


def account(name: str, unit: str, suspended_at: datetime | None = None) -> User:
    texts = ((f"Yours, {CANARY}. Call 617-555-0100", LONG_AGO, None),)
    settings = MailSettings(signature=texts, vacation=texts)
    email, last = f"{name}@d.example", CANARY.title()
    return User(
        google_id(name), email, name, last, unit, settings=settings, suspended_at=suspended_at
    )


def copy(
    owner: str, name: str, at: datetime, sender: str, to: str, **more: str
) -> tuple[str, Message]:
    headers = {
        "Date": format_datetime(at), "From": f"{CANARY} <{sender}>", "To": to,
        "Message-ID": f"<{name}@d.example>", "Subject": f"About {CANARY}",
        "Comments": CANARY, "Thread-Topic": CANARY, **more,
    }  # fmt: skip
    labels = ("SENT",) if sender.startswith(owner) else ("INBOX", CANARY.upper())
    number_ = f"{number(owner, name):016x}"
    return google_id(owner), Message(number_, number_, at, labels, tuple(headers.items()))


@pytest.fixture
def google() -> Iterator[PretendGoogle]:
    at = datetime(2026, 11, 20, 16, tzinfo=UTC)
    users = [account(name, unit) for unit, names in _PLACES for name in names]
    users.append(account("t3", "/Staff", suspended_at=at - timedelta(days=2)))
    boxes: dict[str, list[Message]] = {}
    for owner, message in (
        copy("t1", "alone", at, "t1@d.example", "s1@d.example"),
        copy("s1", "alone", at, "t1@d.example", "s1@d.example"),
        copy("t1", "seen", at, "t1@d.example", "s2@d.example", Cc="t2@d.example"),
        copy("t2", "later", at + timedelta(days=2), "t2@d.example", "s3@d.example"),
    ):
        boxes.setdefault(owner, []).append(message)
    admin = User(google_id("admin"), "admin@d.example", "A", "D", "/", admin=True)
    world = World(
        domain="d.example",
        ends=datetime(2026, 11, 29, tzinfo=UTC),
        admin="admin@d.example",
        users=(admin, *users),
        org_units=("/Staff", "/Students"),
        mailboxes={owner: tuple(messages) for owner, messages in boxes.items()},
        canary=CANARY,
    )
    with PretendGoogle(world, now=at + timedelta(days=1)) as running:
        yield running
        assert running.mistakes == []


def district(folder: Path, google: PretendGoogle) -> TinyDistrict:
    google.key_file(folder)
    tiny = TinyDistrict(folder)
    tiny.settings(SOURCE.format(base=google.base))
    return tiny


def test_two_nights_find_what_there_is_and_keep_no_word_of_any_mail(
    tmp_path: Path, google: PretendGoogle, caplog: pytest.LogCaptureFixture
) -> None:
    tiny = district(tmp_path, google)
    _, first = tiny.run("nightly", "2026-11-20")
    google.now += timedelta(days=2)
    listed = google.count("gmail.users.messages.list")
    _, second = tiny.run("nightly", "2026-11-22")
    assert google.count("gmail.users.messages.list") == listed
    assert google.count("gmail.users.history.list") == 6
    items = json.dumps(tiny.items())
    assert "Tina One" in items
    assert "Tom Two" in items
    told = json.dumps(tiny.command("coverage", "--units")[1])
    assert "1 of 7 mailboxes, spaces or logs not read" in told
    assert "the account is suspended" in told
    assert "t3@d.example" in told
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in kept)
    for path in kept:
        content = path.read_bytes().lower()
        assert CANARY.encode() not in content, path
        assert "617-555-0100" not in content.decode("latin-1"), path
    assert CANARY not in caplog.text.lower()
    assert CANARY not in json.dumps([first, second]).lower()


def test_an_erased_persons_mailbox_is_told_of_without_a_name_and_never_missed(
    tmp_path: Path, google: PretendGoogle
) -> None:
    tiny = district(tmp_path, google)
    tiny.run("nightly", "2026-11-20")
    who = ("--by", "Dana Example", "--reason", "asked", "--yes")
    assert tiny.command("purge", "--person", "S1", *who)[0] == 0
    ledger = tmp_path / "data/ledger.sqlite"
    assert google_id("s1").encode() not in ledger.read_bytes()
    google.now += timedelta(days=1)
    tiny.run("nightly", "2026-11-21")
    names = {unit["unit"]: unit["days"] for unit in tiny.command("coverage", "--units")[1]["units"]}
    assert names["an erased person's mailbox"][-1]["state"] == "read"
    users = tuple(u for u in google.world.users if u.id != google_id("s1"))
    google.world = replace(google.world, users=users)
    google.now += timedelta(days=1)
    tiny.run("nightly", "2026-11-22")
    said = json.dumps(tiny.command("coverage", "--units")[1])
    assert "1 of 6 mailboxes" in said  # the suspended one alone
    assert "not there any more" not in said
    kept = ledger.read_bytes()
    assert b"s1@d.example" not in kept
    assert google_id("s1").encode() not in kept


def test_check_tells_reach_and_what_is_missing_and_reads_no_mail(
    tmp_path: Path, google: PretendGoogle
) -> None:
    tiny = district(tmp_path, google)
    tiny.write()
    told = json.dumps(tiny.command("check")[1])
    assert "/Staff: 4 accounts, 3 in use" in told
    google.delegated.discard("https://www.googleapis.com/auth/gmail.metadata")
    google.delegated.add("https://www.googleapis.com/auth/gmail.readonly")
    assert "not delegated: gmail.metadata" in json.dumps(tiny.command("check")[1])
    told = json.dumps(tiny.command("check")[1])
    assert "not delegated: gmail.metadata" in told
    assert "/Staff: 4 accounts, 3 in use" in told
    assert google.count("gmail.users.messages.list") == 0
