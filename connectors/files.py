"""What connectors that read dropped files share: names, hashes, and which days a drop speaks for.

A folder that IT drops files into tells nothing about itself: no cursor, no "complete up to". So
its reach is deduced from two facts, the records' own days and the files' modification times, by
one rule that every such connector uses (see ``Drop``).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from zoneinfo import ZoneInfo

from auditor.source import (
    DayCoverage,
    DayState,
    Denied,
    FileSeen,
    SourceContext,
    Transient,
    Window,
)

READ_SIZE = 1 << 20
QUIET_DAYS = 4
"""Longest silence at the end of a drop that is still believed: a long weekend."""
LONGEST_SILENCE = 31
"""Longest silence between two records that is still believed to be one drop."""


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """A file as the folder shows it, before it is read."""

    path: Path
    name: str
    """How it is called in notes and in the ledger."""
    size: int
    modified_at: datetime
    """Aware, UTC."""


def dropped_file(path: Path, name: str) -> DroppedFile:
    """Describe a file; raises ``SourceError`` when it cannot be looked at."""
    with reading(path, name):
        found = path.stat()
    modified_at = datetime.fromtimestamp(found.st_mtime, tz=UTC)
    return DroppedFile(path, name, found.st_size, modified_at)


def drop_path(context: SourceContext, path: str) -> Path:
    """Return the place a source's files are dropped in; relative paths start at its base."""
    return Path(context.base, path)


def require_path(root: Path) -> None:
    """Raise ``Denied`` unless ``root`` is there and may be looked into."""
    with reading(root, str(root)):
        try:
            is_folder = stat.S_ISDIR(root.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Denied(
                "there is no such file or folder",
                where=str(root),
                cure="Create it, or set the source's path to where the files are dropped",
            ) from error
    wanted = os.R_OK | os.X_OK if is_folder else os.R_OK
    if not os.access(root, wanted):
        raise denied(str(root))


def denied(where: str) -> Denied:
    """Return the error for a file or folder that this account may not read."""
    return Denied(
        "the account that runs the audit may not read it",
        where=where,
        cure="Give that account read permission",
    )


@contextmanager
def reading(path: Path, name: str) -> Iterator[None]:
    """Turn the operating system's errors about one file into ``SourceError``."""
    try:
        yield
    except PermissionError as error:
        raise denied(name) from error
    except FileNotFoundError as error:
        raise Transient(
            "it went away while the drop was being read", where=name, cure="Run the pull again"
        ) from error
    except OSError as error:
        raise Transient(
            f"reading failed ({error.strerror or type(error).__name__})",
            where=name,
            cure=f"Look at the disk or share that {path.parent} is on, then run the pull again",
        ) from error


def sha256_of(file: DroppedFile) -> str:
    """Return the hex SHA-256 of a file, read in portions."""
    digest = hashlib.sha256()
    with reading(file.path, file.name), open(file.path, "rb") as stream:
        while portion := stream.read(READ_SIZE):
            digest.update(portion)
    return digest.hexdigest()


class HashingReader:
    """Reads a file once, from start to end, and knows its SHA-256 afterwards. Use it in ``with``.

    ``finish`` reads what is left, so that the hash is always the whole file's, and refuses a file
    that changed meanwhile: half of an upload must not pass for the whole.
    """

    def __init__(self, file: DroppedFile) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        with reading(file.path, file.name):
            # Closed when ``with`` is left; the reader outlives this call by design.
            self._stream: BinaryIO = open(file.path, "rb")  # noqa: SIM115  (closed by __exit__)

    def read(self, size: int = READ_SIZE) -> bytes:
        """Return the next portion, empty at the end of the file."""
        with reading(self._file.path, self._file.name):
            portion = self._stream.read(size)
        self._digest.update(portion)
        return portion

    def finish(self) -> FileSeen:
        """Read to the end and return what was seen; raises ``Transient`` if the file changed."""
        while self.read():
            pass
        self._stream.close()
        now = dropped_file(self._file.path, self._file.name)
        if (now.size, now.modified_at) != (self._file.size, self._file.modified_at):
            raise Transient(
                "it changed while it was being read",
                where=self._file.name,
                cure="Wait until the upload is complete, then run the pull again",
            )
        return FileSeen(now.name, now.size, now.modified_at, self._digest.hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()


class Drop:
    """Which days the files of one drop speak for.

    A drop covers the days from its first record's day (or ``covers_from``) to the local day
    before its newest file's modification time: the day a file is written on is not over yet. If
    the newest record is more than ``quiet_days`` older than that file, the export has probably
    stopped, and the days after the newest record are missing. Without ``covers_from``, days in a
    silence of more than ``LONGEST_SILENCE`` days between records are missing too: one stray old
    message must not vouch for the months after it.

    Records dated after the day their file was written are counted but prove nothing.
    """

    def __init__(
        self,
        *,
        zone: ZoneInfo,
        where: str,
        quiet_days: int = QUIET_DAYS,
        covers_from: date | None = None,
    ) -> None:
        self._zone = zone
        self._where = where
        self._quiet_days = quiet_days
        self._covers_from = covers_from
        self._days: Counter[date] = Counter()
        self._newest_file: date | None = None
        self._cut: list[tuple[date, date, str]] = []

    def file(self, modified_at: datetime) -> None:
        """Count a file of the drop, whether or not it is read this time."""
        day = modified_at.astimezone(self._zone).date()
        if self._newest_file is None or day > self._newest_file:
            self._newest_file = day

    def record(self, happened_at: datetime) -> None:
        """Count a record of the drop."""
        self._days[happened_at.astimezone(self._zone).date()] += 1

    def reaches_until(self, modified_at: datetime) -> None:
        """Know, without counting, that an earlier pull read a file written at this time.

        It vouches for no day but the one before it was written on, and for no record there.
        """
        day = modified_at.astimezone(self._zone).date()
        self._days.setdefault(day - timedelta(days=1), 0)

    def cut_short(
        self, name: str, rows: int, first: datetime | None, modified_at: datetime
    ) -> None:
        """Know that a file, whose records begin with ``first``, may lack some of what it is for.

        Nobody knows of which days: they may be any up to the day it was written on, and any since
        the record before its first.
        """
        written = modified_at.astimezone(self._zone).date()
        begins = written if first is None else first.astimezone(self._zone).date()
        self._cut.append((begins, written, f"{name} has {rows:,} rows and may be cut short"))

    def coverage(self, window: Window) -> tuple[DayCoverage, ...]:
        """Return one row for each day of the window."""
        first, last = window.first, window.last
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        silences = self._silences()
        return tuple(self._day(day, silences) for day in days)

    def _day(self, day: date, silences: list[tuple[date, date]]) -> DayCoverage:
        reason = self._missing(day, silences)
        if reason is not None:
            return DayCoverage(day, DayState.MISSING, None, reason)
        cut = self._cut_reason(day)
        if cut is not None:
            return DayCoverage(day, DayState.PART, self._days.get(day, 0), cut)
        return DayCoverage(day, DayState.READ, self._days.get(day, 0))

    def _missing(self, day: date, silences: list[tuple[date, date]]) -> str | None:
        """Say why nothing is known about a day, or None if it is covered."""
        newest = self._newest_file
        if newest is None:
            return f"no file in {self._where}"
        if day >= newest:
            return f"no file newer than {newest.isoformat()}"
        believed = self._believed()
        if not believed:
            return "the files hold no dated record"
        if day < (self._covers_from or min(believed)):
            return "no file reaches back that far"
        latest = max(believed)
        if day > latest and (newest - latest).days > self._quiet_days:
            return (
                f"the newest file is of {newest.isoformat()}, "
                f"but its newest record is of {latest.isoformat()}"
            )
        for before, after in silences:
            if before < day < after:
                return f"no record between {before.isoformat()} and {after.isoformat()}"
        return None

    def _cut_reason(self, day: date) -> str | None:
        """Say which file may lack records of a day, or None if there is no such file."""
        for begins, written, reason in self._cut:
            before = max((d for d in self._days if d < begins), default=date.min)
            if before < day < written:
                return reason
        return None

    def _silences(self) -> list[tuple[date, date]]:
        """Return the pairs of record days with an unbelievably long silence between them."""
        if self._covers_from is not None:
            return []
        return [
            (before, after)
            for before, after in pairwise(sorted(self._believed()))
            if (after - before).days > LONGEST_SILENCE
        ]

    def _believed(self) -> list[date]:
        """Return the record days up to the newest file's own day."""
        newest = self._newest_file
        return [day for day in self._days if newest is not None and day <= newest]


def drop_days(settings: Mapping[str, object], mistakes: list[str]) -> tuple[int, date | None]:
    """Return ``quiet_days`` and ``covers_from`` of a source's settings, adding what is mistaken."""
    quiet_days = settings.get("quiet_days", QUIET_DAYS)
    if not isinstance(quiet_days, int) or isinstance(quiet_days, bool) or quiet_days < 1:
        mistakes.append("quiet_days must be a number of days, at least 1")
        quiet_days = QUIET_DAYS
    return quiet_days, _day(settings.get("covers_from"), mistakes)


def _day(value: object, mistakes: list[str]) -> date | None:
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        mistakes.append("covers_from must be a day such as 2026-08-01")
        return None
