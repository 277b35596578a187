"""Looking for a person in files as they are: every byte, and what is packed into the bytes.

Parquet, zip and mail keep text in a form in which no search for bytes would find it, so each is
opened; a proof that something is gone is only worth what it would have found before. In a text a
word has a beginning and an end. In the bytes of a database values lie side by side, so there all
counts that does not belong to a longer word known to stand in it.
"""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.rowtraces import json_names
from auditor.traces import Traces

_PORTION = 1 << 24
_OVERLAP = 1 << 12
"""Longer than any name or address: none is cut in two unseen."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was looked through, and where somebody was found."""

    files: int
    bytes: int
    found: tuple[Path, ...]


def files_below(*folders: Path) -> Iterator[Path]:
    """Yield every file below some folders, hidden ones too, in a fixed order."""
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def scan(paths: Iterable[Path], traces: Traces) -> Scanned:
    """Look through files; one that goes away meanwhile holds nothing any more."""
    files = size = 0
    found = []
    for path in dict.fromkeys(paths):
        with suppress(FileNotFoundError):
            size += path.stat().st_size
            files += 1
            if names_somebody(path, traces):
                found.append(path)
    return Scanned(files, size, tuple(found))


def names_somebody(path: Path, traces: Traces) -> bool:
    """Whether a file names somebody, as its bytes or as what they stand for."""
    with path.open("rb") as file:
        return _in_stream(file, path.name, traces)


def _in_stream(file: IO[bytes], name: str, traces: Traces) -> bool:
    ending = name.lower().removesuffix(".draft").rpartition(".")[2]
    match ending:
        case "parquet":
            return _in_bytes(file, traces) or _in_parquet(file, traces)
        case "zip":
            return _in_zip(file, traces)
        case "gz":
            return _in_stream(_opened_gzip(file), name[: -len(".gz")], traces)
        case "json" | "html" | "csv" | "eml":
            data = file.read()
            return traces.in_bytes(data) > 0 or _in_document(data, ending, traces)
        case "sqlite" | "sqlite-wal" | "sqlite-shm":
            return any(traces.in_packed(portion) for portion in _portions(file))
        case _:
            return _in_unknown(file, traces) or _in_text(file, traces)


def _opened_gzip(file: IO[bytes]) -> IO[bytes]:
    return io.BufferedReader(gzip.GzipFile(fileobj=file))


def _portions(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    tail = b""
    while portion := file.read(_PORTION):
        yield tail + portion
        tail = portion[-_OVERLAP:]


def _in_bytes(file: IO[bytes], traces: Traces) -> bool:
    return any(traces.in_bytes(portion) for portion in _portions(file))


def _in_unknown(file: IO[bytes], traces: Traces) -> bool:
    return any(
        traces.in_packed(portion) if b"\0" in portion else traces.in_bytes(portion)
        for portion in _portions(file)
    )


def _in_text(file: IO[bytes], traces: Traces) -> bool:
    return any(traces.in_text(portion.decode("utf-8", "replace")) for portion in _portions(file))


def _in_parquet(file: IO[bytes], traces: Traces) -> bool:
    file.seek(0)
    with pq.ParquetFile(file) as opened:
        for number in range(opened.num_row_groups):
            rows = opened.read_row_group(number)
            for column, field in zip(rows.columns, rows.schema, strict=True):
                if pa.types.is_string(field.type) and any(
                    traces.in_text(str(text)) for text in column.unique().to_pylist() if text
                ):
                    return True
    return False


def _in_zip(file: IO[bytes], traces: Traces) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                with archive.open(name) as member:
                    if _in_stream(io.BytesIO(member.read()), name, traces):
                        return True
    except zipfile.BadZipFile:
        return _in_bytes(file, traces)
    return False


def _in_document(data: bytes, ending: str, traces: Traces) -> bool:
    if ending == "eml":
        return any(
            traces.in_text(str(value)) for part in _parts(data) for value in part.values()
        ) or any(
            _in_document(bytes(part.get_payload(decode=True) or b""), kind, traces)
            for part in _parts(data)
            if not part.is_multipart()
            for kind in ("html", "csv")
        )
    text = data.decode("utf-8", "replace")
    if ending == "json":
        try:
            return json_names(traces, json.loads(text))
        except ValueError:  # cut short: still a text
            return traces.in_text(text)
    if ending == "csv":
        return in_cells(text, traces)
    return traces.in_text(html.unescape(text))


def _parts(data: bytes) -> Iterator[EmailMessage]:
    return message_from_bytes(data, _class=EmailMessage, policy=policy.default).walk()


def in_cells(text: str, traces: Traces) -> bool:
    """Whether a cell of a table names somebody; a name may be in two cells side by side."""
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error:
        return traces.in_text(text)
    return any(traces.in_text(text) for row in rows for text in (*row, *side_by_side(row)))


def side_by_side(row: Sequence[str]) -> Iterator[str]:
    """Yield what may be a name in several cells: the row in one, and two cells turned round."""
    yield " ".join(row)
    for one, other in pairwise(row):
        yield f"{other} {one}"
