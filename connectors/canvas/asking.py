"""The one way we ask Canvas: one question after the other, and only ever to look.

Canvas counts what one token's questions cost and lets the count drain; who asks one at a time
seldom meets the limit. It is told of as 403 in its documents and as 429 by some of its servers.
What is asked in somebody's name bears their id on every page: without it Canvas would answer for
the administrator, and one person's mail would be taken for another's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from auditor.source import Denied, Malformed, Note
from connectors.answers import Answer, Document, Found, Gone
from connectors.canvas.access import Access, read_token
from connectors.canvas.fields import Record
from connectors.http import Client
from connectors.pacing import Bucket
from connectors.pagemarks import all_pages
from connectors.retrying import Clock, Limits

PER_PAGE = 100
"""Asked for; Canvas may give fewer, and says itself where the next page is."""
_API = "api/v1"
_ACTING = "as_user_id"
_LINK = "link"
_TOO_FAST = b"rate limit exceeded"

Asked = Mapping[str, str | list[str]]


class NotThere(Denied):
    """Canvas does not have what was asked for."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(
            f"Canvas has no {what}",
            where=where,
            cure="See whether it was deleted, and whether the token's owner may see it",
        )


class Asking:
    """Asks one Canvas with one token, for one source."""

    def __init__(
        self,
        access: Access,
        *,
        where: str,
        clock: Clock,
        random: Random,
        per_minute: int,
        limits: Limits | None = None,
    ) -> None:
        """Reads no file and connects to nothing yet."""
        self.where = where
        self.clock = clock
        self._access = access
        self._token: str | None = None
        self._bucket = Bucket(per_minute, clock)
        self._client = Client(
            access.address,
            where=where,
            authorize=self._authorize,
            clock=clock,
            random=random,
            limits=limits,
            too_fast=_TOO_FAST,
            keep=(_LINK,),
        )

    def notes(self) -> tuple[Note, ...]:
        """Return what was put up with while asking, for a page of the pull."""
        return self._client.notes()

    def open(self) -> None:
        """Read the token anew; raises ``Denied``."""
        self._token = read_token(self._access.token, where=self.where)

    def close(self) -> None:
        """Let go of the connections and of the token."""
        self._token = None
        self._client.close()

    def get(self, path: str, asked: Asked | None = None, *, acting: str | None = None) -> Answer:
        """Ask for ``path`` below the API, as the token's owner or in somebody's name.

        Raises a ``SourceError``.
        """
        self._bucket.take()
        return self._client.get(f"{_API}/{path}", _flat(asked or {}, acting))

    def record(self, path: str, asked: Asked | None = None, *, acting: str | None = None) -> Record:
        """Return one record; raises ``NotThere`` if there is none."""
        document = self._found(self.get(path, asked, acting=acting), path)
        if not isinstance(document, dict):
            raise self._no_form(path)
        return document

    def pages(
        self, path: str, asked: Asked | None = None, *, acting: str | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield a list's records page by page; raises ``NotThere`` if there is no such list."""
        wanted = {**(asked or {}), "per_page": str(PER_PAGE)}

        def page(mark: str | None) -> Answer:
            if mark is None:
                return self.get(path, wanted, acting=acting)
            if acting is not None and _acting_in(mark) != [acting]:
                raise Malformed(
                    "the link to the next page does not say in whose name it is asked",
                    where=self.where,
                    cure="Tell the makers of this program; Canvas may have changed its links",
                )
            self._bucket.take()
            return self._client.follow(mark)

        answers = all_pages(
            page,
            mark=lambda found: found.next_link,
            records=_count,
            limits=self._client.limits,
            where=self.where,
        )
        for answer in answers:
            yield self._listed(answer, path)

    def records(
        self, path: str, asked: Asked | None = None, *, acting: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the records of a whole list."""
        for page in self.pages(path, asked, acting=acting):
            yield from page

    def _listed(self, answer: Answer, path: str) -> list[dict[str, Any]]:
        document = self._found(answer, path)
        if not isinstance(document, list) or not all(isinstance(r, dict) for r in document):
            raise self._no_form(path)
        if isinstance(answer, Found) and _LINK not in answer.headers and len(document) >= PER_PAGE:
            raise Malformed(
                "a full page of a list came without the links that Canvas sends with each",
                where=self.where,
                cure="Look for a proxy that takes the header Link from answers: without it every "
                "list would end with its first page",
            )
        return document

    def _found(self, answer: Answer, path: str) -> Document:
        if isinstance(answer, Gone):
            raise NotThere(path, self.where)
        if not isinstance(answer, Found):
            raise self._no_form(path)
        return answer.document

    def _authorize(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _no_form(self, path: str) -> Malformed:
        return Malformed(
            f"the answer to {path} has not the form that Canvas documents",
            where=self.where,
            cure="Check the address of this source; if it is right, tell the makers of this "
            "program",
        )


def _flat(asked: Asked, acting: str | None) -> list[tuple[str, str]]:
    """Return a query as pairs: Canvas wants a list as one name several times."""
    pairs = []
    for name, value in asked.items():
        pairs += [(name, value)] if isinstance(value, str) else [(name, one) for one in value]
    return pairs if acting is None else [*pairs, (_ACTING, acting)]


def _acting_in(link: str) -> list[str]:
    return [value for name, value in parse_qsl(urlsplit(link).query) if name == _ACTING]


def _count(document: Document) -> int:
    return len(document) if isinstance(document, list) else 0
