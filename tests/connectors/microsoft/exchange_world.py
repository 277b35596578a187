"""Invented mailboxes of the Marlow tenant, and one way to read them through the source's door."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from auditor.keys import AddressRules
from auditor.source import DayCoverage, Progress, SourceContext, Window
from benchmarks.pretend.microsoft import Group, Message, PretendMicrosoft, User, World
from benchmarks.pretend.worlds import number
from connectors.microsoft.mail import ExchangeMail
from tests.connectors.mail_world import Read
from tests.connectors.microsoft.directory_world import (
    LIMITS,
    NOW,
    RULES,
    Waits,
    account,
    tenant,
)

COACH = account("dana.whit", aliases=("coach@marlow.example",))
TEACHER = account("ana.reyes")
KID = account("kit.vale", "Students")
LEE = account("lee.marsh", "Students")
OUTSIDE = "dana@home.example"
PLACES = [{"department": "Alder High"}, {"department": "Students"}]
LAST = date(2026, 11, 23)
WEEK = Window(date(2026, 11, 17), LAST, until=NOW - timedelta(hours=3))
"""Tuesday to Monday; the night after it begins an hour and a half before ``NOW``."""


def at(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """Return a moment of November 2026, in the district's winter time."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour + 5, minutes=minute)


def letter(
    owner: User,
    name: str,
    when: datetime,
    sender: str = COACH.address,
    to: str = KID.address,
    *,
    folder: str = "",
    conversation: str = "",
    **more: object,
) -> Message:
    """Return one copy in a mailbox."""
    sent = sender in (owner.address, *owner.aliases)
    shared = b"".join(number(n, conversation or name).to_bytes(8) for n in range(2))
    copy = Message(
        f"AAMk{number(owner.id, name, folder):016x}=",
        f"AAQk{number(owner.id, conversation or name):016x}=",
        folder or ("sentitems" if sent else "inbox"),
        when,
        when,
        f"<{name}@mail.marlow.example>",
        (sender, ""),
        tuple((one, "") for one in to.split(",") if one),
        headers=() if sent else (("Subject", "zephyrquill"), ("Content-Type", "text/plain")),
        subject="zephyrquill",
        index=b64encode(b"\x01" + bytes(5) + shared).decode(),
    )
    return replace(copy, **more)  # type: ignore[arg-type]  # the names are the fields' own


def marlow(
    *copies: tuple[User, Message],
    users: Iterable[User] = (),
    groups: Iterable[Group] = (),
    **more: object,
) -> World:
    """Return a tenant in which these copies lie."""
    boxes: dict[str, list[Message]] = {}
    for owner, message in copies:
        boxes.setdefault(owner.id, []).append(message)
    found = {user.id: user for user in (COACH, TEACHER, KID, LEE, *users)}
    mailboxes = {
        owner: tuple(sorted(messages, key=lambda m: (m.at, m.id)))
        for owner, messages in boxes.items()
    }
    world = tenant(list(found.values()), list(groups), mailboxes=mailboxes)
    return replace(world, **more)  # type: ignore[arg-type]  # the names are the fields' own


def context(
    running: PretendMicrosoft,
    folder: Path,
    marks: Mapping[str, str] | None = None,
    addresses: AddressRules = RULES,
    **settings: object,
) -> SourceContext:
    running.certificate_file(folder)
    usual: dict[str, object] = {"mailboxes": PLACES, "threads": 2}
    return SourceContext(
        name="exchange",
        title="District e-mail",
        timezone="America/New_York",
        addresses=addresses,
        base=str(folder),
        settings={
            "connector": "exchange-mail", "tenant": running.tenant, "client": running.client,
            "certificate": "certificate.pem", "endpoint": running.base, **usual, **settings,
        },
        marks=marks or {},
    )  # fmt: skip


def source(given: SourceContext) -> ExchangeMail:
    return ExchangeMail(given, clock=Waits().clock(), random=Random(7), limits=LIMITS)


def pull(
    running: PretendMicrosoft,
    folder: Path,
    *,
    window: Window = WEEK,
    marks: Mapping[str, str] | None = None,
    addresses: AddressRules = RULES,
    progress: Progress | None = None,
    **settings: object,
) -> Read:
    given = context(running, folder, marks, addresses, **settings)
    if progress is not None:
        given = replace(given, progress=progress)
    return Read(tuple(source(given).pull(window)))


def marks_of(read: Read, marks: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what the next night is given."""
    found = dict(marks or {})
    for mark in (mark for page in read.pages for mark in page.marks):
        found.pop(mark.unit, None)
        if mark.value is not None:
            found[mark.unit] = mark.value
    return found


def days_of(read: Read, unit: User | str) -> dict[int, DayCoverage]:
    """Return a mailbox's coverage by the day of the month."""
    name = unit if isinstance(unit, str) else unit.address
    return {row.day.day: row for row in read.coverage if row.unit == name}


def counts(read: Read, unit: User) -> dict[int, int | None]:
    """Return how many messages a mailbox had on each day, where it had any."""
    return {day: row.records for day, row in days_of(read, unit).items() if row.records != 0}


def names(read: Read) -> list[str]:
    return sorted(m.native_id.partition("@")[0] for m in read.messages)


def next_night(*, nights: int = 1) -> Window:
    """Return what is asked for some nights later, if all was read: three days again."""
    shift = timedelta(days=nights)
    last = WEEK.last + shift
    assert WEEK.until is not None
    return Window(WEEK.first + shift, last, last - timedelta(days=2 + nights), WEEK.until + shift)
