"""The invented mail service itself, and everything it can do wrong at any one of its answers."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from tests.faults.server import JSON, Asked, How, Reply
from tests.faults.world import Mail

PAGE = 2
Document = dict[str, Any]
Wrong = Callable[[Document, Asked], Reply]


@dataclass(frozen=True)
class Fault:
    """One kind of fault at one answer, counted from 0: that one alone, or from it on."""

    kind: str
    at: int
    stays: bool = False

    def hits(self, call: int) -> bool:
        return call == self.at or (self.stays and call > self.at)

    def __str__(self) -> str:
        return f"{self.kind}, {'from ' if self.stays else ''}answer {self.at}"


class Vendor:
    """Serves mails as mailboxes of two people and of everybody else."""

    def __init__(self, mails: Iterable[Mail], fault: Fault | None = None) -> None:
        mails = tuple(mails)
        self.fault = fault
        self.calls = 0
        self.boxes = {
            "t1": [m for m in mails if "t1" in (m.sender, *m.to)],
            "t2": [m for m in mails if "t2" in (m.sender, *m.to)],
            "others": [m for m in mails if not {"t1", "t2"} & {m.sender, *m.to}],
        }

    def answer(self, asked: Asked) -> Reply:
        call, self.calls = self.calls, self.calls + 1
        document = self._document(asked)
        if self.fault is not None and self.fault.hits(call):
            return KINDS[self.fault.kind](document, asked)
        return reply(document)

    def _document(self, asked: Asked) -> Document:
        parts = asked.path.removeprefix("/v1/").split("/")
        start = int(asked.query.get("mark", "0").removeprefix("again-"))
        records: list[Document]
        if len(parts) == 1:
            records = [{"id": name} for name in self.boxes]
        else:
            first, last = asked.query["from"], asked.query["to"]
            mails = (m for m in self.boxes[parts[1]] if first <= m.day.isoformat() <= last)
            records = [
                {
                    "id": f"{m.name}@d.example",
                    "sentAt": m.sent_at.isoformat(),
                    "from": f"{m.sender}@d.example",
                    "to": [f"{to}@d.example" for to in m.to],
                }
                for m in mails
            ]
        following = str(start + PAGE) if start + PAGE < len(records) else None
        return {"items": records[start : start + PAGE], "next": following, "all": records}


def reply(document: Document) -> Reply:
    body = {name: value for name, value in document.items() if name != "all"}
    return Reply(json.dumps(body).encode("ascii"))


# ---- what can go wrong -----------------------------------------------------------------------


def status(code: int, **headers: str) -> Wrong:
    return lambda document, asked: Reply(b'{"error": {}}', code, {**JSON, **headers})


def over(how: How) -> Wrong:
    return lambda document, asked: replace(reply(document), how=how)


def bytes_of(change: Callable[[bytes], bytes], **headers: str) -> Wrong:
    def wrong(document: Document, asked: Asked) -> Reply:
        return Reply(change(reply(document).body), headers={**JSON, **headers})

    return wrong


def items(change: Callable[[list[Document]], object]) -> Wrong:
    """Return a reply with its items changed, in place or by the list returned."""

    def wrong(document: Document, asked: Asked) -> Reply:
        copies = [dict(one) for one in document["items"]]
        changed = change(copies)
        return reply({**document, "items": changed if isinstance(changed, list) else copies})

    return wrong


def first(**values: object) -> Wrong:
    def change(copies: list[Document]) -> None:
        for one in copies[:1]:
            one.update(values)

    return items(change)


def without(name: str) -> Wrong:
    def change(copies: list[Document]) -> None:
        for one in copies[:1]:
            del one[name]

    return items(change)


def empty(document: Document, asked: Asked) -> Reply:
    return reply({"items": [], "next": "again-" + asked.query.get("mark", "0").removeprefix("again-")})


def again(document: Document, asked: Asked) -> Reply:
    return reply({**document, "next": asked.query.get("mark", "0")})


def overlap(document: Document, asked: Asked) -> Reply:
    start = int(asked.query.get("mark", "0").removeprefix("again-"))
    return reply({**document, "items": document["all"][max(0, start - 1) : start + PAGE]})


def half(body: bytes) -> bytes:
    return body[: len(body) // 2]


KINDS: dict[str, Wrong] = {
    "400 page mark refused": status(400),
    "401 in the middle": status(401),
    "403 permission withdrawn": status(403),
    "404 deleted between list and get": status(404),
    "408": status(408),
    "410 sync state expired": status(410),
    "429": status(429),
    "429 Retry-After": status(429, **{"Retry-After": "2.5"}),
    "429 Retry-After absurd": status(429, **{"Retry-After": "99999999"}),
    "500": status(500),
    "502": status(502),
    "503": status(503, **{"Retry-After": "Fri, 20 Nov 2026 09:00:05 GMT"}),
    "connection reset": over(How.RESET),
    "no answer": over(How.HANG),
    "body drips": over(How.DRIP),
    "body cut": over(How.CUT),
    "JSON truncated": bytes_of(half),
    "login page with 200": bytes_of(lambda _: b"<html>sign in</html>", **{"Content-Type": "text/html"}),
    "redirect elsewhere": status(302, Location="http://169.254.169.254/latest"),
    "empty page with next": empty,
    "page mark repeats": again,
    "pages overlap": overlap,
    "page reordered": items(lambda copies: copies[::-1]),
    "item twice": items(lambda copies: copies + copies[:1]),
    "item without id": without("id"),
    "field retyped": first(to="s1@d.example, s2@d.example"),
    "unknown field": first(colour="green"),
    "not UTF-8": bytes_of(lambda body: body.replace(b"items", b"item\xff", 1)),
    "lone surrogate": first(**{"from": "t\ud800@d.example"}),
    "date in the future": first(sentAt="2062-11-19T11:00:00-05:00"),
    "date of 1970": first(sentAt="1970-01-01T00:00:00+00:00"),
    "ambiguous local time": first(sentAt="2026-11-01T01:30:00"),
    "gzip bomb": bytes_of(lambda _: gzip.compress(b" " * 20_000_000), **{"Content-Encoding": "gzip"}),
    "page ten times as large": items(lambda copies: copies[:1] * 9 + copies),
}
"""Kind -> what is answered instead of a page."""
