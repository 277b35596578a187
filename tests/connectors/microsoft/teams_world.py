"""Chats of the invented Marlow district in Teams, and one way to read them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from auditor.keys import AddressRules
from auditor.source import SourceContext, Window
from benchmarks.pretend.microsoft import Chat, Post, PretendMicrosoft, Seat, World, guid
from connectors.microsoft.teams import MicrosoftTeams
from tests.connectors.microsoft.directory_world import DOMAIN, LIMITS, RULES, Waits, account, tenant
from tests.connectors.read_back import Read

DAY = date(2026, 11, 18)
"""A Wednesday; midnight of it is 05:00 in UTC."""
NOON = datetime(2026, 11, 18, 17, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=60)
ONE_DAY = Window(DAY, DAY)
TEACHER, SECOND, STUDENT, OTHER = (
    f"{name}@{DOMAIN}" for name in ("ana.reyes", "ben.ode", "kit.lowe", "may.sand")
)
OUTSIDE = "someone@elsewhere.example"
STAFF = [{"employee_type": "Staff"}]
USERS = tuple(
    account(one.partition("@")[0], employee_type="Staff" if one in (TEACHER, SECOND) else "Student")
    for one in (TEACHER, SECOND, STUDENT, OTHER)
)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def post(author: str, at: datetime = NOON, **more: Any) -> Post:
    number = str(int(at.timestamp() * 1_000))
    return replace(Post(number, at, author, "Said zephyrquill"), **more)


def group_chat(name: str, people: Sequence[str | Seat], *posts: Post) -> Chat:
    seats = tuple(one if isinstance(one, Seat) else Seat(one, since=LONG_AGO) for one in people)
    return Chat(f"19:{name}@thread.v2", "group", seats, LONG_AGO, "Room zephyrquill", posts)


def id_of(address: str) -> str:
    """Return the id that Teams knows somebody by, also of another tenant."""
    own = address.partition("@")[0]
    return guid(own) if address.endswith(f"@{DOMAIN}") else guid("outside", address)


def pair_chat(one: str, other: str, *posts: Post) -> Chat:
    ids = sorted((id_of(one), id_of(other)))
    seats = tuple(Seat(address, since=LONG_AGO) for address in (one, other))
    return Chat(f"19:{ids[0]}_{ids[1]}@unq.gbl.spaces", "oneOnOne", seats, LONG_AGO, "", posts)


def world(*chats: Chat, **more: Any) -> World:
    return replace(tenant(USERS), chats=chats, **more)


def configured(
    folder: Path,
    settings: Mapping[str, object],
    *,
    addresses: AddressRules = RULES,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> MicrosoftTeams:
    context = SourceContext(
        "chat", "Teams", "America/New_York", addresses, str(folder), settings, progress=progress
    )
    return MicrosoftTeams(context, clock=Waits().clock(), random=Random(7), limits=LIMITS)


def teams(
    running: PretendMicrosoft,
    folder: Path,
    *,
    addresses: AddressRules = RULES,
    progress: Callable[[int, int, str], None] = lambda *_: None,
    **settings: object,
) -> MicrosoftTeams:
    """Return the source in front of a tenant that is served."""
    given = {
        "tenant": running.tenant,
        "client": running.client,
        "certificate": str(running.certificate_file(folder)),
        "endpoint": running.base,
        "users": STAFF,
        **settings,
    }
    return configured(folder, given, addresses=addresses, progress=progress)


def pull(
    running: PretendMicrosoft, folder: Path, window: Window = ONE_DAY, **settings: Any
) -> Read:
    return Read(list(teams(running, folder, **settings).pull(window)), DAY)
