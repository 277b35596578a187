"""Reading a OneRoster roster row by row, in the order in which its lists refer to each other.

What a row refers to must be there: a row about an unknown person, class or organisation is
rejected, one about a row marked ``tobedeleted`` is passed over. Rows marked so are taken as not
there. An account that is switched off (``enabledUser``) is still a person's: the column tells of
a login, not of who works or learns here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.keys import AddressRules
from auditor.model import (
    ClassMember,
    Hat,
    HatRole,
    Person,
    PersonRef,
    School,
    SchoolClass,
)
from auditor.source import Malformed, Note, Page, Rejected
from connectors.csvfile import Row, plain_heading
from connectors.oneroster.columns import (
    CLASS_ROLES,
    CLASSES,
    COLUMNS,
    ENROLLMENTS,
    GONE,
    HATS,
    ORGS,
    ROLES,
    SCHOOL,
    STATUSES,
    USERS,
)
from connectors.oneroster.lists import Lists
from connectors.oneroster.settings import Version
from connectors.rosterfile import (
    FamilyTies,
    KnownRows,
    Outcome,
    Repeat,
    RosterPages,
    read_span,
)


class RosterReader:
    """One reading of one roster."""

    def __init__(self, lists: Lists, version: Version, rules: AddressRules) -> None:
        self._lists = lists
        self._version = version
        self._pages = RosterPages(rules, place=lists.place)
        self._ties = FamilyTies(self._pages)
        self._ids: frozenset[str] = frozenset()
        self._known: dict[str, KnownRows] = {}
        self._gone: dict[str, set[str]] = {name: set() for name in (ORGS, USERS, CLASSES)}
        self._is_school: dict[str, bool] = {}
        self._users: set[str] = set()
        self._classes: set[str] = set()
        self._wearing: dict[HatRole, set[str]] = {role: set() for role in HatRole}

    def pages(self, notes: tuple[Note, ...]) -> Iterator[Page]:
        """Yield the whole roster; ``notes`` are what was already noticed about it."""
        self._pages.note(notes)
        yield from self._read(ORGS, self._org)
        self._ids = self._all_ids()
        yield from self._read(USERS, self._user)
        self._require_people()
        if self._version is Version.V1_2:
            yield from self._read(ROLES, self._role)
        self._require_roles()
        if CLASSES in self._lists.names:
            yield from self._read(CLASSES, self._class)
        if ENROLLMENTS in self._lists.names:
            yield from self._read(ENROLLMENTS, self._enrollment)
        students, guardians = self._wearing[HatRole.STUDENT], self._wearing[HatRole.GUARDIAN]
        yield from self._pages.following(self._ties.links(self._users, students, guardians))
        yield self._pages.last(self._lists.seen())

    def _read(self, name: str, take: Callable[[str, Row], Outcome]) -> Iterator[Page]:
        self._known[name] = KnownRows()

        def once(file: str, row: Row) -> Outcome:
            passed_over = self._passed_over(name, file, row)
            return take(file, row) if passed_over is None else passed_over

        self._pages.note(self._lists.notes(name))
        yield from self._pages.take(self._lists.shown(name), self._lists.rows(name), once)

    def _passed_over(self, name: str, file: str, row: Row) -> Outcome | None:
        """Return what comes of a row that is not looked at further, None for all others."""
        status = row["status"].casefold()
        row_id = row["sourcedId"]
        if not row_id and "sourcedId" in COLUMNS[name].required:
            return Rejected(file, row.line, "sourcedId", "it is blank")
        if status in GONE:
            self._pages.tally(file, f"row marked {status}, taken as not there", row.line)
            if name in self._gone:
                self._gone[name].add(row_id)
            return ()
        if status not in STATUSES:
            self._pages.tally(file, "row with a status that is not known, read as active", row.line)
        match self._known[name].meet(row_id or "\0".join(row.values.values()), row):
            case Repeat.SAME:
                self._pages.tally(file, "row that is there twice, counted once", row.line)
                return ()
            case Repeat.CONTRADICTS:
                reason = "an earlier row with this id says something else"
                return Rejected(file, row.line, "sourcedId", reason)
            case Repeat.NEW:
                return None

    # ---- people --------------------------------------------------------------------------

    def _org(self, file: str, row: Row) -> Outcome:
        is_school = row["type"].casefold() == SCHOOL
        self._is_school[row["sourcedId"]] = is_school
        if is_school:
            return (School(row["sourcedId"], row["name"]),)
        self._pages.tally(file, "organisation that is no school, not used", row.line)
        return ()

    def _all_ids(self) -> frozenset[str]:
        """Return every user's id beforehand: nobody's further id may be another one's own."""
        rows = self._lists.rows(USERS)
        return frozenset(row["sourcedId"] for row in rows if isinstance(row, Row))

    def _user(self, file: str, row: Row) -> Outcome:
        person_id = row["sourcedId"]
        ref = PersonRef(person_id=person_id)
        hats: list[Hat] = []
        if self._version is Version.V1_1:
            worn = self._hats_of_user(file, row, ref)
            if isinstance(worn, Rejected):
                return worn
            hats = worn
        grades = self._lists.listed(row["grades"])
        person = Person(
            person_id,
            row["preferredGivenName"] or row["givenName"],
            row["preferredFamilyName"] or row["familyName"],
            grades[0] if len(grades) == 1 else None,
            self._other_ids(file, row),
        )
        self._users.add(person_id)
        for agent in self._lists.listed(row["agentSourcedIds"]):
            self._ties.add(file, row.line, person_id, agent)
        return (person, *self._pages.addresses(file, row, "email", ref), *hats)

    def _hats_of_user(self, file: str, row: Row, ref: PersonRef) -> list[Hat] | Rejected:
        """Return the hats of a 1.1 row: one role, at each of its schools."""
        role = HATS.get(plain_heading(row["role"]))
        if role is None:
            return Rejected(file, row.line, "role", _UNKNOWN_ROLE)
        orgs = self._lists.listed(row["orgSourcedIds"])
        unknown = [o for o in orgs if o not in self._is_school and o not in self._gone[ORGS]]
        if unknown and len(unknown) == len(orgs):
            return Rejected(file, row.line, "orgSourcedIds", self._not_in(ORGS))
        if unknown:
            text = f"orgSourcedIds names one that is not in {self._lists.shown(ORGS)}, left out"
            self._pages.tally(file, text, row.line)
        self._wearing[role].add(row["sourcedId"])
        schools = dict.fromkeys(o for o in orgs if self._is_school.get(o))
        return [Hat(ref, role, school) for school in schools or (None,)]

    def _other_ids(self, file: str, row: Row) -> tuple[str, ...]:
        ids = [row["username"], row["identifier"], row["userMasterIdentifier"]]
        further = self._lists.listed(row["userIds"])
        ids += (part.strip("{} ").partition(":")[2] or part for part in further)
        others = dict.fromkeys(i for i in (each.strip("{} ") for each in ids) if i)
        others.pop(row["sourcedId"], None)
        own = tuple(i for i in others if i not in self._ids)
        if len(own) < len(others):
            self._pages.tally(file, "further id that is another person's sourcedId", row.line)
        return own

    def _role(self, file: str, row: Row) -> Outcome:
        person_id, org = row["userSourcedId"], row["orgSourcedId"]
        role = HATS.get(plain_heading(row["role"]))
        if role is None:
            return Rejected(file, row.line, "role", _UNKNOWN_ROLE)
        lost = self._lost(file, row, "userSourcedId", self._users, USERS)
        if lost is None and org:
            lost = self._lost(file, row, "orgSourcedId", self._is_school, ORGS)
        if lost is not None:
            return lost
        span = read_span(file, row, "beginDate", "endDate")
        if isinstance(span, Rejected):
            return span
        self._wearing[role].add(person_id)
        school = org if self._is_school.get(org) else None
        return (Hat(PersonRef(person_id=person_id), role, school, span.start, span.end),)

    # ---- classes -------------------------------------------------------------------------

    def _class(self, file: str, row: Row) -> Outcome:
        school = row["schoolSourcedId"]
        if school:
            lost = self._lost(file, row, "schoolSourcedId", self._is_school, ORGS)
            if lost is not None:
                self._gone[CLASSES].update({row["sourcedId"]} if lost == () else ())
                return lost
        self._classes.add(row["sourcedId"])
        at = school if self._is_school.get(school) else None
        return (SchoolClass(row["sourcedId"], row["title"], at),)

    def _enrollment(self, file: str, row: Row) -> Outcome:
        word = plain_heading(row["role"])
        if word not in CLASS_ROLES:
            return Rejected(file, row.line, "role", _UNKNOWN_ROLE)
        lost = self._lost(file, row, "classSourcedId", self._classes, CLASSES)
        if lost is None:
            lost = self._lost(file, row, "userSourcedId", self._users, USERS)
        if lost is not None:
            return lost
        span = read_span(file, row, "beginDate", "endDate")
        if isinstance(span, Rejected):
            return span
        role = CLASS_ROLES[word]
        if role is None:
            text = f"place in a class as {word}, not used"
            self._pages.tally(file, text, row.line)
            return ()
        ref = PersonRef(person_id=row["userSourcedId"])
        return (ClassMember(row["classSourcedId"], ref, role, span.start, span.end),)

    # ---- what must hold ------------------------------------------------------------------

    def _lost(
        self, file: str, row: Row, column: str, known: set[str] | dict[str, bool], where: str
    ) -> Outcome | None:
        """Return what comes of a row that refers to nothing, None if the reference holds."""
        if row[column] in known:
            return None
        if row[column] in self._gone[where]:
            text = f"{column} names one that is taken as not there, so the row is too"
            self._pages.tally(file, text, row.line)
            return ()
        return Rejected(file, row.line, column, self._not_in(where))

    def _not_in(self, name: str) -> str:
        return f"it names nothing in {self._lists.shown(name)}, or a row there that was rejected"

    def _require_people(self) -> None:
        if not self._users:
            raise Malformed(
                "it holds nobody: there is no row in it that can be used",
                where=self._lists.shown(USERS),
                cure="Look at the export: an empty roster would make everybody unknown",
            )

    def _require_roles(self) -> None:
        without = self._users.difference(*self._wearing.values())
        if len(without) == len(self._users):
            raise Malformed(
                "it gives nobody a role: there is no row in it that can be used",
                where=self._lists.shown(ROLES),
                cure="Look at the export: without roles nobody is staff or a student",
            )
        if without:
            text = "people without any role, known by name only"
            self._pages.tally(self._lists.shown(USERS), text, count=len(without))


_UNKNOWN_ROLE = "it is none of the roles that OneRoster defines"
