"""School Data Sync edition 1: Student, Teacher, Section and who is in them.

Its enrollments carry no dates; the term that a section states is taken for its members' days. One
person may have a row for each of several schools; such rows differ in the school alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.keys import AddressRules, canonical_email
from auditor.model import (
    ClassMember,
    ClassRole,
    Hat,
    HatRole,
    PersonRef,
    School,
    SchoolClass,
)
from auditor.source import Page, Rejected
from connectors.csvdrop import CsvDrop
from connectors.csvfile import Row, plain_heading
from connectors.rosterfile import KnownRows, Outcome, Repeat, Span, read_span
from connectors.sds.columns import (
    CONTACT_OF,
    CONTACTS,
    ENROLLED,
    FAMILY,
    SCHOOL,
    SECTION,
    STUDENT,
    TAUGHT,
    TEACHER,
)
from connectors.sds.common import Base, person


class Edition1(Base):
    def __init__(self, drop: CsvDrop, rules: AddressRules, domain: str | None) -> None:
        super().__init__(drop, rules, domain)
        self._schools: set[str] = set()
        self._sections: dict[str, Span] = {}
        self._known_people = KnownRows()
        self._at_school: set[tuple[str, str]] = set()
        self._contacts: dict[str, str] = {}
        """Canonical e-mail address of a contact -> person id."""

    def _all(self) -> Iterator[Page]:
        yield from self._read(SCHOOL, self._once(self._school, "SIS ID"))
        yield from self._read(STUDENT, self._taking(STUDENT, HatRole.STUDENT, "Student Number"))
        self._require_people(STUDENT)
        yield from self._read(TEACHER, self._taking(TEACHER, HatRole.STAFF, "Teacher Number"))
        yield from self._read(CONTACTS, self._once(self._contact, "Email"))
        yield from self._read(SECTION, self._once(self._section, "SIS ID"))
        for name, people, role in (
            (ENROLLED, STUDENT, ClassRole.STUDENT),
            (TAUGHT, TEACHER, ClassRole.TEACHER),
        ):
            yield from self._read(name, self._once(self._placing(people, role)))
        yield from self._read(CONTACT_OF, self._once(self._contact_of))

    def _school(self, _: str, row: Row) -> Outcome:
        self._schools.add(row["SIS ID"])
        return (School(row["SIS ID"], row["Name"]),)

    def _taking(self, name: str, role: HatRole, number: str) -> Callable[[str, Row], Outcome]:
        def take(file: str, row: Row) -> Outcome:
            person_id, school = row["SIS ID"], row["School SIS ID"]
            if not person_id:
                return Rejected(file, row.line, "SIS ID", "it is blank")
            if self._is_gone(name, file, row):
                return ()
            lost = self._lost(file, row, "School SIS ID", self._schools, SCHOOL)
            if lost is not None:
                return lost
            hat = Hat(PersonRef(person_id=person_id), role, school)
            elsewhere = Row(row.line, {**row.values, "School SIS ID": ""})
            repeat = self._known_people.meet(person_id, elsewhere)
            if repeat is Repeat.CONTRADICTS:
                reason = "an earlier row with this id says something else"
                return Rejected(file, row.line, "SIS ID", reason)
            if (person_id, school) in self._at_school:
                return self._repeated(file, row)
            self._at_school.add((person_id, school))
            if repeat is Repeat.SAME:
                return (hat,)
            self._people.add(person_id)
            self._wearing[role].add(person_id)
            grade = row["Grade"] if role is HatRole.STUDENT else ""
            ids = (row["Username"], row[number])
            named = person(person_id, row["First Name"], row["Last Name"], grade, *ids)
            return (named, *self._mailboxes(file, row, "Username", "Secondary Email"), hat)

        return take

    def _contact(self, file: str, row: Row) -> Outcome:
        """Take a parent or other contact, known by e-mail where no id is given."""
        email = canonical_email(row["Email"])
        if email is None:
            return Rejected(file, row.line, "Email", "it is no e-mail address")
        person_id = row["SIS ID"] or email
        self._contacts[email] = person_id
        own = Row(row.line, {**row.values, "SIS ID": person_id})
        addresses = self._mailboxes(file, own, "Email")
        if person_id in self._people:
            return tuple(addresses)
        self._people.add(person_id)
        return (person(person_id, row["First Name"], row["Last Name"], ""), *addresses)

    def _section(self, file: str, row: Row) -> Outcome:
        if self._is_gone(SECTION, file, row):
            return ()
        lost = self._lost(file, row, "School SIS ID", self._schools, SCHOOL)
        if lost is not None:
            return lost
        term = read_span(file, row, "Term StartDate", "Term EndDate")
        if isinstance(term, Rejected):
            return term
        self._sections[row["SIS ID"]] = term
        return (SchoolClass(row["SIS ID"], row["Section Name"], row["School SIS ID"]),)

    def _placing(self, people: str, role: ClassRole) -> Callable[[str, Row], Outcome]:
        def place(file: str, row: Row) -> Outcome:
            section = row["Section SIS ID"]
            lost = self._lost(file, row, "Section SIS ID", self._sections, SECTION)
            if lost is None:
                lost = self._lost(file, row, "SIS ID", self._people, people)
            if lost is not None:
                return lost
            term = self._sections[section]
            ref = PersonRef(person_id=row["SIS ID"])
            return (ClassMember(section, ref, role, term.start, term.end),)

        return place

    def _contact_of(self, file: str, row: Row) -> Outcome:
        lost = self._lost(file, row, "SIS ID", self._people, STUDENT)
        if lost is not None:
            return lost
        contact = self._contacts.get(canonical_email(row["Email"]) or "")
        if contact is None:
            return Rejected(file, row.line, "Email", f"it names nobody in {CONTACTS}")
        if row["Role"] and plain_heading(row["Role"]) not in FAMILY:
            self._pages.tally(file, "relation that makes nobody a guardian, not used", row.line)
            return ()
        self._wearing[HatRole.GUARDIAN].add(contact)
        self._ties.add(file, row.line, row["SIS ID"], contact)
        return ()
