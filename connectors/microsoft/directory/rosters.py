"""Schools, classes and families of the education roster as facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from auditor.keys import AddressRules
from auditor.model import (
    ClassMember,
    ClassRole,
    DirectoryAccount,
    GuardianLink,
    Hat,
    HatRole,
    PersonRef,
    School,
    SchoolClass,
)
from auditor.records import Fact
from auditor.source import Denied, Note, SourceError
from connectors.accountfacts import Account
from connectors.microsoft.asking import Graph, NoList
from connectors.microsoft.directory.education import (
    ClassPeople,
    Contact,
    EducationClass,
    EducationSchool,
    contacts,
    people_of,
)
from connectors.pool import in_threads

CLASS = "microsoft-class:"
GUARDIAN = "microsoft-guardian:"
UNREAD = "classes whose members Microsoft does not show"
STRANGER = "members of classes who have no account of the district's, left out"
NO_CLASS = "the education roster has no class in it"
FAMILY_GONE = "students whose family Microsoft does not show any more"
NO_ADDRESS = "guardians without an e-mail address, left out"

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class Rosters:
    """Reads classes and families, several at once, and tells them in their own order."""

    graph: Graph
    rules: AddressRules
    accounts: Mapping[str, Account]
    """The district's accounts by id in lower case."""
    ref: Callable[[Account], PersonRef]
    threads: int
    progress: Progress
    said: Counter[str] = field(default_factory=Counter)
    records: int = 0

    def schools(self, found: Sequence[EducationSchool]) -> Iterator[Fact]:
        for one in found:
            yield School(one.school_id, one.name)

    def classes(
        self, found: Sequence[EducationClass], school_of: Mapping[str, str]
    ) -> Iterator[Fact]:
        """Yield every class and who is in it; raises ``SourceError`` if not one could be read."""

        def read(one: EducationClass) -> ClassPeople | SourceError:
            try:
                return people_of(self.graph, one)
            except (Denied, NoList) as error:
                return error

        if not found:
            self.said[NO_CLASS] += 1
        denied: SourceError | None = None
        read_some = False
        with closing(in_threads(found, read, threads=self.threads)) as answers:
            for done, (one, people) in enumerate(answers, 1):
                self.progress(done, len(found), "classes")
                if isinstance(people, SourceError):
                    self.said[UNREAD] += 1
                    denied = people
                    continue
                read_some = True
                self.records += 1 + len(people.members)
                yield SchoolClass(CLASS + one.id, one.title, school_of.get(one.id))
                yield from self._members(one, people)
        if denied is not None and not read_some:
            raise denied

    def families(self, students: Sequence[str]) -> Iterator[Fact]:
        """Yield the guardians of students, who are named by account id."""

        def read(student: str) -> list[Contact] | None:
            return contacts(self.graph, student, self.rules)

        ours = {address: one for one in self.accounts.values() for address in one.addresses}
        told: set[str] = set()
        with closing(in_threads(students, read, threads=self.threads)) as answers:
            for done, (student, found) in enumerate(answers, 1):
                self.progress(done, len(students), "students' families")
                if found is None:
                    self.said[FAMILY_GONE] += 1
                    continue
                self.records += len(found)
                for contact in found:
                    yield from self._guardian(self.accounts[student], contact, ours, told)

    def notes(self, title: str) -> Iterator[Note]:
        for text, count in sorted(self.said.items()):
            yield Note(title, text, count, lost=True)

    def _members(self, one: EducationClass, people: ClassPeople) -> Iterator[Fact]:
        for id_ in people.members:
            account = self.accounts.get(id_)
            if account is None:
                self.said[STRANGER] += 1
            elif account.roles != ():
                role = ClassRole.TEACHER if id_ in people.teachers else ClassRole.STUDENT
                yield ClassMember(CLASS + one.id, self.ref(account), role, one.start, one.end)

    def _guardian(
        self, student: Account, contact: Contact, ours: Mapping[str, Account], told: set[str]
    ) -> Iterator[Fact]:
        if contact.address is None:
            self.said[NO_ADDRESS] += 1
            return
        email = contact.address.text
        known = ours.get(email)
        ref = PersonRef(person_id=GUARDIAN + email) if known is None else self.ref(known)
        if email not in told:
            told.add(email)
            if known is not None:
                yield Hat(ref, HatRole.GUARDIAN)
            else:
                given, _, family = contact.name.rpartition(" ")
                roles = ((HatRole.GUARDIAN, None),)
                yield DirectoryAccount(
                    GUARDIAN + email, (contact.address,), given, family, roles=roles
                )
        yield GuardianLink(self.ref(student), ref)
