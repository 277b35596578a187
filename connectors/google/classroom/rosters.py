"""Courses, their members and the guardians as roster facts.

Classroom tells who is in a course now, not since when. An archived course is told as long as it was
archived within the days looked at, so that whoever was in it then still is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules, email_address
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
from connectors.google.accounts import Accounts
from connectors.google.asking import Api
from connectors.google.classroom.courses import Course, Member, Questions
from connectors.google.refusals import NotDelegated
from connectors.paging import FillingPage
from connectors.pool import in_threads

GUARDIAN_SCOPES = ("classroom.guardianlinks.students.readonly",)
VENDOR = "google-classroom"
_GUARDIAN = (
    "nextPageToken,guardians(studentId,guardianId,invitedEmailAddress,"
    "guardianProfile(emailAddress,name(givenName,familyName)))"
)
_UNREAD = "course whose members Google does not show to the administrator"
_GONE = "course that was deleted while it was read"
_NOBODY = "member of a course whose address Google does not tell, left out"

Members = list[Member]


@dataclass(frozen=True, slots=True)
class RosterReader:
    """Reads everything once, course by course."""

    questions: Questions
    accounts: Accounts
    rules: AddressRules
    zone: ZoneInfo
    where: str
    threads: int
    _page: FillingPage = field(default_factory=FillingPage)
    _said: Counter[tuple[str, bool]] = field(default_factory=Counter)

    def courses(self, courses: list[Course]) -> Iterator[Page]:
        """Yield courses and members; raises ``Denied`` if not one course could be read."""
        denied: Denied | None = None
        read = 0
        for course, found in in_threads(courses, self._members, threads=self.threads):
            if isinstance(found, Denied):
                denied = found
                self._say(_UNREAD, lost=True)
            elif found is None:
                self._say(_GONE, lost=True)
            else:
                read += 1
                self._take(self._facts(course, found), 1 + len(found))
            yield from self._full()
        if denied is not None and not read:
            raise denied

    def guardians(self) -> Iterator[Page]:
        """Yield guardians and whose they are; raises ``SourceError``."""
        records = self.questions.asking.records(
            Api.CLASSROOM,
            lambda service, mark: (
                service.userProfiles()
                .guardians()
                .list(studentId="-", pageToken=mark, fields=_GUARDIAN)
            ),
            items="guardians",
            cost=self.questions.cost,
        )
        told: set[str] = set()
        seen: set[tuple[object, object]] = set()
        for record in records:
            tie = record.get("studentId"), record.get("guardianId")
            if tie in seen and None not in tie:
                continue
            seen.add(tie)
            self._take(self._guardian(record, told), 1)
            yield from self._full()

    def last(self) -> Page:
        """Return what has not been yielded yet, with what was left out."""
        for (text, lost), count in sorted(self._said.items()):
            self._page.notes.append(Note(self.where, text, count, lost))
        return self._page.done()

    # ---- courses ---------------------------------------------------------------------------

    def _members(self, course: Course) -> Members | Denied | None:
        try:
            teachers = self.questions.members(course.id, ClassRole.TEACHER, self.accounts)
            students = self.questions.members(course.id, ClassRole.STUDENT, self.accounts)
        except NotDelegated:
            raise
        except Denied as error:
            return error
        return None if teachers is None or students is None else [*teachers, *students]

    def _facts(self, course: Course, members: Members) -> Iterator[Fact]:
        id_, end = class_id(course.id), None
        if course.archived and course.changed_at is not None:
            end = course.changed_at.astimezone(self.zone).date()
        yield SchoolClass(id_, course.name or f"Course {course.id}")
        for member in members:
            if member.address is None:
                self._say(_NOBODY, lost=True)
                continue
            ref = PersonRef(email=member.address.text)
            yield ClassMember(id_, ref, member.role, None, end)

    # ---- guardians -------------------------------------------------------------------------

    def _guardian(self, record: Mapping[str, Any], told: set[str]) -> Iterator[Fact]:
        profile = record.get("guardianProfile")
        profile = profile if isinstance(profile, dict) else {}
        written = profile.get("emailAddress") or record.get("invitedEmailAddress")
        address = email_address(written, self.rules) if isinstance(written, str) else None
        student = self.accounts.address(record.get("studentId"))
        number = record.get("guardianId")
        if address is None or student is None or not isinstance(number, str):
            self._say("guardian or guardian's student without an address, left out", lost=True)
            return
        id_ = f"{VENDOR}:{number}"
        if id_ not in told:
            told.add(id_)
            yield self._account(id_, address, profile.get("name"))
        yield GuardianLink(PersonRef(email=student.text), PersonRef(person_id=id_))

    @staticmethod
    def _account(id_: str, address: Address, name: object) -> DirectoryAccount:
        names = name if isinstance(name, dict) else {}
        return DirectoryAccount(
            id_,
            (address,),
            str(names.get("givenName") or ""),
            str(names.get("familyName") or ""),
            roles=((HatRole.GUARDIAN, None),),
        )

    # ---- pages -----------------------------------------------------------------------------

    def _take(self, facts: Iterator[Fact], records: int) -> None:
        self._page.facts += facts
        self._page.records += records

    def _full(self) -> Iterator[Page]:
        if self._page.full:
            yield self._page.done()
            self._page.facts, self._page.records = [], 0

    def _say(self, text: str, *, lost: bool = False) -> None:
        self._said[text, lost] += 1


def class_id(course: str) -> str:
    """Return what a course is called among the classes of every roster."""
    return f"{VENDOR}:{course}"
