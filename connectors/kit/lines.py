"""What a source needs that reads files with one record to a line, so that a new one is one file.

Say what the connector is called, what it provides, what a line holds and how it becomes a fact. The
rest is here: settings with every mistake at once, the reach, files that were read before, pages,
lines that cannot be used, and the days that the files speak for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from zoneinfo import ZoneInfo

from auditor.model import Message
from auditor.source import (
    CheckResult,
    DayCoverage,
    FactKind,
    Note,
    Page,
    Rejected,
    SourceContext,
    SourceError,
    Window,
)
from connectors.files import DroppedFile, drop_days, drop_path, reading, require_path
from connectors.logdrop import LogDrop, dropped_files
from connectors.options import text, unknown
from connectors.paging import PAGE_RECORDS
from connectors.portions import Portion

_LONGEST_LINE = 1 << 16
_COMMON = ("connector", "title", "path", "quiet_days", "covers_from")


@dataclass(frozen=True, slots=True)
class _Settings:
    path: str
    quiet_days: int
    covers_from: date | None


class LineDrop(ABC):
    """A file, or a folder of files, of which each line is one message."""

    name: ClassVar[str]
    """The connector's name, as settings have it."""
    form: ClassVar[str]
    """What a line holds, in words for a reason: "moment;caller;number"."""
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".csv", ".log")
    """Endings of the files that are read; others are named and left alone."""
    options: ClassVar[tuple[str, ...]] = ()
    """Names of further settings, each a text; they stand in ``self.told``."""
    provides: ClassVar[frozenset[FactKind]] = frozenset({FactKind.MESSAGES})

    def __init__(self, context: SourceContext) -> None:
        """Raise ValueError naming every mistake in the settings; reads nothing."""
        given = context.settings
        known = {*_COMMON, *self.options}
        mistakes = unknown(given, known, self.name)
        path = given.get("path")
        if not isinstance(path, str) or not path.strip():
            mistakes.append("path must name the file or folder that is dropped")
        self.told = {one: text(given, one, mistakes) for one in self.options}
        days = drop_days(given, mistakes)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        self.context = context
        self._settings = _Settings(str(path), *days)

    @abstractmethod
    def fact(self, line: str) -> Message:
        """Return the message of a line; raises ValueError or KeyError for one of no use."""

    def check(self) -> list[CheckResult]:
        """Say whether the drop is there and how many files lie in it."""
        root = drop_path(self.context, self._settings.path)
        try:
            require_path(root)
            files, _ = dropped_files(root, self.suffixes)
        except SourceError as error:
            return [CheckResult(False, f"{error.where}: {error.what}", error.cure)]
        cure = None if files else f"Drop files there that end in {', '.join(self.suffixes)}"
        return [CheckResult(bool(files), f"{root}: {len(files):,} files", cure)]

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield the messages of new files; the last page says which days all files cover."""
        yield from LogDrop(self.context, self._settings, self, self.suffixes).pages(window)

    # ---- what a log of lines is, for ``LogDrop`` -----------------------------------------------

    def portions(self, file: DroppedFile) -> Iterator[Portion]:
        """Yield what a file holds, a page's worth at a time."""
        zone = ZoneInfo(self.context.timezone)
        portion = Portion(self.name, zone)
        for number, line in _lines(file):
            portion.records += 1
            try:
                portion.facts.append(self.fact(line.decode("utf-8-sig")))
            except (ValueError, KeyError):  # a decoding error is a ValueError
                portion.rejected.append(Rejected(file.name, number, None, f"not {self.form}"))
            if portion.records >= PAGE_RECORDS:
                yield portion
                portion = Portion(self.name, zone)
        yield portion

    def notes(self, file: DroppedFile) -> tuple[Note, ...]:  # noqa: ARG002  (what a log may say)
        return ()

    def coverage(self, days: tuple[DayCoverage, ...]) -> tuple[DayCoverage, ...]:
        return days


def _lines(file: DroppedFile) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that hold something, with their numbers; a far too long one is cut."""
    with reading(file.path, file.name), open(file.path, "rb") as stream:
        for number, line in enumerate(iter(lambda: stream.readline(_LONGEST_LINE), b""), start=1):
            if line.strip():
                yield number, line.rstrip(b"\r\n")
