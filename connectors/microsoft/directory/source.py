"""The source ``microsoft-directory``: who is who by Microsoft, read whole each time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from auditor.source import CheckResult, FactKind, Page, SourceContext, SourceError, Window
from connectors.microsoft.asking import Graph
from connectors.microsoft.directory.checking import check_directory
from connectors.microsoft.directory.reading import Reading
from connectors.microsoft.directory.settings import DirectorySettings
from connectors.microsoft.permissions import READING
from connectors.retrying import Clock, Limits


class MicrosoftDirectory:
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
        if self._settings.education:
            kinds.add(FactKind.CLASSES)
        if self._settings.guardians:
            kinds.add(FactKind.GUARDIANS)
        return frozenset(kinds)

    def check(self) -> list[CheckResult]:
        """Say what is granted, which domains and groups there are, and which licences."""
        graph = self._graph()
        try:
            return list(check_directory(graph, self._context, self._settings))
        except SourceError as error:
            return [CheckResult(False, error.what, error.cure)]
        finally:
            graph.close()

    def pull(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  (a roster has no window)
        """Yield the whole directory; raises ``SourceError`` where it cannot stand for everybody."""
        graph = self._graph()
        try:
            graph.refuse_wider(READING)
            yield from Reading(self._context, self._settings, graph).pages()
        finally:
            graph.close()

    def _graph(self) -> Graph:
        return Graph(
            self._access,
            where=self._context.title,
            clock=self._clock,
            random=self._random,
            limits=self._limits,
            in_flight=self._settings.threads,  # the limit of four is about mailboxes
        )
