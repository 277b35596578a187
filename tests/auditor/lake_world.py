"""Invented messages, an oracle for what a lake must hold, and disks that fail in every way."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from io import BufferedIOBase
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from auditor.keys import Keyring
from auditor.lake import Disk, Lake, Landed
from auditor.ledger import Ledger
from auditor.model import Address, AddressKind, Channel, Message, Party, PartyRole
from auditor.source import Page

KEYRING = Keyring(b"a pepper of 32 bytes, for tests.")
ZONE = ZoneInfo("America/New_York")
ALWAYS = (date.min, date.max)
NOON = datetime(2026, 11, 16, 17, tzinfo=UTC)

Copy = tuple[object, ...]
"""Everything the lake keeps of one copy of a message, as values that can be compared."""


def email(name: str) -> Address:
    return Address(AddressKind.EMAIL, f"{name}@marlow.example")


def message(number: int, *, sender: str = "coach", to: Sequence[str] = ("kid",)) -> Message:
    """Return a message; numbers spread over days so that seven of them fill a week."""
    return Message(
        native_id=f"{number}@mail.marlow.example",
        channel=Channel.EMAIL,
        tool="mail",
        sent_at=NOON + timedelta(days=number % 7, minutes=number),
        parties=(
            Party(email(sender), PartyRole.FROM),
            *(Party(email(name), PartyRole.TO) for name in to),
        ),
        rfc_message_id=f"{number}@mail.marlow.example",
    )


def land(
    lake: Lake, messages: Iterable[Message], *, source: str = "mail", run_id: str = "run-1"
) -> Landed:
    return lake.land(messages, source=source, run_id=run_id, keyring=KEYRING, timezone=ZONE)


def open_lake(folder: Path, files: Disk | None = None, *, room: int = 1000) -> tuple[Ledger, Lake]:
    ledger = Ledger.open(folder / "ledger.db")
    return ledger, Lake(folder / "data", ledger, files=files, messages_in_memory=room)


def pages(messages: Sequence[Message], size: int = 3) -> list[Page]:
    return [
        Page(facts=tuple(messages[n : n + size]), records_read=len(messages[n : n + size]))
        for n in range(0, len(messages), size)
    ]


# ---- the oracle ----------------------------------------------------------------------------


def expected(delivered: Iterable[tuple[str, Message]]) -> tuple[Counter[Copy], Counter[Copy]]:
    """Say what the lake must hold after these were delivered, by source: messages and parties.

    Written without the lake's own encoder: a copy is what differs in any value, counted once.
    """
    messages: Counter[Copy] = Counter()
    parties: Counter[Copy] = Counter()
    seen: set[object] = set()
    for source, m in delivered:
        on_it = frozenset(m.parties)
        identity = (source, m.native_id, m.sent_at, m.tool, m.automated, m.recipients_hidden, on_it)
        if identity in seen:
            continue
        seen.add(identity)
        local = m.sent_at.astimezone(ZONE)
        messages[source, m.native_id, m.sent_at, local.date(), m.tool, m.channel.value] += 1
        for party in on_it:
            via = None if party.via_group is None else party.via_group.text
            parties[source, local.date(), party.address.text, party.role.value, via] += 1
    return messages, parties


def held(lake: Lake, ledger: Ledger) -> tuple[Counter[Copy], Counter[Copy]]:
    """Return what the lake holds in the oracle's terms, through its public doors only."""
    messages: Counter[Copy] = Counter()
    parties: Counter[Copy] = Counter()
    message_files, party_files = lake.message_files(*ALWAYS)
    for path in message_files:
        for row in pq.ParquetFile(path).read().to_pylist():
            day = date(1970, 1, 1) + timedelta(days=row["sent_day"])
            assert f"day={day}" in path.parts
            messages[
                row["source"], row["native_id"], row["sent_at"], day, row["tool"], row["channel"]
            ] += 1
    for path in party_files:
        source = next(p for p in path.parts if p.startswith("source=")).removeprefix("source=")
        for row in pq.ParquetFile(path).read().to_pylist():
            day = date(1970, 1, 1) + timedelta(days=row["sent_day"])
            via = row["via_group_key"]
            via_text = None if via is None else ledger.address_text(via)
            text = ledger.address_text(row["address_key"])
            parties[source, day, text, row["role"], via_text] += 1
    return messages, parties


def files_on_disk(folder: Path) -> set[Path]:
    return {path for path in (folder / "data").rglob("*") if path.is_file()} - {
        folder / "data" / ".lock"
    }


# ---- disks ---------------------------------------------------------------------------------


class WatchedDisk(Disk):
    """A real disk that reports each verb before it happens."""

    def __init__(self) -> None:
        self.verbs: list[str] = []

    def before(self, verb: str, path: Path | None) -> None:
        self.verbs.append(verb if path is None else f"{verb} {path.name}")

    def make_folder(self, path: Path) -> None:
        self.before("make_folder", path)
        super().make_folder(path)

    def create(self, path: Path) -> BufferedIOBase:
        self.before("create", path)
        return super().create(path)

    def sync(self, file: BufferedIOBase) -> None:
        self.before("sync", None)
        super().sync(file)

    def rename(self, old: Path, new: Path) -> None:
        self.before("rename", new)
        super().rename(old, new)

    def sync_folder(self, path: Path) -> None:
        self.before("sync_folder", path)
        super().sync_folder(path)

    def remove(self, path: Path) -> None:
        self.before("remove", path)
        super().remove(path)


class FailingDisk(WatchedDisk):
    """Fails at one verb: once, or from then on as a disk does that has gone away."""

    def __init__(self, at: int, *, code: int = errno.ENOSPC, for_good: bool = False) -> None:
        super().__init__()
        self.at = at
        self.code = code
        self.for_good = for_good

    @property
    def failed(self) -> bool:
        return len(self.verbs) > self.at

    def before(self, verb: str, path: Path | None) -> None:
        super().before(verb, path)
        now = len(self.verbs) - 1
        if now == self.at or (self.for_good and now > self.at):
            raise OSError(self.code, os.strerror(self.code), str(path))


class KillingDisk(WatchedDisk):
    """Kills its own process, as ``kill -9`` does, before one verb."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def before(self, verb: str, path: Path | None) -> None:
        super().before(verb, path)
        if len(self.verbs) > self.at:
            os.kill(os.getpid(), signal.SIGKILL)


class PowerCut(BaseException):
    """The machine is off: nothing after this happened."""


class UnpluggedDisk(WatchedDisk):
    """Loses power before one verb, and with it all that was not synced by then."""

    def __init__(self, at: int | None) -> None:
        super().__init__()
        self.at = at
        self._paths: dict[int, Path] = {}
        self._contents: set[Path] = set()
        self._names: dict[Path, set[Path]] = {}

    def before(self, verb: str, path: Path | None) -> None:
        super().before(verb, path)
        if self.at is not None and len(self.verbs) > self.at:
            raise PowerCut

    def make_folder(self, path: Path) -> None:
        missing = [p for p in (path, *path.parents) if not p.is_dir()]
        super().make_folder(path)
        for folder in missing:
            self._names.setdefault(folder.parent, set()).add(folder)

    def create(self, path: Path) -> BufferedIOBase:
        file = super().create(path)
        self._paths[file.fileno()] = path
        self._contents.add(path)
        self._names.setdefault(path.parent, set()).add(path)
        return file

    def sync(self, file: BufferedIOBase) -> None:
        super().sync(file)
        self._contents.discard(self._paths[file.fileno()])

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        if old in self._contents:
            self._contents.add(new)
        self._names.setdefault(new.parent, set()).add(new)

    def sync_folder(self, path: Path) -> None:
        super().sync_folder(path)
        self._names.pop(path, None)

    def lose_what_was_not_synced(self) -> None:
        for path in self._contents:
            if path.is_file():
                os.truncate(path, 0)
        for path in {name for names in self._names.values() for name in names}:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
