"""Canvas's accounts, and where it is wanted its courses as classes and its observers as guardians.

An account of Canvas makes nobody a person: it says which sign-in name, address and number belong
together, and the roster says whose they are. Only an observer may be known to Canvas alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from auditor.keys import AddressRules, email_address, person_id_address
from auditor.model import (
    Address,
    ClassMember,
    ClassRole,
    DirectoryAccount,
    GuardianLink,
    HatRole,
    PersonRef,
    SchoolClass,
)
from auditor.records import Fact
from auditor.source import Denied, Note, Page
from connectors.canvas.asking import Asking, NotThere
from connectors.canvas.comments import Course
from connectors.canvas.fields import Record, id_of, text_of
from connectors.canvas.settings import CanvasSettings
from connectors.canvas.users import VENDOR, User, account_id, told_of_links
from connectors.paging import FillingPage

_CLASS_ROLES = {
    "TeacherEnrollment": ClassRole.TEACHER,
    "TaEnrollment": ClassRole.AIDE,
    "StudentEnrollment": ClassRole.STUDENT,
}
_OBSERVER = "ObserverEnrollment"
DELETED = "course that was deleted while it was read"
UNREAD = "course whose members Canvas does not show to the token's owner"
UNLINKED = "observer of nobody in particular"
UNNAMED = "member of a course without a number, left out"


@dataclass(slots=True)
class RosterReader:
    """Reads everything once."""

    asking: Asking
    settings: CanvasSettings
    rules: AddressRules
    where: str
    _page: FillingPage = field(default_factory=FillingPage)
    _said: Counter[tuple[str, bool]] = field(default_factory=Counter)
    _observes: dict[tuple[str, str], None] = field(default_factory=dict)
    """(observer, student) by number."""

    def pages(self, users: Sequence[User], courses: Sequence[Course]) -> Iterator[Page]:
        """Yield accounts, classes and guardians; raises ``Denied`` if no course could be read."""
        for text, count in told_of_links(users, self.settings.person_id):
            self._said[text, True] += count
        yield from self._courses(courses)
        observers = {observer for observer, _ in self._observes}
        for user in users:
            self._take([self._account(user, guardian=user.id in observers)], 1)
            yield from self._full()
        for observer, student in self._observes:
            tie = GuardianLink(
                student=PersonRef(person_id=account_id(student)),
                guardian=PersonRef(person_id=account_id(observer)),
            )
            self._take([tie], 1)
            yield from self._full()
        for (text, lost), count in sorted(self._said.items()):
            if count:
                self._page.notes.append(Note(self.where, text, count, lost))
        self._page.notes += self.asking.notes()
        yield self._page.done()

    def _account(self, user: User, *, guardian: bool) -> DirectoryAccount:
        addresses: list[Address] = [*user.addresses(self.rules)]
        own = email_address(user.email, self.rules) if guardian else None
        if own is not None:
            addresses.append(own)
        return DirectoryAccount(
            account_id(user.id),
            tuple(dict.fromkeys((*addresses, person_id_address(account_id(user.id))))),
            user.given_name,
            user.family_name,
            user.person_id,
            ((HatRole.GUARDIAN, None),) if guardian else (),
        )

    # ---- courses ---------------------------------------------------------------------------

    def _courses(self, courses: Sequence[Course]) -> Iterator[Page]:
        denied: Denied | None = None
        read = 0
        for course in courses:
            try:
                records = list(
                    self.asking.records(f"courses/{course.id}/enrollments", {"state[]": ["active"]})
                )
            except NotThere:
                self._said[DELETED, False] += 1
                continue
            except Denied as error:
                denied = error
                self._said[UNREAD, True] += 1
                continue
            read += 1
            facts = list(self._members(course, records))
            self._take(facts if self.settings.classes else [], 1 + len(records))
            yield from self._full()
        if denied is not None and not read:
            raise denied

    def _members(self, course: Course, records: Sequence[Record]) -> Iterator[Fact]:
        id_ = f"{VENDOR}:{course.id}"
        name = course.name if self.settings.names else ""
        yield SchoolClass(id_, name or f"Course {course.id}")
        told: set[tuple[str, ClassRole]] = set()
        for record in records:
            number, kind = id_of(record.get("user_id")), text_of(record, "type")
            role = _CLASS_ROLES.get(kind)
            if kind == _OBSERVER:
                self._observed(number, id_of(record.get("associated_user_id")))
            elif role is not None and not number:
                self._said[UNNAMED, True] += 1
            elif role is not None and (number, role) not in told:
                told.add((number, role))
                yield ClassMember(id_, PersonRef(person_id=account_id(number)), role)

    def _observed(self, observer: str, student: str) -> None:
        if not self.settings.guardians:
            return
        if observer and student:
            self._observes[observer, student] = None
        else:
            self._said[UNLINKED, False] += 1

    # ---- pages -----------------------------------------------------------------------------

    def _take(self, facts: Sequence[Fact], records: int) -> None:
        self._page.facts += facts
        self._page.records += records

    def _full(self) -> Iterator[Page]:
        if self._page.full:
            yield self._page.done()
            self._page = FillingPage()
