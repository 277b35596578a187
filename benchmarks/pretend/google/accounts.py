"""Whose an address is in a pretended Workspace, and whom a group reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from benchmarks.pretend.google.world import Group, User


class Accounts:
    """Users and groups by every address and id they have."""

    def __init__(
        self, users: Iterable[User], groups: Iterable[Group], domain_aliases: Mapping[str, str]
    ) -> None:
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self._domain_aliases = domain_aliases
        for user in users:
            for key in (user.id, user.email, *user.aliases, *user.domain_aliases):
                self.users[key.lower()] = user
        for group in groups:
            for key in (group.id, group.email, *group.aliases):
                self.groups[key.lower()] = group

    def user(self, key: str) -> User | None:
        """Return the account with this id or address, read as a mail server reads one."""
        return self.users.get(key.lower()) or self.users.get(self._plain(key))

    def group(self, key: str) -> Group | None:
        return self.groups.get(key.lower()) or self.groups.get(self._plain(key))

    def _plain(self, address: str) -> str:
        local, _, domain = address.lower().partition("@")
        return f"{local.partition('+')[0]}@{self._domain_aliases.get(domain, domain)}"

    def reached(self, address: str, at: datetime) -> list[User]:
        """Return the accounts that get a mail to ``address``, groups expanded as of ``at``."""
        found: dict[str, User] = {}
        self._reach(address, at, found, set())
        return list(found.values())

    def _reach(
        self, address: str, at: datetime, found: dict[str, User], seen: set[str]
    ) -> None:
        user, group = self.user(address), self.group(address)
        if user is not None:
            found[user.id] = user
        elif group is not None and group.id not in seen:
            seen.add(group.id)
            for seat in group.seats:
                if seat.holds(at):
                    self._reach(seat.email, at, found, seen)
