"""A small tenant of the invented Marlow district, and a client of the product in front of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from auditor.keys import AddressRules
from auditor.model import Address, AddressKind
from auditor.records import Fact
from auditor.source import Note, SourceContext, Window
from benchmarks.pretend.microsoft import A5, Group, PretendMicrosoft, Seat, User, World, guid
from connectors.microsoft.access import Access, Cloud
from connectors.microsoft.asking import Graph
from connectors.microsoft.directory import MicrosoftDirectory
from connectors.retrying import Clock, Limits

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DOMAIN = "marlow.example"
RULES = AddressRules(
    district_domains=frozenset({DOMAIN}),
    alias_domains={"marlow-schools.example": DOMAIN},
)
ROLES = [
    {"department": "Alder High", "role": "staff", "school": "10"},
    {"department": "Alder High", "employee_type": "Student", "role": "student", "school": "10"},
    {"department": "Devices", "role": "none"},
    {"department": "Offices", "role": "system"},
]
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


def directory(
    running: PretendMicrosoft, folder: Path, **settings: object
) -> MicrosoftDirectory:
    """Return the source ``microsoft-directory`` in front of a tenant that is served."""
    given = {
        "tenant": running.tenant,
        "client": running.client,
        "certificate": str(running.certificate_file(folder)),
        "endpoint": running.base,
        "roles": ROLES,
        **settings,
    }
    return configured(folder, given)


def configured(folder: Path, settings: Mapping[str, object]) -> MicrosoftDirectory:
    """Return the source with these settings; raises ValueError for mistakes in them."""
    return opened(
        SourceContext(
            "directory", "Microsoft directory", "America/New_York", RULES, str(folder), settings
        )
    )


def opened(context: SourceContext) -> MicrosoftDirectory:
    return MicrosoftDirectory(context, clock=Waits().clock(), random=Random(7))


def pull(source: MicrosoftDirectory) -> tuple[list[Fact], dict[str, Note]]:
    """Return all facts of a pull, and its notes by their text."""
    pages = list(source.pull(Window(NOW.date(), NOW.date())))
    return [fact for page in pages for fact in page.facts], {
        note.text: note for page in pages for note in page.notes
    }


def mail(name: str) -> Address:
    return Address(AddressKind.EMAIL, name if "@" in name else f"{name}@{DOMAIN}")
