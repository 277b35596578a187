"""Clever, pretended: the sample district's roster as a district shares it there."""

from __future__ import annotations

from benchmarks.pretend.clever.server import Oddities, PretendClever
from benchmarks.pretend.clever.world import World, object_id, world_of

__all__ = ["Oddities", "PretendClever", "World", "object_id", "world_of"]
