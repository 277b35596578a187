"""Invented rows of Google's logs in a pretended Workspace, and one way to read them back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from auditor.keys import AddressRules
from auditor.model import Message
from auditor.source import DayCoverage, Page, Rejected, SourceContext, Window
from benchmarks.pretend.google import ADMIN, LogRow, PretendGoogle, User, World
from benchmarks.pretend.worlds import number
from connectors.google.logs import GoogleLogs
from connectors.retrying import Clock
from tests.connectors.google.directory_world import account, workspace

ZONE = "America/New_York"
DAY = date(2026, 11, 18)
"""A Wednesday; midnight of it is 05:00 in UTC."""
NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
ONE_DAY = Window(DAY, DAY)
RULES = AddressRules(district_domains=frozenset({"marlow.example"}))
TEACHER, SECOND, STUDENT, OTHER = (
    f"{name}@marlow.example" for name in ("ana.reyes", "ben.ode", "kit.lowe", "may.sand")
)
OUTSIDE = "someone@elsewhere.example"
USERS = tuple(account(one.partition("@")[0]) for one in (TEACHER, SECOND, STUDENT, OTHER))


@dataclass
class Ticking:
    """One clock for the product and for Google; sleeping moves it and takes no time.

    It begins now: tokens are signed by the clock of the machine.
    """

    at: float = field(default_factory=time.time)
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    def clock(self) -> Clock:
        return Clock(lambda: NOW, lambda: self.at, self.sleep)


def row(
    application: str, name: str, by: str, at: datetime = NOON, *, more: object = 0, **told: Any
) -> LogRow:
    """Return a row; ``more`` makes another of what would be the same one."""
    extra = told.pop("extra", {})
    parameters = {key: value for key, value in told.items() if value is not None}
    qualifier = number(application, name, by, at.isoformat(), repr(told), more, bits=64) - 2**63
    return LogRow(application, at, by, "type", name, parameters, qualifier, at, extra)


def mail_row(
    kind: int,
    actor: str,
    sender: str,
    to: Sequence[str],
    *,
    at: datetime = NOON,
    message_id: str | None = "<m1@mail.marlow.example>",
    event: dict[str, Any] | None = None,
    **message: Any,
) -> LogRow:
    """Return one step of a mail's delivery: 1 is sent, 2 received."""
    told = {
        "rfc2822_message_id": message_id,
        "subject": "About zephyrquill",
        "is_spam": False,
        "source": {"address": sender, "from_header_address": sender},
        "destination": [{"address": one, "service": "smtp-outbound"} for one in to],
        "flattened_destinations": ", ".join(f"smtp-outbound::{one}" for one in to),
        **message,
    }
    happened = {
        "mail_event_type": kind,
        "timestamp_usec": int(at.timestamp() * 1_000_000),
        "success": True,
        **(event or {}),
    }
    about = {name: value for name, value in told.items() if value is not None}
    return row("gmail", "delivery", actor, at, event_info=happened, message_info=about)


def chat_row(name: str, actor: str, room: str = "AAA1", at: datetime = NOON, **told: Any) -> LogRow:
    told = {"conversation_type": "SPACE", "room_name": "zephyrquill", **told}
    if name == "message_posted":
        told.setdefault("message_id", f"spaces/{room}/messages/{number(actor, at, told):x}.1")
    return row("chat", name, actor, at, **{"room_id": room, "actor": actor, **told})


@dataclass(frozen=True, slots=True)
class Read:
    """Everything one pull delivered."""

    pages: tuple[Page, ...]

    @property
    def messages(self) -> list[Message]:
        return [fact for page in self.pages for fact in page.facts if isinstance(fact, Message)]

    @property
    def message(self) -> Message:
        (only,) = self.messages
        return only

    @property
    def rejected(self) -> list[Rejected]:
        return [one for page in self.pages for one in page.rejected]

    @property
    def notes(self) -> dict[str, int]:
        return {note.text: note.count for page in self.pages for note in page.notes}

    @property
    def coverage(self) -> dict[tuple[date, str | None], DayCoverage]:
        assert all(not page.coverage for page in self.pages[:-1])
        return {(one.day, one.unit): one for one in self.pages[-1].coverage}

    @property
    def records(self) -> int:
        return sum(page.records_read for page in self.pages)


def people(message: Message, *roles: str) -> dict[str, str]:
    """Return who is on a message, as what."""
    return {p.address.text: p.role.value for p in message.parties if not roles or p.role in roles}


@contextmanager
def serving(
    rows: Sequence[LogRow], ticking: Ticking | None = None, users: Sequence[User] = USERS, **more: Any
) -> Iterator[PretendGoogle]:
    """Serve a Workspace whose logs hold these rows."""
    world: World = replace(workspace(users), rows=tuple(rows), **more)
    clock = (ticking or Ticking())
    with PretendGoogle(world, now=NOW, clock=lambda: clock.at) as running:
        running.ticking = clock  # type: ignore[attr-defined]  # the product's time is Google's
        yield running
        assert running.mistakes == []


def source(google: PretendGoogle, folder: Path, *streams: str, **settings: Any) -> GoogleLogs:
    given = {
        "connector": "google-logs",
        "admin": ADMIN,
        "key": str(google.key_file(folder)),
        "endpoint": google.base,
        "streams": list(streams),
        **settings,
    }
    context = SourceContext("logs", "Google logs", ZONE, RULES, str(folder), given)
    ticking: Ticking = google.ticking  # type: ignore[attr-defined]  # set by ``serving``
    return GoogleLogs(context, clock=ticking.clock(), random=Random(7))


def pull(
    google: PretendGoogle, folder: Path, *streams: str, window: Window = ONE_DAY, **settings: Any
) -> Read:
    return Read(tuple(source(google, folder, *streams, **settings).pull(window)))


def read(rows: Sequence[LogRow], folder: Path, *streams: str, **more: Any) -> Read:
    """Serve the rows and read them back."""
    window = more.pop("window", ONE_DAY)
    settings = {name: more.pop(name) for name in ("tools", "chat_members", "threads") if name in more}
    with serving(rows, **more) as google:
        return pull(google, folder, *streams, window=window, **settings)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
