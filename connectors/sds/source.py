"""The source ``sds``: School Data Sync files of either edition, read whole each time."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from zoneinfo import ZoneInfo

from auditor.source import (
    CheckResult,
    FactKind,
    Malformed,
    Note,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.csvdrop import CsvDrop
from connectors.csvsets import find_drop, set_in_words
from connectors.files import drop_path
from connectors.sds.columns import (
    CLASSES,
    COLUMNS,
    ENROLLMENTS,
    LAYOUT,
    SCHOOL,
    STUDENT,
    TEACHER,
    USERS,
    V1_REQUIRED,
    V21_REQUIRED,
)
from connectors.sds.common import Base
from connectors.sds.edition1 import Edition1
from connectors.sds.edition2 import Edition2
from connectors.sds.settings import SdsSettings


class Edition(StrEnum):
    V1 = "1"
    V2_1 = "2.1"


class SchoolDataSync:
    """One configured School Data Sync drop."""

    def __init__(self, context: SourceContext) -> None:
        """Raise ValueError naming every mistake in the settings; reads nothing."""
        self._context = context
        self._settings = SdsSettings.of(context.settings)
        self._root = drop_path(context, self._settings.path)

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.PEOPLE, FactKind.CLASSES, FactKind.GUARDIANS))

    def check(self) -> list[CheckResult]:
        """Say whether the files are there, which edition they are and of which day."""
        try:
            with find_drop(self._root, LAYOUT) as drop:
                edition, _ = look_at(drop)
                zone = ZoneInfo(self._context.timezone)
                text = set_in_words(self._root, drop, f"School Data Sync {edition}", zone)
        except SourceError as error:
            return [CheckResult(False, f"{error.where}: {error.what}", error.cure)]
        return [CheckResult(True, text)]

    def pull(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  (a roster has no window)
        """Yield the whole roster; raises ``SourceError`` where it cannot stand for everybody."""
        with find_drop(self._root, LAYOUT) as drop:
            edition, notes = look_at(drop)
            kind: type[Base] = Edition1 if edition is Edition.V1 else Edition2
            reader = kind(drop, self._context.addresses, self._settings.domain)
            yield from reader.pages((*drop.notes, *notes))


def look_at(drop: CsvDrop) -> tuple[Edition, tuple[Note, ...]]:
    """Return a set's edition, and notes; reads header rows only.

    Raises ``Malformed`` where a file or column is missing, or two editions are mixed.
    """
    first = any(name in drop.files for name in (SCHOOL, STUDENT, TEACHER))
    if first and USERS in drop.files:
        raise Malformed(
            "it mixes files of the editions 1 and 2.1",
            where=drop.where,
            cure="Leave only those of one edition in it",
        )
    drop.require(*(V1_REQUIRED if first else V21_REQUIRED))
    notes: list[Note] = []
    if not first:
        if ENROLLMENTS in drop.files:
            drop.require(CLASSES)
        else:
            notes.append(Note(ENROLLMENTS, "not there: nothing is known of who is in a class"))
    for name in drop.files:
        with drop.table(name) as table:
            table.places(COLUMNS[name])
    return (Edition.V1 if first else Edition.V2_1), tuple(notes)
