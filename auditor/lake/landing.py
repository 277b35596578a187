"""One pull on its way into the lake: everything it delivered is committed together, or nothing.

Killed at any point, the next run finds the lake as it was before or as it is after, and landing
the same pull again adds what is missing and nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection

from auditor.keys import Keyring
from auditor.lake import locking, manifest, reading, statements
from auditor.lake.addresses import AddressKeys
from auditor.lake.encoding import EPOCH_DAY, Encoder
from auditor.lake.files import FileSystem
from auditor.lake.manifest import FACTS, Batch
from auditor.lake.schemas import FEW_VALUES, SCHEMAS
from auditor.lake.staging import Integers, Staged, Staging
from auditor.lake.writing import ParquetFile, Written, commit
from auditor.ledger import Ledger
from auditor.ledger.errors import storing
from auditor.model import Message
from auditor.source import Page

Extra = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Landed:
    """What a committed pull came to.

    ``read`` is the sum of the four counts after it, unless the source counts wrongly.
    """

    read: int
    """Records of the source, as its pages count them."""
    new: int
    """Messages, or changed copies of messages, that were not in the lake."""
    already_known: int
    """Messages that were there, came twice in this pull, or were left out by the connector."""
    rejected: int
    used_roster: int
    """Records that were no messages: people, classes, teams."""
    first_day: date | None
    last_day: date | None
    """The local days of all messages delivered, new or not. None if there were none."""
    first_new_day: date | None
    """The earliest local day of a new message: what was judged before from there on may change."""
    new_sent: Mapping[date, Integers] = field(default_factory=dict, compare=False, repr=False)
    """Local day -> when the new messages of that day were sent, in microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a landing puts things."""

    root: Path
    staging: Path
    """A folder of its own on the lake's file system; made when needed, removed at the end."""
    lock: Path
    files: FileSystem
    ledger: Ledger


class _Overtaken(Exception):
    """Another landing of the same source committed after we had looked at what is known."""


class Landing:
    """Takes the pages of one pull. Use it in ``with``: leaving without commit abandons all."""

    def __init__(
        self,
        place: Place,
        *,
        source: str,
        run_id: str,
        keyring: Keyring,
        timezone: ZoneInfo,
        messages_in_memory: int,
    ) -> None:
        """Made by ``Lake.landing``."""
        self._place = place
        self._source = source
        self._run = run_id
        self._addresses = AddressKeys(place.ledger, keyring)
        self._encoder = Encoder(source, keyring, timezone, self._addresses.key)
        self._staging = Staging(place.staging, place.files, room=messages_in_memory)
        self._said = statements.Statements(source, run_id)
        self._read = self._messages = self._roster = self._left_out = 0
        self._temporary = 0
        self._resources = ExitStack()
        self._open = False

    def add(self, page: Page) -> None:
        """Take a page: messages to be kept, and what the source says of its files and days.

        Raises ``StorageError``, ``KeyCollision`` or, for a message without a time zone,
        ValueError; the landing can then only be left.
        """
        self._must_be_open()
        self._said.take(page)
        messages = [fact for fact in page.facts if isinstance(fact, Message)]
        with storing(self._place.root):
            for message in messages:
                self._staging.add(*self._encoder.encode(message))
        self._read += page.records_read
        self._messages += len(messages)
        others = max(0, page.records_read - len(messages) - len(page.rejected))
        if len(messages) < len(page.facts):
            # A row of a roster may give several facts or none, so rows are counted, not facts.
            self._roster += others
        else:
            self._left_out += others

    def commit(self, *, extra: Extra | None = None) -> Landed:
        """Make everything part of the lake in one transaction, in which ``extra`` takes part.

        Raises ``StorageError``, and whatever ``extra`` raises; nothing is changed then.
        """
        self._must_be_open()
        self._open = False
        with storing(self._place.root):
            self._addresses.flush()
            staged = self._staging.finish()
            while True:
                try:
                    return self._commit(staged, extra)
                except _Overtaken:
                    continue  # what was new may be known by now

    def _commit(self, staged: Staged, extra: Extra | None) -> Landed:
        place = self._place
        with place.ledger.read() as connection:
            known = self._known(connection, staged)
        written: list[Written] = []
        new_sent: dict[int, Integers] = {}
        for day in staged.days:
            files, sent = self._write_day(staged, day, known)
            written += files
            if files:
                new_sent[day] = sent

        def change(connection: Connection) -> None:
            if self._known(connection, staged) != known:
                raise _Overtaken
            self._said.write(connection)
            if extra is not None:
                extra(connection)

        commit(
            place.root,
            written,
            files=place.files,
            ledger=place.ledger,
            run_id=self._run,
            change=change,
        )
        return self._landed(staged.days, new_sent)

    def _known(self, connection: Connection, staged: Staged) -> list[Batch]:
        """Return the committed messages of this source on the days that are to land."""
        days = staged.days
        if not days:
            return []
        first, last = _date(days[0]), _date(days[-1])
        return manifest.facts(connection, first, last, source=self._source, relation="message")

    def _write_day(
        self, staged: Staged, day: int, known: Iterable[Batch]
    ) -> tuple[list[Written], Integers]:
        """Write what is new on a day: its messages and their parties; nothing if nothing is.

        Return the files, and when the new messages were sent.
        """
        date_text = _date(day).isoformat()
        # A copy that is the same in everything was sent at the same time, so on the same day.
        before = _identities(
            reading.table(self._place.root, batch, ("message_key", "digest"))
            for batch in known
            if batch.day == date_text
        )
        fresh = _fresh(before, staged.identities(day))
        if not fresh.any():
            return [], np.empty(0, np.int64)
        sent: list[Integers] = []
        with self._begin("message") as messages, self._begin("message_party") as parties:
            at = 0
            for message_rows, party_rows in staged.portions(day):
                keep = fresh[at : at + message_rows.num_rows]
                keep_parties = np.repeat(keep, message_rows.column("parties").to_numpy())
                at += message_rows.num_rows
                new = message_rows.filter(pa.array(keep)).select(SCHEMAS["message"].names)
                sent.append(new.column("sent_at").cast(pa.int64()).to_numpy())
                messages.append(new)
                parties.append(party_rows.filter(pa.array(keep_parties)))
            return [
                self._finish("message", messages, date_text),
                self._finish("message_party", parties, date_text),
            ], np.concatenate(sent)

    def _begin(self, relation: str) -> ParquetFile:
        self._temporary += 1
        path = self._place.staging / f"{self._temporary}.parquet"
        return ParquetFile(path, SCHEMAS[relation], self._place.files, FEW_VALUES[relation])

    def _finish(self, relation: str, file: ParquetFile, day: str) -> Written:
        size, sha = file.finish()
        return Written(file.path, FACTS, relation, self._source, day, file.rows, size, sha)

    def _landed(self, days: list[int], new_sent: dict[int, Integers]) -> Landed:
        new = sum(len(sent) for sent in new_sent.values())
        return Landed(
            read=self._read,
            new=new,
            already_known=self._messages - new + self._left_out,
            rejected=self._said.rejected,
            used_roster=self._roster,
            first_day=_date(days[0]) if days else None,
            last_day=_date(days[-1]) if days else None,
            first_new_day=_date(min(new_sent)) if new_sent else None,
            new_sent={_date(day): sent for day, sent in new_sent.items()},
        )

    def _must_be_open(self) -> None:
        if not self._open:
            raise RuntimeError("a landing is used inside `with`, and committed once")

    def __enter__(self) -> Self:
        with storing(self._place.root):
            self._place.files.make_folder(self._place.root)
            self._resources.enter_context(locking.shared(self._place.lock))
        self._open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open = False
        with self._resources:  # what cannot be removed is cleared away as left over
            with suppress(OSError):
                self._staging.close()
            with suppress(OSError):
                self._place.files.remove(self._place.staging)


def _date(day: int) -> date:
    return date.fromordinal(day + EPOCH_DAY)


def _identities(tables: Iterable[pa.Table]) -> tuple[Integers, Integers]:
    keys: list[Integers] = [np.empty(0, np.int64)]
    digests: list[Integers] = [np.empty(0, np.int64)]
    for table in tables:
        keys.append(table["message_key"].to_numpy())
        digests.append(table["digest"].to_numpy())
    return np.concatenate(keys), np.concatenate(digests)


def _fresh(
    known: tuple[Integers, Integers], landing: tuple[Integers, Integers]
) -> npt.NDArray[np.bool_]:
    """Say of each landing row whether it is the first of its (message key, digest)."""
    keys, digests = (np.concatenate(pair) for pair in zip(known, landing, strict=True))
    order = np.lexsort((digests, keys))  # stable, so among equals the known ones come first
    keys, digests = keys[order], digests[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (keys[1:] != keys[:-1]) | (digests[1:] != digests[:-1])
    fresh = np.empty(len(order), np.bool_)
    fresh[order] = first
    return fresh[len(known[0]) :]
