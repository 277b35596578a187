"""The source ``google-classroom``: courses as classes of a roster, or posts for chosen students."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from auditor.source import (
    CheckResult,
    DayCoverage,
    DayState,
    Denied,
    FactKind,
    Note,
    Page,
    Rejected,
    SourceContext,
    SourceError,
    Window,
)
from connectors.google.access import Access
from connectors.google.accounts import ACCOUNT_SCOPES, Accounts
from connectors.google.asking import Api, Google
from connectors.google.classroom.courses import (
    COURSE_SCOPES,
    MEMBER_SCOPES,
    Course,
    Questions,
)
from connectors.google.classroom.posts import POST_SCOPES, Posted, PostReader
from connectors.google.classroom.rosters import GUARDIAN_SCOPES, RosterReader
from connectors.google.classroom.settings import ClassroomSettings, Kind
from connectors.google.scopes import check_scopes
from connectors.pacing import Bucket
from connectors.paging import FillingPage
from connectors.retrying import Clock, Limits


class Classroom:
    """Google Classroom of one district, read as its administrator."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; connects to nothing."""
        mistakes: list[str] = []
        access = Access.of(context, mistakes)
        self._settings = ClassroomSettings.of(context.settings, mistakes)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        self._context = context
        self._google = Google(
            access, where=context.title, clock=clock, random=random, limits=limits
        )
        self._bucket = Bucket(self._settings.queries_per_minute, clock)

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        if self._settings.kind is Kind.POSTS:
            return frozenset((FactKind.MESSAGES,))
        if self._settings.guardians:
            return frozenset((FactKind.CLASSES, FactKind.GUARDIANS))
        return frozenset((FactKind.CLASSES,))

    @property
    def _scopes(self) -> tuple[str, ...]:
        scopes = (*COURSE_SCOPES, *MEMBER_SCOPES)
        if self._settings.kind is Kind.POSTS:
            return (*scopes, *POST_SCOPES)
        return (*scopes, *GUARDIAN_SCOPES) if self._settings.guardians else scopes

    def check(self) -> list[CheckResult]:
        """Say what is delegated, and whether Classroom answers; reads nobody's data."""
        admin = self._google.access.admin
        try:
            results = list(
                check_scopes(self._google, admin, (*self._scopes, *ACCOUNT_SCOPES))
            )
            if all(result.ok for result in results):
                results.append(self._answers())
        finally:
            self._google.close()
        return results

    def _answers(self) -> CheckResult:
        asking = self._google.admin(COURSE_SCOPES)
        try:
            asking.get(
                Api.CLASSROOM,
                lambda service: service.courses().list(pageSize=1, fields="courses(id)"),
            )
        except SourceError as error:
            return CheckResult(False, error.what, error.cure)
        return CheckResult(True, "Classroom shows courses to the administrator")

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield the facts of the kind that the settings name; raises ``SourceError``."""
        try:
            accounts = Accounts.read(
                self._google.admin(ACCOUNT_SCOPES),
                self._google.access.customer,
                self._context.addresses,
            )
            questions = Questions(self._google.admin(self._scopes), ((self._bucket, 1),))
            if self._settings.kind is Kind.POSTS:
                yield from self._posts(window, questions, accounts)
            else:
                yield from self._rosters(window, questions, accounts)
        finally:
            self._google.close()

    def _rosters(
        self, window: Window, questions: Questions, accounts: Accounts
    ) -> Iterator[Page]:
        reader = RosterReader(
            questions,
            accounts,
            self._context.addresses,
            self._zone,
            self._context.title,
            self._settings.threads,
        )
        since = datetime.combine(window.first, time.min, self._zone)
        courses = questions.courses(since=since, names=self._settings.names)
        if not courses:
            # an empty list is not a school without classes: that would end all there is on record
            raise Denied(
                "Google shows not one course to the administrator",
                where=self._context.title,
                cure="See that the administrator in the settings is a super administrator, or may "
                "see every class, and that Classroom is switched on for him",
            )
        yield from reader.courses(courses)
        if self._settings.guardians:
            yield from reader.guardians()
        page = reader.last()
        yield replace(page, notes=(*page.notes, *self._google.notes()))

    def _posts(self, window: Window, questions: Questions, accounts: Accounts) -> Iterator[Page]:
        begins, _ = window.span(self._zone)
        courses = questions.courses(since=begins, names=False)
        reader = PostReader(
            questions,
            accounts,
            self._context.name,
            self._settings.tool,
            begins,
            self._settings.threads,
        )
        pull = _PostPull(self._context, window, self._zone)
        for done, (course, posted) in enumerate(reader.read(courses), start=1):
            yield from pull.course(course, posted)
            self._context.progress(done, len(courses), "courses")
        pull.check_reach()
        yield pull.last(self._google.notes())

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._context.timezone)


class _PostPull:
    """Pages as they fill, and which courses could not be read."""

    def __init__(self, context: SourceContext, window: Window, zone: ZoneInfo) -> None:
        self._where = context.title
        self._zone = zone
        first = window.since or window.first
        count = (window.last - first).days + 1
        self._asked = [first + timedelta(days=n) for n in range(count)]
        self._page = FillingPage()
        self._days: Counter[date] = Counter()
        self._said: Counter[tuple[str, bool]] = Counter()
        self._unread: dict[str, str] = {}
        self._read = 0

    def course(self, course: Course, posted: Posted) -> Iterator[Page]:
        """Take in a course; yields a page when one is full."""
        if posted.failure is not None:
            self._unread[course.id] = posted.failure
        else:
            self._read += 1
        for message in posted.messages:
            self._days[message.sent_at.astimezone(self._zone).date()] += 1
        self._page.facts += posted.messages
        where = f"course {course.id}"
        lacking = "without it nobody knows who posted, or when"
        self._page.rejected += [Rejected(where, None, field, lacking) for field in posted.refused]
        self._page.records += posted.records
        self._said["post for a whole course, no contact with chosen students", False] += (
            posted.whole_course
        )
        self._said["post that was deleted since", False] += posted.deleted
        unknown = "student of a post whom the directory does not know"
        self._said[unknown, True] += posted.unknown_students
        if self._page.full:
            yield self._page.done()
            self._page = FillingPage()

    def check_reach(self) -> None:
        """Raise ``Denied`` if there are courses and not one could be read."""
        if self._unread and not self._read:
            raise Denied(
                f"not one of {len(self._unread)} courses could be read: "
                f"{next(iter(self._unread.values()))}",
                where=self._where,
                cure="See that the administrator in the settings may see every class",
            )

    def last(self, asked: tuple[Note, ...]) -> Page:
        """Return what is left, with the word on every day that was asked for."""
        notes = [
            Note(self._where, text, count, lost)
            for (text, lost), count in sorted(self._said.items())
            if count
        ]
        rows = [DayCoverage(day, DayState.READ, self._days[day]) for day in self._asked]
        rows += [
            DayCoverage(day, DayState.MISSING, None, reason, f"course {id_}")
            for id_, reason in sorted(self._unread.items())
            for day in self._asked
        ]
        page = self._page.done()
        return replace(page, notes=(*notes, *asked), coverage=tuple(rows))
