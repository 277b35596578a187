"""Pages on disk: whole or not at all, for their owner's eyes, under the name of the report.

The twins are written before the page, so that whoever sees a page finds its record beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from auditor.lake.files import Disk

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]|^\.")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Published:
    """The files of one report; ``sha256`` is the page's."""

    html: Path
    json: Path
    csv: Path | None
    sha256: str


def publish(
    folder: Path, report_id: str, *, html: bytes, json: bytes, csv: bytes | None
) -> Published:
    """Write a report's files into ``folder``; the same id replaces what stood there.

    Raises ``OSError`` where a file cannot be written and ``ValueError`` for an empty id; a page
    that was there before is then still whole.
    """
    stem = file_stem(report_id)
    paths = {kind: folder / f"{stem}.{kind}" for kind in ("html", "json", "csv")}
    Disk().make_folder(folder)
    if csv is not None:
        _write(paths["csv"], csv)
    _write(paths["json"], json)
    _write(paths["html"], html)
    return Published(
        html=paths["html"],
        json=paths["json"],
        csv=None if csv is None else paths["csv"],
        sha256=sha256(html).hexdigest(),
    )


def on_disk(folder: Path, report_id: str) -> Published | None:
    """Return a report's files as they lie in ``folder``, or None where there is no page."""
    stem = file_stem(report_id)
    html, json, csv = (folder / f"{stem}.{kind}" for kind in ("html", "json", "csv"))
    try:
        digest = sha256(html.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
    if not json.exists():  # the twin is part of the report
        return None
    return Published(html=html, json=json, csv=csv if csv.exists() else None, sha256=digest)


def file_stem(report_id: str) -> str:
    """Return a report's id as a file name; two ids never share one.

    A school's id comes from its roster and may hold anything: what has no place in a file name
    is written as its code point between tildes.
    """
    if not report_id:
        raise ValueError("a report needs an id before it can be written")
    stem = _UNSAFE.sub(lambda found: f"~{ord(found[0]):X}~", report_id)
    if len(stem) <= _LONGEST:
        return stem
    return f"{stem[:_LONGEST]}~{sha256(report_id.encode(errors='surrogatepass')).hexdigest()[:16]}"


def _write(path: Path, content: bytes) -> None:
    disk = Disk()
    draft = path.with_name(f".{path.name}.draft")
    disk.remove(draft)
    with disk.create(draft) as file:
        file.write(content)
        disk.sync(file)
    disk.rename(draft, path)
    disk.sync_folder(path.parent)
