"""How a file would be read through a column map: its rows as understood, before they count.

For whoever sets a map up, on a file of their own. People are shown as the file names them, and what
could hold a message's text, a subject or a reason is not: neither of rows that are used nor of
those set aside. Nothing is stored.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from auditor.model import Message, PartyRole
from auditor.source import FactKind, Note, Rejected
from connectors.tables.cells import CellError, Cells, Form
from connectors.tables.communications import message
from connectors.tables.reading import Readable, TableFile
from connectors.tables.rosters import Register

_PEOPLE_SHOWN = 5
_WORDS_SHOWN = 12
_LONGEST_WORD = 30
"""Characters; what is longer is no word of a list but perhaps what somebody wrote."""
_NOT_SHOWN = frozenset({"evidence", "scope", "means"})
"""Columns that an office fills with words of its own."""


@dataclass(frozen=True, slots=True)
class TriedRow:
    """One row as it was understood: what is known of it, in the order in which it is told."""

    line: int
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """One column's words: those of the map that the file lacks, and those of the file it lacks."""

    column: str
    heading: str
    unused: tuple[str, ...]
    unknown: tuple[str, ...]
    different: int = 0
    """How many words only the file has, where these are too many to be a list of words: then none
    of them is told, for the column may hold what somebody wrote."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a file comes to."""

    rows: tuple[TriedRow | Rejected, ...]
    """The first ones, used or set aside."""
    used: int
    aside: Mapping[str, int]
    """What is wrong -> how many rows."""
    repeated: int
    """Rows that say nothing new: given before, or with the id of another message."""
    first: datetime | None
    last: datetime | None
    """When the first and the last message was sent, in the district's time."""
    may_be_cut: bool
    words: tuple[Words, ...]
    notes: tuple[Note, ...]


def try_file(stream: Readable, name: str, form: Form, *, tool: str | None, most: int) -> Tried:
    """Read a file as a night would, and tell of its first ``most`` rows and of all together.

    Raises ``SourceError`` where its headings are not those of the map.
    """
    file = TableFile(name, stream, form)
    trial = _Trial(form, tool)
    shown: list[TriedRow | Rejected] = []
    aside: Counter[str] = Counter()
    used = 0
    for row in file.rows(trial.read):
        if len(shown) < most:
            shown.append(row)
        if isinstance(row, Rejected):
            aside[f"{row.field} {row.reason}" if row.field else row.reason] += 1
        else:
            used += 1
    limit = form.map.most_rows
    return Tried(
        rows=tuple(shown),
        used=used,
        aside=dict(aside.most_common()),
        repeated=trial.repeated,
        first=min(trial.sent, default=None),
        last=max(trial.sent, default=None),
        may_be_cut=limit is not None and used + aside.total() >= limit,
        words=tuple(trial.words()),
        notes=file.notes,
    )


@dataclass
class _Trial:
    """Reads row by row, and counts words."""

    form: Form
    tool: str | None
    repeated: int = 0
    sent: list[datetime] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)
    _met: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _register: Register | None = None

    def __post_init__(self) -> None:
        if self.form.table.provides is not FactKind.MESSAGES:
            self._register = Register(self.form.table)

    def read(self, cells: Cells) -> TriedRow:
        """Return a row as understood; raises ``CellError`` like a night's reading."""
        for column in {*self.form.map.values, *self.form.table.words} & cells.values.keys():
            self._met[column].add(cells.values[column].strip())
        if self._register is None:
            return TriedRow(cells.line, self._message(cells))
        self.repeated += not self._register.facts(cells)
        return TriedRow(cells.line, dict(_told(cells)))

    def _message(self, cells: Cells) -> dict[str, str]:
        found = message(cells, source="trial", tool=self.tool or "not named yet")
        self.repeated += found.native_id in self._ids
        self._ids.add(found.native_id)
        local = found.sent_at.astimezone(self.form.zone)
        self.sent.append(local)
        return {
            "sent": f"{local:%a %Y-%m-%d %H:%M %Z (UTC%z)}",
            "from": _people(found, PartyRole.FROM),
            "to": _people(found, PartyRole.TO, PartyRole.MEMBER) or "nobody who is named",
            "cc": _people(found, PartyRole.CC),
            "others": "others may have received it" if found.recipients_hidden else "",
            "audience": cells.word("audience") or "not told",
            "channel": found.channel.value,
        }

    def words(self) -> Iterator[Words]:
        """Yield what does not fit between the file's words and the map's."""
        for column in sorted(self._met):
            written = {word.casefold(): word for word in self._met[column]}
            known = self.form.map.values.get(column, {})
            unused = tuple(sorted(known.keys() - written.keys()))
            others = (word for plain, word in written.items() if plain not in known)
            unknown = tuple(sorted(word for word in others if self._odd(column, word)))
            if unused or unknown:
                heading = self.form.map.columns.get(column, column)
                if len(unknown) > _WORDS_SHOWN:
                    yield Words(column, heading, unused[:_WORDS_SHOWN], (), len(unknown))
                else:
                    yield Words(column, heading, unused[:_WORDS_SHOWN], unknown)

    def _odd(self, column: str, written: str) -> bool:
        """Whether a word of the file that the map does not turn into another is worth telling."""
        if not written or len(written) > _LONGEST_WORD:
            return False
        if column not in self.form.table.words or column in self.form.table.lists:
            return column in self.form.map.values
        cells = Cells(self.form, 0, {column: written})
        try:
            return cells.word(column) is None
        except CellError:
            return True


def _people(found: Message, *roles: PartyRole) -> str:
    named = [party.address.text for party in found.parties if party.role in roles]
    more = f" and {len(named) - _PEOPLE_SHOWN} more" if len(named) > _PEOPLE_SHOWN else ""
    return ", ".join(named[:_PEOPLE_SHOWN]) + more


def _told(cells: Cells) -> Iterator[tuple[str, str]]:
    """Yield a roster's row column by column, as the map turns it into ours."""
    table = cells.form.table
    for column in table.columns:
        if column in _NOT_SHOWN:
            continue
        if column in table.days:
            day = cells.day(column)
            said = None if day is None else day.isoformat()
        elif column in table.words and column not in table.lists:
            said = cells.word(column)
        else:
            said = cells.text(column)
        if said is not None:
            yield column, said
