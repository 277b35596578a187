"""A Microsoft 365 tenant on this machine: one address for the sign-in and for Graph.

``with PretendMicrosoft(world) as microsoft:`` and set ``endpoint`` to ``microsoft.base``. The
sign-in's documents name Microsoft's own addresses, as MSAL takes no others; links in Graph's
answers lead to this server.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from benchmarks.pretend.faults import Faults, Paging
from benchmarks.pretend.microsoft import (
    auditing,
    chats,
    directory,
    hunting,
    mailboxes,
    roster,
    tokens,
    tracing,
)
from benchmarks.pretend.microsoft.calls import (
    LAST,
    NEXT,
    Call,
    Handler,
    Known,
    Refused,
    Sent,
    State,
    denied,
    refusal,
)
from benchmarks.pretend.microsoft.quotas import Quotas
from benchmarks.pretend.microsoft.routes import ROUTES, Route
from benchmarks.pretend.microsoft.schemas import mistake
from benchmarks.pretend.microsoft.tokens import LIFETIME, Access, Application, Grants
from benchmarks.pretend.microsoft.world import World
from benchmarks.pretend.serving import Answering, Reply, Request
from benchmarks.pretend.standing import StandIn

HANDLERS: dict[str, Handler] = {
    **directory.HANDLERS,
    **tracing.HANDLERS,
    **mailboxes.HANDLERS,
    **roster.HANDLERS,
    **chats.HANDLERS,
    **auditing.HANDLERS,
    **hunting.HANDLERS,
}
CONSENTED = frozenset(
    (
        "User.Read.All", "GroupMember.Read.All", "Directory.Read.All", "Organization.Read.All",
        "Domain.Read.All", "LicenseAssignment.Read.All", "EduRoster.Read.All",
        "ExchangeMessageTrace.Read.All", "Mail.ReadBasic.All", "MailboxSettings.Read",
        "Chat.ReadBasic.All", "Chat.Read.All", "ChannelMessage.Read.All", "Team.ReadBasic.All",
        "TeamMember.Read.All", "Channel.ReadBasic.All", "ChannelMember.Read.All",
        "AuditLog.Read.All", "AuditLogsQuery.Read.All", "ThreatHunting.Read.All",
        "Application.Read.All",
    )
)  # fmt: skip
"""Permissions that the tenant's administrator has consented to, unless a test says otherwise."""
_SIGN_IN = re.compile(
    r"/(?P<tenant>[^/]+)/(?P<rest>v2\.0/\.well-known/openid-configuration|oauth2/v2\.0/token)"
)


class PretendMicrosoft(StandIn):
    """Serves a world until left. ``now`` is the pretended moment, which may be set.

    ``clock`` gives seconds since 1970: quotas and tokens go by it, what is visible by ``now``.
    """

    def __init__(
        self,
        world: World,
        *,
        now: datetime | None = None,
        clock: Callable[[], float] = time.time,
        consented: Iterable[str] = CONSENTED,
    ) -> None:
        paging = Paging("$skiptoken", NEXT, LAST, leaves_out=False, written=self._link)
        super().__init__(Faults(refusal, paging), now=now or world.ends, clock=clock)
        self.application = Application()
        self.grants = Grants()
        self.consented = set(consented)
        self.quotas = Quotas()
        self.slowness = 0.0
        """Seconds that every answer about a mailbox takes, so that several can be open at once."""
        self._state = State()
        self.world = world

    # ---- what tests and the demo use ---------------------------------------------------------

    @property
    def world(self) -> World:
        return self._known.world

    @world.setter
    def world(self, world: World) -> None:
        self._known = Known(world)

    @property
    def tenant(self) -> str:
        return self.world.tenant

    @property
    def client(self) -> str:
        return self.application.client

    @property
    def sent(self) -> list[Sent]:
        """Return the mails handed in for sending."""
        return self._state.sent

    @property
    def most_in_flight(self) -> int:
        """Return how many questions about mailboxes were open at one time, at the most."""
        return self.quotas.most_in_flight

    def token(self, *roles: str) -> str:
        """Return an access token with ``roles``, or with all that is consented to."""
        seconds = self.clock()
        carried = frozenset(roles or self.consented)
        return self.grants.give(self.world, carried, seconds, seconds + LIFETIME)

    def in_small_pages(self, largest: int) -> None:
        """Put no more than ``largest`` on a page from here on: Graph may always give fewer."""
        self._state.largest_page = largest

    def forget_deltas(self) -> None:
        """Let no kept link be good any more."""
        self._state.rounds.clear()

    def certificate_file(self, folder: Path) -> Path:
        """Write ``certificate.pem``, private key and certificate, readable for its owner only."""
        return _private(folder / "certificate.pem", self.application.pem())

    def secret_file(self, folder: Path) -> Path:
        """Write ``secret``, as an administrator would put it down."""
        return _private(folder / "secret", self.application.secret + "\n")

    # ---- answering ---------------------------------------------------------------------------

    def _link(self, request: Request, token: str) -> str:
        pairs = [pair for pair in request.query.pairs if pair[0] != "$skiptoken"]
        query = "&".join(f"{name}={value}" for name, value in [*pairs, ("$skiptoken", token)])
        return f"{self.base}{request.path}?{query}".replace(" ", "%20")

    def _route(self, request: Request) -> tuple[str, Answering]:
        sign_in = _SIGN_IN.fullmatch(request.path)
        if sign_in is not None:
            tenant = unquote(sign_in["tenant"])
            if sign_in["rest"].endswith("token"):
                return "oauth.token", partial(self._token, tenant)
            return "openid.configuration", lambda _: tokens.configuration(self.world, tenant)
        if request.path == "/pretend/now":
            return "pretend.now", self._set_now
        path = unquote(request.path)
        for route in ROUTES:
            match = route.path.fullmatch(path)
            if match is not None and route.verb == request.method:
                return route.name, partial(self._called, route, match.groupdict())
        return "", _nowhere

    def _token(self, tenant: str, request: Request) -> Reply:
        consented = frozenset(self.consented)
        return tokens.answer(request, self.world, tenant, self.grants, consented, self.clock())

    def _called(self, route: Route, parts: dict[str, str], request: Request) -> Reply:
        seconds = self.clock()
        access = self._opened(request, seconds)
        call = Call(
            route.name,
            parts,
            request.query,
            request,
            access.roles,
            self._known,
            self.now,
            self.base,
            self._state,
        )
        _check_permission(route, call)
        self.quotas.count(call, route, seconds)
        with self.quotas.turn(call, route):
            if route.area == "mail" and self.slowness:
                self._server.wait(self.slowness)
            with self._lock:
                document = HANDLERS[route.name](call)
        if not document:
            return Reply(b"", 202, {"request-id": route.name})
        wrong = mistake(route.answer, document) if route.answer else ""
        if wrong:
            return self._mistaken(f"{route.name}: {wrong}")
        return Reply(json.dumps(document).encode(), 201 if route.creates else 200)

    def _opened(self, request: Request, seconds: float) -> Access:
        access = self.grants.of(request)
        if access is None:
            raise Refused(401, message="Access token is empty or cannot be read.")
        if access.expires <= seconds:
            raise Refused(401, message="Lifetime validation failed, the token is expired.")
        return access


def _check_permission(route: Route, call: Call) -> None:
    """Raise Refused (403), in the words of each part of Graph, for a token that may not ask."""
    if call.may(*route.permissions) or (route.name == "sendMail" and call.world.sends_as):
        return
    if route.area in ("mail", "traces", "details"):
        raise denied()
    if route.area == "chats":
        needed, carried = ", ".join(route.permissions), ", ".join(sorted(call.roles))
        message = f"Missing role permissions on the request. API requires one of '{needed}'. "
        raise Refused(403, "Forbidden", f"{message}Roles on the request '{carried}'.")
    raise Refused(403)


def _private(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path


def _nowhere(request: Request) -> Reply:
    raise Refused(400, "BadRequest", f"Resource not found for the segment of '{request.path}'.")
