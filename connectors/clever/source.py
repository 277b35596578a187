"""The source ``clever``: a district's roster as it shares it at Clever, read whole each time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from auditor.source import CheckResult, FactKind, Page, SourceContext, SourceError, Window
from connectors.clever.asking import Api
from connectors.clever.district import check_district, freshness, read_district
from connectors.clever.facts import Facts
from connectors.clever.reading import Reading
from connectors.clever.settings import CleverSettings
from connectors.retrying import Clock, Limits


class Clever:
    """One configured roster at Clever."""

    def __init__(
        self, context: SourceContext, *, clock: Clock, random: Random, limits: Limits | None = None
    ) -> None:
        """Raise ValueError naming every mistake in the settings; reads nothing."""
        self._context = context
        self._settings, self._access = CleverSettings.of(context)
        self._clock = clock
        self._random = random
        self._limits = limits

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        kinds = {FactKind.PEOPLE, FactKind.CLASSES}
        return frozenset(kinds | {FactKind.GUARDIANS} if self._settings.guardians else kinds)

    def check(self) -> list[CheckResult]:
        """Say whose roster the token opens, and how fresh it is; nobody's record is asked for."""
        results: list[CheckResult] = []
        try:
            api = self._api()
            try:
                now, events = self._clock.now(), self._settings.events
                results += check_district(api, now, events=events)
            finally:
                api.close()
        except SourceError as error:
            results.append(CheckResult(False, error.what, error.cure))
        return results

    def pull(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  (a roster has no window)
        """Yield the whole roster once all of it was read; raises ``SourceError`` otherwise."""
        api = self._api()
        try:
            district = read_district(api)
            reading = Reading(api, self._settings, self._context)
            roster = reading.read()
            fresh = freshness(district, self._clock.now(), self._context.title)
            notes = (*reading.notes(), *fresh)
        finally:
            api.close()
        facts = Facts(roster, self._settings.guardians, self._context.addresses)
        yield from facts.pages(notes, reading.marks(), self._context.title)

    def _api(self) -> Api:
        return Api(
            self._access,
            self._settings.page,
            where=self._context.title,
            clock=self._clock,
            random=self._random,
            limits=self._limits,
        )
