"""Invented rows of a message trace in a pretended tenant, and one way to read them back."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from auditor.keys import AddressRules
from auditor.model import Message
from auditor.source import Progress, SourceContext, Window
from benchmarks.pretend.microsoft import PretendMicrosoft, Trace, World, guid
from connectors.microsoft.trace import MessageTrace
from connectors.retrying import Clock, Limits
from tests.connectors.google.logs_world import Read
from tests.connectors.microsoft.directory_world import NOW, RULES, account, tenant

ZONE = "America/New_York"
DAY = date(2026, 11, 18)
"""A Wednesday; midnight of it is 05:00 in UTC."""
NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)
ONE_DAY = Window(DAY, DAY)
TEACHER, SECOND, STUDENT, OTHER = (
    f"{name}@marlow.example" for name in ("ana.reyes", "ben.ode", "kit.lowe", "may.sand")
)
OUTSIDE = "someone@elsewhere.example"
USERS = tuple(account(one.partition("@")[0]) for one in (TEACHER, SECOND, STUDENT, OTHER))
LIMITS = Limits(read_seconds=2, first_wait=1, longest_wait=330)


@dataclass
class Ticking:
    """One clock for the product and for Microsoft; sleeping moves it and takes no time.

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
    recipient: str,
    status: str = "delivered",
    *,
    mail: str = "m1",
    sender: str = TEACHER,
    at: datetime = NOON,
    message_id: str | None = None,
    visible: timedelta = timedelta(minutes=1),
    later: tuple[tuple[datetime, str], ...] = (),
) -> Trace:
    """Return what became of a mail for one recipient."""
    named = f"<{mail}@mail.marlow.example>" if message_id is None else message_id
    return Trace(
        guid("mail", mail), named, sender, recipient, at, at + visible, status, later,
        "About zephyrquill",
    )  # fmt: skip


def mails(*rows: Trace, **edition: object) -> World:
    """Return a tenant with these rows in its trace."""
    world = tenant(USERS, traces=rows)
    return replace(world, edition=replace(world.edition, **edition))  # type: ignore[arg-type]  # the names are the fields' own


@contextmanager
def serving(world: World, ticking: Ticking | None = None) -> Iterator[PretendMicrosoft]:
    clock = time.time if ticking is None else lambda: ticking.at
    with PretendMicrosoft(world, now=NOW, clock=clock) as running:
        yield running
        assert running.mistakes == []


def source(
    running: PretendMicrosoft,
    folder: Path,
    ticking: Ticking | None = None,
    progress: Progress | None = None,
    addresses: AddressRules = RULES,
    **settings: Any,
) -> MessageTrace:
    running.certificate_file(folder)
    context = SourceContext(
        "trace", "Message trace", ZONE, addresses, str(folder),
        {
            "connector": "message-trace", "tenant": running.tenant, "client": running.client,
            "certificate": "certificate.pem", "endpoint": running.base, **settings,
        },
    )  # fmt: skip
    if progress is not None:
        context = replace(context, progress=progress)
    clock = (ticking or Ticking()).clock()
    return MessageTrace(context, clock=clock, random=Random(7), limits=LIMITS)


def pull(
    running: PretendMicrosoft,
    folder: Path,
    window: Window = ONE_DAY,
    ticking: Ticking | None = None,
    **settings: Any,
) -> Read:
    return Read(tuple(source(running, folder, ticking, **settings).pull(window)))


def read(rows: Iterable[Trace], folder: Path, window: Window = ONE_DAY, **settings: Any) -> Read:
    with serving(mails(*rows)) as running:
        return pull(running, folder, window, **settings)


def together(messages: Iterable[Message]) -> dict[str, tuple[dict[str, str], bool]]:
    """Return each mail as the lake puts its copies together: who is on it, and whether all are."""
    found: dict[str, tuple[dict[str, str], bool]] = {}
    for message in messages:
        known, hidden = found.get(message.native_id, ({}, True))
        known |= {p.address.text: p.role.value for p in message.parties}
        found[message.native_id] = known, hidden and message.recipients_hidden
    return found
