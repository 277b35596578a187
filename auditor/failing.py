"""How a run stops when it cannot go on: in words, with its end on record, ready to be done again.

A machine runs out of room, files or memory in the middle of anything. Whatever was committed
before stays; what was not is done again by the next run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from auditor import runlog
from auditor.ledger import StorageError
from auditor.ledger.errors import storing
from auditor.workplace import AuditError, Workplace


@contextmanager
def closing_what_fails(place: Workplace, run_id: str, now: datetime) -> Iterator[None]:
    """Close a run as failed, if it fails, and raise why as ``AuditError`` or ``StorageError``."""
    try:
        with storing(place.temp), _enough_memory():
            yield
    except (AuditError, StorageError) as error:
        # On a full disk or a damaged ledger even this may fail; the next run then finds that
        # this one was left open.
        with suppress(StorageError), place.ledger.begin() as connection:
            runlog.fail_run(connection, run_id, str(error), now)
        raise


@contextmanager
def _enough_memory() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise AuditError(
            "there was not enough memory to go on",
            where="this machine",
            cure="Give it more memory, or end other programs, then run again",
        ) from error
