"""A Google Workspace on this machine: one address for every API, its tokens and its quotas.

``with PretendGoogle(world) as google:`` and build clients from the discovery documents with their
``rootUrl`` at ``google.base``. An answer that the documents do not allow is a mistake of this
stand-in: it is refused with 500 and kept in ``google.mistakes``, which tests assert to be empty.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from benchmarks.pretend.faults import Faults
from benchmarks.pretend.google import (
    directory,
    mailboxes,
    offices,
    reports,
    spaces,
    tables,
    teaching,
)
from benchmarks.pretend.google.batching import answer_batch
from benchmarks.pretend.google.calls import (
    Call,
    Handler,
    Known,
    Refused,
    Sent,
    State,
    refusal,
)
from benchmarks.pretend.google.documents import SCOPE, Document, Method, methods, moved
from benchmarks.pretend.google.fields import only, read_mask
from benchmarks.pretend.google.quotas import Quotas
from benchmarks.pretend.google.schemas import mistake
from benchmarks.pretend.google.tokens import (
    LIFETIME,
    PLATFORM,
    Grants,
    ServiceAccount,
    TokenEndpoint,
    described,
    older,
)
from benchmarks.pretend.google.world import User, World
from benchmarks.pretend.serving import Answering, Reply, Request
from benchmarks.pretend.standing import StandIn

HANDLERS: dict[str, Handler] = {
    **directory.HANDLERS,
    **reports.HANDLERS,
    **mailboxes.HANDLERS,
    **offices.HANDLERS,
    **teaching.HANDLERS,
    **spaces.HANDLERS,
    **tables.HANDLERS,
}
DELEGATED = frozenset(
    SCOPE + name
    for name in (
        "admin.directory.user.readonly",
        "admin.directory.group.readonly",
        "admin.directory.group.member.readonly",
        "admin.directory.orgunit.readonly",
        "admin.directory.domain.readonly",
        "admin.directory.user.security",
        "admin.reports.audit.readonly",
        "apps.groups.settings",
        "apps.licensing",
        "gmail.metadata",
        "gmail.settings.basic",
        "classroom.courses.readonly",
        "classroom.rosters.readonly",
        "classroom.profile.emails",
        "classroom.guardianlinks.students.readonly",
        "classroom.announcements.readonly",
        "classroom.coursework.students.readonly",
        "chat.admin.spaces.readonly",
        "chat.admin.memberships.readonly",
        "ediscovery.readonly",
        "bigquery",
    )
)
"""Scopes that the district's administrator has allowed, unless a test says otherwise."""
FLAVOR = {"Metadata-Flavor": "Google"}
_ACCOUNT = "/computeMetadata/v1/instance/service-accounts"
_TOLD = json.dumps(
    {"aliases": ["default"], "email": ServiceAccount.email, "scopes": [PLATFORM]}
)
METADATA = {
    "/": "computeMetadata/",
    "/computeMetadata/v1/project/project-id": ServiceAccount.project,
    "/computeMetadata/v1/universe/universe-domain": "googleapis.com",
    f"{_ACCOUNT}/default/": _TOLD,
    f"{_ACCOUNT}/default/token": "",
    f"{_ACCOUNT}/{ServiceAccount.email}/": _TOLD,
    f"{_ACCOUNT}/{ServiceAccount.email}/token": "",
}
"""Path of the metadata server -> what it tells; a token is made when asked for."""


class PretendGoogle(StandIn):
    """Serves a world until left. ``now`` is the pretended moment, which may be set.

    ``clock`` gives seconds since 1970: quotas and tokens go by it, what is visible by ``now``.
    """

    def __init__(
        self,
        world: World,
        *,
        now: datetime | None = None,
        clock: Callable[[], float] = time.time,
        delegated: Iterable[str] = DELEGATED,
    ) -> None:
        super().__init__(Faults(refusal), now=now or world.ends, clock=clock)
        self.account = ServiceAccount()
        self.grants = Grants()
        self.delegated = set(delegated)
        self.quotas = Quotas()
        self._state = State(self.grants.give)
        self._endpoint = TokenEndpoint(self.account, self.grants, self.delegated)
        self._routes = [(m, HANDLERS[m.id]) for m in methods().values() if m.id in HANDLERS]
        self._special: dict[str, tuple[str, Answering]] = {
            "/token": ("oauth.token", self._token),
            "/tokeninfo": ("oauth.tokeninfo", self._tokeninfo),
            "/oauth2/v2/tokeninfo": ("oauth2.tokeninfo", self._tokeninfo),
            **dict.fromkeys(METADATA, ("metadata", self._metadata)),
            "/pretend/now": ("pretend.now", self._set_now),
        }
        self.world = world

    # ---- what tests and the demo use ---------------------------------------------------------

    @property
    def world(self) -> World:
        return self._known.world

    @world.setter
    def world(self, world: World) -> None:
        self._known = Known(world)

    @property
    def key_info(self) -> dict[str, str]:
        """Return the service account's key, its ``token_uri`` at this server."""
        return self.account.key_info(f"{self.base}/token")

    @property
    def sent(self) -> list[Sent]:
        """Return the mails handed in for sending."""
        return self._state.sent

    def in_small_pages(self, largest: int) -> None:
        """Put no more than ``largest`` on a page from here on: Google may always give fewer."""
        self._state.largest_page = largest

    def platform_token(self) -> str:
        """Return what a machine in the vendor's cloud has instead of a key."""
        return self.grants.give(None, frozenset({PLATFORM}), self.clock() + LIFETIME)

    def key_file(self, folder: Path) -> Path:
        """Write ``key.json`` as Google's console does, readable for its owner only."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "key.json"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(self.key_info, indent=2) + "\n", encoding="utf-8")
        return path

    def document(self, api: str) -> Document:
        """Return a discovery document ("gmail.v1") that builds clients of this server."""
        return moved(api, self.base)

    # ---- answering ---------------------------------------------------------------------------

    def _subject(self, request: Request) -> str | None:
        access = self.grants.of(request)
        return None if access is None else access.subject

    def _route(self, request: Request) -> tuple[str, Answering]:
        """Return the endpoint's name and what answers there."""
        if request.path == "/batch" or request.path.startswith("/batch/"):
            return "batch", partial(answer_batch, answer=self._answer)
        special = self._special.get(request.path)
        if special is not None:
            return special
        path = unquote(request.path)
        for method, handler in self._routes:
            match = method.path.fullmatch(request.path) or method.path.fullmatch(path)
            if match is not None and method.verb == request.method:
                parts = {name: unquote(value) for name, value in match.groupdict().items()}
                return method.id, partial(self._called, method, handler, parts)
        return "", _nowhere

    def _called(
        self, method: Method, handler: Handler, parts: dict[str, str], request: Request
    ) -> Reply:
        seconds = self.clock()
        access = self.grants.opened(request, seconds)
        if method.scopes and not method.scopes & access.scopes:
            message = "Request had insufficient authentication scopes."
            raise Refused(403, "insufficientPermissions", message)
        call = Call(
            method,
            parts,
            request.query,
            json.loads(request.body or b"{}"),
            access,
            self._known,
            self.now,
            seconds,
            self._state,
        )
        with self._lock:
            self.quotas.count(call)
        document = handler(call)
        wrong = "" if method.answer is None else mistake(method.api, method.answer, document)
        if wrong:
            return self._mistaken(f"{method.id}: {wrong}")
        if "fields" in request.query:
            document = only(document, read_mask(request.query["fields"]))
        return Reply(json.dumps(document).encode())

    def _token(self, request: Request) -> Reply:
        seconds = self.clock()
        return self._endpoint.answer(request, base=self.base, seconds=seconds, find=self._active)

    def _active(self, address: str) -> User | None:
        """Return the user who may be acted for: an account that is there and not suspended."""
        user = self._known.accounts.user(address)
        gone = user is None or user.suspended(self.now) or user.deleted(self.now)
        return None if gone else user

    def _tokeninfo(self, request: Request) -> Reply:
        """Tell of a token, at the newer address in words, at the older in numbers."""
        token = request.query.get("access_token", "")
        access = self.grants.get(token)
        if access is None or access.expires <= self.clock():
            told = {"error": "invalid_token", "error_description": "Invalid Value"}
            return Reply(json.dumps(told).encode(), 400)
        told = described(access, self.clock())
        if request.path != "/tokeninfo":
            told = older(told)
        return Reply(json.dumps(told).encode())

    def _metadata(self, request: Request) -> Reply:
        """Answer as the metadata server of a machine in the vendor's cloud does."""
        if request.header("Metadata-Flavor") != "Google":
            return Reply(b"Missing Metadata-Flavor:Google header.", 403, FLAVOR)
        told = METADATA[request.path]
        if request.path.endswith("/token"):
            bearer = {"access_token": self.platform_token(), "token_type": "Bearer"}
            told = json.dumps({**bearer, "expires_in": LIFETIME})
        kind = "application/json" if told.startswith("{") else "text/plain"
        return Reply(told.encode(), headers={**FLAVOR, "Content-Type": kind})


def _nowhere(request: Request) -> Reply:
    return refusal(404, message=f"The requested URL {request.path} was not found on this server.")
