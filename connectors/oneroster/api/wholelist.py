"""Reading a list whole, or not at all: nobody may get lost between two pages.

OneRoster pages by position, and a list that changes while it is read moves under our hands: who is
taken out of its beginning moves everybody else one up, and somebody slips from the next page to one
that was read. So each page is asked for from the last record of the page before. If it does not
begin with that record, the list has moved, and reading begins again. The end is where a page holds
that record alone: a page shorter than asked for ends nothing, as servers have limits of their own.

What the server says of the whole (``X-Total-Count``, ``Link``) is a witness against us: never the
reason to stop, always a reason to begin again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auditor.source import Malformed, Transient
from connectors.oneroster.api.asking import ORDER, Record, Served

Ask = Callable[[int], Served]
"""Returns the page that begins at a position, counted from 0."""
Tell = Callable[[int, int], None]
"""Told how many records were read, of how many."""


_AGAIN = "the first page comes again, whatever page is asked for"


class _Moved(Exception):
    """The list was another one from one page to the next; says by what that showed."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All records of a list, each once for every time that the server has it."""

    records: tuple[Record, ...]
    remark: str | None = None
    """What was odd about it and yet the same each time it was read."""


def read_whole(ask: Ask, tell: Tell, *, name: str, restarts: int, where: str) -> Whole:
    """Return a whole list; raises ``SourceError`` where it cannot be known to be whole."""
    before: _Reading | None = None
    short: str | None = None
    moved = "it holds other records each time"
    for _ in range(restarts + 1):
        reading = _Reading(ask, tell)
        try:
            reading.read()
        except _Moved as error:
            before, moved = None, str(error)
            short = moved if moved == _AGAIN else None
            continue
        short, odd = reading.short(), reading.odd()
        if short is None and odd is None:
            return Whole(tuple(reading.records), reading.remark)
        if short is None and before is not None and before.keys == reading.keys:
            return Whole(tuple(reading.records), odd)
        before = reading
    times = f"{restarts + 1} times in a row"
    if short is not None:
        raise Malformed(
            f"its list {name} cannot be whole: {short}, {times}",
            where=where,
            cure="Tell the vendor: a server must page by limit and offset, or count its lists. "
            "Until then the roster stays as it was last read whole",
        )
    raise Transient(
        f"its list {name} changed while it was read, {times}: {moved}",
        where=where,
        cure="The next run tries again; if it stays so, read it at an hour when nothing changes it",
    )


class _Reading:
    """One attempt to come from the first record to the last."""

    def __init__(self, ask: Ask, tell: Tell) -> None:
        self._ask = ask
        self._tell = tell
        self._total: int | None = None
        self._more = False
        """Whether the server spoke of another page where there was none."""
        self._twice = False
        self.records: list[Record] = []
        self.keys: list[object] = []
        self._seen: set[object] = set()
        self.remark: str | None = None

    def read(self) -> None:
        while True:
            begins = max(0, len(self.records) - 1)
            page = self._ask(begins)
            if self._total is None:
                self._total = page.total
            elif page.total not in (None, self._total):
                raise _Moved("the number of records changed")
            fresh = page.records
            if self.records:
                if self._is_all_again(page):
                    return
                if not fresh or key_of(fresh[0]) != self.keys[-1]:
                    again = bool(fresh) and list(map(key_of, fresh)) == self.keys[: len(fresh)]
                    gap = "a page did not go on where the one before it ended"
                    raise _Moved(_AGAIN if again else gap)
                fresh = fresh[1:]
            if not fresh:
                self._more = page.more
                return
            self._add(fresh)
            self._tell(len(self.records), max(self._total or 0, len(self.records)))

    def _add(self, records: tuple[Record, ...]) -> None:
        for record in records:
            key = key_of(record)
            # Twins side by side are the data's own; far from each other they show that it moved.
            if key in self._seen and key != self.keys[-1]:
                self._twice = True
            self._seen.add(key)
            self.keys.append(key)
            self.records.append(record)

    def _is_all_again(self, page: Served) -> bool:
        """Whether the server answers every question with the whole list, by its own count.

        Without a count it may as well be one that gives its first page for ever.
        """
        if len(self.records) == 1 or len(self.records) != self._total:
            return False
        if [key_of(one) for one in page.records] != self.keys:
            return False
        self.remark = "the server gives its whole list at once, whatever is asked"
        return True

    def short(self) -> str | None:
        """Return in which way something is missing, by the server's own word."""
        if self._total is not None and self._total > len(self.records):
            return f"of {self._total:,} records that it speaks of, {len(self.records):,} came"
        if self._more:
            return "it speaks of a further page that does not come"
        if self._twice:
            return "the same record comes again, far from where it came first"
        return None

    def odd(self) -> str | None:
        """Return what is to be believed only if it is the same another time."""
        if self._total is not None and self._total < len(self.records):
            return f"the server speaks of {self._total:,} records and gives {len(self.records):,}"
        if not self.records and self._total is None:
            return "the list is empty"
        return None


def key_of(record: Record) -> object:
    """Return what tells records apart: the id, or all of one that has none."""
    key = record.get(ORDER)
    return key if isinstance(key, str) and key else repr(sorted(record.items()))
