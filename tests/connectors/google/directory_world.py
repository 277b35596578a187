"""A small Workspace of the invented Marlow district, and a client of the product in front of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from auditor.keys import AddressRules
from auditor.model import Address, AddressKind, GroupMember
from auditor.records import Fact
from auditor.source import Note, SourceContext, Window
from benchmarks.pretend.google import PLUS, PretendGoogle, Seat, User, World
from benchmarks.pretend.google import Group as MailingList
from benchmarks.pretend.google.world import google_id
from benchmarks.pretend.worlds import number
from connectors.google.access import Access
from connectors.google.asking import Google
from connectors.google.directory import GoogleDirectory
from connectors.retrying import Clock, Limits

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DOMAIN = "marlow.example"
ADMIN = f"workspace-admin@{DOMAIN}"
RULES = AddressRules(
    district_domains=frozenset({DOMAIN}),
    alias_domains={"marlow-schools.example": DOMAIN},
)
ROLES = [
    {"ou": "/Staff/Alder High", "role": "staff", "school": "10"},
    {"ou": "/Students", "role": "student", "school": "10"},
    {"ou": "/Devices", "role": "none"},
]
LIMITS = Limits(read_seconds=2, tries=3, first_wait=1, longest_wait=30)


@dataclass
class Waits:
    """A clock whose sleeping takes no time, and is remembered."""

    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(lambda: NOW, lambda: sum(self.slept), self.slept.append)


def account(name: str, org_unit: str = "/Staff/Alder High", **more: object) -> User:
    """Return an account: "ana.reyes" is Ana Reyes, with the address of that name."""
    given, _, family = name.partition(".")
    user = User(google_id(name), f"{name}@{DOMAIN}", given.title(), family.title(), org_unit)
    return replace(user, **more)  # type: ignore[arg-type]  # the names are the fields' own


PEOPLE = (account("ana.reyes"), account("ben.okafor"), account("kim.ito", "/Students"))


def mailing_list(name: str, *members: str, **more: object) -> MailingList:
    """Return a group; members without a domain are of the district."""
    seats = tuple(Seat(m if "@" in m else f"{m}@{DOMAIN}") for m in members)
    group = MailingList(f"{number(name):015x}", f"{name}@{DOMAIN}", name, seats)
    return replace(group, **more)  # type: ignore[arg-type]  # the names are the fields' own


def workspace(users: Sequence[User], groups: Sequence[MailingList] = (), **more: object) -> World:
    """Return a Workspace with an administrator and these accounts and groups in it."""
    admin = account("workspace-admin", "/", admin=True)
    units = tuple(sorted({user.org_unit for user in users}))
    world = World(
        domain=DOMAIN,
        ends=NOW,
        admin=ADMIN,
        users=(admin, *users),
        groups=tuple(groups),
        org_units=units,
        edition=PLUS,
        canary="zephyrquill",
    )
    return replace(world, **more)  # type: ignore[arg-type]  # the names are the fields' own


STAFF, TEAM = mailing_list("staff", "ana.reyes"), mailing_list("team", "kim.ito")
BOTH = workspace(PEOPLE, [STAFF, TEAM])


@contextmanager
def serving(world: World) -> Iterator[PretendGoogle]:
    """Serve a Workspace, and see that it was asked for nothing it does not know."""
    with PretendGoogle(world, now=NOW) as running:
        yield running
        assert running.mistakes == []


@contextmanager
def asking(running: PretendGoogle, folder: Path) -> Iterator[Google]:
    """Yield the product's own client of a Workspace that is served."""
    access = Access(ADMIN, running.key_file(folder), None, "my_customer", running.base)
    client = Google(
        access, where="Google directory", clock=Waits().clock(), random=Random(7), limits=LIMITS
    )
    yield client
    client.close()


def directory(running: PretendGoogle, folder: Path, **settings: object) -> GoogleDirectory:
    """Return the source ``google-directory`` in front of a Workspace that is served."""
    given = {
        "admin": ADMIN,
        "key": str(running.key_file(folder)),
        "endpoint": running.base,
        "roles": ROLES,
        **settings,
    }
    return configured(folder, given)


def configured(folder: Path, settings: Mapping[str, object]) -> GoogleDirectory:
    """Return the source with these settings; raises ValueError for mistakes in them."""
    context = SourceContext(
        "directory", "Google directory", "America/New_York", RULES, str(folder), settings
    )
    return opened(context)


def opened(context: SourceContext) -> GoogleDirectory:
    return GoogleDirectory(context, clock=Waits().clock(), random=Random(7))


def pull(source: GoogleDirectory) -> tuple[list[Fact], dict[str, Note]]:
    """Return all facts of a pull, and its notes by their text."""
    pages = list(source.pull(Window(NOW.date(), NOW.date())))
    return [fact for page in pages for fact in page.facts], {
        note.text: note for page in pages for note in page.notes
    }


def mail(name: str) -> Address:
    return Address(AddressKind.EMAIL, name if "@" in name else f"{name}@{DOMAIN}")


def places(facts: list[Fact]) -> set[tuple[str, str, date | None, date | None]]:
    return {
        (f.group.text.split("@")[0], f.member.text.split("@")[0], f.start, f.end)
        for f in facts
        if isinstance(f, GroupMember)
    }
