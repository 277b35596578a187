"""What connectors that read roster files have in common: pages, dates, addresses, known rows.

A row that cannot be used is rejected by its place and never stops the pull; what is tolerated is
counted and said once at the end, with the first line on which it was met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from auditor.keys import AddressRules, email_address
from auditor.model import Address, AddressUse, GuardianLink, PersonAddress, PersonRef
from auditor.records import Fact
from auditor.source import FileSeen, Note, Page, Rejected
from connectors.csvdrop import CsvDrop
from connectors.csvfile import Columns, Row
from connectors.paging import PAGE_RECORDS

Outcome = tuple[Fact, ...] | Rejected
"""What one row comes to; no facts for a row that is understood and tells nothing we keep."""

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_PLAIN = re.compile(r"(\d{4})(\d{2})(\d{2})")
_US = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")
_SEPARATORS = re.compile(r"[;,\s]+")
_OPEN_YEAR = 9999
"""Systems that have no blank end date write the last year there is."""


class NoDayError(ValueError):
    """Text that is no day."""


def read_day(text: str) -> date | None:
    """Return the day that a roster file states, None for a blank one; raises ``NoDayError``.

    Read as written: ISO 8601 with or without a time, YYYYMMDD, and month/day/year as US systems
    write it. The time and zone of a timestamp do not move the day: these columns are days that
    some systems pad with a midnight.
    """
    if not text:
        return None
    for pattern, order in ((_ISO, (0, 1, 2)), (_PLAIN, (0, 1, 2)), (_US, (2, 0, 1))):
        if found := pattern.fullmatch(text):
            numbers = [int(number) for number in found.groups()]
            year, month, day = (numbers[place] for place in order)
            try:
                read = date(year, month, day)
            except ValueError as error:
                raise NoDayError("it is no day of the calendar") from error
            return None if year == _OPEN_YEAR else read
    raise NoDayError("it is no date; write it as 2026-08-31")


@dataclass(frozen=True, slots=True)
class Span:
    """The days a row states, where it does."""

    start: date | None
    end: date | None


def read_span(file: str, row: Row, begin: str, end: str) -> Span | Rejected:
    """Return the days of a row, or why it cannot be used: a wrong end would accuse somebody."""
    days: list[date | None] = []
    for column in (begin, end):
        try:
            days.append(read_day(row[column]))
        except NoDayError as error:
            return Rejected(file, row.line, column, str(error))
    span = Span(*days)
    if span.start is not None and span.end is not None and span.end < span.start:
        return Rejected(file, row.line, end, "it ends before it begins")
    return span


def split_list(text: str) -> list[str]:
    """Return the parts of a cell that holds several values."""
    return [part for part in _SEPARATORS.split(text) if part]


class RosterPages:
    """Collects what rows come to, and gives it out in bounded pages."""

    def __init__(self, rules: AddressRules, *, place: str = "line") -> None:
        """``place`` is what the number of a row is called in notes."""
        self._rules = rules
        self._place = place
        self._facts: list[Fact] = []
        self._rejected: list[Rejected] = []
        self._records = 0
        self._tally: dict[tuple[str, str], tuple[int, int | None, bool]] = {}
        self._notes: list[Note] = []

    def read(
        self,
        drop: CsvDrop,
        name: str,
        columns: Columns,
        take: Callable[[str, Row], Outcome],
    ) -> Iterator[Page]:
        """Read one file of the drop through ``take``; yields a page whenever one is full."""
        with drop.table(name) as table:
            self._notes += table.places(columns)[1]
            yield from self.take(table.name, table.rows(columns), take)

    def take(
        self, file: str, rows: Iterable[Row | Rejected], take: Callable[[str, Row], Outcome]
    ) -> Iterator[Page]:
        """Put rows through ``take``; yields a page whenever one is full."""
        yield from self.add(row if isinstance(row, Rejected) else take(file, row) for row in rows)

    def add(self, outcomes: Iterable[Outcome]) -> Iterator[Page]:
        """Add what rows come to, one for each; yields a page whenever one is full."""
        for outcome in outcomes:
            if isinstance(outcome, Rejected):
                self._rejected.append(outcome)
            else:
                self._facts += outcome
            self._records += 1
            if self._records >= PAGE_RECORDS:
                yield self._page()

    def following(self, facts: Iterable[Fact]) -> Iterator[Page]:
        """Add facts that follow from rows already counted."""
        for fact in facts:
            self._facts.append(fact)
            if len(self._facts) >= PAGE_RECORDS:
                yield self._page()

    def note(self, notes: Iterable[Note]) -> None:
        self._notes += notes

    def tally(
        self, file: str, text: str, line: int | None = None, count: int = 1, *, lost: bool = False
    ) -> None:
        """Count something tolerated; it is noted once, with the first line it was met on."""
        before, first, _ = self._tally.get((file, text), (0, line, lost))
        self._tally[file, text] = (before + count, first, lost)

    def last(self, files: tuple[FileSeen, ...] = ()) -> Page:
        """Return what is left, with everything noted."""
        for (file, text), (count, first, lost) in self._tally.items():
            where = "" if first is None else f"; first on {self._place} {first}"
            self._notes.append(Note(file, text + where, count, lost))
        return self._page(files)

    def _page(self, files: tuple[FileSeen, ...] = ()) -> Page:
        page = Page(
            tuple(self._facts), tuple(self._rejected), tuple(self._notes), self._records, files
        )
        self._facts, self._rejected, self._notes, self._records = [], [], [], 0
        return page

    # ---- what every roster has -----------------------------------------------------------

    def addresses(self, file: str, row: Row, column: str, ref: PersonRef) -> list[PersonAddress]:
        """Return the e-mail addresses in a cell; what is none is noted, the person stays."""
        found: dict[Address, None] = {}
        for text in split_list(row[column]):
            address = email_address(text, self._rules)
            if address is None or "@" in address.text.rpartition("@")[0]:
                self.tally(
                    file, f"{column} that is no e-mail address, left out", row.line, lost=True
                )
            else:
                found[address] = None
        return [PersonAddress(ref, address, AddressUse.ROSTER) for address in found]


class Repeat(Enum):
    """How a row stands to the rows before it."""

    NEW = auto()
    SAME = auto()
    CONTRADICTS = auto()


class KnownRows:
    """The rows of one file by id, to tell a repeated row from a contradicting one."""

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}

    def meet(self, key: str, row: Row) -> Repeat:
        """Remember a row; rows are compared by their hash within this process."""
        imprint = hash(tuple(row.values.values()))
        known = self._rows.get(key)
        if known is None:
            self._rows[key] = imprint
            return Repeat.NEW
        return Repeat.SAME if known == imprint else Repeat.CONTRADICTS


class FamilyTies:
    """Pairs of people that a roster ties together, held until it is known who is a student.

    A tie may be written on the student's row or on the guardian's. On a student's row the other
    one is the student's agent, as the formats define it; on an adult's row it counts only if the
    adult is a guardian. Nobody is guessed: what fits neither is noted and left out.
    """

    def __init__(self, pages: RosterPages) -> None:
        self._pages = pages
        self._ties: dict[tuple[str, str], tuple[str, int]] = {}

    def add(self, file: str, line: int, one: str, other: str) -> None:
        self._ties.setdefault((one, other), (file, line))

    def links(
        self, people: Container[str], students: Container[str], guardians: Container[str]
    ) -> Iterator[GuardianLink]:
        """Yield each tie between a student and a guardian once, in the order of the file."""
        told: set[tuple[str, str]] = set()
        for (one, other), (file, line) in self._ties.items():
            if one not in people or other not in people:
                self._pages.tally(file, "family tie to somebody not in the roster, left out", line)
                continue
            if one in students and other not in students:
                pair = (one, other)
                if other not in guardians:
                    text = "a student's agent without a guardian's role, taken as a guardian"
                    self._pages.tally(file, text, line)
            elif one in guardians and one not in students and other in students:
                pair = (other, one)
            else:
                text = "family tie that is not between a student and a guardian, left out"
                self._pages.tally(file, text, line)
                continue
            if pair not in told:
                told.add(pair)
                student, guardian = (PersonRef(person_id=i) for i in pair)
                yield GuardianLink(student, guardian)
