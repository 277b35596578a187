"""The one way we ask Clever: a list from its first record to its last, or not at all.

Clever pages by the last id seen, so who is taken out meanwhile moves nobody. What can still go
wrong is a page that ends too soon. That a page names no next one is therefore not believed: we ask
for what follows its last record ourselves, and only where nothing does is the list at its end. Then
Clever is asked for its own count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from http import HTTPStatus
from random import Random
from typing import Any, TypeVar

from auditor.source import Denied, Malformed, Note, Transient
from connectors.answers import Answer, Document, Expired, Found, Gone, Refused
from connectors.clever.settings import Access
from connectors.http import Client
from connectors.retrying import Clock, Limits
from connectors.secretfile import read_secret

VERSION = "v3.1"
Record = dict[str, Any]
T = TypeVar("T")
Query = dict[str, str]


class Lost(Exception):
    """What we asked to go on from is not known there, or no longer."""


class Api:
    """Asks Clever, for one district."""

    def __init__(
        self,
        access: Access,
        page: int,
        *,
        where: str,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Reads the token, and raises ``Denied`` if it is not kept safely; connects to nothing."""
        self.where = where
        self.limits = limits or Limits()
        self._page = page
        self._said: Counter[str] = Counter()
        token = read_secret(access.token, "token", where=where)
        self._client = Client(
            f"{access.endpoint}/{VERSION}",
            where=where,
            authorize=lambda: {"Authorization": f"Bearer {token}"},
            clock=clock,
            random=random,
            limits=self.limits,
        )

    def notes(self) -> tuple[Note, ...]:
        """Return what was put up with while asking."""
        own = (Note(self.where, text, count) for text, count in sorted(self._said.items()))
        return (*self._client.notes(), *own)

    def close(self) -> None:
        self._client.close()

    # ---- lists -----------------------------------------------------------------------------

    def whole(self, path: str, query: Query, read: Callable[[Record], T]) -> list[T]:
        """Return what ``read`` makes of every record of a list, in the order of their ids.

        Raises ``SourceError`` where the list cannot be known to be whole.
        """
        what, was_empty = "", False
        for _ in range(self.limits.restarts + 1):
            found: dict[str, T] = {}
            try:
                for id_, record in self.records(path, query):
                    if id_ in found:
                        raise Lost("the same record came again")
                    found[id_] = read(record)
            except Lost as error:
                what = str(error)
                continue
            counted = self._count(path, query)
            if counted is not None and counted > len(found):
                what = f"{len(found):,} records came where Clever counts {counted:,}"
            elif found or counted == 0 or was_empty:
                return [found[id_] for id_ in sorted(found)]
            else:
                what, was_empty = "it was empty", True  # believed if it is so again
        times = f"{self.limits.restarts + 1} times in a row"
        raise Transient(
            f"its list {path} did not come whole, {times}: {what}",
            where=self.where,
            cure="The next run tries again; until then the roster stays as it was last read whole",
        )

    def records(
        self, path: str, query: Query, after: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        """Yield (id, record) to the end, from the one ``after``; raises ``Lost``, ``SourceError``.

        ``Lost`` is raised where Clever does not know that one, or a page names itself as its next.
        """
        link: str | None = None
        links: set[str] = set()
        idle = 0
        while True:
            ours = link is None
            answer = self._ask(path, query, after, link)
            if isinstance(answer, Gone) and after is not None:
                raise Lost("Clever no longer knows the record to go on from")
            document = self._document(path, answer)
            page = self._listed(path, document)
            yield from page
            if page:
                after = page[-1][0]
            link = _next_link(document)
            if ours and not page and link is None:
                return
            idle = 0 if page else idle + 1
            if link in links or idle > self.limits.empty_pages:
                raise Lost("its pages lead nowhere")
            if link is not None:
                links.add(link)

    def one(self, path: str, query: Query) -> list[tuple[str, Record]]:
        """Return the records of a list's first page; raises ``Lost``, ``SourceError``."""
        return self._listed(path, self._document(path, self._answer(path, query)))

    def _ask(self, path: str, query: Query, after: str | None, link: str | None) -> Answer:
        if link is not None:
            return self._client.follow(link)
        return self._answer(path, {**query, **({} if after is None else {"starting_after": after})})

    def _answer(self, path: str, query: Query) -> Answer:
        """Ask; a page that is too large for Clever is asked for again as a smaller one."""
        while True:
            wished = {"limit": str(self._page), **query}
            try:
                return self._client.get(path, wished, mark=True)
            except Refused as error:
                if error.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE or self._page == 1:
                    raise
                self._page = max(1, self._page // 2)
                self._said["pages were too large for Clever: smaller ones were asked for"] += 1

    def _count(self, path: str, query: Query) -> int | None:
        """Return Clever's own count of a list, None where it does not tell."""
        answer = self._client.get(path, {**query, "count": "true", "limit": "1"}, mark=True)
        document = answer.document if isinstance(answer, Found) else {}
        count = document.get("count") if isinstance(document, dict) else None
        return count if isinstance(count, int) and not isinstance(count, bool) else None

    # ---- answers ---------------------------------------------------------------------------

    def _document(self, path: str, answer: Answer) -> Document:
        if isinstance(answer, Expired):
            raise Lost("Clever no longer knows the record to go on from")
        if isinstance(answer, Gone):
            raise Denied(
                f"Clever has no list {path} for this token",
                where=self.where,
                cure="See in Clever that the application is connected and may read it",
            )
        return answer.document

    def _listed(self, path: str, document: Document) -> list[tuple[str, Record]]:
        found = document.get("data") if isinstance(document, dict) else None
        if not isinstance(found, list):
            raise self._odd(path, "holds no list")
        records: list[tuple[str, Record]] = []
        for entry in found:
            record = entry.get("data") if isinstance(entry, dict) else None
            id_ = record.get("id") if isinstance(record, dict) else None
            if not isinstance(record, dict) or not isinstance(id_, str) or not id_:
                raise self._odd(path, "holds a record without an id")
            records.append((id_, record))
        return records

    def _odd(self, path: str, what: str) -> Malformed:
        return Malformed(
            f"its answer for {path} {what}",
            where=self.where,
            cure="Look for a proxy that changes answers; if there is none, tell Clever",
        )


def _next_link(document: Document) -> str | None:
    links = document.get("links") if isinstance(document, dict) else None
    for link in links if isinstance(links, list) else []:
        uri = link.get("uri") if isinstance(link, dict) and link.get("rel") == "next" else None
        if isinstance(uri, str):
            return uri
    return None
