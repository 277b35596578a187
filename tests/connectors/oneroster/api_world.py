"""A small OneRoster server of the invented Marlow district, and the source in front of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from auditor.source import SourceContext
from benchmarks.pretend.oneroster import Oddities, PretendOneRoster, World, world_of_files
from connectors.oneroster.api import OneRosterApi
from connectors.retrying import Clock, Limits
from tests.connectors.roster_world import RULES, Pulled, edition_11, edition_12, table
from tests.connectors.roster_world import pull as pull_source

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
LIMITS = Limits(read_seconds=2, answer_seconds=0.3, tries=3, restarts=2)
MANY = 7
"""Students of the larger district; more than a page of ``SMALL``."""
SMALL = 3


@dataclass
class Waits:
    """A clock whose sleeping takes no time; each look at it takes ``step`` seconds."""

    slept: list[float] = field(default_factory=list)
    passed: float = 0.0

    def clock(self) -> Clock:
        return Clock(
            lambda: NOW + timedelta(seconds=self.passed),
            lambda: self.passed,
            self.slept.append,
        )


def marlow(version: str = "1.2") -> World:
    """Return the district of two schools and three people, in either edition."""
    return world_of_files(edition_12() if version == "1.2" else edition_11(), version)


def larger() -> World:
    """Return one that takes several pages: students K01 ... of one class."""
    ids = [f"K{n:02d}" for n in range(1, MANY + 1)]
    files = edition_12(
        users=table(
            "sourcedId,status,givenName,familyName,email,agentSourcedIds,grades",
            *(f"{i},active,Jo,Reyes,{i.lower()}@marlow.example,,09" for i in ids),
            "T1,active,Dana,Whit,t1@marlow.example,,",
        ),
        roles=table(
            "sourcedId,userSourcedId,role,orgSourcedId",
            *(f"r{i},{i},student,s1" for i in ids),
            "rT,T1,teacher,s1",
        ),
        enrollments=table(
            "sourcedId,status,classSourcedId,userSourcedId,role",
            *(f"e{i},active,c1,{i},student" for i in ids),
        ),
    )
    return world_of_files(files, "1.2")


@contextmanager
def serving(
    world: World,
    odd: Oddities | None = None,
    *,
    granted: tuple[str, ...] | None = None,
    oauth1: bool = False,
) -> Iterator[PretendOneRoster]:
    """Serve a world; see that nothing was changed by what was asked, nor any mistake made."""
    with PretendOneRoster(world, now=NOW, odd=odd, granted=granted, oauth1=oauth1) as running:
        yield running
        assert running.mistakes == []
        assert running.changes == 0
        assert {one.method for one in running.asked if one.endpoint != "token"} <= {"GET"}


def source(
    running: PretendOneRoster, folder: Path, waits: Waits | None = None, **more: object
) -> OneRosterApi:
    """Return the source in front of a server that runs."""
    settings: dict[str, object] = {
        "address": running.base,
        "client": running.client,
        "secret": str(running.secret_file(folder)),
        "version": running.world.version,
        **({"sign_in": "oauth1"} if running.oauth1 else {"tokens": running.tokens}),
        **more,
    }
    return configured(folder, settings, waits)


def configured(
    folder: Path, settings: Mapping[str, object], waits: Waits | None = None
) -> OneRosterApi:
    context = SourceContext(
        "roster", "Student system", "America/New_York", RULES, str(folder), settings
    )
    clock = (waits or Waits()).clock()
    return OneRosterApi(context, clock=clock, random=Random(7), limits=LIMITS)


def pull(running: PretendOneRoster, folder: Path, **more: object) -> Pulled:
    return pull_source(source(running, folder, **more))  # type: ignore[arg-type]  # settings by name
