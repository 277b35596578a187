"""School Data Sync edition 2.1: users, their roles at organisations, classes, relationships."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.keys import AddressRules
from auditor.model import (
    ClassMember,
    Hat,
    HatRole,
    PersonRef,
    School,
    SchoolClass,
)
from auditor.source import Malformed, Page, Rejected
from connectors.csvdrop import CsvDrop
from connectors.csvfile import Row, plain_heading
from connectors.rosterfile import Outcome, read_span
from connectors.sds.columns import (
    CLASS_ROLES,
    CLASSES,
    COLUMNS,
    ENROLLMENTS,
    FAMILY,
    HATS,
    ORGS,
    RELATIONSHIPS,
    ROLES,
    USERS,
)
from connectors.sds.common import Base, person

_UNKNOWN_ROLE = "it is none of the roles that School Data Sync lists"


class Edition2(Base):
    def __init__(self, drop: CsvDrop, rules: AddressRules, domain: str | None) -> None:
        super().__init__(drop, rules, domain)
        self._is_school: dict[str, bool] = {}
        self._grades: dict[str, set[str]] = {}
        self._classes: set[str] = set()

    def _all(self) -> Iterator[Page]:
        yield from self._read(ORGS, self._once(self._org, "sourcedId"))
        self._read_grades()
        yield from self._read(USERS, self._once(self._user, "sourcedId"))
        self._require_people(USERS)
        yield from self._read(ROLES, self._once(self._role))
        self._require_roles()
        yield from self._read(CLASSES, self._once(self._class, "sourcedId"))
        yield from self._read(ENROLLMENTS, self._once(self._enrollment))
        yield from self._read(RELATIONSHIPS, self._once(self._relationship))

    def _org(self, file: str, row: Row) -> Outcome:
        is_school = row["type"].casefold() == "school"
        self._is_school[row["sourcedId"]] = is_school
        if is_school:
            return (School(row["sourcedId"], row["name"]),)
        self._pages.tally(file, "organisation that is no school, not used", row.line)
        return ()

    def _read_grades(self) -> None:
        """Learn people's grades beforehand: this edition writes them on roles."""
        with self._drop.table(ROLES) as table:
            for row in table.rows(COLUMNS[ROLES]):
                if isinstance(row, Row) and row["grade"]:
                    self._grades.setdefault(row["userSourcedId"], set()).add(row["grade"])

    def _user(self, file: str, row: Row) -> Outcome:
        person_id = row["sourcedId"]
        grades = self._grades.get(person_id, set())
        grade = next(iter(grades)) if len(grades) == 1 else ""
        ids = (row["username"], row["activeDirectoryMatchId"])
        named = person(person_id, row["givenName"], row["familyName"], grade, *ids)
        self._people.add(person_id)
        return (named, *self._mailboxes(file, row, "email", "username"))

    def _role(self, file: str, row: Row) -> Outcome:
        word = plain_heading(row["role"])
        if word not in HATS:
            return Rejected(file, row.line, "role", _UNKNOWN_ROLE)
        lost = self._lost(file, row, "userSourcedId", self._people, USERS)
        if lost is None:
            lost = self._lost(file, row, "orgSourcedId", self._is_school, ORGS)
        if lost is not None:
            return lost
        span = read_span(file, row, "roleStartDate", "roleEndDate")
        if isinstance(span, Rejected):
            return span
        role = HATS[word]
        if role is None:
            self._pages.tally(file, f"role of {word}, not used", row.line)
            return ()
        self._wearing[role].add(row["userSourcedId"])
        school = row["orgSourcedId"] if self._is_school[row["orgSourcedId"]] else None
        ref = PersonRef(person_id=row["userSourcedId"])
        return (Hat(ref, role, school, span.start, span.end),)

    def _class(self, file: str, row: Row) -> Outcome:
        lost = self._lost(file, row, "orgSourcedId", self._is_school, ORGS)
        if lost is not None:
            return lost
        self._classes.add(row["sourcedId"])
        school = row["orgSourcedId"] if self._is_school[row["orgSourcedId"]] else None
        return (SchoolClass(row["sourcedId"], row["title"], school),)

    def _enrollment(self, file: str, row: Row) -> Outcome:
        word = plain_heading(row["role"])
        if word not in CLASS_ROLES:
            return Rejected(file, row.line, "role", _UNKNOWN_ROLE)
        lost = self._lost(file, row, "classSourcedId", self._classes, CLASSES)
        if lost is None:
            lost = self._lost(file, row, "userSourcedId", self._people, USERS)
        if lost is not None:
            return lost
        role = CLASS_ROLES[word]
        if role is None:
            self._pages.tally(file, f"place in a class as {word}, not used", row.line)
            return ()
        return (ClassMember(row["classSourcedId"], PersonRef(row["userSourcedId"]), role),)

    def _relationship(self, file: str, row: Row) -> Outcome:
        for column in ("userSourcedId", "relationshipUserSourcedId"):
            lost = self._lost(file, row, column, self._people, USERS)
            if lost is not None:
                return lost
        if plain_heading(row["relationshipRole"]) not in FAMILY:
            self._pages.tally(file, "relation that makes nobody a guardian, not used", row.line)
            return ()
        contact = row["relationshipUserSourcedId"]
        self._wearing[HatRole.GUARDIAN].add(contact)
        self._ties.add(file, row.line, row["userSourcedId"], contact)
        return ()

    def _require_roles(self) -> None:
        if not (self._wearing[HatRole.STAFF] or self._wearing[HatRole.STUDENT]):
            raise Malformed(
                "it gives nobody a role: there is no row in it that can be used",
                where=self._drop.shown(ROLES),
                cure="Look at the export: without roles nobody is staff or a student",
            )
