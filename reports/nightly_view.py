"""What the nightly page needs beyond the night's own values: tables turned the way IT reads them.

No fact is made here. Where the night does not know something, neither does the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from enum import Enum
from typing import Any, TypeVar

from auditor.result import (
    BalanceLine,
    MailLine,
    MailState,
    Night,
    RuleRun,
    SourceState,
    Tone,
    Unmatched,
)

_T = TypeVar("_T")
_ADDRESS = re.compile(r"[^\s@<>\"'“”();,:…/\\]+@(?=[^\s@<>\"'();,:/\\])")
_NAME_LIKE = re.compile(r"[^\W\d_]{3,}")
_BY_ID = "person_id "

_MOST_MAIL = 200
_MAIL_WORDS = {
    MailState.ACCEPTED: (SourceState.FULL, "Accepted by mail server"),
    MailState.DEFERRED: (SourceState.PART, "Waiting, sent at the next run"),
    MailState.REJECTED: (SourceState.NONE, "Refused"),
    MailState.WRITTEN: (SourceState.ABSENT, "Written to look at, not sent"),
    MailState.SUPERSEDED: (SourceState.ABSENT, "Taken back for a newer revision"),
}

EXIT_WORDS = {0: "complete", 1: "failed", 3: "finished with gaps"}
"""What the run's exit code says, as ``auditor run`` returns it."""


@dataclass(frozen=True, slots=True)
class Column:
    source: str
    title: str


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check against every source of the night; a cell is None where it is not used."""

    rule: RuleRun
    cells: tuple[bool | None, ...]


@dataclass(frozen=True, slots=True)
class Checks:
    columns: tuple[Column, ...]
    rows: tuple[CheckRow, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """One line of "where the records went". ``missing`` is not 0 where it does not add up."""

    line: BalanceLine
    aside: int
    why: tuple[tuple[str, int], ...]
    missing: int


@dataclass(frozen=True, slots=True)
class MailRow:
    """One mail; ``sign`` is one of the words of coverage, for its shape."""

    line: MailLine
    sign: SourceState
    words: str


@dataclass(frozen=True, slots=True)
class NightView:
    """The nightly page's own values, beside those of the night."""

    night: Night
    failed: bool
    exit_words: str
    sources_full: int
    lists: frozenset[str]
    """Names of the sources that bring a whole list each time, and no days."""
    days: tuple[date, ...]
    checks: Checks
    weighed: tuple[Weighed, ...]
    mail: tuple[MailRow, ...]
    seconds: float


def nightly_view(night: Night) -> NightView:
    """Return the page's values, without e-mail addresses and without ids that read as names."""
    masked = without_addresses(night)
    masked = replace(masked, unmatched=tuple(without_name(one) for one in masked.unmatched))
    return NightView(
        night=masked,
        failed=masked.verdict.tone is Tone.FAILED,
        exit_words=EXIT_WORDS.get(masked.exit_code, "stopped"),
        sources_full=sum(s.state is SourceState.FULL for s in masked.coverage.sources),
        lists=frozenset(s.source for s in masked.coverage.sources if s.is_roster),
        days=tuple(cell.day for cell in masked.nights[0][1]) if masked.nights else (),
        checks=_checks(masked),
        weighed=tuple(_weighed(line) for line in masked.balance),
        mail=tuple(
            MailRow(line, *_MAIL_WORDS[line.state]) for line in masked.deliveries[:_MOST_MAIL]
        ),
        seconds=sum(step.seconds for step in masked.steps),
    )


def without_addresses(value: _T) -> _T:
    """Return the same values with every e-mail address in their texts masked.

    The night masks its own references. File names and what vendors answered are other people's
    words, and this page goes to readers who may see no student.
    """
    return _masked(value)  # type: ignore[no-any-return]  # the same type comes back


def _masked(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return _ADDRESS.sub(lambda found: f"{found[0][:1]}…@", value)
    if isinstance(value, tuple):
        return tuple(_masked(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _masked(getattr(value, f.name)) for f in fields(value)})
    return value


def without_name(one: Unmatched) -> Unmatched:
    """Return the same line; of an id that holds a word, its first letter and last digits are left.

    "S-40417" is what a roster is searched for; "jordan.reyes" is a name in all but form.
    """
    if one.reference.startswith(_BY_ID):
        said, written = _BY_ID, one.reference.removeprefix(_BY_ID)
    elif one.kind == "address" and " " not in one.reference:
        said, written = "", one.reference
    else:
        return one
    if "…" in written or not _NAME_LIKE.search(written):
        return one
    digits = written[len(written.rstrip("0123456789")) :]
    return replace(one, reference=f"{said}{written[:1]}…{digits}")


def _checks(night: Night) -> Checks:
    used = {name for rule in night.rules for name, _ in rule.sources}
    titles = {s.source: s.title for s in night.coverage.sources}
    titles |= {s.source: s.title for s in night.sources}
    ordered = [name for name in titles if name in used]
    ordered += sorted(used - titles.keys())
    return Checks(
        tuple(Column(name, titles.get(name, name)) for name in ordered),
        tuple(_check_row(rule, ordered) for rule in night.rules),
    )


def _check_row(rule: RuleRun, columns: Sequence[str]) -> CheckRow:
    had = dict(rule.sources)
    return CheckRow(rule, tuple(had.get(name) for name in columns))


def _weighed(line: BalanceLine) -> Weighed:
    aside = sum(count for _, count in line.set_aside)
    why = tuple((reason, count) for reason, count in line.set_aside if count)
    return Weighed(line, aside, why, line.taken_in - line.kept - aside)
