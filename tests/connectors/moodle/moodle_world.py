"""A small Moodle site, and one way to read it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

from auditor.keys import AddressRules
from auditor.source import SourceContext, Window
from benchmarks.pretend.moodle import Conversation, Course, PretendMoodle, Said, User, World
from connectors.moodle import Moodle
from connectors.retrying import Clock, Limits
from tests.connectors.units_world import CANARY, ENDS, LIMITS, NOON, ONE_DAY, Read

RULES = AddressRules(frozenset({"marlow.example", "students.marlow.example"}))
ADMIN, ANA, BEN, KIT, MAY, GONE = 2, 11, 12, 21, 22, 31
USERS = (
    User(ADMIN, "audit", "Audit", "Reader", "audit@marlow.example"),
    User(ANA, "areyes", "Ana", "Reyes", "ana.reyes@marlow.example", "T-1"),
    User(BEN, "bode", "Ben", "Ode", "ben.ode@marlow.example"),
    User(KIT, "klowe", "Kit", "Lowe", "kit.lowe@students.marlow.example", "S-1"),
    User(MAY, "msand", "May", "Sand", "may.sand@students.marlow.example", "S-2"),
    User(GONE, "gone", "Gone", "Away", "", "S-9", deleted=True),
)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


PAIR = Conversation(
    101, 1, (ANA, KIT), (Said(1, ANA, NOON), Said(2, KIT, NOON + hours(1)), Said(3, ANA, NOON - hours(90)))
)
ROOM = Conversation(102, 2, (ANA, BEN, KIT, MAY), (Said(4, BEN, NOON),))
NOTES = Conversation(103, 3, (ANA,), (Said(5, ANA, NOON),))
QUIET = Conversation(104, 1, (ANA, MAY), (Said(6, ANA, NOON - hours(200)),))
LOST = Conversation(105, 1, (BEN, GONE), (Said(7, BEN, NOON),))
HIDDEN = Conversation(106, 1, (BEN, MAY), (Said(8, BEN, NOON, deleted_by=(BEN,)),))
SITE = Conversation(107, 1, (BEN, ANA), (Said(9, -10, NOON),))
WORLD = World(
    ends=ENDS,
    users=USERS,
    conversations=(PAIR, ROOM, NOTES, QUIET, LOST, HIDDEN, SITE),
    courses=(Course(7, "Algebra", (ANA, KIT)),),
    owner=ADMIN,
    canary=CANARY,
)


@contextmanager
def serving(world: World = WORLD, **more: Any) -> Iterator[PretendMoodle]:
    """Serve a site; see that it was asked for nothing odd, and that nothing was changed in it."""
    with PretendMoodle(world, **more) as running:
        yield running
        assert running.mistakes == []
        assert running.changes == []


def waiting(slept: list[float], now: datetime = ENDS) -> Clock:
    """Return a clock whose sleeping takes no time."""
    return Clock(lambda: now, lambda: sum(slept), slept.append)


def configured(
    folder: Path,
    settings: Mapping[str, object],
    rules: AddressRules = RULES,
    clock: Clock | None = None,
    limits: Limits = LIMITS,
    *,
    now: datetime = ENDS,
    marks: Mapping[str, str] = MappingProxyType({}),
) -> Moodle:
    context = SourceContext(
        "moodle", "Moodle", "America/New_York", rules, str(folder), settings, marks=marks
    )
    return Moodle(context, clock=clock or waiting([], now), random=Random(7), limits=limits)


def moodle(
    running: PretendMoodle,
    folder: Path,
    clock: Clock | None = None,
    limits: Limits = LIMITS,
    **settings: Any,
) -> Moodle:
    """Return the source in front of a site that is served."""
    rules = settings.pop("addresses", RULES)
    when = {name: settings.pop(name) for name in ("now", "marks") if name in settings}
    given = {"site": running.base, "token": str(running.token_file(folder)), **settings}
    return configured(folder, given, rules, clock, limits, **when)


def pull(
    running: PretendMoodle, folder: Path, window: Window = ONE_DAY, **settings: Any
) -> Read:
    return Read(list(moodle(running, folder, **settings).pull(window)))
