"""One row's cells turned into typed values, or into the reason why the row cannot be used.

Times without an offset are read in the map's zone, else the district's. Where clocks were put
back and a local time happened twice, the first is taken; where they were put forward and it never
happened, it is moved forward by the gap, into the later offset (both are PEP 495's ``fold=0``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules, canonical_email, person_id_address, phone_address
from auditor.model import Address, AddressKind, PersonRef
from connectors.tables.columns import ColumnMap, tells_hour
from connectors.tables.layout import Table, canonical_word

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_FOREVER = 9999
"""The year by which many programs write that something has no end."""
_CODE = re.compile(r"[A-Za-z][A-Za-z_-]{0,19}")
_LAST_SECOND = time(23, 59, 59)


class CellError(Exception):
    """A cell that makes its row unusable. Holds the place and the reason, never the value."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Form:
    """How the cells of one source's files are to be understood."""

    table: Table
    map: ColumnMap
    zone: ZoneInfo
    addresses: AddressRules


@dataclass(frozen=True, slots=True)
class Cells:
    """One row. Every method but ``text`` raises ``CellError`` for what it cannot understand."""

    form: Form
    line: int
    values: Mapping[str, str]
    """Canonical column -> text of the file; columns that the file does not have are absent."""

    def text(self, column: str) -> str | None:
        """Return a cell in the contract's words, or None where it is blank."""
        form = self.form.map
        value = form.constants.get(column)
        if value is None:
            value = self.values.get(column, "").strip()
            meant = form.values.get(column)
            if meant is not None:
                value = meant.get(value.casefold(), value)
        return value or None

    def needed(self, column: str) -> str:
        value = self.text(column)
        if value is None:
            raise CellError(column, "is blank")
        return value

    def word(self, column: str) -> str | None:
        """Return one of the words the table allows, or None where the cell is blank."""
        value = self.text(column)
        if value is None:
            return None
        words = self.form.table.words[column]
        known = canonical_word(value, words)
        if known is None:
            raise CellError(column, f"is none of {', '.join(words)}")
        return known

    def needed_words(self, column: str) -> tuple[str, ...]:
        """Return a list of the words the table allows, each once, in the table's order."""
        words = self.form.table.words[column]
        written = self.needed(column).split(self.form.map.list_delimiter)
        found = {canonical_word(one, words) for one in written if one.strip()}
        if not found or None in found:
            joined = self.form.map.list_delimiter
            raise CellError(column, f"is none of {', '.join(words)}, joined by {joined}")
        return tuple(word for word in words if word in found)

    def needed_word(self, column: str) -> str:
        self.needed(column)
        known = self.word(column)
        if known is None:  # a value map may have made it blank
            raise CellError(column, "is blank")
        return known

    # ---- dates -----------------------------------------------------------------------------

    def day(self, column: str) -> date | None:
        """Return a calendar day; None where it is blank, or is the year 9999 for "no end"."""
        value = self.text(column)
        if value is None:
            return None
        form = self.form.map.date_format
        try:
            # a day has no zone to be aware of
            day = datetime.strptime(value, form).date() if form else date.fromisoformat(value)  # noqa: DTZ007  (a day has no zone)
        except (ValueError, OverflowError):
            raise CellError(column, f"is no date such as {_example(form, '2026-09-01')}") from None
        if day.year == _FOREVER:
            return None
        self._believable(column, day)
        return day

    def span(self, first: str, last: str) -> tuple[date | None, date | None]:
        """Return the days two columns give; both are included."""
        start, end = self.day(first), self.day(last)
        if start is not None and end is not None and end < start:
            raise CellError(last, f"is before {first}")
        return start, end

    def needed_day(self, column: str) -> date:
        self.needed(column)
        day = self.day(column)
        if day is None:  # the year 9999 is no end here, it is no day
            raise CellError(column, "has a year that cannot be meant")
        return day

    def in_order(
        self, earlier: tuple[str, date | datetime | None], later: tuple[str, date | None]
    ) -> None:
        """Raise ``CellError`` where the later day is before the earlier, as the district counts."""
        (first, begins), (last, ends) = earlier, later
        if isinstance(begins, datetime):
            begins = begins.astimezone(self.form.zone).date()
        if begins is not None and ends is not None and ends < begins:
            raise CellError(last, f"is before {first}; correct one of the two")

    def moment(self, column: str, *, day_will_do: bool = False) -> datetime | None:
        """Return a time in UTC, or None where it is blank.

        With ``day_will_do``, a bare day stands for its last second: what it dates cannot then
        reach back to something that happened earlier that day.
        """
        value = self.text(column)
        if value is None:
            return None
        found = self._moment(column, value, day_will_do=day_will_do)
        self._believable(column, found.date())
        if found.tzinfo is None:
            found = found.replace(tzinfo=self.form.map.timezone or self.form.zone)
        return found.astimezone(UTC)

    def _moment(self, column: str, value: str, *, day_will_do: bool) -> datetime:
        form = self.form.map.time_format
        try:
            # made aware by the caller, where the text states no offset
            found = datetime.strptime(value, form) if form else datetime.fromisoformat(value)  # noqa: DTZ007  (made aware by the caller)
        except (ValueError, OverflowError):
            example = _example(form, "2026-09-14T16:05:00-04:00")
            raise CellError(column, f"is no time such as {example}") from None
        if tells_hour(form) if form else not _is_bare_day(value):
            return found
        if day_will_do:
            return datetime.combine(found.date(), _LAST_SECOND)
        raise CellError(column, "has no time of day")

    def _believable(self, column: str, day: date) -> None:
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise CellError(column, "has a year that cannot be meant")

    def code(self, column: str) -> str | None:
        """Return a code of one word: a reason told in words would be somebody's private matter."""
        value = self.text(column)
        if value is not None and not _CODE.fullmatch(value):
            raise CellError(
                column, "is no code; write one word such as medical, and keep the reason elsewhere"
            )
        return value

    # ---- people ----------------------------------------------------------------------------

    def email(self, column: str) -> str | None:
        """Return a canonical e-mail address, or None where the cell is blank."""
        value = self.text(column)
        if value is None:
            return None
        canonical = canonical_email(value, self.form.addresses)
        if canonical is None:
            raise CellError(column, "is no e-mail address")
        return canonical

    def needed_email(self, column: str) -> Address:
        self.needed(column)
        return Address(AddressKind.EMAIL, self.email(column) or "")

    def phone(self, column: str) -> Address:
        """Return a number's digits, without extension and without North America's leading 1."""
        number = phone_address(self.needed(column))
        if number is None:
            raise CellError(column, "is no telephone number")
        return number

    def reference(self, column: str) -> PersonRef | None:
        """Return whom a cell names: with an ``@`` by e-mail address, else by person id."""
        value = self.text(column)
        if value is None:
            return None
        if "@" in value:
            return PersonRef(email=self.email(column))
        return PersonRef(person_id=value)

    def needed_reference(self, column: str) -> PersonRef:
        self.needed(column)
        found = self.reference(column)
        if found is None:
            raise CellError(column, "is blank")
        return found

    def addresses(self, column: str) -> tuple[list[Address], bool]:
        """Return a list's addresses in order, and whether all of it could be read.

        An element with an ``@`` is an e-mail address; without, it is a person id, or unreadable
        in a column that holds e-mail addresses only.
        """
        found: dict[Address, None] = {}
        whole = True
        for element in (self.text(column) or "").split(self.form.map.list_delimiter):
            address = self._address(element.strip(), emails_only=column.endswith("emails"))
            if address is not None:
                found[address] = None
            elif element.strip():
                whole = False
        return list(found), whole

    def _address(self, text: str, *, emails_only: bool) -> Address | None:
        if "@" in text:
            canonical = canonical_email(text, self.form.addresses)
            return None if canonical is None else Address(AddressKind.EMAIL, canonical)
        return None if emails_only or not text else person_id_address(text)


def _example(form: str | None, iso: str) -> str:
    return iso if form is None else f"{datetime(2026, 9, 14, 16, 5).strftime(form)}"  # noqa: DTZ001  (only its spelling is used)


def _is_bare_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
