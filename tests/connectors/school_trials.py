"""A small world for every connector that asks a learning system or a roster's server, or only people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from auditor.source import Source, SourceContext
from benchmarks.pretend.moodle import World as MoodleWorld
from connectors.canvas import Canvas
from connectors.clever import Clever
from connectors.kit import Trial, dropped
from connectors.moodle import Moodle
from connectors.oneroster.api import OneRosterApi
from connectors.schoology import Schoology
from connectors.tables.byhand import connect as by_hand_connect
from tests.connectors.canvas import canvas_world
from tests.connectors.clever import clever_world
from tests.connectors.moodle import moodle_world
from tests.connectors.oneroster import api_world
from tests.connectors.roster_world import WINDOW, table
from tests.connectors.schoology import schoology_world
from tests.connectors.served_trials import QUICK, MakeTrial, made, opening, served
from tests.connectors.units_world import ONE_DAY


@contextmanager
def canvas(folder: Path) -> Iterator[Trial]:
    letter, teacher, student = canvas_world.letter, canvas_world.TEACHER, canvas_world.STUDENT
    there = canvas_world.talk(1, letter(1, teacher, student), letter(2, student, teacher))
    with canvas_world.serving(canvas_world.world(there)) as running:
        context = canvas_world.canvas(running, made(folder), ask=["teacher"]).context
        connect = opening(Canvas, canvas_world.Waits().clock(), limits=QUICK)
        yield served(running, connect, context, canvas_world.ONE_DAY)


@contextmanager
def moodle(folder: Path) -> Iterator[Trial]:
    world: MoodleWorld = replace(moodle_world.WORLD, conversations=(moodle_world.PAIR,))
    with moodle_world.serving(world) as running:
        context = moodle_world.moodle(running, made(folder)).context
        connect = opening(Moodle, moodle_world.waiting([]), limits=QUICK)
        yield served(running, connect, context, ONE_DAY)


@contextmanager
def schoology(folder: Path) -> Iterator[Trial]:
    chance = Random(7)

    def connect(context: SourceContext) -> Source:
        # Schoology takes no nonce a second time: chance goes on from one instance to the next.
        clock = schoology_world.Waits().clock()
        return Schoology(context, clock=clock, random=chance, limits=QUICK)

    with schoology_world.serving() as running:
        tokens = schoology_world.tokens(running, made(folder), schoology_world.ANA, schoology_world.BEN)
        settings: dict[str, Any] = {"tokens": tokens, "messages_of": ["Teacher"]}
        context = schoology_world.schoology(running, folder, **settings).context
        yield served(running, connect, context, ONE_DAY)


@contextmanager
def clever(folder: Path) -> Iterator[Trial]:
    with clever_world.serving() as running:
        context = clever_world.source(running, made(folder)).context
        connect = opening(Clever, canvas_world.Waits().clock(), limits=QUICK)
        yield served(running, connect, context, WINDOW)


@contextmanager
def oneroster_api(folder: Path) -> Iterator[Trial]:
    with api_world.serving(api_world.marlow()) as running:
        context = api_world.source(running, made(folder)).context
        connect = opening(OneRosterApi, api_world.Waits().clock(), limits=QUICK)
        yield served(running, connect, context, WINDOW)


ATTESTED = table(
    "attestation_id,system,person,first,last,looked_by,looked_by_role,looked_on,found,ends_on",
    "A1,Remind,,2026-11-16,2026-11-17,T-100,athletic_director,2026-11-18,2,2026-12-31",
    "A2,Remind,,2026-11-16,2026-11-17,T-100,athletic_director,2026-11-18,some,2026-12-31",
)


@contextmanager
def by_hand(folder: Path) -> Iterator[Trial]:
    """Yield a system without a program's way in: no world of it can hold a fact."""
    settings = {"system": "remind", "path": "drop/attestations.csv"}
    made_of = dropped(by_hand_connect, folder, {"attestations.csv": ATTESTED}, settings)
    # Where there is no table, nobody has looked at it yet: that is nothing to mend.
    yield replace(made_of, holds=False, gone=None)


SCHOOL_TRIALS: Mapping[str, MakeTrial] = {
    "by-hand": by_hand,
    "canvas": canvas,
    "clever": clever,
    "moodle": moodle,
    "oneroster-api": oneroster_api,
    "schoology": schoology,
}
