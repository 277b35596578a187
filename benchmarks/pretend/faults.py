"""What can go wrong with any one answer of a stand-in, and when.

``Faults.plan("gmail.users.messages.get", "503", on=3)`` spoils the third call to that endpoint;
``times`` spoils the following ones too. Kinds that change a page work on every vendor whose
pages are JSON objects with one list and one token for what follows (``Paging``).
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.pretend.serving import JSON, How, Query, Reply, Request

Document = dict[str, Any]
Refusing = Callable[[int, str], Reply]
"""(status, reason) -> the vendor's own way of refusing; "" lets the vendor choose the reason."""


@dataclass(frozen=True)
class Paging:
    """How a vendor pages: the query's name of a token, and the answer's name of the next."""

    asked: str = "pageToken"
    following: str = "nextPageToken"
    last: str = ""
    """The answer's name of what only a last page has."""
    leaves_out: bool = True
    """Whether a list without anything in it is left out."""
    written: Callable[[Request, str], Any] = lambda request, token: token  # noqa: ARG005  (the shape of a way of writing)
    """(request, token) -> how an answer names the page at that token."""


def _always(request: Request) -> bool:  # noqa: ARG001  (the shape of a condition)
    return True


@dataclass(frozen=True)
class Fault:
    """The ``on``-th call (from 1) that matches, and ``times - 1`` more after it."""

    endpoint: str
    kind: str
    on: int = 1
    times: int = 1
    where: Callable[[Request], bool] = _always


@dataclass(frozen=True)
class Turn:
    """One answer about to be spoiled: what was asked, and what would have been said."""

    request: Request
    reply: Reply
    faults: Faults
    endpoint: str


Wrong = Callable[[Turn], Reply]


class Faults:
    """The plans of one server. Nothing is planned at first."""

    def __init__(self, refusing: Refusing, paging: Paging | None = None) -> None:
        self.refusing, self.paging = refusing, paging or Paging()
        self.done: list[tuple[str, str]] = []
        """(endpoint, kind) of every answer spoiled so far."""
        self._plans: list[Fault] = []
        self._own: dict[str, Wrong] = {}
        self._calls: Counter[int] = Counter()
        self._stands_for: dict[str, str] = {}
        self._last_item: dict[object, Any] = {}
        self._lock = threading.Lock()

    def plan(
        self,
        endpoint: str,
        kind: str,
        *,
        on: int = 1,
        times: int = 1,
        where: Callable[[Request], bool] | None = None,
    ) -> None:
        """Spoil calls to endpoints that match ``endpoint`` (``*`` for any part of a name).

        Calls are counted from here on, and only those for which ``where`` holds. Raises KeyError
        for a kind that does not exist.
        """
        if kind not in KINDS:
            raise KeyError(f"{kind!r}: no such fault; there are {', '.join(KINDS)}")
        self._plans.append(Fault(endpoint, kind, on, times, where or _always))

    def say(self, endpoint: str, reply: Reply, *, times: int = 1) -> None:
        """Answer the next calls with this, word for word."""
        kind = f"answer {len(self._own) + 1} of its own"
        self._own[kind] = lambda turn: reply  # noqa: ARG005  (the shape of a kind)
        self._plans.append(Fault(endpoint, kind, 1, times))

    def clear(self) -> None:
        self._plans.clear()
        self._calls.clear()
        self._last_item.clear()

    # ---- what a server asks of it ----------------------------------------------------------

    def unspoiled(self, request: Request) -> Request:
        """Return the request with the token the server itself gave, where a fault changed it."""
        token = request.query.get(self.paging.asked, "")
        if token not in self._stands_for:
            return request
        own = self._stands_for[token]
        pairs = [p for p in request.query.pairs if p[0] != self.paging.asked]
        return replace(request, query=Query([*pairs, (self.paging.asked, own)] if own else pairs))

    def spoil(self, endpoint: str, request: Request, reply: Reply) -> Reply:
        """Return ``reply``, or what a plan says instead."""
        with self._lock:
            kind = self._due(endpoint, request)
            spoiled = reply
            if kind is not None:
                self.done.append((endpoint, kind))
                spoiled = (KINDS | self._own)[kind](Turn(request, reply, self, endpoint))
            if self._plans:
                self._remember(endpoint, request, reply)
        return spoiled

    def _due(self, endpoint: str, request: Request) -> str | None:
        due = None
        for number, fault in enumerate(self._plans):
            if fnmatchcase(endpoint, fault.endpoint) and fault.where(request):
                self._calls[number] += 1
                if fault.on <= self._calls[number] < fault.on + fault.times:
                    due = due or fault.kind
        return due

    def _remember(self, endpoint: str, request: Request, reply: Reply) -> None:
        items = _items(_read(reply))
        if items:
            self._last_item[self._list(endpoint, request)] = items[-1]

    def _list(self, endpoint: str, request: Request) -> object:
        """Return what all pages of one list have in common, and no other list's."""
        pairs = (pair for pair in request.query.pairs if pair[0] != self.paging.asked)
        whose = request.header("Authorization")
        return endpoint, request.path, whose, tuple(sorted(pairs)), request.body

    def again(self, request: Request) -> str:
        """Return a new token that asks for the very page of ``request``."""
        token = f"again-{len(self._stands_for) + 1}"
        self._stands_for[token] = request.query.get(self.paging.asked, "")
        return token

    def last_item(self, turn: Turn) -> Any:
        """Return what stood last on the page before, of the same list."""
        return self._last_item.get(self._list(turn.endpoint, turn.request))


def _read(reply: Reply) -> Document:
    try:
        document = json.loads(reply.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _items(document: Document) -> list[Any]:
    """Return the page's list; the list itself, so that it can be changed."""
    return next((value for value in document.values() if isinstance(value, list)), [])


# ---- kinds -----------------------------------------------------------------------------------


def _refused(status: int, reason: str = "", **headers: str) -> Wrong:
    def wrong(turn: Turn) -> Reply:
        reply = turn.faults.refusing(status, reason)
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(reply, headers={**reply.headers, **more})

    return wrong


def _over(how: How) -> Wrong:
    return lambda turn: replace(turn.reply, how=how)


def _bytes(body: bytes, content_type: str) -> Wrong:
    def wrong(turn: Turn) -> Reply:  # noqa: ARG001  (the shape of a kind)
        return Reply(body, headers={"Content-Type": content_type})

    return wrong


def _page(change: Callable[[Document, Turn], None]) -> Wrong:
    def wrong(turn: Turn) -> Reply:
        document = _read(turn.reply)
        change(document, turn)
        return replace(turn.reply, body=json.dumps(document).encode())

    return wrong


def _empty(document: Document, turn: Turn) -> None:
    for name in [n for n, value in document.items() if isinstance(value, list)]:
        if turn.faults.paging.leaves_out:
            del document[name]
        else:
            document[name] = []
    _go_on(document, turn, turn.faults.again(turn.request))


def _repeat(document: Document, turn: Turn) -> None:
    own = turn.request.query.get(turn.faults.paging.asked, "")
    _go_on(document, turn, own or turn.faults.again(turn.request))


def _go_on(document: Document, turn: Turn, token: str) -> None:
    paging = turn.faults.paging
    document.pop(paging.last, None)
    document[paging.following] = paging.written(turn.request, token)


def _overlap(document: Document, turn: Turn) -> None:
    last = turn.faults.last_item(turn)
    if last is not None:
        _items(document).insert(0, last)


def _twice(document: Document, turn: Turn) -> None:  # noqa: ARG001  (the shape of a change)
    items = _items(document)
    items.extend(items[:1])


KINDS: dict[str, Wrong] = {
    "400": _refused(400),
    "401": _refused(401),
    "403": _refused(403),
    "403 rateLimitExceeded": _refused(403, "rateLimitExceeded"),
    "403 userRateLimitExceeded": _refused(403, "userRateLimitExceeded"),
    "403 quotaExceeded": _refused(403, "quotaExceeded"),
    "404": _refused(404),
    "410": _refused(410),
    "429": _refused(429),
    "429 retry after": _refused(429, Retry_After="2.5"),
    "500": _refused(500),
    "502": _refused(502),
    "503": _refused(503),
    "503 retry after": _refused(503, Retry_After="7"),
    "connection reset": _over(How.RESET),
    "body cut": _over(How.CUT),
    "body drips": _over(How.DRIP),
    "no answer": _over(How.HANG),
    "garbage": _bytes(b'{"items": [{"id"', JSON["Content-Type"]),
    "login page": _bytes(b"<html><body>Sign in</body></html>", "text/html; charset=UTF-8"),
    "empty page with token": _page(_empty),
    "page token repeats": _page(_repeat),
    "pages overlap": _page(_overlap),
    "item twice": _page(_twice),
}
"""Kind -> what is answered instead."""
