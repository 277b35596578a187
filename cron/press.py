"""From an issued page to its files: made once, put down in the ledger, and then left alone.

The page that people were given is what counts. Its files are not written again while they are as
they were published, even when a newer version of the program would make them look otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor import imprints
from auditor.audit import Workplace
from auditor.copies import Page
from auditor.result import CoachWeek, Night, PrincipalWeek
from auditor.result.baseline import BaselineWeek
from reports import baseline, clauses, coach, nightly, principal
from reports.page import rendering
from reports.publishing import Published, on_disk
from reports.twins import TwinUnreadable, read_twin


@dataclass(frozen=True, slots=True)
class Press:
    """Publishes pages of one workplace into one folder."""

    place: Workplace
    folder: Path

    def put(self, page: Page) -> Published:
        """Publish a page unless it is out already; raises ``OSError`` if it cannot be written."""
        out = on_disk(self.folder, page.imprint.report_id)
        if (
            out is not None
            and out.sha256 == imprints.published_as(self.place, page.imprint)
            and _can_be_read(out.json)
        ):
            return out
        made = _publish(page, self.folder)
        imprints.record_published(self.place, page, made.sha256, rendering(), datetime.now(UTC))
        return made


def _can_be_read(twin: Path) -> bool:
    """Whether a page's record is what mail can be written from; a torn one is written anew."""
    try:
        read_twin(twin)
    except TwinUnreadable:
        return False
    return True


def _publish(page: Page, folder: Path) -> Published:
    if isinstance(page, Night):
        return nightly.publish(page, folder)
    if isinstance(page, CoachWeek):
        return coach.publish(page, folder)
    if isinstance(page, PrincipalWeek):
        return principal.publish(page, folder, _template(page))
    if isinstance(page, BaselineWeek):
        return baseline.publish(page, folder)
    return clauses.publish(page, folder)


def html(page: Page) -> bytes:
    """Return the bytes of a page from its values alone; nothing is written."""
    if isinstance(page, Night):
        return nightly.html(page)
    if isinstance(page, CoachWeek):
        return coach.html(page)
    if isinstance(page, PrincipalWeek):
        return principal.html(page, _template(page))
    if isinstance(page, BaselineWeek):
        return baseline.html(page)
    return clauses.html(page)


def _template(page: PrincipalWeek) -> str:
    """An office above the schools reads no one school."""
    return principal.PAGE if page.school_id else principal.DESIGNEE_PAGE
