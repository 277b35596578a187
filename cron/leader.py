"""One run at a time for each district: by the data folder, or by the ledger that hosts share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from auditor.ledger import leading
from cron.lock import Holder, LockHeld, run_lock
from cron.settings import Storage


@contextmanager
def lead(storage: Storage, *, job: str, now: datetime) -> Iterator[None]:
    """Hold the district while a job runs; raises ``LockHeld`` at once if somebody else does.

    A lock on a file means nothing to another host, so a ledger on a server has its own.
    """
    if storage.server is None:
        with run_lock(storage.data, job=job, now=now):
            yield
        return
    with ExitStack() as held:
        try:
            held.enter_context(leading.lead(storage.server.url(), job=job))
        except leading.Led as led:
            raise LockHeld(str(storage.server), _holder(led.leader, now)) from None
        yield


def _holder(leader: leading.Leader | None, now: datetime) -> Holder | None:
    if leader is None:
        return None
    since = leader.since.astimezone(now.tzinfo)
    return Holder(leader.pid, leader.host, leader.job, since)
