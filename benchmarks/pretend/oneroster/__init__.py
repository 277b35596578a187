"""A student system's OneRoster server, pretended: the sample district's roster, or any other."""

from __future__ import annotations

from benchmarks.pretend.oneroster.server import Oddities, PretendOneRoster
from benchmarks.pretend.oneroster.world import World, reference, world_of, world_of_files

__all__ = ["Oddities", "PretendOneRoster", "World", "reference", "world_of", "world_of_files"]
