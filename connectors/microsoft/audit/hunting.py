"""Questions to Defender's tables ("advanced hunting"), so put that an answer cut short is noticed.

An answer holds so many rows and so many bytes and no more, and does not say when it was cut. So the
rows of a span are counted first; where there are too many, or fewer come than were counted, the
span is halved and asked for again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from auditor.source import Malformed
from connectors.answers import Document, Found
from connectors.microsoft.asking import Graph
from connectors.microsoft.audit.queries import written
from connectors.pacing import Minute
from connectors.portions import Span

KEPT = timedelta(days=30)
"""How far back Defender's tables go."""
MOST = 10_000
"""Rows that are asked for at once: a tenth of what one answer may hold."""
PER_MINUTE = 30
"""Questions: a share of the 45 a minute that the whole tenant may put."""
_SHORTEST = timedelta(seconds=1)


class Rows(NamedTuple):
    """The rows of a span."""

    span: Span
    rows: list[dict[str, Any]]
    short: int
    """How many more were counted than came."""


class Hunting:
    """Asks Defender's tables, for any of its streams."""

    def __init__(self, graph: Graph, *, most: int = MOST) -> None:
        self._graph = graph
        self._most = most
        self._pace = Minute(PER_MINUTE, graph.clock)

    def rows(self, table: str, columns: Sequence[str], span: Span) -> Iterator[Rows]:
        """Yield the rows of a span, or of its parts, in order; raises a ``SourceError``."""
        within = f"{table} | where Timestamp >= datetime({written(span.begins)})"
        within += f" and Timestamp < datetime({written(span.ends)})"
        count = self._count(within)
        if not count:
            return
        found: list[dict[str, Any]] = []
        if count <= self._most or span.ends - span.begins <= _SHORTEST:
            found = self._ask(f"{within} | project {', '.join(columns)}")
            if len(found) >= count or span.ends - span.begins <= _SHORTEST:
                yield Rows(span, found, max(0, count - len(found)))
                return
        half = (span.ends - span.begins) // 2
        middle = (span.begins + max(half, _SHORTEST)).replace(microsecond=0)
        for part in (Span(span.begins, middle), Span(middle, span.ends)):
            yield from self.rows(table, columns, part)

    def _count(self, within: str) -> int:
        found = self._ask(f"{within} | count")
        count = found[0].get("Count") if len(found) == 1 else None
        if type(count) is not int:
            raise self._strange("a count without a number")
        return count

    def _ask(self, query: str) -> list[dict[str, Any]]:
        self._pace.take()
        answer = self._graph.post("security/runHuntingQuery", {"Query": query})
        found = _results(answer.document) if isinstance(answer, Found) else None
        if found is None:
            raise self._strange("an answer without a list of results")
        return found

    def _strange(self, what: str) -> Malformed:
        return Malformed(
            f"Defender's tables gave {what}",
            where=self._graph.where,
            cure="Tell the makers of this program; Microsoft may have changed what it answers",
        )


def _results(document: Document) -> list[dict[str, Any]] | None:
    found = document.get("results") if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return None
    return found
