"""Clever's data API (v3.1) on this machine: lists by the last id seen, and a log of changes.

``with PretendClever(world) as running:`` and set ``endpoint`` to ``running.base``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.pretend.clever.world import DISTRICT, LISTS, Record, World
from benchmarks.pretend.faults import Faults, Paging
from benchmarks.pretend.serving import JSON, Answering, Query, Reply, Request
from benchmarks.pretend.standing import Refusal
from benchmarks.pretend.turning import TurningStandIn, private_file

USUAL = 100
MOST = 10_000
_WORDS = {
    400: "bad request",
    401: "unauthorized",
    403: "forbidden",
    404: "not found",
    413: "limit too large",
    429: "rate limited",
}


@dataclass
class Oddities:
    """What may be otherwise than one would think; each can be set while it runs."""

    counts: bool = True
    """It counts a list if asked to."""
    counts_more: int = 0
    links: bool = True
    """A page names the next one."""
    heeds_after: bool = True
    """It goes on from the record that it is asked to go on from."""
    most: int = MOST
    """Asked for more records than this, it answers 413."""
    events: bool = True
    """The district's application may see the log."""
    knows_last: bool = True
    """The log can be read from its end."""
    state: str = "running"
    synced: str | None = "2026-11-24T04:30:00.000Z"
    districts: int = 1


class Refused(Refusal):
    """Clever says no."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))

    def reply(self) -> Reply:
        told = {"message": f"{_WORDS.get(self.status, 'internal error')} zephyrquill"}
        return Reply(json.dumps(told).encode(), self.status, JSON)


class PretendClever(TurningStandIn):
    """Serves a district until left."""

    token = "pretended-district-token"

    def __init__(
        self,
        world: World,
        *,
        now: datetime | None = None,
        clock: Callable[[], float] = time.time,
        odd: Oddities | None = None,
    ) -> None:
        paging = Paging("starting_after", "", leaves_out=False)
        faults = Faults(lambda status, _: Refused(status).reply(), paging)
        super().__init__(faults, now=now, clock=clock)
        self.world = world
        self.odd = odd or Oddities()

    def token_file(self, folder: Path) -> Path:
        return private_file(folder / "clever-token", self.token + "\n")

    # ---- answering ---------------------------------------------------------------------------

    def _route(self, request: Request) -> tuple[str, Answering]:
        if request.path == "/pretend/now":
            return "pretend.now", self._set_now
        root, _, name = request.path.rpartition("/")
        if request.method != "GET":
            return "", self._change
        if root == "/v3.1" and name in (*LISTS, "districts", "events"):
            endpoint = f"{name}.{request.query['role']}" if "role" in request.query else name
            return endpoint, partial(self._let_in, name)
        return "", self._nowhere

    def _refused(self, status: int) -> Refused:
        return Refused(status)

    def _let_in(self, name: str, request: Request) -> Reply:
        if request.header("Authorization") != f"Bearer {self.token}":
            raise Refused(401)
        if name == "districts":
            return self._districts()
        if name == "events" and not self.odd.events:
            raise Refused(403)
        self._turn()
        return self._page(name, request)

    def _districts(self) -> Reply:
        record = {
            "id": DISTRICT,
            "name": self.world.name,
            "state": self.odd.state,
            "last_sync": self.odd.synced,
        }
        return _listed([record] * self.odd.districts, [])

    def _page(self, name: str, request: Request) -> Reply:
        query = request.query
        limit = int(query.get("limit", USUAL))
        if limit > self.odd.most:
            raise Refused(413)
        records = self._records(name, query)
        first = self._first(name, records, query, limit)
        page = records[first : first + limit]
        links = [{"rel": "self", "uri": request.path}]
        if self.odd.links and first + limit < len(records):
            pairs = [(n, v) for n, v in query.pairs if n not in ("starting_after", "ending_before")]
            following = urlencode([*pairs, ("starting_after", page[-1]["id"])])
            links.append({"rel": "next", "uri": f"{request.path}?{following}"})
        counted = len(records) + self.odd.counts_more
        told = counted if self.odd.counts and query.get("count") == "true" else None
        return _listed(page, links, told)

    def _records(self, name: str, query: Query) -> list[Record]:
        if name == "events":
            return self.world.events[self.world.forgotten :]
        records = sorted(self.world.of(name).values(), key=lambda one: str(one["id"]))
        role = query.get("role")
        return [one for one in records if role is None or one["roles"].get(role) is not None]

    def _first(self, name: str, records: list[Record], query: Query, limit: int) -> int:
        """Return where a page begins: records have an order of their ids, whether there or not."""
        if query.get("ending_before") == "last":
            if not self.odd.knows_last:
                raise Refused(400)
            return max(0, len(records) - limit)
        after = query.get("starting_after")
        if after is None or not self.odd.heeds_after:
            return 0
        if name == "events" and after not in [one["id"] for one in records]:
            raise Refused(400)
        return sum(str(one["id"]) <= after for one in records)


def _listed(records: list[Record], links: list[Record], count: int | None = None) -> Reply:
    data = [{"data": record, "uri": f"/v3.1/x/{record['id']}"} for record in records]
    told = {} if count is None else {"count": count}
    return Reply(json.dumps({"data": data, "links": links, **told}).encode())
