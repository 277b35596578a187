"""The source ``oneroster-api``: a student system's roster from its server, read whole each time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from auditor.source import CheckResult, FactKind, Note, Page, SourceContext, SourceError, Window
from connectors.oneroster.api.asking import Server
from connectors.oneroster.api.checking import check_server, wider
from connectors.oneroster.api.lists import ServerLists
from connectors.oneroster.api.settings import ApiSettings
from connectors.oneroster.reader import RosterReader
from connectors.retrying import Clock, Limits


class OneRosterApi:
    """One configured OneRoster server."""

    def __init__(
        self, context: SourceContext, *, clock: Clock, random: Random, limits: Limits | None = None
    ) -> None:
        """Raise ValueError naming every mistake in the settings; reads nothing."""
        self._context = context
        self._settings, self._access = ApiSettings.of(context)
        self._clock = clock
        self._random = random
        self._limits = limits

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.PEOPLE, FactKind.CLASSES, FactKind.GUARDIANS))

    def check(self) -> list[CheckResult]:
        """Say whether we are let in, what we may, and whether the lists answer."""
        results: list[CheckResult] = []
        try:
            server = self._server()
            try:
                results += check_server(server, self._settings, self._access)
            finally:
                server.close()
        except SourceError as error:
            results.append(CheckResult(False, error.what, error.cure))
        return results

    def pull(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  (a roster has no window)
        """Yield the whole roster once all of it was read; raises ``SourceError`` otherwise."""
        server = self._server()
        try:
            lists = ServerLists(server, self._settings, self._tell)
            lists.read()
            notes = (*server.notes(), *self._too_much(server))
        finally:
            server.close()
        reader = RosterReader(lists, self._settings.version, self._context.addresses)
        yield from reader.pages(notes)

    def _tell(self, done: int, total: int) -> None:
        self._context.progress(done, total, "records")

    def _too_much(self, server: Server) -> Iterator[Note]:
        granted = None if server.tokens is None else server.tokens.granted
        if rights := wider(granted):
            text = f"the server grants more than was asked for: {', '.join(rights)}"
            yield Note(self._context.title, text)

    def _server(self) -> Server:
        return Server(
            self._access,
            self._settings,
            where=self._context.title,
            clock=self._clock,
            random=self._random,
            limits=self._limits,
        )
