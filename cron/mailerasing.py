"""Taking back the mail that waits when a person is erased.

What was sent is out of reach. What waits would name them for as long as it does, and then be sent;
or it would tell its reader of a page that is gone.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from auditor import mailbook
from auditor.ledger import Ledger
from auditor.rowtraces import Report
from auditor.traces import Traces
from cron import scanning
from reports.delivery.spool import Spool


def take_back(
    folder: Path, ledger: Ledger, traces: Traces, reports: Collection[Report], now: datetime
) -> int:
    """Drop mail below ``folder`` that may not go out any more; return how much of it waited.

    Its rows say so, and a later run may write it anew. Files no mail waits in go, too.
    """
    spool = Spool(folder)
    files = set(scanning.files_below(folder))
    naming = {*scanning.scan(files, traces).found}
    with ledger.begin() as connection:
        waiting = [one.mail for one in mailbook.pending(connection)]
        back = {
            mail.message_id
            for mail in waiting
            if spool.path(mail.message_id) in naming or (mail.report_id, mail.revision) in reports
        }
        mailbook.take_back(connection, back, now)
    stay = {spool.path(mail.message_id) for mail in waiting if mail.message_id not in back}
    for path in files - stay:
        path.unlink(missing_ok=True)
    return len(back)
