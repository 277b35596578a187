"""Approvals on file as people read them: whether each one holds, and what it was used for.

An approval nobody uses should perhaps be withdrawn, and one that is used all the time is perhaps
no exception any more; both are for whoever granted it to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from auditor import notice, runbook
from auditor.desk import open_desk
from auditor.directory import day_number
from auditor.itembook import stored_items
from auditor.items import StoredItem
from auditor.result import Approval
from auditor.workplace import AuditError, Workplace

USED_DAYS = 35
"""Days to the last audit date in which an approval's use is counted."""


def approvals(place: Workplace) -> tuple[Approval, ...]:
    """Return every approval on file with its standing on the last audit date, in order of id.

    Raises ``AuditError`` when no night has finished, for then nothing is known to be on file.
    """
    with place.ledger.read() as connection:
        record = runbook.last_night(connection)
        stored = stored_items(connection)
    if record is None:
        raise AuditError(
            "no nightly run has finished yet",
            where="approvals",
            cure="run `auditor run nightly` first",
        )
    notice.require(place.district, record.audit_date, "approvals")
    desk = open_desk(place, {s.name: s.title for s in record.sources})
    day = day_number(record.audit_date)
    used = covered_since(stored, record.audit_date - timedelta(days=USED_DAYS - 1))
    shown: dict[str, Approval] = {}
    for filed in desk.exceptions.filed:  # a sub-group is on file once for each of its members
        shown.setdefault(filed.id, desk.shower.approval(filed, day, used[filed.id]))
    return tuple(shown.values())


def covered_since(stored: Iterable[StoredItem], first: date) -> Mapping[str, int]:
    """Return how many messages from ``first`` on each approval covers."""
    day = day_number(first)
    messages = {
        (hit.covered_by, hit.message)
        for item in stored
        for hit in item.hits
        if hit.covered_by is not None and hit.day >= day and item.withdrawn_on is None
    }
    return Counter(id_ for id_, _ in messages)
