"""Where a pull's rows wait, by day, until it is known to be whole.

Sources deliver in any order: a mailbox export hops between years. Rows gather in memory; when
there are many they are sorted by day and appended to two files in Arrow's own format. Committing
then reads one day after the other, so each day becomes one Parquet file of each relation however
it came in, and memory stays bounded however much came in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import BufferedIOBase
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from auditor.lake.encoding import MessageRow, PartyRow
from auditor.lake.files import FileSystem
from auditor.lake.schemas import MESSAGE, PARTY

MESSAGES_IN_MEMORY = 32_768
PARTIES_IN_MEMORY = 4 * MESSAGES_IN_MEMORY
"""Whichever is reached first: one notice to a whole district is one message, many parties."""

Integers = npt.NDArray[np.int64]

_STAGED = {
    # Beside each message, how many of the party rows are its own.
    "message": MESSAGE.append(pa.field("parties", pa.int32(), nullable=False)),
    "message_party": PARTY,
}
_DAY = MESSAGE.get_field_index("sent_day")
_IDENTITY = [MESSAGE.get_field_index("message_key"), MESSAGE.get_field_index("digest")]


class Staging:
    """Takes rows in any order, gives them back by day. Makes no file until it has to."""

    def __init__(self, folder: Path, files: FileSystem, *, room: int = MESSAGES_IN_MEMORY) -> None:
        """Use ``folder`` for what does not fit; keep about ``room`` messages in memory."""
        self._folder = folder
        self._files = files
        self._room = room
        self._room_for_parties = room * PARTIES_IN_MEMORY // MESSAGES_IN_MEMORY
        self._messages: list[MessageRow] = []
        self._parties: list[PartyRow] = []
        self._batches: dict[int, list[int]] = defaultdict(list)
        self._written = 0
        self._open: dict[str, tuple[BufferedIOBase, Any]] = {}

    def add(self, message: MessageRow, parties: Sequence[PartyRow]) -> None:
        """Take one message. Raises ``OSError`` if it had to go to disk and could not."""
        self._messages.append(message)
        self._parties += parties
        if len(self._messages) >= self._room or len(self._parties) >= self._room_for_parties:
            self._spill()

    def finish(self) -> Staged:
        """Take no more rows, and return those taken."""
        if self._messages:
            self._spill()
        self.close()
        return Staged(self._folder, self._batches)

    def close(self) -> None:
        """Close the files. What they hold is incomplete unless ``finish`` came first."""
        with ExitStack() as closing:  # one that cannot be closed must not keep the others open
            while self._open:
                _, (file, writer) = self._open.popitem()
                closing.callback(file.close)
                closing.callback(writer.close)

    def _spill(self) -> None:
        messages = _batch(self._messages, _STAGED["message"])
        parties = _batch(self._parties, _STAGED["message_party"])
        self._messages, self._parties = [], []
        days = messages.column("sent_day").to_numpy()
        counts = messages.column("parties").to_numpy()
        # Stable order keeps each day's parties in step with its messages.
        messages = messages.take(np.argsort(days, kind="stable"))
        parties = parties.take(np.argsort(np.repeat(days, counts), kind="stable"))
        parties_before = np.cumsum([0, *messages.column("parties").to_pylist()]).tolist()
        names, starts = np.unique(messages.column("sent_day").to_numpy(), return_index=True)
        bounds = [*starts.tolist(), len(days)]
        for day, (start, end) in zip(names.tolist(), pairwise(bounds), strict=True):
            first, last = parties_before[start], parties_before[end]
            self._append("message", messages.slice(start, end - start))
            self._append("message_party", parties.slice(first, last - first))
            self._batches[day].append(self._written)
            self._written += 1

    def _append(self, relation: str, rows: pa.RecordBatch) -> None:
        if relation not in self._open:
            self._files.make_folder(self._folder)
            file = self._files.create(_path(self._folder, relation))
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            writer = pa.ipc.new_file(file, _STAGED[relation], options=options)
            self._open[relation] = (file, writer)
        self._open[relation][1].write_batch(rows)


class Staged:
    """The rows of a finished pull, by day."""

    def __init__(self, folder: Path, batches: dict[int, list[int]]) -> None:
        self._folder = folder
        self._batches = batches

    @property
    def days(self) -> list[int]:
        """The local days there are messages of, in order."""
        return sorted(self._batches)

    def identities(self, day: int) -> tuple[Integers, Integers]:
        """Return message keys and digests of a day, in the order of ``portions``."""
        only = pa.ipc.IpcReadOptions(included_fields=_IDENTITY)
        with _reader(self._folder, "message", only) as reader:
            read = [reader.get_batch(n) for n in self._batches[day]]
        table = pa.Table.from_batches(read)
        return table["message_key"].to_numpy(), table["digest"].to_numpy()

    def portions(self, day: int) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
        """Yield a day's messages with, beside them, their parties in the same order."""
        with (
            _reader(self._folder, "message") as messages,
            _reader(self._folder, "message_party") as parties,
        ):
            for n in self._batches[day]:
                yield messages.get_batch(n), parties.get_batch(n)


def _batch(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [
        pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _path(folder: Path, relation: str) -> Path:
    return folder / f"{relation}.arrow"


def _reader(folder: Path, relation: str, options: Any = None) -> Any:
    return pa.ipc.open_file(pa.memory_map(str(_path(folder, relation))), options=options)
