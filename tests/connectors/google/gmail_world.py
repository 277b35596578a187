"""Invented mailboxes of the Marlow district, and one way to read them through the source's door."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random

from auditor.keys import AddressRules
from auditor.source import DayCoverage, Progress, SourceContext, Window
from benchmarks.pretend.google import PLUS, PretendGoogle, User, World
from benchmarks.pretend.google.world import Edition, Message
from benchmarks.pretend.worlds import number
from connectors.google.gmail import Gmail
from tests.connectors.google.directory_world import ADMIN, DOMAIN, NOW, Waits, account, workspace
from tests.connectors.mail_world import Read

COACH = account("dana.whit", aliases=("coach@marlow.example",))
TEACHER = account("ana.reyes")
KID = account("kit.vale", "/Students/Alder High/10")
LEE = account("lee.marsh", "/Students/Alder High/11")
OUTSIDE = "dana@home.example"
UNITS = ["/Staff", "/Students"]
LAST = date(2026, 11, 23)
WEEK = Window(date(2026, 11, 17), LAST, until=NOW - timedelta(hours=3))
"""Tuesday to Monday; the night after it begins an hour and a half before ``NOW``."""
RULES = AddressRules(frozenset({DOMAIN}))


def at(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """Return a moment of November 2026, in the district's winter time."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour + 5, minutes=minute)


def letter(
    owner: User,
    name: str,
    when: datetime,
    sender: str = COACH.email,
    to: str = KID.email,
    *,
    labels: tuple[str, ...] | None = None,
    date: str | None = None,
    **more: str,
) -> Message:
    """Return one copy in a mailbox; ``more`` are further headers, with _ for -."""
    sent = sender == owner.email or sender in owner.aliases
    headers = {
        "Date": format_datetime(when) if date is None else date,
        "From": sender,
        "To": to,
        "Message-ID": f"<{name}@mail.marlow.example>",
        "Subject": "zephyrquill",
        "Content-Type": "text/plain",
        **{key.replace("_", "-"): value for key, value in more.items()},
    }
    return Message(
        f"{number(owner.id, name):016x}",
        f"{number(owner.id, name):016x}",
        when,
        labels or (("SENT",) if sent else ("INBOX",)),
        tuple((key, value) for key, value in headers.items() if value),
    )


def marlow(
    *copies: tuple[User, Message], users: Iterable[User] = (), edition: Edition = PLUS
) -> World:
    """Return a Workspace in which these copies lie."""
    boxes: dict[str, list[Message]] = {}
    for owner, message in copies:
        boxes.setdefault(owner.id, []).append(message)
    found = {user.id: user for user in (COACH, TEACHER, KID, LEE, *users)}
    mailboxes = {
        owner: tuple(sorted(messages, key=lambda m: (m.at, m.id)))
        for owner, messages in boxes.items()
    }
    return workspace(list(found.values()), mailboxes=mailboxes, edition=edition)


def context(
    running: PretendGoogle,
    folder: Path,
    marks: Mapping[str, str] | None = None,
    addresses: AddressRules = RULES,
    **settings: object,
) -> SourceContext:
    running.key_file(folder)
    usual: dict[str, object] = {"mailboxes": UNITS, "threads": 2}
    return SourceContext(
        name="gmail",
        title="District e-mail",
        timezone="America/New_York",
        addresses=addresses,
        base=str(folder),
        settings={
            "connector": "gmail", "admin": ADMIN, "key": "key.json", "endpoint": running.base,
            **usual, **settings,
        },
        marks=marks or {},
    )  # fmt: skip


def source(given: SourceContext) -> Gmail:
    return Gmail(given, clock=Waits().clock(), random=Random(7))


def pull(
    running: PretendGoogle,
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


def marks_of(read: Read) -> dict[str, str]:
    """Return what the next night is given."""
    given = (mark for page in read.pages for mark in page.marks)
    return {mark.unit: mark.value for mark in given if mark.value is not None}


def days_of(read: Read, unit: User | str) -> dict[int, DayCoverage]:
    """Return a mailbox's coverage by the day of the month."""
    name = unit if isinstance(unit, str) else unit.email
    return {row.day.day: row for row in read.coverage if row.unit == name}


def counts(read: Read, unit: User) -> dict[int, int | None]:
    """Return how many messages a mailbox had on each day, where it had any."""
    return {day: row.records for day, row in days_of(read, unit).items() if row.records != 0}


def next_night(window: Window = WEEK, *, nights: int = 1) -> Window:
    """Return what is asked for some nights later, if all was read: three days again."""
    last = window.last + timedelta(days=nights)
    first = window.first + timedelta(days=nights)
    until = None if window.until is None else window.until + timedelta(days=nights)
    return Window(first, last, last - timedelta(days=2 + nights), until)


def emptied(world: World, owner: User, **changes: object) -> World:
    """Return the world with every copy in a mailbox changed."""
    copies = tuple(replace(m, **changes) for m in world.mailboxes[owner.id])  # type: ignore[arg-type]  # fields' own names
    return replace(world, mailboxes={**world.mailboxes, owner.id: copies})


