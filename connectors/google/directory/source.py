"""The source ``google-directory``: who is who by Google, read whole each time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from auditor.source import CheckResult, FactKind, Page, SourceContext, SourceError, Window
from connectors.google.asking import Google
from connectors.google.directory.checking import check_directory
from connectors.google.directory.reading import Reading
from connectors.google.directory.settings import DirectorySettings
from connectors.retrying import Clock, Limits


class GoogleDirectory:
    """One configured directory."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; reads nothing."""
        self._context = context
        self._settings, self._access = DirectorySettings.of(context)
        self._clock = clock
        self._random = random
        self._limits = limits

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        kinds = {FactKind.PEOPLE, FactKind.GROUPS}
        if self._settings.brings_settings:
            kinds.add(FactKind.SYSTEM_SETTINGS)
        return frozenset(kinds)

    def check(self) -> list[CheckResult]:
        """Say what is granted, which domains and units there are, and which edition it is."""
        google = self._google()
        try:
            return list(check_directory(google, self._context, self._settings))
        except SourceError as error:
            return [CheckResult(False, error.what, error.cure)]
        finally:
            google.close()

    def pull(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  (a roster has no window)
        """Yield the whole directory; raises ``SourceError`` where it cannot stand for everybody."""
        google = self._google()
        try:
            yield from Reading(self._context, self._settings, google).pages()
        finally:
            google.close()

    def _google(self) -> Google:
        return Google(
            self._access,
            where=self._context.title,
            clock=self._clock,
            random=self._random,
            limits=self._limits,
        )
