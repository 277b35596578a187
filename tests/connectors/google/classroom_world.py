"""Invented courses and spaces in a pretended Workspace, and one way to read them back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

from auditor.keys import AddressRules
from auditor.model import Message
from auditor.records import Fact
from auditor.source import DayCoverage, Note, Page, Rejected, Source, SourceContext, Window
from benchmarks.pretend.google import ADMIN, Course, PretendGoogle, Stuff, World
from benchmarks.pretend.google.world import google_id
from connectors.google.chatspaces import ChatSpaces
from connectors.google.classroom import Classroom
from connectors.retrying import Clock, Limits
from tests.connectors.google.directory_world import account, workspace

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)
DAY = date(2026, 11, 18)
WEEK = Window(date(2026, 10, 20), date(2026, 11, 23), date(2026, 11, 16))
RULES = AddressRules(district_domains=frozenset({"marlow.example"}))
LIMITS = Limits(read_seconds=2, tries=2, first_wait=1, longest_wait=30)
TEACHER, SECOND, STUDENT, OTHER = (
    f"{name}@marlow.example" for name in ("ana.reyes", "ben.ode", "kit.lowe", "may.sand")
)
USERS = tuple(account(one.partition("@")[0]) for one in (TEACHER, SECOND, STUDENT, OTHER))
CANARY = "zephyrquill"


def id_of(email: str) -> str:
    """Return Google's number of an account of ``USERS``."""
    return google_id(email.partition("@")[0])


def course(id: str = "701", **more: Any) -> Course:
    plain = Course(id, "Chemistry", TEACHER, (TEACHER,), (STUDENT, OTHER))
    return replace(plain, **more)


def post(id: str = "p1", *only_for: str, at: datetime = NOON, author: str = TEACHER) -> Stuff:
    return Stuff(id, author, at, tuple(id_of(one) for one in only_for))


@dataclass(frozen=True, slots=True)
class Read:
    """Everything one pull delivered."""

    pages: tuple[Page, ...]

    @property
    def facts(self) -> list[Fact]:
        return [fact for page in self.pages for fact in page.facts]

    @property
    def messages(self) -> list[Message]:
        return [fact for fact in self.facts if isinstance(fact, Message)]

    @property
    def rejected(self) -> list[Rejected]:
        return [one for page in self.pages for one in page.rejected]

    @property
    def notes(self) -> dict[str, int]:
        return {note.text: note.count for note in self.all_notes}

    @property
    def all_notes(self) -> list[Note]:
        return [note for page in self.pages for note in page.notes]

    @property
    def lost(self) -> list[str]:
        return [note.text for note in self.all_notes if note.lost]

    @property
    def coverage(self) -> dict[tuple[date, str | None], DayCoverage]:
        assert all(not page.coverage for page in self.pages[:-1])
        return {(one.day, one.unit): one for one in self.pages[-1].coverage}

    @property
    def records(self) -> int:
        return sum(page.records_read for page in self.pages)


@contextmanager
def serving(**world: Any) -> Iterator[PretendGoogle]:
    """Serve a Workspace with these courses and spaces."""
    made: World = replace(workspace(USERS), **world)
    with PretendGoogle(made, now=NOW) as running:
        yield running
        assert running.mistakes == []


def context(google: PretendGoogle, folder: Path, **settings: Any) -> SourceContext:
    given = {
        "admin": ADMIN,
        "key": str(google.key_file(folder)),
        "endpoint": google.base,
        **settings,
    }
    return SourceContext("class", "Classroom", "America/New_York", RULES, str(folder), given)


def clock() -> Clock:
    """Return a clock on which waiting takes no time."""
    slept: list[float] = []
    return Clock(lambda: NOW, lambda: time.monotonic() + sum(slept), slept.append)


def classroom(google: PretendGoogle, folder: Path, **settings: Any) -> Classroom:
    told = context(google, folder, connector="google-classroom", **settings)
    return Classroom(told, clock=clock(), random=Random(7), limits=LIMITS)


def chat(google: PretendGoogle, folder: Path, **settings: Any) -> ChatSpaces:
    told = context(google, folder, connector="google-chat", **settings)
    return ChatSpaces(told, clock=clock(), random=Random(7), limits=LIMITS)


def pulled(source: Source, window: Window = WEEK) -> Read:
    return Read(tuple(source.pull(window)))
