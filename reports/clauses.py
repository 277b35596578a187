"""The clause coverage page: for every clause what was checked, on how much, and what never can be.

It goes to whoever answers for the policy, so it names no person: it counts items by school.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.policy import Audited
from auditor.result import SourceCoverage
from auditor.result.clauses import ClauseLine, ClauseSchool, ClauseStatement, Stand
from reports import csvfile, publishing
from reports.csvfile import Cell
from reports.documents import document
from reports.page import render
from reports.publishing import Published
from reports.shown import name, number

_HEADER = (
    "clause", "policy_wording", "told_from", "school_id", "school", "standing", "items",
    "staff", "person_days_planned", "person_days_checked",
)  # fmt: skip
_SIGNS = {
    Stand.CLEAR: "checked",
    Stand.ITEMS: "look",
    Stand.NOT_ESTABLISHED: "not checked",
    Stand.SET_UP_IN_PART: "checked in part",
}
"""Standing -> the sign of the frame that says so by its shape; all others get the empty one."""

TOLD_FROM = {
    Audited.PROVEN: "messages",
    Audited.IN_PART: "in part",
    Audited.RECORDS: "records",
    Audited.NOT_OBSERVABLE: "no system",
    Audited.MUST_NOT: "must not be",
    Audited.CONTEXT: "nothing to tell",
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One source of messages over the period."""

    source: SourceCoverage

    @property
    def days(self) -> int:
        return len(self.source.days)

    @property
    def read(self) -> int:
        return self.days - len(self.source.unread)


@dataclass(frozen=True, slots=True)
class ClauseView:
    """What the template asks of a statement."""

    statement: ClauseStatement

    @property
    def facts(self) -> tuple[tuple[int, str], ...]:
        """Return how many clauses stand in each way; those without any are left out."""
        told = (
            (Stand.CLEAR, "checked in full, nothing to look at"),
            (Stand.ITEMS, "checked in full, with items"),
            (Stand.NOT_ESTABLISHED, "not established"),
            (Stand.SET_UP_IN_PART, "set up in part"),
            (Stand.NOT_SET_UP, "not set up"),
            (Stand.RECORDS, "told from records only"),
            (Stand.NOT_OBSERVABLE, "that no system can show"),
            (Stand.MUST_NOT, "not to be monitored"),
            (Stand.CONTEXT, "with nothing to check"),
        )
        counts = ((len(self.statement.standing(state)), words) for state, words in told)
        return tuple((count, words) for count, words in counts if count)

    @property
    def by_school(self) -> tuple[ClauseLine, ...]:
        return tuple(line for line in self.statement.checked if line.schools)

    @property
    def unseen(self) -> tuple[ClauseLine, ...]:
        return self.statement.standing(Stand.NOT_OBSERVABLE)

    @property
    def forbidden(self) -> tuple[ClauseLine, ...]:
        return self.statement.standing(Stand.MUST_NOT)

    @property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(Channel(s) for s in self.statement.coverage.sources if not s.is_roster)


def publish(statement: ClauseStatement, folder: Path) -> Published:
    """Write the page, its JSON twin and the CSV by clause and school into ``folder``.

    Raises ``OSError`` where a file cannot be written; an earlier page is then still whole.
    """
    return publishing.publish(
        folder,
        statement.imprint.report_id,
        html=html(statement),
        json=document("clauses", statement),
        csv=csvfile.table(_HEADER, _rows(statement)),
    )


def html(statement: ClauseStatement) -> bytes:
    """Return the page's bytes; the same values give the same bytes."""
    return render(
        "clauses.html.j2",
        statement,
        view=ClauseView(statement),
        sign=sign,
        told=TOLD_FROM,
        days_words=days_words,
        sort_value=sort_value,
    )


def sign(state: Stand) -> str:
    """Return the frame's sign for a standing."""
    return _SIGNS.get(state, "not set up")


def days_words(checked: int | None, planned: int | None) -> str:
    """Return "20 of 28 (71%)"; rounded down, so that only the whole is 100%."""
    if planned is None or checked is None:
        return "not known"
    if checked == 0:
        return f"none of {number(planned)}"
    return f"{number(checked)} of {number(planned)} ({100 * checked // planned}%)"


def sort_value(line: ClauseLine) -> int:
    """Return what the column of person-days is sorted by: the share checked, none last."""
    if not line.planned_person_days or line.checked_person_days is None:
        return -1
    return 1000 * line.checked_person_days // line.planned_person_days


def _rows(statement: ClauseStatement) -> Iterator[tuple[Cell, ...]]:
    for line in statement.lines:
        head = (line.id, line.verb.value, line.audited)
        counts = (line.planned_person_days, line.checked_person_days)
        days = counts if line.channels else ("", "")
        items: Cell = line.items_open if line in statement.checked else ""
        yield (*head, "", "all schools", line.standing, items, "", *days)
        for school in line.schools:
            yield (*head, *_school(school, by_messages=bool(line.channels)))


def _school(school: ClauseSchool, *, by_messages: bool) -> tuple[Cell, ...]:
    days: tuple[Cell, Cell] = (school.planned, school.checked) if by_messages else ("", "")
    told = (school.school_id, name(school.name), school.standing, school.items_open, school.staff)
    return (*told, *days)
