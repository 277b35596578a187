"""The hearing packet: one item with its whole derivation on paper, and room for a written reply.

It is made to be laid before the staff member in it, so other students are masked first, and the
page is made of the masked values alone. The reply is written on the packet and stays with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from auditor.explaining import NO_DECISION, NO_EXCEPTION, NOT_FOR_RECORDS, Explanation
from auditor.lake.files import Disk
from reports.documents import document
from reports.masking import masked
from reports.page import render
from reports.publishing import file_stem

PAGE, STYLE = "packet.html.j2", "packet.css"
REPLY_LINES = 14
"""Lines to write on; more paper may be added."""


@dataclass(frozen=True, slots=True)
class Packet:
    """The files of a packet; ``sha256`` is the page's."""

    html: Path
    json: Path | None
    sha256: str


def publish(explanation: Explanation, path: Path, *, twin: bool = False) -> Packet:
    """Write a packet to ``path``, or into it where it is no ``.html`` file.

    ``twin`` writes the same values, masked alike, as JSON beside it. Raises ``OSError`` where a
    file cannot be written; what stood there before is then still whole.
    """
    if path.suffix.lower() != ".html" or path.is_dir():
        Disk().make_folder(path)
        path /= f"packet-{file_stem(explanation.item.id)}.html"
    shown = masked(explanation)
    page = html(shown)
    beside = path.with_suffix(".json") if twin else None
    if beside is not None:
        _write(beside, document("hearing-packet", shown))
    _write(path, page)
    return Packet(path, beside, sha256(page).hexdigest())


def html(shown: Explanation) -> bytes:
    """Return the page's bytes of values that are masked; the same values give the same bytes."""
    return render(
        PAGE,
        shown,
        style=STYLE,
        no_decision=NO_DECISION,
        no_exception=NO_EXCEPTION,
        not_for_records=NOT_FOR_RECORDS,
        reply_lines=REPLY_LINES,
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file for its owner's eyes; what stood there before is replaced at once, or stays."""
    disk = Disk()
    draft = path.with_name(f".{path.name}.draft")
    disk.remove(draft)
    with disk.create(draft) as file:
        file.write(content)
        disk.sync(file)
    disk.rename(draft, path)
    disk.sync_folder(path.parent)
