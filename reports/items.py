"""Items on the weekly pages: which become boxes, which rows, and the rows of the CSV file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from auditor.result import CoverageStatement, Item, ItemState, SourceState, Tone, Verdict
from reports import csvfile
from reports.localtime import LocalTime
from reports.shown import name

MOST_CARDS = 25
"""Boxes a person can be asked to read in a week; more means that a setting needs a look."""
MOST_ROWS = 500
"""Rows a browser still sorts, prints and reads aloud at once (measured; 20,000 take 2 GB)."""
MOST_MESSAGES = 50
"""Messages listed inside one box; the JSON file beside the page has all."""

_HEADER = (
    "item", "state", "first_listed", "policy_wording", "check", "citation", "what_was_seen",
    "adult_id", "adult", "student_id", "student", "grade", "team_id", "team", "thing", "where",
    "messages",
    "sent_by_adult", "sent_by_student", "first_message", "last_message", "less_certain",
    "covered_by", "next_step", "message_ids", "decision", "decided_by", "decided_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """The open items of a page, in the order they came."""

    cards: tuple[Item, ...]
    rows: tuple[Item, ...]
    total: int

    @classmethod
    def of(cls, items: tuple[Item, ...]) -> Listed:
        return cls(items[:MOST_CARDS], items[:MOST_ROWS], len(items))

    @property
    def card_ids(self) -> frozenset[str]:
        """Items that have a box to link to."""
        return frozenset(item.id for item in self.cards)


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """The numbers of the verdict box; None where no source of messages was read at all."""

    new: int | None
    carried_over: int | None
    waiting: int | None
    covered: int | None
    grew: int


def counts(
    open_items: Iterable[Item],
    covered: Iterable[Item],
    waiting: int,
    coverage: CoverageStatement,
) -> ItemCounts:
    """Count items for the verdict box."""
    items = tuple(open_items)
    new = sum(i.state is ItemState.NEW for i in items)
    read = anything_read(coverage)

    def known(count: int) -> int | None:
        return count if count or read else None

    return ItemCounts(
        new=known(new),
        carried_over=known(len(items) - new),
        waiting=known(waiting),
        covered=known(sum(1 for _ in covered)),
        grew=sum(i.state in (ItemState.GREW, ItemState.REOPENED) for i in items),
    )


def anything_read(coverage: CoverageStatement) -> bool:
    """Whether any source of messages was read at all, so that a zero means something."""
    read = (SourceState.FULL, SourceState.PART)
    return any(s.state in read for s in coverage.sources if not s.is_roster)


def failed(verdict: Verdict) -> bool:
    return verdict.tone is Tone.FAILED


def waiting_days(item: Item, last: date) -> int:
    """Return for how many days an item has been on the list at the end of a period."""
    return max((last - item.listed_on).days, 0)


def places(item: Item) -> tuple[str, ...]:
    """Return where an item's messages ran, in the district's words."""
    titles = dict.fromkeys(name(m.source_title) for m in item.messages)
    return tuple(titles) or tuple(name(tool) for tool in item.tools)


def items_csv(items: Iterable[Item], local: LocalTime) -> bytes | None:
    """Return one row for each item, or None without items: an empty list would say too much."""
    rows = [_row(item, local) for item in items]
    return csvfile.table(_HEADER, rows) if rows else None


def _row(item: Item, local: LocalTime) -> tuple[csvfile.Cell, ...]:
    adult, student, team = item.adult, item.student, item.team
    return (
        item.id,
        item.state.value,
        item.listed_on.isoformat(),
        item.verb.value,
        item.rule,
        item.citation,
        item.what,
        "" if adult is None else adult.person_id,
        "" if adult is None else name(adult.name),
        "" if student is None else student.person_id,
        "" if student is None else name(student.name),
        "" if student is None else name(student.grade),
        "" if team is None else team.team_id,
        "" if team is None else name(team.name),
        "" if item.thing is None else name(item.thing.name),
        "; ".join(places(item)),
        len(item.messages),
        item.by_adult,
        item.by_student,
        local.sortable(item.first_seen),
        local.sortable(item.last_seen),
        "yes" if item.uncertain else "no",
        "; ".join(cover.authorization_id for cover in item.covered_by),
        item.next_step,
        " ".join(m.native_id for m in item.messages),
        "" if item.decision is None else item.decision.reason.value,
        "" if item.decision is None else name(item.decision.by),
        "" if item.decision is None else item.decision.on.isoformat(),
    )
