"""One question to Graph as the stand-in sees it, and the ways Graph refuses one."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from benchmarks.pretend import pagetokens
from benchmarks.pretend.microsoft.schemas import types
from benchmarks.pretend.microsoft.world import Group, Trace, User, World, guid
from benchmarks.pretend.serving import JSON, Query, Reply, Request
from benchmarks.pretend.standing import Refusal
from benchmarks.pretend.worlds import Accounts

T = TypeVar("T")
Document = dict[str, Any]
METADATA = "https://graph.microsoft.com/v1.0/$metadata#"
NEXT, LAST = "@odata.nextLink", "@odata.deltaLink"
_OF_THE_TENANT = re.compile(r"extension_[0-9a-f]{32}_\w+")
_USUAL = {
    400: ("BadRequest", "The request is malformed or incorrect."),
    401: ("InvalidAuthenticationToken", "Access token has expired or is not yet valid."),
    403: ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    404: ("Request_ResourceNotFound", "Resource does not exist or one of its references."),
    410: ("syncStateNotFound", "The sync state generation is not found; start a full sync."),
    429: ("TooManyRequests", "Too many requests."),
    500: ("InternalServerError", "An internal server error occurred."),
    502: ("BadGateway", "The gateway got no good answer."),
    503: ("serviceNotAvailable", "The service is temporarily unavailable."),
}
"""Status -> code and message where nothing better is known."""


class Refused(Refusal):
    """Graph says no. ``status`` is HTTP's; ``code`` is the word that clients decide by."""

    def __init__(
        self, status: int, code: str = "", message: str = "", **headers: str
    ) -> None:
        usual_code, usual_message = _USUAL[status]
        self.status = status
        self.code = code or usual_code
        self.message = message or usual_message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(f"{status} {self.code}: {self.message}")

    def reply(self) -> Reply:
        """Return Graph's body of an error."""
        told = {"request-id": guid(self.code), "client-request-id": guid(self.code)}
        inner = {"date": "2026-11-23T04:00:00", **told}
        error = {"code": self.code, "message": self.message, "innerError": inner}
        body = json.dumps({"error": error}).encode()
        return Reply(body, self.status, {**JSON, **told, **self.headers})


def refusal(status: int, reason: str = "") -> Reply:
    return Refused(status, reason).reply()


def denied() -> Refused:
    """Return how Exchange says that a token may not."""
    return Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


@dataclass
class Known:
    """The world in a form that answers are quickly made from; one for each world."""

    world: World
    accounts: Accounts[User, Group] = field(init=False)
    traces: tuple[Trace, ...] = field(init=False)
    """Newest first."""

    def __post_init__(self) -> None:
        world = self.world
        self.accounts = Accounts(world.users, world.groups)
        order = sorted(world.traces, key=lambda t: (t.id, t.recipient))
        self.traces = tuple(sorted(order, key=lambda t: t.at, reverse=True))
        self._made: dict[Any, Any] = {}

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Return what ``make`` returned when first asked for ``key``."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made


@dataclass(frozen=True)
class Sent:
    """A mail handed in for sending: whose it is, and its bytes as they came."""

    user: User
    raw: bytes


@dataclass(frozen=True)
class Round:
    """One reading of a delta: what it was asked with, and all that was there at that moment."""

    path: str
    query: Query
    given: datetime
    items: tuple[Document, ...]
    there: Mapping[str, Document]


@dataclass
class State:
    """What calls leave behind."""

    sent: list[Sent] = field(default_factory=list)
    rounds: dict[str, Round] = field(default_factory=dict)
    queries: dict[str, Document] = field(default_factory=dict)
    """Id of a query of the audit log -> what was asked; it also counts how often one looked."""
    looked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    largest_page: int | None = None
    """What no page holds more of, whatever is asked for; None: what each list documents."""


@dataclass(frozen=True)
class Call:
    """One question. ``path`` and ``query`` are as asked, undecoded into types."""

    endpoint: str
    path: Mapping[str, str]
    query: Query
    request: Request
    roles: frozenset[str]
    known: Known
    now: datetime
    """The pretended moment."""
    base: str
    state: State

    @property
    def world(self) -> World:
        return self.known.world

    @property
    def here(self) -> str:
        return f"{self.base}{self.request.path}"

    def body(self) -> Document:
        try:
            read = json.loads(self.request.body or b"{}")
        except ValueError:
            raise Refused(400, "BadRequest", "Unable to read JSON request payload.") from None
        return read if isinstance(read, dict) else {}

    def may(self, *permissions: str) -> bool:
        """Return whether the token carries one of ``permissions``."""
        return bool(self.roles.intersection(permissions))

    def size(self, default: int, most: int) -> int:
        """Return how many records a page has: ``$top``, or what the client prefers."""
        found = re.search(r"odata\.maxpagesize=(\d+)", self.request.header("Prefer"))
        text = self.query.get("$top", found.group(1) if found else str(default))
        if not text.isdigit() or int(text) < 1:
            raise Refused(400, "BadRequest", f"Invalid page size specified: '{text}'.")
        return min(int(text), most, self.state.largest_page or most)

    def selected(self, kind: str) -> tuple[str, ...] | None:
        """Return the properties asked for, None for the usual; Refused if one does not exist."""
        if not self.query.get("$select"):
            return None
        names = tuple(name.strip() for name in self.query["$select"].split(","))
        for name in names:
            own = types()[kind].open and _OF_THE_TENANT.fullmatch(name)
            known = (*types()[kind].properties, "members", "owners")
            if not own and name.partition("/")[0] not in known:
                message = f"Could not find a property named '{name}' on '{kind}'."
                raise Refused(400, "BadRequest", message)
        return names

    def user(self, part: str = "user", *, code: str = "Request_ResourceNotFound") -> User:
        """Return the account in the path. Raises Refused (404) where there is none now."""
        user = self.known.accounts.user(self.path[part])
        if user is None or not user.here(self.now):
            raise Refused(404, code, f"Resource '{self.path[part]}' does not exist.")
        return user


Handler = Callable[[Call], Document]


# ---- pages -----------------------------------------------------------------------------------


def listing(
    call: Call,
    items: Sequence[T],
    size: int,
    told: Callable[[T], Document],
    *,
    context: str = "",
) -> Document:
    """Return a page of ``items`` and the link to the next, if there is one.

    A ``$skiptoken`` holds only for the query it was given to. Raises Refused (400) for another.
    """
    start = 0 if "$skiptoken" not in call.query else _skipped(call)[0]
    page = items[start : start + size]
    answer: Document = {"@odata.context": METADATA + (context or call.endpoint)}
    if start + size < len(items):
        token = pagetokens.write(start + size, _query_mark(call), first_moment(call))
        answer[NEXT] = link(call, call.query, "$skiptoken", token)
    return {**answer, "value": [told(item) for item in page]}


def first_moment(call: Call) -> datetime:
    """Return the moment of the first page: all pages of a query show the same."""
    return _skipped(call)[1] if "$skiptoken" in call.query else call.now


def link(call: Call, query: Query, name: str, token: str) -> str:
    """Return an absolute address on this server that goes on with a query."""
    pairs = [pair for pair in query.pairs if pair[0] not in ("$skiptoken", "$deltatoken")]
    return f"{call.here}?{urlencode([*pairs, (name, token)], safe='$')}"


def _skipped(call: Call) -> tuple[int, datetime]:
    try:
        position, mark, given = pagetokens.read(call.query["$skiptoken"])
    except ValueError:
        raise Refused(400, "BadRequest", "Badly formed skip token.") from None
    if mark != _query_mark(call):
        raise Refused(400, "BadRequest", "The skip token is of another query.")
    return position, given


def _query_mark(call: Call) -> str:
    kept = sorted(pair for pair in call.query.pairs if pair[0] not in ("$skiptoken", "$top"))
    return pagetokens.mark_of(call.request.path, kept)


# ---- values ----------------------------------------------------------------------------------


def written(moment: datetime) -> str:
    """Return a time as the directory writes it, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def written_exactly(moment: datetime) -> str:
    """Return a time as chats have it, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def only(document: Document, names: Iterable[str] | None, *always: str) -> Document:
    """Return the named properties; those that are unknown to the record are null.

    Annotations stay, and so does what there is of ``always``.
    """
    if names is None:
        return document
    kept = {n: document[n] for n in (*always, *(n for n in document if "@" in n)) if n in document}
    return kept | {name.partition("/")[0]: document.get(name.partition("/")[0]) for name in names}


def read_moment(text: str) -> datetime:
    """Return a time that a query names. Raises Refused (400)."""
    try:
        found = datetime.fromisoformat(text.strip("'"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Refused(400, "BadRequest", f"Invalid filter clause: '{text}' is no point in time.")
    return found


_CONDITION = re.compile(r"\s*([\w/.]+)\s+(eq|ne|ge|gt|le|lt)\s+('(?:[^']|'')*'|[^\s()]+)\s*")


def conditions(call: Call) -> list[tuple[str, str, str]]:
    """Return a filter as (property, operator, value), all of which must hold.

    Raises Refused (400) for anything but comparisons joined by "and".
    """
    text = call.query.get("$filter", "").strip()
    found = []
    for part in re.split(r"\s+and\s+", text) if text else ():
        match = _CONDITION.fullmatch(part)
        if match is None:
            raise Refused(400, "BadRequest", f"Invalid filter clause: {part}")
        name, operator, value = match.groups()
        plain = value[1:-1].replace("''", "'") if value.startswith("'") else value
        found.append((name, operator, plain))
    return found


def within(
    call: Call, name: str, also: tuple[str, str] | None = None
) -> Callable[[datetime], bool]:
    """Return whether a time passes the filter, which may be about ``name`` only.

    ``also`` is what one more property has in every record, where that may be asked for as well.
    """
    bounds = []
    for prop, operator, value in conditions(call):
        if also is not None and (prop, operator, value) == (also[0], "eq", also[1]):
            continue
        if prop != name or operator not in _COMPARE:
            raise Refused(400, "BadRequest", f"The filter on '{prop} {operator}' is not supported.")
        bounds.append((_COMPARE[operator], read_moment(value)))
    return lambda moment: all(holds(moment, bound) for holds, bound in bounds)


_COMPARE: dict[str, Callable[[datetime, datetime], bool]] = {
    "ge": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "lt": lambda a, b: a < b,
}
