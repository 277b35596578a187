"""The source ``canvas``: messages and comments of the people asked about, or who they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from auditor.source import (
    CheckResult,
    Denied,
    FactKind,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.canvas.asked import whom_to_ask
from connectors.canvas.asking import Asking
from connectors.canvas.checking import check_canvas
from connectors.canvas.comments import read_courses
from connectors.canvas.night import Night
from connectors.canvas.rosters import RosterReader
from connectors.canvas.settings import CanvasSettings, Kind
from connectors.canvas.users import People, User, read_users
from connectors.retrying import Clock, Limits

_AFTER_END = timedelta(days=30)
"""So long after its last day a course is asked about: work is marked and answered after it."""


class Canvas:
    """One district's Canvas, read as an administrator who may act for others."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; connects to nothing."""
        self._settings, access = CanvasSettings.of(context)
        self._context = context
        self._random = random
        self._asking = Asking(
            access,
            where=context.title,
            clock=clock,
            random=random,
            per_minute=self._settings.queries_per_minute,
            limits=limits,
        )

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        if self._settings.kind is Kind.MESSAGES:
            return frozenset((FactKind.MESSAGES,))
        kinds = {FactKind.PEOPLE}
        if self._settings.classes:
            kinds.add(FactKind.CLASSES)
        if self._settings.guardians:
            kinds.add(FactKind.GUARDIANS)
        return frozenset(kinds)

    def check(self) -> list[CheckResult]:
        """Say whether Canvas answers and what the token may do; asks for nobody's messages."""
        results: list[CheckResult] = []
        try:
            self._asking.open()
            results.extend(check_canvas(self._asking, self._settings))
        except SourceError as error:
            results.append(CheckResult(False, error.what, error.cure))
        finally:
            self._asking.close()
        return results

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield what the settings ask for; raises a ``SourceError`` that concerns all of it."""
        try:
            self._asking.open()
            users = self._users()
            if not users:
                # an empty list is not a Canvas without people: that would end all on record
                raise Denied(
                    "Canvas shows not one user to the token's owner",
                    where=self._context.title,
                    cure='Give the token\'s owner a role with "Users - view list" in the account '
                    "that the settings name",
                )
            if self._settings.kind is Kind.MESSAGES:
                yield from self._messages(window, users)
            else:
                yield from self._people(window, users)
        finally:
            self._asking.close()

    def _messages(self, window: Window, users: list[User]) -> Iterator[Page]:
        settings, asking = self._settings, self._asking
        zone = ZoneInfo(self._context.timezone)
        asked = whom_to_ask(
            users,
            {kind: {user.id for user in self._users(kind)} for kind in settings.ask},
            settings,
            self._context.marks,
            (window.first, window.last),
            where=self._context.title,
        )
        courses = []
        if settings.comments:
            since = window.span(zone)[0] - _AFTER_END
            courses = read_courses(asking, settings.account, since)
        night = Night(asking, self._context, settings, window, self._random)
        for login in asked.unknown:
            night.missing(login, "Canvas lists nobody by this sign-in name")
        yield from night.pages(asked, courses, People(users, self._context.addresses))

    def _people(self, window: Window, users: list[User]) -> Iterator[Page]:
        settings, where = self._settings, self._context.title
        courses = []
        if settings.classes or settings.guardians:
            zone = ZoneInfo(self._context.timezone)
            since = datetime.combine(window.last, time.min, zone)
            courses = read_courses(self._asking, settings.account, since)
            if not courses:
                raise Denied(
                    "Canvas shows not one course to the token's owner",
                    where=where,
                    cure='Give the token\'s owner a role with "Courses - view list"',
                )
        reader = RosterReader(self._asking, settings, self._context.addresses, where)
        yield from reader.pages(users, courses)

    def _users(self, enrolled_as: str | None = None) -> list[User]:
        settings = self._settings
        return read_users(
            self._asking, settings.account, link=settings.person_id, enrolled_as=enrolled_as
        )
