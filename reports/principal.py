"""The principal's weekly page: one school, read in five minutes, often on a phone."""

from __future__ import annotations

from pathlib import Path

from auditor.result import PrincipalWeek
from reports import items
from reports.documents import document
from reports.localtime import LocalTime
from reports.page import render
from reports.publishing import Published
from reports.publishing import publish as write

PAGE, DESIGNEE_PAGE = "principal.html.j2", "designee.html.j2"


def publish(week: PrincipalWeek, folder: Path, page: str = PAGE) -> Published:
    """Write the page, its JSON twin and the CSV of its items into ``folder``.

    ``page`` is ``DESIGNEE_PAGE`` for items about readers, which go to somebody else. Raises
    ``OSError`` where a file cannot be written.
    """
    everything = (*week.open_items, *week.decided_items, *week.covered_items)
    csv = None if items.failed(week.verdict) else items.items_csv(
        everything, LocalTime.of(week.imprint)
    )
    return write(
        folder,
        week.imprint.report_id,
        html=html(week, page),
        json=document("principal-week", week),
        csv=csv,
    )


def html(week: PrincipalWeek, page: str = PAGE) -> bytes:
    """Return the page's bytes; the same values give the same bytes."""
    return render(
        page,
        week,
        failed=items.failed(week.verdict),
        listed_items=items.Listed.of(week.open_items),
        covered=items.Listed.of(week.covered_items),
        decided=items.Listed.of(week.decided_items),
        counts=items.counts(
            week.open_items, week.covered_items, week.waiting_over_14_days, week.coverage
        ),
        most_messages=items.MOST_MESSAGES,
    )
