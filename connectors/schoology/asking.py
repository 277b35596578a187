"""The one way we ask Schoology: one question after another, page by page.

Its timestamps must come in order, so no two questions are ever on their way at the same time. Pages
are asked for by number and not by following its links, which may name another scheme than ours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from random import Random
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from auditor.source import Denied, Note
from connectors.answers import Answer, Document, Found
from connectors.http import Client
from connectors.numbered import id_of
from connectors.pagemarks import all_pages
from connectors.retrying import Clock, Limits
from connectors.schoology.access import NO_TOKEN, Access, Stamps, Token, signing

PAGE = 200
"""Asked for; Schoology may give fewer on a page."""
Record = Mapping[str, Any]
_NO_LIST = "answer of Schoology without its list: taken as an empty one"
_NO_FRAME = "answer of Schoology that is no list, and says of no list that it is empty"
_FEWER = "list that ended before as many records as Schoology says it has"


class NotThere(Denied):
    """What was asked for is not there, or not for us."""

    def __init__(self, path: str, where: str) -> None:
        super().__init__(
            f"Schoology has no {path} for whoever asks",
            where=where,
            cure="If it was deleted, the next run does not ask for it any more; else see that the "
            "key is that of the district's app",
        )


class Asking:
    """Asks as the district, or as one user."""

    def __init__(
        self,
        access: Access,
        token: Token,
        stamps: Stamps,
        *,
        where: str,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Connects to nothing yet."""
        self._client = Client(
            access.endpoint,
            where=where,
            authorize=signing(access, token, stamps, where),
            clock=clock,
            random=random,
            limits=limits,
        )
        self._said: Counter[str] = Counter()
        self._left_out = 0
        self._where = where

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    @property
    def where(self) -> str:
        return self._where

    def notes(self) -> tuple[Note, ...]:
        """Return what was put up with while asking, for a page of the pull."""
        own = [Note(self._where, text, n, lost=True) for text, n in sorted(self._said.items())]
        if self._left_out:
            own.append(Note(self._where, _NO_LIST, self._left_out))
        return (*self._client.notes(), *own)

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """Ask for ``path``, such as ``users/me``; raises a ``SourceError``."""
        return self._client.get(path, parameters)

    def get_form(self, path: str) -> Answer:
        """Ask for one step of granting a token."""
        return self._client.get_form(path)

    def records(
        self,
        path: str,
        items: str,
        parameters: Mapping[str, str] | None = None,
        *,
        until: Callable[[Record], bool] | None = None,
    ) -> list[Record]:
        """Return a list's records, each once.

        ``items`` is the name of the list in an answer. ``until`` says of which record on nothing
        more is wanted. Raises a ``SourceError``; ``NotThere`` where there is no such list: it is
        not an empty one.
        """
        found: dict[str, Record] = {}
        told: int | None = None
        for answer in self._pages(path, items, parameters or {}):
            if not isinstance(answer, Found):
                raise NotThere(path, self._where)
            self._judge(answer.document, items)
            for record in listed(answer.document, items):
                if until is not None and until(record):
                    return list(found.values())
                found.setdefault(_identity(record), record)
            told = _total(answer.document) if told is None else told
        if told is not None and len(found) < told:
            self._said[_FEWER] += 1
        return list(found.values())

    def _judge(self, document: Document, items: str) -> None:
        """Count an answer without its list: one with a list's frame is taken as an empty one."""
        if isinstance(document, dict) and isinstance(document.get(items), list):
            return
        framed = isinstance(document, dict) and isinstance(document.get("links"), dict)
        if framed or _total(document) == 0:
            self._left_out += 1
        else:
            self._said[_NO_FRAME] += 1

    def _pages(self, path: str, items: str, parameters: Mapping[str, str]) -> Iterator[Answer]:
        def page(mark: str | None) -> Answer:
            query = {**parameters, "start": mark or "0", "limit": str(PAGE)}
            return self._client.get(path, query, mark=mark is not None)

        return all_pages(
            page,
            mark=_next_start,
            records=lambda document: len(listed(document, items)),
            limits=self._client.limits,
            where=self._where,
        )


class Schoology:
    """Makes what asks, with one sequence of timestamps for all of it."""

    def __init__(
        self,
        access: Access,
        *,
        where: str,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
        not_before: int = 0,
    ) -> None:
        self.access = access
        self.where = where
        self.stamps = Stamps(clock, random, not_before=not_before)
        self._clock = clock
        self._random = random
        self._limits = limits

    def asking(self, token: Token = NO_TOKEN) -> Asking:
        """Return what asks as the user who granted ``token``; without one, as the district."""
        return Asking(
            self.access,
            token,
            self.stamps,
            where=self.where,
            clock=self._clock,
            random=self._random,
            limits=self._limits,
        )


def listed(document: Document, items: str) -> list[Record]:
    """Return the records of an answer's list."""
    found = document.get(items) if isinstance(document, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def owner(asking: Asking) -> str:
    """Return the number of the account that asks, to which Schoology sends us on; "" if untold."""
    answer = asking.get("users/me")
    document = answer.document if isinstance(answer, Found) else {}
    return id_of(document.get("uid")) if isinstance(document, dict) else ""


def text_of(record: Record, name: str) -> str:
    found = record.get(name)
    return found.strip() if isinstance(found, str) else ""


def _identity(record: Record) -> str:
    """Return what tells one record from another: a thread that was answered since is another."""
    parts = (record.get("id"), record.get("uid"), record.get("last_updated"))
    return "/".join(str(part) for part in parts)


def _total(document: Document) -> int | None:
    total = document.get("total") if isinstance(document, dict) else None
    text = str(total)
    return int(text) if text.isdecimal() else None


def _next_start(found: Found) -> str | None:
    links = found.document.get("links") if isinstance(found.document, dict) else None
    link = links.get("next") if isinstance(links, dict) else None
    if not isinstance(link, str) or not link:
        return None
    return next(iter(parse_qs(urlsplit(link).query).get("start", ())), None)
