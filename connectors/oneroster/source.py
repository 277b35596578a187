"""The source ``oneroster``: a student system's nightly export, read whole each time."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from auditor.source import CheckResult, FactKind, Page, SourceContext, SourceError, Window
from connectors.csvsets import find_drop, set_in_words
from connectors.files import drop_path
from connectors.oneroster.columns import LAYOUT
from connectors.oneroster.edition import look_at
from connectors.oneroster.lists import FileLists
from connectors.oneroster.reader import RosterReader
from connectors.oneroster.settings import OneRosterSettings


class OneRoster:
    """One configured OneRoster drop."""

    def __init__(self, context: SourceContext) -> None:
        """Raise ValueError naming every mistake in the settings; reads nothing."""
        self._context = context
        self._settings = OneRosterSettings.of(context.settings)
        self._root = drop_path(context, self._settings.path)

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.PEOPLE, FactKind.CLASSES, FactKind.GUARDIANS))

    def check(self) -> list[CheckResult]:
        """Say whether the roster is there, which edition it is and of which day."""
        try:
            with find_drop(self._root, LAYOUT) as drop:
                version, _ = look_at(drop, self._settings.version)
                zone = ZoneInfo(self._context.timezone)
                text = set_in_words(self._root, drop, f"OneRoster {version}", zone)
        except SourceError as error:
            return [CheckResult(False, f"{error.where}: {error.what}", error.cure)]
        return [CheckResult(True, text)]

    def pull(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  (a roster has no window)
        """Yield the whole roster; raises ``SourceError`` where it cannot stand for everybody."""
        with find_drop(self._root, LAYOUT) as drop:
            version, notes = look_at(drop, self._settings.version)
            reader = RosterReader(FileLists(drop), version, self._context.addresses)
            yield from reader.pages((*drop.notes, *notes))
