"""What a roster at Clever comes to: people under the ids of the student system, and their places.

Clever's own ids are good within Clever alone, so the student system's are used, as in every other
file of the district. Student systems number students, teachers and families apart: an id that two
people bear is nobody's, and both go by Clever's id until the district tells them apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from auditor.keys import AddressRules
from auditor.model import (
    ClassMember,
    ClassRole,
    Hat,
    HatRole,
    Person,
    PersonRef,
    School,
    SchoolClass,
)
from auditor.records import Fact
from auditor.source import Malformed, Mark, Note, Page
from connectors.clever.records import Place, SchoolRecord, Section, Tie, User
from connectors.clever.roster import SCHOOLS, SECTIONS, USERS, Roster
from connectors.csvfile import Row
from connectors.rosterfile import FamilyTies, Outcome, RosterPages

OWN = "clever:"
"""Begins the ids of what the student system has no id for, or none that is its own."""
_NEVER = frozenset(("Self", "Sibling"))
"""Relationships that make nobody a guardian, whatever the type says."""
_ALWAYS = "Parent"
Thing = TypeVar("Thing", User, SchoolRecord, Section)


class Facts:
    """Tells one roster."""

    def __init__(self, roster: Roster, guardians: Iterable[str], rules: AddressRules) -> None:
        self._roster = roster
        self._types = frozenset(guardians)
        self._pages = RosterPages(rules, place="record")
        self._ties = FamilyTies(self._pages)
        self._wearing: dict[HatRole, set[str]] = {role: set() for role in HatRole}
        self._people = self._named(USERS, {u.id: u.sis_ids for u in roster.users.values()})
        self._schools = self._named(SCHOOLS, {s.id: (s.sis_id,) for s in roster.schools.values()})
        self._classes = self._named(SECTIONS, {s.id: (s.sis_id,) for s in roster.sections.values()})
        self._taken = frozenset(self._people.values())
        self._bearers = Counter(i for user in roster.users.values() for i in set(_ids(user)))
        """Id or number -> how many people have it, for other files to name them by."""

    def pages(
        self, notes: Iterable[Note], marks: tuple[Mark, ...], where: str
    ) -> Iterator[Page]:
        """Yield everything, ``marks`` with the last page; raises ``Malformed`` without a role."""
        self._pages.note(notes)
        users = sorted(self._roster.users.values(), key=lambda user: user.id)
        yield from self._pages.add(map(self._school, _sorted(self._roster.schools)))
        yield from self._pages.add(self._person(at, user) for at, user in enumerate(users, 1))
        self._require_roles(where)
        yield from self._pages.add(map(self._section, _sorted(self._roster.sections)))
        students, guardians = self._wearing[HatRole.STUDENT], self._wearing[HatRole.GUARDIAN]
        yield from self._pages.following(self._ties.links(self._taken, students, guardians))
        yield replace(self._pages.last(), marks=marks)

    def _named(self, name: str, found: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """Return each thing's id: the student system's where it has one of its own."""
        borne = Counter(id_ for ids in found.values() for id_ in ids if id_)
        named = {}
        for own, ids in found.items():
            theirs = next(filter(None, ids), "")
            named[own] = theirs if theirs and borne[theirs] == 1 else OWN + own
            if not theirs:
                self._pages.tally(name, "without an id of the student system: known by Clever's")
            elif borne[theirs] > 1:
                text = "with an id of the student system that another has too: known by Clever's"
                self._pages.tally(name, text, lost=True)
        return named

    # ---- people ------------------------------------------------------------------------------

    def _school(self, school: SchoolRecord) -> Outcome:
        return (School(self._schools[school.id], school.name),)

    def _person(self, number: int, user: User) -> Outcome:
        person_id = self._people[user.id]
        ref = PersonRef(person_id=person_id)
        further = tuple(
            i for i in dict.fromkeys(_ids(user)) if self._bearers[i] == 1 and i not in self._taken
        )
        person = Person(person_id, user.given, user.family, user.grade, further)
        row = Row(number, {"email": user.email})
        addresses = self._pages.addresses(USERS, row, "email", ref)
        return (person, *addresses, *self._hats(number, user, ref))

    def _hats(self, number: int, user: User, ref: PersonRef) -> Iterator[Fact]:
        person_id = self._people[user.id]
        for role, place in dict.fromkeys(user.hats):
            self._wearing[role].add(person_id)
            yield Hat(ref, role, self._at(number, place), place.start, place.end)
        of = [tie for tie in user.ties if self._is_guardian(number, tie)]
        if of:
            self._wearing[HatRole.GUARDIAN].add(person_id)
            yield Hat(ref, HatRole.GUARDIAN)
        for tie in of:
            student = self._people.get(tie.student)
            if student is None:
                text = "relationship to a student who is not in the roster, left out"
                self._pages.tally(USERS, text, number)
            else:
                self._ties.add(USERS, number, person_id, student)

    def _is_guardian(self, number: int, tie: Tie) -> bool:
        if tie.relationship in _NEVER or not (
            tie.type in self._types or tie.relationship == _ALWAYS
        ):
            word = tie.type or "a type that is not said"
            text = f"contact as {word[:40]}, no guardian of the student by the settings"
            self._pages.tally(USERS, text, number)
            return False
        return True

    def _at(self, number: int, place: Place) -> str | None:
        if place.school is None:
            return None
        school = self._schools.get(place.school)
        if school is None:
            self._pages.tally(USERS, "a school that Clever does not show, left out", number)
        return school

    # ---- sections ----------------------------------------------------------------------------

    def _section(self, section: Section) -> Outcome:
        class_id = self._classes[section.id]
        school = self._schools.get(section.school)
        if school is None:
            self._pages.tally(SECTIONS, "at no school that Clever shows")
        term = self._roster.terms.get(section.term)
        if section.term and term is None:
            self._pages.tally(SECTIONS, "of a term that Clever does not show: without days")
        start, end = (None, None) if term is None else (term.start, term.end)
        members = [(one, ClassRole.TEACHER) for one in section.teachers]
        members += [(one, ClassRole.STUDENT) for one in section.students]
        facts: list[Fact] = [SchoolClass(class_id, section.name, school)]
        for one, role in members:
            person_id = self._people.get(one)
            if person_id is None:
                text = "members who are not among the people that Clever shows, left out"
                self._pages.tally(SECTIONS, text, lost=True)
            else:
                ref = PersonRef(person_id=person_id)
                facts.append(ClassMember(class_id, ref, role, start, end))
        return tuple(facts)

    def _require_roles(self, where: str) -> None:
        without = self._taken.difference(*self._wearing.values())
        if len(without) == len(self._taken):
            raise Malformed(
                "it shows nobody with a role",
                where=where,
                cure="See in Clever what the district shares with this application: an empty "
                "roster would make everybody unknown",
            )
        if without:
            text = "people without any role, known by name only"
            self._pages.tally(USERS, text, count=len(without))


def _ids(user: User) -> tuple[str, ...]:
    return (*user.sis_ids, *user.numbers)


def _sorted(things: Mapping[str, Thing]) -> list[Thing]:
    return [things[id_] for id_ in sorted(things)]
