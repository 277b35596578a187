"""What one night's rosters came to, for the rooms that do not take them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.directory.state import State
from auditor.model import Address
from auditor.result import DirectoryCount, Unmatched


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of a delivery. ``addresses`` are new to the address book: key -> address."""

    state: State
    unmatched: tuple[Unmatched, ...]
    counts: tuple[DirectoryCount, ...]
    addresses: Mapping[int, Address]
