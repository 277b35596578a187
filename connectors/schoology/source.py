"""The source ``schoology``: who is who in one school's Schoology, or what was written in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from auditor.source import (
    CheckResult,
    FactKind,
    Mark,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.retrying import Clock, Limits
from connectors.schoology import asking as ways
from connectors.schoology.checking import check_schoology
from connectors.schoology.granting import Granting
from connectors.schoology.night import Night
from connectors.schoology.rosters import RosterReading
from connectors.schoology.settings import Kind, SchoologySettings

CLOCK = "clock"
"""Where the last timestamp that was used is kept: none may lie before it, next time either."""


class Schoology:
    """One configured school."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; connects to nothing."""
        self._settings, self._access = SchoologySettings.of(context)
        self._context = context
        self._clock = clock
        self._random = random
        self._limits = limits

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        if self._settings.kind is Kind.MESSAGES:
            return frozenset((FactKind.MESSAGES,))
        kinds = {FactKind.PEOPLE, FactKind.CLASSES, FactKind.SPACES}
        return frozenset(kinds | ({FactKind.GUARDIANS} if self._settings.guardians else set()))

    def check(self) -> list[CheckResult]:
        """Say whose key it is, what it may see, and whose messages it cannot; reads no data."""
        try:
            return list(check_schoology(self._schoology(), self._settings))
        except SourceError as error:
            return [CheckResult(False, error.what, error.cure)]

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield the facts of the kind that the settings name; raises ``SourceError``."""
        schoology = self._schoology()
        pages = (
            Night(schoology, self._context, self._settings, window).pages()
            if self._settings.kind is Kind.MESSAGES
            else self._rosters(schoology)
        )
        page: Page | None = None
        for following in pages:
            if page is not None:
                yield page
            page = following
        if page is not None:
            yield replace(page, marks=(*page.marks, Mark(CLOCK, str(schoology.stamps.last))))

    def granting(self) -> Granting:
        """Return what gives out links to users and collects their tokens; raises ``Denied``."""
        return Granting(self._schoology(), self._context, self._clock)

    def _rosters(self, schoology: ways.Schoology) -> Iterator[Page]:
        with schoology.asking() as asking:
            reading = RosterReading(self._context, self._settings, asking, self._clock.now())
            yield from reading.pages()

    def _schoology(self) -> ways.Schoology:
        kept = self._context.marks.get(CLOCK, "")
        return ways.Schoology(
            self._access,
            where=self._context.title,
            clock=self._clock,
            random=self._random,
            limits=self._limits,
            not_before=int(kept) if kept.isdecimal() else 0,
        )
