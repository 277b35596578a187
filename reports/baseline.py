"""The weekly page of the time before staff were told: sums for each check and school."""

from __future__ import annotations

from pathlib import Path

from auditor.result.baseline import BaselineWeek
from reports import publishing
from reports.documents import document
from reports.page import render
from reports.publishing import Published


def html(week: BaselineWeek) -> bytes:
    """Return the page's bytes; the same values give the same bytes."""
    return render("baseline.html.j2", week)


def publish(week: BaselineWeek, folder: Path) -> Published:
    """Write the page and its JSON twin; raises ``OSError`` where a file cannot be written."""
    return publishing.publish(
        folder,
        week.imprint.report_id,
        html=html(week),
        json=document("baseline", week),
        csv=None,
    )
