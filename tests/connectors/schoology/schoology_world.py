"""A small school in Schoology, and one way to read it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from auditor.keys import AddressRules
from auditor.source import SourceContext, Window
from benchmarks.pretend.schoology import (
    Building,
    Comment,
    Place,
    PretendSchoology,
    Seat,
    Sent,
    Update,
    User,
    World,
)
from connectors.retrying import Clock, Limits
from connectors.schoology import Schoology
from tests.connectors.units_world import CANARY, ENDS, LIMITS, NOON, ONE_DAY, Read

RULES = AddressRules(frozenset({"marlow.example"}))
_seeds = count(7)
ANA, BEN, KIT, MAY, PAT, OLD = "11", "12", "21", "22", "31", "13"
USERS = (
    User(ANA, "Ana", "Reyes", "Teacher", "ana.reyes@marlow.example", "T-1", "10"),
    User(BEN, "Ben", "Ode", "Teacher", "ben.ode@marlow.example", "T-2", "10"),
    User(KIT, "Kit", "Lowe", "Student", "kit.lowe@marlow.example", "S-1", "10"),
    User(MAY, "May", "Sand", "Student", "", "S-2", "10"),
    User(PAT, "Pat", "Lowe", "Parent", "pat@home.example", "", "", (KIT,)),
    User(OLD, "Old", "Hand", "Teacher", "old.hand@marlow.example", "T-3", "10", inactive=True),
)
SECTION = Place(
    "101",
    "Algebra: 8i",
    (Seat(ANA, leads=True), Seat(KIT), Seat(MAY), Seat(BEN, status="4"), Seat("99")),
    (
        Update("501", ANA, NOON, (Comment("601", KIT, NOON + timedelta(minutes=5)),)),
        Update("502", ANA, NOON - timedelta(days=9), (Comment("602", ANA, NOON),)),
        Update("503", ANA, NOON - timedelta(days=90), (Comment("603", ANA, NOON),)),
    ),
    "1",
    "10",
)
PAST = Place("102", "Algebra: 7i", (Seat(ANA, leads=True), Seat(KIT)), (), "1", "10", active=False)
CLUB = Place(
    "201",
    "Chess club",
    (Seat(BEN, leads=True), Seat(KIT, status="2"), Seat(MAY)),
    (Update("504", BEN, NOON + timedelta(hours=2)),),
    building="10",
)
SENT = (
    Sent("701", ANA, (KIT,), NOON),
    Sent("702", ANA, (KIT, BEN), NOON + timedelta(hours=1)),
    Sent("703", BEN, (MAY,), NOON),
    Sent("704", ANA, (MAY,), NOON - timedelta(days=3)),
)
WORLD = World(
    ends=ENDS,
    users=USERS,
    buildings=(Building("10", "Alder High", "AH"),),
    sections=(SECTION, PAST),
    groups=(CLUB,),
    sent=SENT,
    owner=BEN,
    canary=CANARY,
)


@dataclass
class Waits:
    """A clock whose sleeping takes no time; ``now`` may be set back."""

    now: datetime = ENDS
    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: sum(self.slept), self.slept.append)


@contextmanager
def serving(world: World = WORLD, **more: Any) -> Iterator[PretendSchoology]:
    """Serve a school; see that it was asked for nothing odd, and that nothing was changed in it."""
    with PretendSchoology(world, **more) as running:
        yield running
        assert running.mistakes == []
        assert running.changes == []
        assert not [one.path for one in running.asked if one.endpoint in ("", "messages.get")]


def configured(
    folder: Path,
    settings: Mapping[str, object],
    clock: Clock | None = None,
    limits: Limits = LIMITS,
    **more: Any,
) -> Schoology:
    context = SourceContext(
        "schoology", "Schoology", "America/New_York", RULES, str(folder), settings
    )
    waits = clock or Waits().clock()
    # Another seed each time, as in life: Schoology takes no nonce a second time.
    return Schoology(replace(context, **more), clock=waits, random=Random(next(_seeds)), limits=limits)


def schoology(
    running: PretendSchoology,
    folder: Path,
    clock: Clock | None = None,
    limits: Limits = LIMITS,
    **settings: Any,
) -> Schoology:
    """Return the source in front of a school that is served."""
    marks = settings.pop("marks", {})
    rules = settings.pop("addresses", RULES)
    given = {
        "key": running.key,
        "secret": str(running.secret_file(folder)),
        "endpoint": running.endpoint,
        "kind": "messages",
        **settings,
    }
    return configured(folder, given, clock, limits, marks=marks, addresses=rules)


def tokens(running: PretendSchoology, folder: Path, *uids: str) -> str:
    for uid in uids:
        running.token_file(folder / "tokens", uid)
    (folder / "tokens").mkdir(mode=0o700, exist_ok=True)
    return str(folder / "tokens")


def pull(
    running: PretendSchoology, folder: Path, window: Window = ONE_DAY, **settings: Any
) -> Read:
    return Read(list(schoology(running, folder, **settings).pull(window)))
