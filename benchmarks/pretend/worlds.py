"""What the pretended vendors' worlds have in common: dated memberships, and whose an address is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Generic, Protocol, TypeVar

LONG_AGO = datetime(2021, 7, 1, 12, tzinfo=UTC)
Settings = tuple[tuple[str, datetime, datetime | None], ...]
"""What was set of one thing: (value, since, until)."""


def number(*parts: object, bits: int = 63) -> int:
    """Return a number below ``2**bits`` that stands for ``parts``: always the same one."""
    digest = blake2b("\0".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - bits)


def in_force(settings: Settings, now: datetime) -> list[str]:
    """Return the values that hold at ``now``."""
    return [v for v, since, until in settings if since <= now and (until is None or now < until)]


@dataclass(frozen=True, slots=True)
class MailSettings:
    """What a mailbox does by itself."""

    send_as: Settings = ()
    forwarding: Settings = ()
    signature: Settings = ()
    vacation: Settings = ()
    delegates: Settings = ()


@dataclass(frozen=True, slots=True)
class Seat:
    """One membership. ``email`` may be a group's, or of somebody outside; the district's own id
    stands for all of its accounts."""

    email: str
    role: str = "MEMBER"
    since: datetime = LONG_AGO
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


class Account(Protocol):
    """Somebody or something that has an id and addresses."""

    @property
    def id(self) -> str: ...

    @property
    def keys(self) -> tuple[str, ...]:
        """The id and every address of its own."""
        ...


class MailingList(Account, Protocol):
    @property
    def seats(self) -> tuple[Seat, ...]: ...


U = TypeVar("U", bound=Account)
G = TypeVar("G", bound=MailingList)


class Accounts(Generic[U, G]):
    """Users and groups by every address and id they have."""

    def __init__(
        self,
        users: Iterable[U],
        groups: Iterable[G],
        domain_aliases: Mapping[str, str] | None = None,
    ) -> None:
        self.users: dict[str, U] = {}
        self.groups: dict[str, G] = {}
        self._domain_aliases = domain_aliases or {}
        for user in users:
            for key in user.keys:
                self.users[key.lower()] = user
        for group in groups:
            for key in group.keys:
                self.groups[key.lower()] = group

    def user(self, key: str) -> U | None:
        """Return the account with this id or address, read as a mail server reads one."""
        return self.users.get(key.lower()) or self.users.get(self._plain(key))

    def group(self, key: str) -> G | None:
        return self.groups.get(key.lower()) or self.groups.get(self._plain(key))

    def _plain(self, address: str) -> str:
        local, _, domain = address.lower().partition("@")
        return f"{local.partition('+')[0]}@{self._domain_aliases.get(domain, domain)}"

    def reached(self, address: str, at: datetime) -> list[U]:
        """Return the accounts that get a mail to ``address``, groups expanded as of ``at``."""
        found: dict[str, U] = {}
        self._reach(address, at, found, set())
        return list(found.values())

    def _reach(self, address: str, at: datetime, found: dict[str, U], seen: set[str]) -> None:
        user, group = self.user(address), self.group(address)
        if user is not None:
            found[user.id] = user
        elif group is not None and group.id not in seen:
            seen.add(group.id)
            for seat in group.seats:
                if seat.holds(at):
                    self._reach(seat.email, at, found, seen)
