"""The nightly page for IT: did it run, what is missing, what to do about it, by when.

Its readers may see no student, so it holds counts, sources and places in files, and no names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from auditor.result import Night
from reports import csvfile, publishing
from reports.csvfile import Cell
from reports.documents import document
from reports.nightly_view import nightly_view
from reports.page import render
from reports.publishing import Published

_HEADER = ("list", "source", "file", "line", "field", "reference", "reason", "hint", "count")


def publish(night: Night, folder: Path) -> Published:
    """Write the page, its JSON twin and the list of data to mend into ``folder``.

    Raises ``OSError`` where a file cannot be written; an earlier page is then still whole.
    """
    view = nightly_view(night)
    return publishing.publish(
        folder,
        night.imprint.report_id,
        html=html(night),
        json=document("night", view.night),
        csv=None if view.failed else csvfile.table(_HEADER, _to_mend(view.night)),
    )


def html(night: Night) -> bytes:
    """Return the page's bytes; the same values give the same bytes."""
    view = nightly_view(night)
    return render("nightly.html.j2", view.night, view=view)


def _to_mend(night: Night) -> Iterator[tuple[Cell, ...]]:
    """Yield what somebody has to put right in the data, one row each, as on the page."""
    for line in night.quarantine:
        place: tuple[Cell, ...] = (line.file, line.line, line.field or "")
        yield ("set aside", line.source, *place, "", line.reason, "", 1)
    for one in night.unmatched:
        said = (one.reference, one.reason, one.hint)
        yield (f"unmatched {one.kind}", one.source, "", "", "", *said, one.count)
