"""Invented mailboxes on a pretended IMAP server, and one way to read them through the source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random
from typing import Any

from auditor.keys import AddressRules
from auditor.source import SourceContext, Window
from benchmarks.pretend.imap import Mailbox, PretendImap, Stored
from connectors.mail.imap import ImapMail
from connectors.retrying import Clock, Limits
from tests.connectors.mail_world import Read

COACH, TEACHER, KID = (f"{name}@marlow.example" for name in ("dana.whit", "ana.reyes", "kit.vale"))
CANARY = "zephyrquill"
NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
WEEK = Window(date(2026, 11, 17), date(2026, 11, 23), until=NOW - timedelta(hours=3))
RULES = AddressRules(frozenset({"marlow.example"}))
QUICK = Limits(connect_seconds=0.3, read_seconds=0.3, first_wait=0.5, tries=4)


class Waits:
    """A clock whose sleeping takes no time, and is remembered."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def clock(self) -> Clock:
        return Clock(lambda: NOW, lambda: sum(self.slept), self.slept.append)


def at(day: int, hour: int = 10) -> datetime:
    """Return a moment of November 2026, in the district's winter time."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour + 5)


def letter(
    name: str, when: datetime, sender: str = COACH, to: str = KID, **more: str | None
) -> bytes:
    """Return a message as it goes over the wire; None leaves a field out."""
    fields = {
        "Date": format_datetime(when),
        "From": sender,
        "To": to,
        "Message-ID": f"<{name}@mail.marlow.example>",
        "Subject": CANARY,
        **{key.replace("_", "-"): value for key, value in more.items()},
    }
    head = "".join(f"{key}: {value}\r\n" for key, value in fields.items() if value is not None)
    return f"{head}\r\nWhat is said: {CANARY}\r\n".encode("utf-8", "surrogateescape")


def received(name: str, when: datetime, sender: str = COACH, to: str = KID, **more: str | None) -> bytes:
    """Return the same as a server delivers it."""
    stamp = f"from mx.marlow.example by imap.marlow.example; {format_datetime(when)}"
    return letter(name, when, sender, to, **{"Received": stamp, **more})


def journal_report(
    inner: bytes, *lines: str, when: datetime, text_encoding: str = ""
) -> bytes:
    """Return an Exchange journal report about a message."""
    mark = "0001_boundary"
    head = (
        f"Received: from x by y; {format_datetime(when)}\r\n"
        f"From: journal@marlow.example\r\nTo: {COACH}\r\nSubject: {CANARY}\r\n"
        f"Date: {format_datetime(when)}\r\nMessage-ID: <report@marlow.example>\r\n"
        f'X-MS-Journal-Report:\r\nContent-Type: multipart/mixed; boundary="{mark}"\r\n\r\n'
    )
    told = "\r\n".join((*lines, f"Subject: {CANARY}"))
    text = f"--{mark}\r\nContent-Type: text/plain{text_encoding}\r\n\r\n{told}\r\n"
    attached = f"--{mark}\r\nContent-Type: message/rfc822\r\n\r\n".encode() + inner
    return (head + text).encode() + attached + f"\r\n--{mark}--\r\n".encode()


def marlow(**more: Any) -> PretendImap:
    """Return a server on which three people have empty mailboxes."""
    return PretendImap({name: Mailbox.usual() for name in (COACH, TEACHER, KID)}, **more)


def put(server: PretendImap, mailbox: str, folder: str, content: bytes, when: datetime, *flags: str) -> Stored:
    return server.mailboxes[mailbox].folders[folder].take(content, when, *flags)


def context(
    server: PretendImap, folder: Path, marks: Mapping[str, str] | None = None, **settings: object
) -> SourceContext:
    secrets = folder / "passwords"
    if not secrets.exists():
        secrets.write_text("".join(f"{name} secret\n" for name in server.mailboxes))
        secrets.chmod(0o600)
    usual: dict[str, object] = {
        "connector": "imap", "host": "127.0.0.1", "port": server.port, "tls": False,
        "passwords": "passwords", "mailboxes": [COACH, TEACHER, KID], "threads": 2,
    }  # fmt: skip
    given = {name: value for name, value in {**usual, **settings}.items() if value is not None}
    return SourceContext(
        name="imap",
        title="School mail",
        timezone="America/New_York",
        addresses=RULES,
        base=str(folder),
        settings=given,
        marks=marks or {},
    )


def source(given: SourceContext, waits: Waits | None = None, limits: Limits = QUICK) -> ImapMail:
    return ImapMail(given, clock=(waits or Waits()).clock(), random=Random(7), limits=limits)


def pull(
    server: PretendImap,
    folder: Path,
    *,
    window: Window = WEEK,
    marks: Mapping[str, str] | None = None,
    waits: Waits | None = None,
    limits: Limits = QUICK,
    **settings: object,
) -> Read:
    given = context(server, folder, marks, **settings)
    return Read(tuple(source(given, waits, limits).pull(window)))


def marks_of(read: Read) -> dict[str, str]:
    """Return what the next night is given."""
    given = (mark for page in read.pages for mark in page.marks)
    return {mark.unit: mark.value for mark in given if mark.value is not None}


def states(read: Read, mailbox: str) -> dict[int, tuple[str, int | None]]:
    """Return a mailbox's coverage by the day of the month: state and records."""
    return {r.day.day: (r.state.value, r.records) for r in read.coverage if r.unit == mailbox}


def reasons(read: Read, mailbox: str) -> set[str | None]:
    return {row.reason for row in read.coverage if row.unit == mailbox}


def next_night(window: Window = WEEK) -> Window:
    """Return what is asked for the night after, if all was read: three days again."""
    last = window.last + timedelta(days=1)
    return Window(window.first + timedelta(days=1), last, last - timedelta(days=3))
