"""A student system's OneRoster server on this machine, well-behaved or of the old kind.

``with PretendOneRoster(world) as running:`` and set ``address`` to ``running.address``. What some
servers do differently is in ``Oddities``; what goes wrong in passing, in ``faults``.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from benchmarks.pretend.faults import Faults, Paging
from benchmarks.pretend.oneroster.signing import told_by, wrong_with
from benchmarks.pretend.oneroster.world import Record, World
from benchmarks.pretend.serving import JSON, Answering, Reply, Request
from benchmarks.pretend.standing import Refusal
from benchmarks.pretend.turning import TurningStandIn, private_file
from benchmarks.pretend.worlds import number

PATHS = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}
USUAL = 100
"""Records of a page if nobody says how many."""
LIFETIME = 3_600
_SCOPE = "https://purl.imsglobal.org/spec/or/v{}/scope/{}"
_ROSTER = ("/roster-core.readonly", "/roster.readonly")
_MINOR = {
    400: "invalid_data",
    401: "unauthorisedrequest",
    403: "forbidden",
    404: "unknownobject",
    413: "too_large",
    429: "server_busy",
}


@dataclass(frozen=True)
class Oddities:
    """What old or hasty servers do otherwise than the standard says."""

    totals: bool = True
    """X-Total-Count is told."""
    links: bool = True
    """Link is told."""
    most: int = 10_000
    """More records than this are never in one page, whatever is asked for."""
    refuses_more: int = 0
    """With what status it refuses to be asked for more than that; 0: it does not."""
    refuses_wishes: bool = False
    """Chosen fields and an order are answered with 400."""
    chooses_fields: bool = True
    orders: bool = True
    """False: the order is its own."""
    pages: bool = True
    """False: everything is in every answer."""
    heeds_offset: bool = True
    counts_more: int = 0
    """By how much its total is off."""
    always_next: bool = False
    fails_politely: bool = False
    """A failure comes with status 200, beside a list without anybody in it."""
    token_type: str = "Bearer"
    expires: object = LIFETIME
    """What a token's ``expires_in`` says; None: nothing."""


class Refused(Refusal):
    """OneRoster's refusal, in the words of an edition."""

    def __init__(self, status: int, version: str = "1.2") -> None:
        self.status, self.version = status, version
        super().__init__(str(status))

    def reply(self) -> Reply:
        minor: object = _MINOR.get(self.status, "internal_server_error")
        name = "imsx_codeMinor"
        if self.version == "1.2":
            part = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}
            name, minor = "imsx_CodeMinor", {"imsx_codeMinorField": [part]}
        told = {
            "imsx_codeMajor": "failure",
            "imsx_severity": "error",
            "imsx_description": "zephyrquill: the words of an error may quote records",
            name: minor,
        }
        return Reply(json.dumps(told).encode(), self.status, JSON)


class PretendOneRoster(TurningStandIn):
    """Serves a world until left."""

    client = "auditor-client"
    secret = "pretended/secret+of~the client"

    def __init__(
        self,
        world: World,
        *,
        now: datetime | None = None,
        clock: Callable[[], float] = time.time,
        odd: Oddities | None = None,
        granted: tuple[str, ...] | None = None,
        oauth1: bool = False,
    ) -> None:
        """``granted`` are short names of rights that come with a token, whatever was asked for."""
        paging = Paging("offset", "next", leaves_out=False)
        faults = Faults(lambda status, _: Refused(status, world.version).reply(), paging)
        super().__init__(faults, now=now, clock=clock)
        self.world = world
        self.odd = odd or Oddities()
        self.granted = granted
        self.oauth1 = oauth1
        self._tokens: dict[str, tuple[float, frozenset[str]]] = {}
        self._nonces: set[str] = set()

    @property
    def address(self) -> str:
        return self.base + PATHS[self.world.version]

    @property
    def tokens(self) -> str:
        return f"{self.base}/oauth/token"

    def secret_file(self, folder: Path) -> Path:
        return private_file(folder / "oneroster-secret", self.secret + "\n")

    def forget_tokens(self) -> None:
        """Let no token be good any more."""
        self._tokens.clear()

    # ---- answering ---------------------------------------------------------------------------

    def _route(self, request: Request) -> tuple[str, Answering]:
        if request.path == "/oauth/token" and request.method == "POST":
            return "token", self._token
        if request.path == "/pretend/now":
            return "pretend.now", self._set_now
        root, _, name = request.path.rpartition("/")
        if request.method != "GET":
            return "", self._change
        if root == PATHS[self.world.version] and name in self.world.lists:
            return name, partial(self._list, name)
        return "", self._nowhere

    def _refused(self, status: int) -> Refused:
        return Refused(status, self.world.version)

    def _token(self, request: Request) -> Reply:
        form = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        wanted = base64.b64encode(f"{self.client}:{self.secret}".encode()).decode()
        if request.header("Authorization") != f"Basic {wanted}":
            return Reply(b'{"error": "invalid_client"}', 401, JSON)
        if form.get("grant_type") != "client_credentials" or not form.get("scope"):
            return Reply(b'{"error": "invalid_request"}', 400, JSON)
        scopes = frozenset(form["scope"].split())
        if self.granted is not None:
            part = "1p1" if self.world.version == "1.1" else "1p2"
            scopes = frozenset(_SCOPE.format(part, right) for right in self.granted)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = (self.clock() + LIFETIME, scopes)
        told: dict[str, Any] = {"access_token": token, "token_type": self.odd.token_type}
        if self.odd.expires is not None:
            told["expires_in"] = self.odd.expires
        if self.granted is None or self.granted:
            told["scope"] = " ".join(sorted(scopes))
        return Reply(json.dumps(told).encode())

    def _let_in(self, request: Request) -> None:
        if self.oauth1:
            nonce = told_by(request).get("oauth_nonce", "")
            wrong = wrong_with(request, self.base, self.client, self.secret, self.now.timestamp())
            if wrong is not None or nonce in self._nonces:
                raise self._refused(401)
            self._nonces.add(nonce)
            return
        token = request.header("Authorization").removeprefix("Bearer ")
        expires, scopes = self._tokens.get(token, (0.0, frozenset()))
        if expires <= self.clock():
            raise self._refused(401)
        if self.granted != () and not any(scope.endswith(_ROSTER) for scope in scopes):
            raise self._refused(403)

    def _list(self, name: str, request: Request) -> Reply:
        odd, query = self.odd, request.query
        self._let_in(request)
        self._turn()
        if odd.refuses_wishes and {"fields", "sort"} & set(query):
            raise self._refused(400)
        limit, offset = int(query.get("limit", USUAL)), int(query.get("offset", "0"))
        if odd.refuses_more and limit > odd.most:
            raise self._refused(odd.refuses_more)
        records = self._ordered(name, query.get("sort", ""))
        if odd.fails_politely:
            told = json.loads(self._refused(429).reply().body)
            return Reply(json.dumps({**told, name: []}).encode())
        limit, offset = min(limit, odd.most), offset if odd.heeds_offset else 0
        page = records[offset : offset + limit] if odd.pages else records
        headers = dict(JSON)
        if odd.totals:
            headers["X-Total-Count"] = str(len(records) + odd.counts_more)
        if odd.links and (odd.always_next or (odd.pages and offset + limit < len(records))):
            link = f"{self.base}{request.path}?limit={limit}&offset={offset + limit}"
            headers["Link"] = f'<{link}>; rel="next"'
        if "fields" in query and odd.chooses_fields:
            chosen = query["fields"].split(",")
            page = [{n: v for n, v in one.items() if n in chosen} for one in page]
        return Reply(json.dumps({name: page}).encode(), headers=headers)

    def _ordered(self, name: str, sort: str) -> list[Record]:
        records = list(self.world.lists[name])
        if not self.odd.orders:
            return sorted(records, key=lambda one: number(json.dumps(one)))
        return sorted(records, key=lambda one: str(one.get(sort, ""))) if sort else records
