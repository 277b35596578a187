"""Changes since a kept link: every delta of Graph works this way.

The first round tells all there is, on pages with a ``$skiptoken``; its last page has a link with a
``$deltatoken``, and that link tells what changed since. Tokens are the server's own, hold only at
the address they were given for, and may be too old.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from benchmarks.pretend.microsoft.calls import (
    LAST,
    METADATA,
    NEXT,
    Call,
    Document,
    Refused,
    Round,
    link,
)
from benchmarks.pretend.serving import Query

There = Callable[[Call], dict[str, Document]]
"""Returns what is there now by id, as the query asks for it."""


def changes(
    call: Call,
    there: There,
    size: int,
    *,
    lasts: timedelta | None = None,
    gone: str = "deleted",
    pieces: int = 0,
    context: str = "",
    only_new: bool = False,
    filtered: bool = False,
) -> Document:
    """Return a page of what is new, changed or gone.

    ``lasts`` is how long a kept link is good; ``gone`` the reason that is told of what is no longer
    there; ``pieces`` how many members one record names; ``only_new`` leaves out the rest;
    ``filtered`` says that ``there`` minds a filter.
    Raises Refused: 410 for a link that is not good, 400 for one of another address.
    """
    if "$filter" in call.query and not filtered:
        raise Refused(400, "Request_UnsupportedQuery", "Changes cannot be filtered by this.")
    if "$skiptoken" in call.query:
        name, _, start = call.query["$skiptoken"].rpartition(".")
        now = _round(call, name)
    else:
        now, start = _new_round(call, there, lasts, gone, pieces, only_new=only_new), "0"
        name = secrets.token_hex(8)
        call.state.rounds[name] = now
    first = int(start)
    answer: Document = {"@odata.context": METADATA + (context or call.endpoint)}
    if first + size < len(now.items):
        answer[NEXT] = link(call, Query(), "$skiptoken", f"{name}.{first + size}")
    else:
        answer[LAST] = link(call, Query(), "$deltatoken", name)
    return {**answer, "value": list(now.items[first : first + size])}


def _round(call: Call, name: str) -> Round:
    found = call.state.rounds.get(name)
    if found is None:
        raise Refused(410, Location=f"{call.here}?$deltatoken=")
    if found.path != call.request.path:
        raise Refused(400, "BadRequest", "The token is of another address.")
    return found


def _new_round(
    call: Call, there: There, lasts: timedelta | None, gone: str, pieces: int, *, only_new: bool
) -> Round:
    token = call.query.get("$deltatoken", "")
    before: Mapping[str, Document] | None = None
    if token and token != "latest":
        last = _round(call, token)
        if lasts is not None and call.now > last.given + lasts:
            raise Refused(410, Location=f"{call.here}?$deltatoken=")
        before, call = last.there, replace(call, query=last.query)
    now = there(call)
    items: Iterator[Document] = iter(())
    if token != "latest":
        items = _first(now) if before is None else _since(before, now, gone, only_new=only_new)
    pieced = (piece for item in items for piece in _in_pieces(item, pieces))
    return Round(call.request.path, call.query, call.now, tuple(pieced), now)


def _first(now: Mapping[str, Document]) -> Iterator[Document]:
    for document in now.values():
        yield {name: value for name, value in document.items() if value is not None}


def _since(
    before: Mapping[str, Document], now: Mapping[str, Document], gone: str, *, only_new: bool
) -> Iterator[Document]:
    for key, document in now.items():
        old = before.get(key)
        if old is None:
            yield from _first({key: document})
        elif old != document and not only_new:
            yield {
                name: _members(old.get(name, []), value) if "@delta" in name else value
                for name, value in document.items()
                if (value is not None or old.get(name) is not None)
                and not ("@delta" in name and old.get(name) == value)
            }
    if not only_new:
        for key in before:
            if key not in now:
                yield {"id": key, "@removed": {"reason": gone}}


def _members(old: list[Document], new: list[Document]) -> list[Document]:
    added = [member for member in new if member not in old]
    removed = [member for member in old if member not in new]
    return added + [{**member, "@removed": {"reason": "deleted"}} for member in removed]


def _in_pieces(item: Document, pieces: int) -> Iterator[Document]:
    """Yield a group several times, if it has more members than one record names."""
    members = item.get("members@delta", [])
    if not pieces or len(members) <= pieces:
        yield item
        return
    for first in range(0, len(members), pieces):
        yield {**item, "members@delta": members[first : first + pieces]}
