"""Questions to the unified audit log: put, waited for, and read page by page.

The log answers in its own time: a question is begun, is looked at until it has run, and then its
rows are read. A row may come late by hours, and may come twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from auditor.source import Malformed, SourceError, Transient
from connectors.answers import Found
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.users import text_of
from connectors.portions import Span

AT_ONCE = 4
"""Questions that run side by side: fewer than the log lets one application have open."""
PATIENCE = 3_600.0
"""Seconds in which a question has to have run."""
_PATH = "security/auditLog/queries"
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 60.0
_MOST = "1000"
_TRIES = 2
_UNDER_WAY = frozenset(("notStarted", "running"))


class AuditLog:
    """Asks the unified audit log for one kind of record."""

    def __init__(self, graph: Graph, record_type: str, operations: Sequence[str]) -> None:
        self._graph = graph
        self._body = {
            "displayName": "message audit",
            "recordTypeFilters": [record_type],
            "operationFilters": list(operations),
        }

    def begin(self, span: Span) -> str:
        """Put a question; return its id. Raises ``SourceError``."""
        body = {
            **self._body,
            "filterStartDateTime": written(span.begins),
            "filterEndDateTime": written(span.ends),
        }
        answer = self._graph.post(_PATH, body)
        id_ = _text(answer.document, "id") if isinstance(answer, Found) else ""
        if not id_:
            raise Malformed(
                "the audit log took a question and did not say how to ask for its answer",
                where=self._graph.where,
                cure="Tell the makers of this program; Microsoft may have changed what it answers",
            )
        return id_

    def rows(self, id_: str, span: Span) -> Iterator[dict[str, Any]]:
        """Yield the rows of a question once it has run, each once; raises ``SourceError``."""
        for attempt in range(1, _TRIES + 1):
            status = self._settled(id_)
            if status == "succeeded":
                break
            if attempt == _TRIES:
                raise self._not_now(f"a question to the audit log ended as {_word(status)}")
            id_ = self.begin(span)
        seen: set[str] = set()
        for answer in self._graph.pages(
            f"{_PATH}/{quote(id_, safe='')}/records", {"$top": _MOST}
        ):
            if not isinstance(answer, Found):
                raise self._not_now("the audit log has forgotten a question that had run")
            for row in listed(answer.document):
                key = text_of(row, "id")
                if not key or key not in seen:
                    yield row
                seen.add(key)

    def _settled(self, id_: str) -> str:
        """Wait until a question has run; return how it ended."""
        clock = self._graph.clock
        until, wait = clock.monotonic() + PATIENCE, _FIRST_WAIT
        while True:
            answer = self._graph.get(f"{_PATH}/{quote(id_, safe='')}")
            status = _text(answer.document, "status") if isinstance(answer, Found) else "forgotten"
            if status not in _UNDER_WAY:
                return status
            if clock.monotonic() >= until:
                raise self._not_now("a question to the audit log did not run within an hour")
            clock.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def _not_now(self, what: str) -> SourceError:
        cure = "The next run tries again; if it stays so, look at Microsoft 365's service health"
        return Transient(what, where=self._graph.where, cure=cure)


def written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _text(document: object, name: str) -> str:
    return text_of(document, name) if isinstance(document, dict) else ""


def _word(status: str) -> str:
    return status if status.isalpha() and len(status) < 30 else "something unknown"  # noqa: PLR2004  (a word)
