"""Who reads an item: its readers by the policy, and the next authority where they cannot.

Nobody reviews themselves. An item about the holder of a reading office goes up the policy's own
chain of offices until it reaches somebody it is not about. So does an item of no school, which
would otherwise be on nobody's page.
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

    def route(self, item: Item, people: frozenset[int]) -> Item:
        """Return the item with who gets it instead, if it is about a reader or has none.

        ``people`` are those it is about.
        """
        past = [r for r in item.readers if people & self.readers(r, item)]
        if not past and not self._has_page(item):
            past = [r for r in item.readers if self._of_school(r)]
        if not past:
            return item
        instead = self.instead(past[0], people)
        return replace(item, routed_to=self.reader_name(instead), routed_office=instead)

    def _has_page(self, item: Item) -> bool:
        """Whether some reader has a page for it: a school office, only where there is a school."""
        known = set(self.register.school_ids)
        placed = any(school in known for school in item.school_ids)
        readers = [reader for reader in item.readers if reader != IT]
        return not readers or any(placed or not self._of_school(reader) for reader in readers)

    def readers(self, office: str, item: Item) -> frozenset[int]:
        """Return the people who read an item as holders of an office today."""
        schools = item.school_ids if self._of_school(office) else ()
        if self._of_school(office) and not schools:
            return frozenset()
        return self.offices.holders(office, schools, self.register.newest_day)

    def deciding(self, item: Item, people: frozenset[int]) -> tuple[str, ...]:
        """Return the offices whose holders decide on an item: those that get to read it."""
        reading = [
            office
            for office in item.readers
            if office != IT and not people & self.readers(office, item)
        ]
        if item.routed_office is not None:
            reading.append(item.routed_office)
        return tuple(dict.fromkeys(reading))

    def instead(self, office: str, people: frozenset[int]) -> str:
        """Return the next office above that none of ``people`` holds as well."""
        today = self.register.newest_day
        above = self.offices.above(office)
        for step in above:
            if not people & self.offices.holders(step, (), today):
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
