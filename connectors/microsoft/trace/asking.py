"""Asking Exchange for rows of its message trace, day by day.

Its filter is not to be relied on: of what it does not understand it says nothing. So a question
names both ends of its time, never "or", "in", "ne" or "not", and every row that comes is held
against what was asked for (``connectors.microsoft.trace.reading``). Facts: Microsoft Graph v1.0,
"List messageTraces"; what its page leaves out was measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from auditor.source import Denied, Malformed, SourceError, Transient
from connectors.answers import Expired, Found
from connectors.microsoft.asking import Graph, listed
from connectors.pacing import Minute
from connectors.portions import Span

PERMISSION = "ExchangeMessageTrace.Read.All"
PRINCIPAL = "8bd644d1-64a1-4d4b-ae52-2e0cbf64e373"
"""The application of Microsoft's that has to stand in a tenant before its trace answers."""
ROWS = 5_000
"""On one page; Microsoft gives no more."""
REACHES_BACK = timedelta(days=90)
_PATH = "admin/exchange/tracing/messageTraces"
_HEADERS = {"Prefer": "include-unknown-enum-members"}
_FIVE_MINUTES = 300.0
_A_SECOND = timedelta(seconds=1)
_NO_PRINCIPAL = (
    f"If {PERMISSION} is granted, the tenant lacks the service principal of Microsoft's "
    f"application {PRINCIPAL}: an administrator makes it once (New-MgServicePrincipal -AppId "
    f"{PRINCIPAL}). It takes some hours until the trace answers"
)
_NO_PERMISSION = (
    f"Entra admin center > App registrations > API permissions: add {PERMISSION} as an application "
    "permission, then grant admin consent"
)


class TraceQuestions:
    """Puts questions for rows, no faster than our share of the tenant's allowance."""

    def __init__(self, graph: Graph, requests: int) -> None:
        self._graph = graph
        self._pace = Minute(requests, graph.clock, seconds=_FIVE_MINUTES)

    @property
    def reaches_back_to(self) -> datetime:
        """Return the first moment that may be asked for."""
        today = self._graph.clock.now().astimezone(UTC).date()
        return datetime.combine(today, time.min, UTC) - REACHES_BACK

    def pages(self, span: Span, domain: str | None) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a span page by page, newest first, those at its very end included.

        ``domain`` asks for rows of its senders alone, in a way that Microsoft does not document.
        Raises ``SourceError``.
        """
        bounds = f"receivedDateTime ge {_written(span.begins)} and receivedDateTime le "
        bounds += _written(span.ends + _A_SECOND - timedelta.resolution)
        narrowed = "" if domain is None else f" and senderAddress eq '*@{domain}'"
        yield from self._ask({"$filter": bounds + narrowed, "$top": str(ROWS)})

    def preflight(self) -> None:
        """Ask for the rows of one moment, to see whether the trace answers; raises."""
        moment = _written(self._graph.clock.now() - timedelta(hours=1))
        bounds = f"receivedDateTime ge {moment} and receivedDateTime le {moment}"
        for _ in self._ask({"$filter": bounds, "$top": "1"}):
            return

    def _ask(self, parameters: dict[str, str]) -> Iterator[list[dict[str, Any]]]:
        try:
            for answer in self._graph.pages(
                _PATH, parameters, headers=_HEADERS, bucket=self._pace
            ):
                if not isinstance(answer, Found):
                    raise self._not_there(gone=not isinstance(answer, Expired))
                document = answer.document
                if not (isinstance(document, dict) and isinstance(document.get("value"), list)):
                    raise self._unlike()
                yield listed(document)
        except Denied as error:
            if error.cure in (_NO_PRINCIPAL, _NO_PERMISSION):
                raise
            if "401" in error.what:
                raise Denied(error.what, where=error.where, cure=_NO_PRINCIPAL) from None
            if "403" in error.what:
                raise Denied(error.what, where=error.where, cure=_NO_PERMISSION) from None
            raise

    def _not_there(self, *, gone: bool) -> SourceError:
        where = self._graph.where
        if gone:
            cure = "Microsoft has it in its global cloud only: read its files instead (path)"
            return Denied("there is no message trace here", where=where, cure=cure)
        return Transient("it forgot its own pages", where=where, cure="The next run tries again")

    def _unlike(self) -> Malformed:
        return Malformed(
            "an answer has no list of rows",
            where=self._graph.where,
            cure="Tell the makers of this program; Microsoft may have changed what it answers",
        )


def _written(moment: datetime) -> str:
    """Return a moment as Microsoft takes it, to the second: parts of one are our own check's."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
