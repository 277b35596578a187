"""Inboxes of the invented Marlow district in Canvas, and one way to read them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from auditor.keys import AddressRules
from auditor.source import SourceContext, Window
from benchmarks.pretend.canvas import (
    Conversation,
    Course,
    Enrollment,
    Letter,
    PretendCanvas,
    User,
    World,
)
from connectors.canvas import Canvas
from connectors.retrying import Clock, Limits
from tests.connectors.read_back import Read

DAY = date(2026, 11, 18)
"""A Wednesday; midnight of it is 05:00 in UTC."""
NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
ONE_DAY = Window(DAY, DAY)
DOMAIN = "marlow.example"
RULES = AddressRules(frozenset({DOMAIN}))
CANARY = "zephyrquill"
LIMITS = Limits(read_seconds=2, tries=3, first_wait=1, longest_wait=30)
OWNER, TEACHER, SECOND, STUDENT, OTHER, THIRD, PARENT = 1, 10, 11, 20, 21, 22, 30
TEACHER_UNIT, SECOND_UNIT = f"ana.reyes@{DOMAIN}", f"ben.ode@{DOMAIN}"
USERS = (
    User(OWNER, "Canvas Robot", f"canvas-robot@{DOMAIN}", admin=True),
    User(TEACHER, "Ana Reyes", TEACHER_UNIT, "T10"),
    User(SECOND, "Ben Ode", SECOND_UNIT, "T11"),
    User(STUDENT, "Kit Lowe", f"kit.lowe@{DOMAIN}", "K20"),
    User(OTHER, "May Sand", f"may.sand@{DOMAIN}", "K21"),
    User(THIRD, "Lou Penn", f"lou.penn@{DOMAIN}", "K22"),
    User(PARENT, "Jo Lowe", "jo.lowe@letterbox.example", None, "jo.lowe@letterbox.example"),
)
COURSE = Course(
    7,
    "Biology",
    (
        Enrollment(TEACHER, "teacher"),
        Enrollment(SECOND, "ta"),
        *(Enrollment(one, "student") for one in (STUDENT, OTHER, THIRD)),
        Enrollment(PARENT, "observer", observes=STUDENT),
    ),
)


@dataclass
class Waits:
    """A clock whose sleeping takes no time, and is remembered."""

    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(lambda: NOW, lambda: sum(self.slept), self.slept.append)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def letter(id_: int, author: int, *others: int, at: datetime = NOON, **more: Any) -> Letter:
    made = Letter(id_, at, author, (author, *others), f"Said {CANARY} {id_}")
    return replace(made, **more)


def talk(id_: int, *letters: Letter, **more: Any) -> Conversation:
    """Return a conversation; one of two people is private, as Canvas has it."""
    made = Conversation(id_, letters, f"About {CANARY} {id_}")
    return replace(made, **{"private": len(made.people) == 2, **more})


def world(*conversations: Conversation, **more: Any) -> World:
    made = World(USERS, NOW, (COURSE,), conversations, OWNER, canary=CANARY)
    return replace(made, **more)


@contextmanager
def serving(there: World) -> Iterator[PretendCanvas]:
    """Serve a Canvas, and see that it knew every question and was not changed by any."""
    with PretendCanvas(there, now=NOW, clock=lambda: 0.0) as running:
        running.bucket.cost = 0
        yield running
        assert running.mistakes == []
        assert running.changes == []
        assert {asked.method for asked in running.asked} <= {"GET"}


def configured(
    folder: Path,
    settings: Mapping[str, object],
    *,
    waits: Waits | None = None,
    progress: Callable[[int, int, str], None] = lambda *_: None,
    addresses: AddressRules = RULES,
    marks: Mapping[str, str] | None = None,
) -> Canvas:
    context = SourceContext(
        "lms", "Canvas", "America/New_York", addresses, str(folder), settings,
        marks=marks or {}, progress=progress,
    )  # fmt: skip
    clock = (waits or Waits()).clock()
    return Canvas(context, clock=clock, random=Random(7), limits=LIMITS)


def canvas(
    running: PretendCanvas,
    folder: Path,
    *,
    waits: Waits | None = None,
    progress: Callable[[int, int, str], None] = lambda *_: None,
    addresses: AddressRules = RULES,
    marks: Mapping[str, str] | None = None,
    **settings: object,
) -> Canvas:
    """Return the source in front of a Canvas that is served."""
    reach = {"address": running.base, "token": str(running.token_file(folder))}
    return configured(
        folder, {**reach, **settings},
        waits=waits, progress=progress, addresses=addresses, marks=marks,
    )  # fmt: skip


def pull(
    running: PretendCanvas, folder: Path, window: Window = ONE_DAY, **settings: Any
) -> Read:
    return Read(list(canvas(running, folder, **settings).pull(window)), DAY)


def read(folder: Path, *conversations: Conversation, **more: Any) -> Read:
    with serving(world(*conversations)) as running:
        return pull(running, folder, **more)
