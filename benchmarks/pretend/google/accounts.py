"""Whose an address is in a pretended Workspace, and whom a group reaches."""

from __future__ import annotations

from typing import TypeAlias

from benchmarks.pretend import worlds
from benchmarks.pretend.google.world import Group, User

Accounts: TypeAlias = worlds.Accounts[User, Group]
