"""A small district as pretended vendors have it, made once; servers and clients for each test."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from benchmarks.district import Sizes, make_district
from benchmarks.pretend import microsoft as m365
from benchmarks.pretend.google import PretendGoogle, World, world_of
from benchmarks.pretend.microsoft import PretendMicrosoft
from benchmarks.sample.planted import Stage
from tests.benchmarks.google_clients import Clients
from tests.benchmarks.microsoft_clients import Graph


class Clock:
    """Seconds that pass only when told to; they begin now, as tokens are signed by the real clock."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="session")
def small_stage() -> Stage:
    return make_district(Sizes(1, 45, 450, 2), seed=7, end=date(2026, 11, 22))


@pytest.fixture(scope="session")
def small_world(small_stage: Stage) -> World:
    return world_of(small_stage, late=0.1)


@pytest.fixture
def clock() -> Clock:
    return Clock(time.time())


@pytest.fixture
def google(small_world: World, clock: Clock) -> Iterator[PretendGoogle]:
    with PretendGoogle(small_world, clock=clock) as running:
        yield running
        assert running.mistakes == []


@pytest.fixture
def clients(google: PretendGoogle) -> Iterator[Clients]:
    with closing(Clients(google)) as made:
        yield made


@pytest.fixture(scope="session")
def small_tenant(small_stage: Stage) -> m365.World:
    return m365.world_of(small_stage, late=0.1)


@pytest.fixture
def microsoft(small_tenant: m365.World, clock: Clock) -> Iterator[PretendMicrosoft]:
    with PretendMicrosoft(small_tenant, clock=clock) as running:
        yield running
        assert running.mistakes == []


@pytest.fixture
def graph(microsoft: PretendMicrosoft) -> Iterator[Graph]:
    with closing(Graph(microsoft)) as asking:
        yield asking
