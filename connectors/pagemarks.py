"""Reading a list page by page with the server's own marks, from its first page to its last.

"The last page" is the server's word, never ours: a mark that comes twice, or pages that bring
nothing without end, are errors; a mark that went bad means to begin again. What comes twice
thereby is the same by its keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.source import Malformed, Transient
from connectors.answers import Answer, Document, Expired, Found, Gone
from connectors.retrying import Limits

Ask = Callable[[str | None], Answer]
"""Asks for the page at a mark; None is the first."""


def all_pages(
    ask: Ask,
    *,
    mark: Callable[[Found], str | None],
    records: Callable[[Document], int],
    limits: Limits,
    where: str,
) -> Iterator[Answer]:
    """Yield every page as ``Found``, in order.

    If the list is not there, ends with ``Gone``, at whatever page that showed. If its first page
    is refused as ``Expired``, yields that alone: then it is what the caller itself kept (a sync
    state) that is no longer good. Raises ``Malformed`` where a server gets nowhere, ``Transient``
    where marks keep going bad.
    """
    for _ in range(limits.restarts + 1):
        reading = _Reading(ask, mark, records, limits, where)
        yield from reading.pages()
        if not reading.lost:
            return
    raise Transient(
        f"its page marks went bad {limits.restarts + 1} times before the last page",
        where=where,
        cure="The next run tries again; if it stays so, ask for a shorter window",
    )


_MOST_ALIKE = 3
"""Pages in a row with the same records under ever new marks: more are a list without an end."""


def _without(document: Document, mark: str) -> object:
    """Return what a page holds beside the mark of the next one."""
    if not isinstance(document, dict):
        return document
    return {name: value for name, value in document.items() if value != mark}


class _Reading:
    """One attempt to come from the first page to the last."""

    def __init__(
        self,
        ask: Ask,
        mark: Callable[[Found], str | None],
        records: Callable[[Document], int],
        limits: Limits,
        where: str,
    ) -> None:
        self._ask = ask
        self._mark = mark
        self._records = records
        self._limits = limits
        self._where = where
        self.lost = False
        """Whether it ended because a mark went bad, and not at the last page."""

    def pages(self) -> Iterator[Answer]:
        mark: str | None = None
        seen: set[str] = set()
        idle = alike = 0
        before: object = None
        while True:
            answer = self._ask(mark)
            if isinstance(answer, Expired) and mark is not None:
                self.lost = True
                return
            yield answer
            if isinstance(answer, (Gone, Expired)):
                return
            mark = self._mark(answer)
            if mark is None:
                return
            idle = 0 if self._records(answer.document) else idle + 1
            now = _without(answer.document, mark)
            alike = alike + 1 if now == before and not idle else 0
            before = now
            if mark in seen or idle > self._limits.empty_pages or alike >= _MOST_ALIKE:
                raise self._stuck(idle)
            seen.add(mark)

    def _stuck(self, idle: int) -> Malformed:
        what = (
            f"{idle} pages in a row brought nothing, and there is always another"
            if idle > self._limits.empty_pages
            else "the same page came again, so the list would never end"
        )
        return Malformed(what, where=self._where, cure="Tell the vendor; the next run tries again")
