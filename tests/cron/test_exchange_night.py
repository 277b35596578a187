"""Whole nights over Exchange: found, counted, gone on from, and no word of any mail kept anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.pretend.microsoft import (
    MailSettings,
    Message,
    PretendMicrosoft,
    Trace,
    User,
    World,
    guid,
)
from benchmarks.pretend.worlds import number
from tests.cron.tiny_district import TinyDistrict

CANARY = "zephyrquill"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 11, 20, 16, tzinfo=UTC)
REACH = """
tenant = "{tenant}"
client = "{client}"
certificate = "certificate.pem"
endpoint = "{base}"
"""
MAIL = (
    """
[sources.exchange]
connector = "exchange-mail"
title = "Exchange"
mailboxes = [{{ department = "Staff" }}, {{ department = "Students" }}]
settings = true
"""
    + REACH
)
TRACE = (
    """
[sources.trace]
connector = "message-trace"
title = "Message trace"
"""
    + REACH
)


def account(name: str, department: str, **more: object) -> User:
    texts = ((f"Yours, {CANARY}. Call 617-555-0100", LONG_AGO, None),)
    settings = MailSettings(vacation=texts)
    return User(
        guid(name), f"{name}@d.example", name, CANARY.title(), department=department,
        settings=settings, **more,  # type: ignore[arg-type]  # the names are the fields' own
    )  # fmt: skip


def copy(owner: str, name: str, at: datetime, sender: str, to: str, cc: str = "") -> tuple[str, Message]:
    sent = sender.startswith(owner)
    headers = (("Subject", f"About {CANARY}"), ("Comments", CANARY), ("Thread-Topic", CANARY))
    return guid(owner), Message(
        f"{number(owner, name):016x}", f"{number(owner):016x}", "sentitems" if sent else "inbox",
        at, at, f"<{name}@d.example>", (sender, CANARY), ((to, CANARY),),
        ((cc, CANARY),) if cc else (), headers=() if sent else headers, subject=f"About {CANARY}",
    )  # fmt: skip


@pytest.fixture
def microsoft() -> Iterator[PretendMicrosoft]:
    users = [account(n, "Staff") for n in ("t1", "t2", "p1")]
    users += [account(n, "Students") for n in ("s1", "s2", "s3")]
    users.append(account("t3", "Staff", has_mailbox=False, mail="t3@d.example"))
    boxes: dict[str, list[Message]] = {}
    later = AT + timedelta(days=2)
    for owner, message in (
        copy("t1", "alone", AT, "t1@d.example", "s1@d.example"),
        copy("s1", "alone", AT, "t1@d.example", "s1@d.example"),
        copy("t1", "seen", AT, "t1@d.example", "s2@d.example", "t2@d.example"),
        copy("t2", "later", later, "t2@d.example", "s3@d.example"),
    ):
        boxes.setdefault(owner, []).append(message)
    traces = [
        Trace(guid(name), f"<{name}@d.example>", sender, to, at, at, subject=f"About {CANARY}")
        for name, sender, recipients, at in (
            ("alone", "t1@d.example", ("s1@d.example",), AT),
            ("seen", "t1@d.example", ("s2@d.example", "t2@d.example"), AT),
            ("later", "t2@d.example", ("s3@d.example",), later),
        )
        for to in recipients
    ]
    world = World(
        domain="d.example",
        ends=datetime(2026, 11, 29, tzinfo=UTC),
        users=tuple(users),
        mailboxes={owner: tuple(messages) for owner, messages in boxes.items()},
        traces=tuple(traces),
        canary=CANARY,
    )
    with PretendMicrosoft(world, now=AT + timedelta(days=1)) as running:
        yield running
        assert running.mistakes == []


def district(folder: Path, microsoft: PretendMicrosoft, *sources: str) -> TinyDistrict:
    microsoft.certificate_file(folder)
    tiny = TinyDistrict(folder)
    reach = {"tenant": microsoft.tenant, "client": microsoft.client, "base": microsoft.base}
    tiny.settings("".join(sources).format(**reach))
    return tiny


@pytest.mark.parametrize("sources", [(MAIL,), (TRACE,), (MAIL, TRACE)], ids=["mail", "trace", "both"])
def test_two_nights_find_what_there_is_and_keep_no_word_of_any_mail(
    sources: tuple[str, ...], tmp_path: Path, microsoft: PretendMicrosoft, caplog: pytest.LogCaptureFixture
) -> None:
    tiny = district(tmp_path, microsoft, *sources)
    _, first = tiny.run("nightly", "2026-11-20")
    microsoft.now += timedelta(days=2)
    _, second = tiny.run("nightly", "2026-11-22")
    items = json.dumps(tiny.items())
    assert "Tina One" in items
    assert "Tom Two" in items
    if MAIL in sources:
        told = json.dumps(tiny.command("coverage", "--units")[1])
        assert "1 of 7 mailboxes, spaces or logs not read" in told
        assert "there is no mailbox for it" in told
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".parquet" for path in kept)
    for path in kept:
        content = path.read_bytes().lower()
        assert CANARY.encode() not in content, path
        assert "617-555-0100" not in content.decode("latin-1"), path
    assert CANARY not in caplog.text.lower()
    assert CANARY not in json.dumps([first, second]).lower()


def test_what_was_kept_of_an_erased_persons_mailbox_goes_too(
    tmp_path: Path, microsoft: PretendMicrosoft
) -> None:
    tiny = district(tmp_path, microsoft, MAIL)
    tiny.run("nightly", "2026-11-20")
    ledger = tmp_path / "data/ledger.sqlite"
    assert guid("s1").encode() in ledger.read_bytes()
    who = ("--by", "Dana Example", "--reason", "asked", "--yes")
    assert tiny.command("purge", "--person", "S1", *who)[0] == 0
    assert guid("s1").encode() not in ledger.read_bytes()
    microsoft.now += timedelta(days=1)
    tiny.run("nightly", "2026-11-21")
    assert guid("s1").encode() not in ledger.read_bytes()


def test_mailbox_and_trace_tell_of_one_message(tmp_path: Path, microsoft: PretendMicrosoft) -> None:
    counts = []
    for name, sources in (("one", (MAIL,)), ("both", (MAIL, TRACE))):
        tiny = district(tmp_path / name, microsoft, *sources)
        tiny.run("nightly", "2026-11-20")
        counts.append(len(tiny.items()))
    assert counts[0] == counts[1] > 0


def test_check_tells_reach_and_what_is_missing_and_reads_no_mail(
    tmp_path: Path, microsoft: PretendMicrosoft
) -> None:
    tiny = district(tmp_path, microsoft, MAIL, TRACE)
    tiny.write()
    told = json.dumps(tiny.command("check")[1])
    assert "department staff: 4 accounts" in told
    assert "the message trace answers" in told
    microsoft.consented.discard("Mail.ReadBasic.All")
    microsoft.consented.add("Mail.Read")
    assert "carries more than is needed: Mail.Read" in json.dumps(tiny.command("check")[1])
    microsoft.consented.discard("Mail.Read")
    told = json.dumps(tiny.command("check")[1])
    assert "permissions not granted: Mail.ReadBasic.All" in told
    assert microsoft.count("messages.delta") == 0
