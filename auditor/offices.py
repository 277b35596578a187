"""Who held which office on which day: what an approval's authority is tested against.

Holders come from the settings, which say who holds an office now, and from the record of offices,
which is dated. Where nobody is named for an office, whether a granter held it is not known, and
the answer says so instead of guessing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from auditor.directory import Interval
from auditor.policy import Pack


@dataclass(frozen=True, slots=True)
class Holding:
    """One person in one office; ``school`` None for an office of the whole district."""

    person: int
    office: str
    school: str | None
    days: Interval


class Offices:
    """Answers about the holders of a policy's offices."""

    def __init__(self, pack: Pack, holdings: Iterable[Holding] = ()) -> None:
        self._pack = pack
        self._holdings = tuple(holdings)

    @property
    def holdings(self) -> tuple[Holding, ...]:
        return self._holdings

    def holds(
        self, person: int, office: str, schools: Collection[str], day: int
    ) -> bool | None:
        """Say whether a person held an office over one of ``schools`` on ``day``.

        None: nobody is named for that office there, so it is not known. Without a school every
        holder counts.
        """
        held = self._pack.offices_held(office)
        named = [h for h in self._holdings if h.office in held]
        over = [h for h in named if not schools or h.school is None or h.school in schools]
        if any(h.person == person and day in h.days for h in over):
            return True
        if over or any(h.person == person for h in named):
            return False
        return None

    @property
    def places(self) -> tuple[tuple[str, str | None], ...]:
        """Return every office and school somebody is named for, in order."""
        found = {(h.office, h.school) for h in self._holdings}
        return tuple(sorted(found, key=lambda one: (one[0], one[1] or "")))

    def named(self, office: str, school: str | None, day: int) -> frozenset[int]:
        """Return who is named for just this office there, without those who stand in for it."""
        return frozenset(
            h.person
            for h in self._holdings
            if (h.office, h.school) == (office, school) and day in h.days
        )

    def holders(self, office: str, schools: Collection[str], day: int) -> frozenset[int]:
        """Return who held an office over one of ``schools`` on ``day``."""
        held = self._pack.offices_held(office)
        return frozenset(
            h.person
            for h in self._holdings
            if h.office in held
            and day in h.days
            and (h.school is None or not schools or h.school in schools)
        )

    def above(self, office: str) -> tuple[str, ...]:
        """Return the offices that read, in turn, what is about the holder of ``office``."""
        found = []
        step = self._pack.offices[office].next if office in self._pack.offices else None
        while step is not None and step not in found:
            found.append(step)
            step = self._pack.offices[step].next
        return tuple(found)

    def name(self, office: str) -> str:
        found = self._pack.offices.get(office)
        return office.replace("_", " ") if found is None else found.name
