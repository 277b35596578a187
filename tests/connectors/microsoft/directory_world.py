"""A small tenant of the invented Marlow district, and a client of the product in front of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from auditor.keys import AddressRules
from auditor.model import Address, AddressKind
from benchmarks.pretend.microsoft import A5, Group, PretendMicrosoft, Seat, User, World, guid
from connectors.microsoft.access import Access, Cloud
from connectors.microsoft.asking import Graph
from connectors.retrying import Clock, Limits

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DOMAIN = "marlow.example"
RULES = AddressRules(
    district_domains=frozenset({DOMAIN}),
    alias_domains={"marlow-schools.example": DOMAIN},
)
LIMITS = Limits(read_seconds=2, tries=3, first_wait=1, longest_wait=30)


@dataclass
class Waits:
    """A clock whose sleeping takes no time, and is remembered."""

    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(lambda: NOW, lambda: sum(self.slept), self.slept.append)


def account(name: str, department: str = "Alder High", **more: object) -> User:
    """Return an account: "ana.reyes" is Ana Reyes, with the address of that name."""
    given, _, family = name.partition(".")
    user = User(
        guid(name), f"{name}@{DOMAIN}", given.title(), family.title(), department=department
    )
    return replace(user, **more)  # type: ignore[arg-type]  # the names are the fields' own


def group(name: str, *members: str, **more: object) -> Group:
    """Return a group; members without a domain are of the district."""
    seats = tuple(Seat(m if "@" in m else f"{m}@{DOMAIN}") for m in members)
    made = Group(guid("group", name), f"{name}@{DOMAIN}", name, seats)
    return replace(made, **more)  # type: ignore[arg-type]  # the names are the fields' own


def tenant(users: Sequence[User], groups: Sequence[Group] = (), **more: object) -> World:
    world = World(
        domain=DOMAIN,
        ends=NOW,
        users=tuple(users),
        groups=tuple(groups),
        edition=A5,
        canary="zephyrquill",
    )
    return replace(world, **more)  # type: ignore[arg-type]  # the names are the fields' own


@contextmanager
def serving(world: World) -> Iterator[PretendMicrosoft]:
    """Serve a tenant, and see that it was asked for nothing it does not know."""
    with PretendMicrosoft(world, now=NOW) as running:
        yield running
        assert running.mistakes == []


@contextmanager
def asking(running: PretendMicrosoft, folder: Path) -> Iterator[Graph]:
    """Yield the product's own client of a tenant that is served."""
    pem = running.certificate_file(folder)
    access = Access(running.tenant, running.client, pem, None, Cloud.GLOBAL, running.base)
    client = Graph(
        access,
        where="Microsoft directory",
        clock=Waits().clock(),
        random=Random(7),
        limits=LIMITS,
    )
    yield client
    client.close()


def mail(name: str) -> Address:
    return Address(AddressKind.EMAIL, name if "@" in name else f"{name}@{DOMAIN}")
