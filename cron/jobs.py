"""The jobs that `auditor serve` starts by itself: the one table of them.

A job is a command. One more here is a key more in ``[schedule]``, with its default and the forms
its time may have; nothing else changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from cron.timing import Form


@dataclass(frozen=True, slots=True)
class Job:
    """``name`` is its key in ``[schedule]``; ``arguments`` are those of ``auditor``."""

    name: str
    arguments: tuple[str, ...]
    default: str
    forms: frozenset[Form]
    at_start: bool = False
    """Begun whenever the scheduler starts: then it must do only what is missing."""


JOBS = (
    Job("nightly", ("run", "catch-up"), "04:00", frozenset({Form.DAILY}), at_start=True),
    Job("weekly", ("run", "weekly"), "mon 05:30", frozenset({Form.WEEKLY})),
)
NAMES = tuple(job.name for job in JOBS)
