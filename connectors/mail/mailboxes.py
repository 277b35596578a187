"""Telling the mailboxes of a drop apart, where each has a folder of its own in it.

One export of forty that failed leaves a day that looks whole. With a folder for each mailbox the
drop can say which of them it has, and one that may not be read does not hold up the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.source import DayCoverage, DayState, Window
from connectors.files import Drop, reading
from connectors.mail.archives import Form, MailFile
from connectors.mail.vaultread import ExportRead


def mailbox_folders(root: Path) -> list[Path]:
    """Return the folders of the mailboxes in a drop, by name; raises ``SourceError``.

    A drop that is one Maildir is one mailbox, and a linked folder is never followed.
    """
    if not root.is_dir():
        return []
    with reading(root, root.name):
        found = [p for p in root.iterdir() if p.is_dir() and not p.is_symlink()]
    if any(folder.name in ("cur", "new") for folder in found):
        return []
    return sorted(folder for folder in found if not folder.name.startswith("."))


@dataclass(slots=True)
class _Mailbox:
    days: Counter[date] = field(default_factory=Counter)
    newest_file: date | None = None
    """Of files that hold many messages; a folder of single ones does not tell when it was made."""
    holds_anything: bool = False
    failure: str | None = None

    def word_on(self, whole: DayCoverage, name: str) -> DayCoverage:
        """Return what is known of a day of this mailbox, where the drop has its own word."""
        reason = self.failure
        if reason is None and not self.holds_anything:
            reason = "no mail file of it"
        elif reason is None and self.newest_file is not None and whole.day >= self.newest_file:
            reason = f"no file of it newer than {self.newest_file.isoformat()}"
        if reason is not None:
            return DayCoverage(whole.day, DayState.MISSING, None, reason, name)
        if whole.state is not DayState.READ:
            return replace(whole, unit=name)
        return DayCoverage(whole.day, DayState.READ, self.days[whole.day], None, name)


class Mailboxes:
    """Counts what a drop holds, as a whole and by mailbox; takes what a ``Drop`` takes."""

    def __init__(self, whole: Drop, zone: ZoneInfo) -> None:
        self._whole = whole
        self._zone = zone
        self._mailboxes: dict[str, _Mailbox] = {}
        self._open: _Mailbox | None = None
        self._exports: list[ExportRead] = []

    def export(self, read: ExportRead) -> None:
        """Take in what is missing of an export of Vault."""
        self._exports.append(read)

    def enter(self, folder: Path | None) -> None:
        """Count what follows as this mailbox's; None: as nobody's."""
        if folder is None:
            self._open = None
            return
        self._open = self._mailboxes.setdefault(folder.name, _Mailbox())
        self._open.holds_anything = any((folder / name).is_dir() for name in ("cur", "new"))

    def failed(self, reason: str) -> None:
        """Say that the mailbox that was entered could not be read to its end."""
        if self._open is not None:
            self._open.failure = reason

    def file(self, found: MailFile) -> None:
        modified_at = found.file.modified_at
        self._whole.file(modified_at)
        if self._open is None:
            return
        self._open.holds_anything = True
        if found.form is Form.MBOX:
            day = modified_at.astimezone(self._zone).date()
            self._open.newest_file = max(day, self._open.newest_file or day)

    def record(self, happened_at: datetime) -> None:
        self._whole.record(happened_at)
        if self._open is not None:
            self._open.days[happened_at.astimezone(self._zone).date()] += 1

    def reaches_until(self, modified_at: datetime) -> None:
        self._whole.reaches_until(modified_at)

    def coverage(self, window: Window) -> tuple[DayCoverage, ...]:
        """Return one row for each day of the window, and one for each mailbox on each of them."""
        return tuple(self._rows(self._whole.coverage(window)))

    def _rows(self, days: tuple[DayCoverage, ...]) -> Iterator[DayCoverage]:
        for whole in days:
            yield whole
            units = {name: box.word_on(whole, name) for name, box in self._mailboxes.items()}
            for export in self._exports:
                for row in export.coverage(whole, self._zone):
                    units[str(row.unit)] = row
            yield from units.values()
