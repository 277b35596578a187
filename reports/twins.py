"""Reading the JSON twin of a page back: what a mail says is what the page it announces says.

Only what mails need is read. A twin that is not what this program writes is refused as a whole;
a mail with a number missing would look like a mail with nothing to say.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from auditor.result import (
    CoverageStatement,
    DayRead,
    ItemState,
    SelfTests,
    SourceCoverage,
    SourceState,
    TeamResult,
    Tone,
    Verdict,
)
from auditor.source import DayState
from reports.documents import FORMAT


class TwinUnreadable(Exception):
    """The record of a page is gone or is not what this program writes."""

    def __init__(self, what: str, *, where: str, cure: str) -> None:
        super().__init__(f"{where}: {what}. {cure}")
        self.what = what
        self.where = where
        self.cure = cure


@dataclass(frozen=True, slots=True)
class ItemTally:
    """The open items of one check on a page."""

    title: str
    new: int
    waiting: int


@dataclass(frozen=True, slots=True)
class NightFigures:
    """What only the nightly page counts; None is not known."""

    messages_tested: int | None
    items_open: int | None
    items_new: int | None
    exit_code: int
    to_do: tuple[str, ...]
    root: str | None
    """What vouches for all that was kept until then; None: nothing was."""


@dataclass(frozen=True, slots=True)
class Twin:
    """What mails need of a page."""

    kind: str
    """``principal-week``, ``coach-week``, ``night`` or ``clauses``."""
    report_id: str
    """Without its revision."""
    revision: int
    stem: str
    """The name of the page's files."""
    district: str
    timezone: str
    first: date
    last: date
    verdict: Verdict
    coverage: CoverageStatement
    tallies: tuple[ItemTally, ...]
    school_id: str | None
    school_name: str | None
    office: str | None
    """In words; None where the page says none."""
    messages: Mapping[TeamResult, int] | None
    """Messages of coaches by what came of them; None on other pages."""
    night: NightFigures | None

    @property
    def anything_read(self) -> bool:
        read = (SourceState.FULL, SourceState.PART)
        return any(s.state in read for s in self.coverage.sources if not s.is_roster)


def read_twin(path: Path) -> Twin:
    """Return what a page's twin says; raises ``TwinUnreadable``."""
    cure = "Run its job with --again: the page is made anew, and its mail goes out with it"
    try:
        raw = json.loads(path.read_bytes())
        if raw["format"] != FORMAT:
            raise TwinUnreadable("another version wrote this page", where=str(path), cure=cure)
        return _twin(raw, path.stem)
    except OSError as error:
        what = f"the page's record cannot be read ({error.strerror})"
        raise TwinUnreadable(what, where=str(path), cure=cure) from error
    except (KeyError, TypeError, ValueError) as error:
        what = "the page's record is not in the form it is written in"
        raise TwinUnreadable(what, where=str(path), cure=cure) from error


def _twin(raw: Mapping[str, Any], stem: str) -> Twin:
    imprint, kind, verdict = raw["imprint"], str(raw["kind"]), raw["verdict"]
    revision = int(imprint["revision"])
    return Twin(
        kind=kind,
        report_id=str(imprint["report_id"]).removesuffix(f"-{revision}"),
        revision=revision,
        stem=stem,
        district=imprint["district"],
        timezone=imprint["timezone"],
        first=date.fromisoformat(imprint["first"]),
        last=date.fromisoformat(imprint["last"]),
        verdict=Verdict(Tone(verdict["tone"]), verdict["line"], verdict["sub"]),
        coverage=_coverage(raw["coverage"]),
        tallies=_tallies(raw.get("open_items", ())),
        school_id=raw.get("school_id"),
        school_name=raw.get("school_name"),
        office=raw.get("office"),
        messages=_messages(raw["log"]) if kind == "coach-week" else None,
        night=_night(raw) if kind == "night" else None,
    )


def _tallies(items: Any) -> tuple[ItemTally, ...]:
    new: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for item in items:
        (new if ItemState(item["state"]) is ItemState.NEW else waiting)[item["rule_title"]] += 1
    titles = dict.fromkeys(item["rule_title"] for item in items)
    return tuple(ItemTally(title, new[title], waiting[title]) for title in titles)


def _messages(log: Any) -> Mapping[TeamResult, int]:
    found = Counter(TeamResult(row["result"]) for row in log)
    return {result: found[result] for result in TeamResult}


def _night(raw: Mapping[str, Any]) -> NightFigures:
    return NightFigures(
        raw["messages_tested"],
        raw["items_open"],
        raw["items_new"],
        raw["exit_code"],
        tuple(card["what"] for card in raw["do_now"]),
        raw["imprint"]["root"],
    )


def _coverage(raw: Mapping[str, Any]) -> CoverageStatement:
    """Return a coverage statement; accepted limits need nobody's attention and are left out."""
    tests = raw["self_tests"]
    return CoverageStatement(
        first=date.fromisoformat(raw["first"]),
        last=date.fromisoformat(raw["last"]),
        sources=tuple(_source(source) for source in raw["sources"]),
        known_limits=(),
        self_tests=None
        if tests is None
        else SelfTests(tests["passed"], tests["total"], tuple(tests["failed"])),
        balanced=raw["balanced"],
        gaps=tuple(raw["gaps"]),
    )


def _source(raw: Mapping[str, Any]) -> SourceCoverage:
    days = tuple(
        DayRead(date.fromisoformat(d["day"]), DayState(d["state"]), d["records"], d["reason"])
        for d in raw["days"]
    )
    return SourceCoverage(
        raw["source"],
        raw["title"],
        SourceState(raw["state"]),
        days,
        raw["records"],
        raw["reason"],
        raw["cure"],
        is_roster=raw["is_roster"],
        doubt=raw.get("doubt"),
    )
