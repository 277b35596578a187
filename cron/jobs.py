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
    is_mail: bool = False
    """Has something to do only where ``[delivery]`` is set up."""


_DAILY, _WEEKLY = frozenset({Form.DAILY}), frozenset({Form.WEEKLY})
_DAILY_OR_WEEKLY = frozenset({Form.DAILY, Form.WEEKLY})
JOBS = (
    Job("nightly", ("run", "catch-up"), "04:00", _DAILY, at_start=True),
    Job("weekly", ("run", "weekly"), "mon 05:30", _WEEKLY),
    # the week's mail goes out with its pages; this sends what had to wait, or was not made then
    Job("digest", ("run", "digest", "--job", "weekly"), "mon 06:30", _WEEKLY, is_mail=True),
    Job(
        "monthly",
        ("run", "digest", "--job", "monthly"),
        "1 06:45",
        frozenset({Form.MONTHLY}),
        is_mail=True,
    ),
    Job("compact", ("compact",), "sun 07:30", _WEEKLY),
    Job(
        "retention",
        ("purge", "--yes", "--by", "the retention schedule"),
        "sun 08:00",
        _WEEKLY,
    ),
    Job("verify", ("verify",), "sun 09:00", _DAILY_OR_WEEKLY),
    # what a source, a mail server or a secret needs: also keys and permissions that end
    Job("check", ("check",), "06:00", _DAILY_OR_WEEKLY),
)
NAMES = tuple(job.name for job in JOBS)
