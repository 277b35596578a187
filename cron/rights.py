"""The settings that give people rights: when staff were told, and how long anything is kept."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date
from typing import Protocol

import typer

from auditor.audit import Clocks, District, Notice, kept_back
from auditor.notice import CURE
from auditor.retention import DAYS_READ_ALONG
from auditor.source import CheckResult
from cron import shape
from cron.outcome import CommandError

WHY = (
    "Staff have to be told before their messages are audited: what they can be disciplined by may "
    "not begin in secret. Until the day is recorded, only sums are shown and nobody is named."
)
_COMMENTED = """\
# [notice]
# staff_told_on = 2026-09-01
# how = "letter to all staff, after talks with the association"
# recorded_by = "Dana Example, Superintendent"
"""


class Mistaken(Protocol):
    """Takes a mistake about a key of the settings."""

    def wrong(self, path: Sequence[str | int], what: str, cure: str) -> None: ...


def notice(section: shape.NoticeSection | None) -> Notice | None:
    """Return the notice to staff; None where none is recorded, or it is mistaken."""
    if section is None:
        return None
    return Notice(section.staff_told_on, section.how, section.recorded_by)


def clocks(
    draft: Mistaken, section: shape.RetentionSection | None, audit: shape.AuditSection | None
) -> Clocks:
    """Return how long each class is kept; messages must outlive the days judged again."""
    kept = section or shape.RetentionSection()
    least = (audit or shape.AuditSection()).lookback_days + DAYS_READ_ALONG
    if kept.facts < least:
        draft.wrong(
            ("retention", "facts"),
            f"each night reads the messages of {least} days, and these are gone before",
            f"Write at least {least}, or a smaller lookback_days under [audit]",
        )
    return Clocks(kept.facts, kept.directory, kept.items, kept.reports, kept.runs)


# ---- recording the notice ------------------------------------------------------------------


def given_notice(told_on: date | None, how: str | None, by: str | None) -> Notice | None:
    """Return the notice of the command line, all three parts of it, or ask for it on a terminal."""
    given = (told_on, how, by)
    if given == (None, None, None):
        return _asked()
    if told_on is None or not (how or "").strip() or not (by or "").strip():
        raise CommandError(
            "a notice has three parts",
            where="--notice-date",
            cure="Give --notice-date, --notice-how and --notice-by together, or none of them",
        )
    return Notice(told_on, (how or "").strip(), (by or "").strip())


def _asked() -> Notice | None:
    """Ask whoever sits at a terminal; a blank answer leaves the notice for later."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    typer.echo(WHY, err=True)
    while text := _answer("On which day were staff told, as 2026-09-01? (Enter: not yet)"):
        try:
            told_on = date.fromisoformat(text)
        except ValueError:
            typer.echo(f"{text!r} is not a day", err=True)
            continue
        how, by = _answer("How were they told?"), _answer("Who records that?")
        if how and by:
            return Notice(told_on, how, by)
        typer.echo("A notice has all three parts.", err=True)
    return None


def _answer(question: str) -> str:
    return str(typer.prompt(question, default="", show_default=False, err=True)).strip()


def with_notice(settings: str, told: Notice) -> str:
    """Return a new district's settings with the notice written into them."""
    if _COMMENTED not in settings:
        raise ValueError("the example settings have no place for a notice")
    lines = (
        "[notice]",
        f"staff_told_on = {told.staff_told_on.isoformat()}",
        f"how = {json.dumps(told.how, ensure_ascii=False)}",
        f"recorded_by = {json.dumps(told.recorded_by, ensure_ascii=False)}",
        "",
    )
    return settings.replace(_COMMENTED, "\n".join(lines))


def checked_notice(district: District, today: date) -> CheckResult:
    """Return what ``auditor check`` says of the notice: a warning, for nights may begin before."""
    why = kept_back(district, today)
    if why is not None:
        return CheckResult(True, f"{why}; only sums are shown", CURE)
    assert district.notice is not None  # noqa: S101  (nothing is kept back)
    return CheckResult(True, f"staff were told on {district.notice.staff_told_on}")
