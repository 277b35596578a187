"""Who said so: the directory's word on people, addresses and lists, with its source and first day.

The rules read what held on a day. Somebody who must answer for an item may also ask since when it
held and which roster told it, and that stands only in the directory's own memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from auditor.directory import OPEN_START, Interval, Register, State, day_of
from auditor.directory.state import DATED, Row
from auditor.explaining import HatSeen, PersonSeen
from auditor.items import Subject
from auditor.model import ClassRole, HatRole

Index = Mapping[int, list[tuple[Row, tuple[Interval, ...]]]]


@dataclass(frozen=True)
class Word:
    """Since when something held on a day, and the titles of the sources that said so."""

    since: date | None
    told_by: tuple[str, ...]


NOBODYS_WORD = Word(None, ())


@dataclass(frozen=True)
class Tracer:
    """Answers for one item: whoever is on it is marked."""

    state: State
    register: Register
    titles: Mapping[str, str]
    adult_hats: tuple[HatRole, ...]
    subject: Subject

    # ---- people --------------------------------------------------------------------------

    def person(self, key: int, day: int) -> PersonSeen:
        """Return who somebody was on a day."""
        register, about = self.register, self.subject
        shown = register.person(key, day)
        student = register.holds(key, HatRole.STUDENT, day)
        works = any(register.holds(key, hat, day) for hat in self.adult_hats)
        machine = register.holds(key, HatRole.SYSTEM, day)
        pupil = about.student
        return PersonSeen(
            person_id=shown.person_id,
            name=shown.name,
            hats=tuple(self._hats(key, day)),
            schools=tuple(register.school_name(school) for school in shown.school_ids),
            adult=works and not student and not machine,
            student=student,
            on_item=key in (about.adult, pupil),
            guardian_here=pupil is not None and key in register.guardians_of(pupil, day),
        )

    def _hats(self, key: int, day: int) -> Iterable[HatSeen]:
        words: dict[str, list[tuple[Row, Interval]]] = defaultdict(list)
        for row, days in self._on(self._hats_of, key, day):
            at = "" if row[2] is None else f" at {self.register.school_name(str(row[2]))}"
            words[f"{row[1]}{at}"].append((row, days))
        for row, days in self._on(self._teams_of, key, day):
            if self.register.on_team(key, row[0], day):
                team = self.register.team(row[0])
                role = str(row[2]).replace("_", " ")
                words[f"{role} of {'a team' if team is None else team.name}"].append((row, days))
        taught = [
            one
            for one in self._on(self._classes_of, key, day)
            if one[0][2] == ClassRole.TEACHER.value
        ]
        if taught:
            classes = len({row[0] for row, _ in taught})
            words[f"teacher of {classes} class{'' if classes == 1 else 'es'}"] = taught
        for row, days in self._on(self._guardian_of, key, day):
            whose = "this student" if row[1] == self.subject.student else "another student"
            words[f"guardian of {whose}"].append((row, days))
        for said, rows in words.items():
            word = self._word(rows)
            yield HatSeen(said, word.since, word.told_by)

    # ---- addresses and lists -------------------------------------------------------------

    def address(self, address_key: int, person_key: int, day: int) -> Word:
        """Return since when an address was a person's, and who said so."""
        rows = self._on(self._addresses, address_key, day)
        return self._word((row, days) for row, days in rows if row[1] == person_key)

    def address_kind(self, address_key: int, person_key: int, day: int) -> str | None:
        """Return what an address was to a person: district, personal, outside or person-id."""
        kinds = dict(self.register.people_at(address_key, day))
        return kinds.get(person_key)

    def members(self, group_key: int, day: int) -> Word:
        """Return who told of a list's members; no first day, for each member has its own."""
        return Word(None, self._word(self._on(self._members, group_key, day)).told_by)

    def title(self, source: str) -> str:
        return self.titles.get(source, source)

    # ---- the directory's memory, found by key ---------------------------------------------

    @cached_property
    def _hats_of(self) -> Index:
        return self._by("hat", "person_key")

    @cached_property
    def _teams_of(self) -> Index:
        return self._by("team_member", "person_key")

    @cached_property
    def _classes_of(self) -> Index:
        return self._by("class_member", "person_key")

    @cached_property
    def _guardian_of(self) -> Index:
        return self._by("guardian", "guardian_key")

    @cached_property
    def _addresses(self) -> Index:
        return self._by("address", "address_key")

    @cached_property
    def _members(self) -> Index:
        return self._by("group_member", "group_key")

    def _by(self, relation: str, column: str) -> Index:
        at = [name for name, _ in DATED[relation]].index(column)
        index: dict[int, list[tuple[Row, tuple[Interval, ...]]]] = defaultdict(list)
        for row, spans in self.state.dated.get(relation, {}).items():
            index[row[at]].append((row, spans))
        return index

    @staticmethod
    def _on(index: Index, key: int, day: int) -> Iterable[tuple[Row, Interval]]:
        found = (
            (row, days) for row, spans in index.get(key, ()) for days in spans if day in days
        )
        return sorted(found, key=lambda one: [str(part) for part in one[0]])

    def _word(self, rows: Iterable[tuple[Row, Interval]]) -> Word:
        told = list(rows)
        if not told:
            return NOBODYS_WORD
        first = min(days.first for _, days in told)
        titles = {self.title(str(row[-1])) for row, _ in told}
        return Word(None if first == OPEN_START else day_of(first), tuple(sorted(titles)))
