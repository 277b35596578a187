"""Who reads an item: its readers by the policy, and the next authority where one is in it.

Nobody reviews themselves. An item about the holder of a reading office goes up the policy's own
chain of offices until it reaches somebody it is not about.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.directory import Register
from auditor.offices import Offices
from auditor.policy import Pack
from auditor.result import Item
from auditor.workplace import District

IT = "it"


@dataclass(frozen=True, slots=True)
class Router:
    pack: Pack
    register: Register
    offices: Offices
    district: District

    def route(self, item: Item, adult: int | None) -> Item:
        """Return the item with who gets it instead, if its adult holds one of its offices."""
        conflicted = [r for r in item.readers if adult in self.readers(r, item)]
        if adult is None or not conflicted:
            return item
        instead = self.instead(conflicted[0], adult)
        return replace(item, routed_to=self.reader_name(instead), routed_office=instead)

    def readers(self, office: str, item: Item) -> frozenset[int]:
        """Return the people who read an item as holders of an office today."""
        schools = item.school_ids if self._of_school(office) else ()
        if self._of_school(office) and not schools:
            return frozenset()
        return self.offices.holders(office, schools, self.register.newest_day)

    def deciding(self, item: Item, adult: int | None) -> tuple[str, ...]:
        """Return the offices whose holders decide on an item: those that get to read it."""
        reading = [
            office
            for office in item.readers
            if office != IT and (adult is None or adult not in self.readers(office, item))
        ]
        if item.routed_office is not None:
            reading.append(item.routed_office)
        return tuple(dict.fromkeys(reading))

    def instead(self, office: str, adult: int) -> str:
        """Return the next office above that ``adult`` does not hold as well."""
        today = self.register.newest_day
        above = self.offices.above(office)
        for step in above:
            if adult not in self.offices.holders(step, (), today):
                return step
        return above[-1] if above else office

    def reader_name(self, office: str) -> str:
        """Return who stands for an office on pages: a name where one is known."""
        return self.named(office) or f"the {self.offices.name(office)}"

    def named(self, office: str) -> str | None:
        """Return the name the settings give for an office, if they do."""
        return {
            "superintendent_designee": self.district.designee,
            "superintendent": self.district.superintendent,
        }.get(office)

    def _of_school(self, office: str) -> bool:
        found = self.pack.offices.get(office)
        return found is not None and found.of_school
