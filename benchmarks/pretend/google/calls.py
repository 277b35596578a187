"""One call of one method as the stand-in sees it, and the ways Google refuses one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from benchmarks.pretend import pagetokens
from benchmarks.pretend.google.accounts import Accounts
from benchmarks.pretend.google.documents import Document, Method
from benchmarks.pretend.google.world import LogRow, User, World
from benchmarks.pretend.serving import JSON, Query, Reply
from benchmarks.pretend.standing import Refusal

T = TypeVar("T")
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    410: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "INTERNAL",
    503: "UNAVAILABLE",
}
_USUAL = {
    400: ("badRequest", "Bad Request"),
    401: ("authError", "Invalid Credentials"),
    403: ("forbidden", "Not Authorized to access this resource/api"),
    404: ("notFound", "Requested entity was not found."),
    410: ("updatedMinTooLongAgo", "Sync state is no longer valid, a full sync is required."),
    429: ("rateLimitExceeded", "Quota exceeded for quota metric 'Queries'"),
    500: ("backendError", "Internal error encountered."),
    502: ("backendError", "Bad Gateway"),
    503: ("backendError", "The service is currently unavailable."),
}
"""Status -> reason and message where nothing better is known."""


class Refused(Refusal):
    """Google says no. ``status`` is HTTP's; ``reason`` is the word that clients decide by."""

    def __init__(self, status: int, reason: str = "", message: str = "") -> None:
        usual_reason, usual_message = _USUAL[status]
        self.status = status
        self.reason = reason or usual_reason
        self.message = message or usual_message
        super().__init__(f"{status} {self.reason}: {self.message}")

    def reply(self) -> Reply:
        """Return Google's body of an error."""
        error = {
            "code": self.status,
            "message": self.message,
            "errors": [{"message": self.message, "domain": "global", "reason": self.reason}],
            "status": _STATUS[self.status],
        }
        return Reply(json.dumps({"error": error}).encode(), self.status, JSON)


def refusal(status: int, reason: str = "", message: str = "") -> Reply:
    return Refused(status, reason, message).reply()


@dataclass(frozen=True)
class Access:
    """What an access token stands for. ``subject`` is None for the service account itself."""

    subject: str | None
    scopes: frozenset[str]
    expires: float


@dataclass
class Known:
    """The world in a form that answers are quickly made from; one for each world."""

    world: World
    accounts: Accounts = field(init=False)
    rows: dict[str, list[LogRow]] = field(init=False)
    """Application -> its activities, newest first."""

    def __post_init__(self) -> None:
        world = self.world
        self.accounts = Accounts(world.users, world.groups, dict(world.domain_aliases))
        self.rows = {}
        for row in sorted(world.rows, key=lambda r: (r.at, r.qualifier), reverse=True):
            self.rows.setdefault(row.application, []).append(row)
        self._made: dict[tuple[str, str], Any] = {}

    def once(self, key: tuple[str, str], make: Callable[[], T]) -> T:
        """Return what ``make`` returned when first asked for ``key``."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def parameters(self, application: str) -> set[str]:
        """Return the dotted names of all parameters of an application's activities."""
        rows = self.rows.get(application, ())
        names = (name for row in rows for name in _names(row.parameters))
        return self.once(("parameters", application), lambda: set(names))


def _names(parameters: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, value in parameters.items():
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, Mapping):
            yield from _names(inner, f"{before}{name}.")
        else:
            yield f"{before}{name}"


@dataclass(frozen=True)
class Sent:
    """A mail handed in for sending: whose it is, and its bytes as they came."""

    user: User
    raw: bytes


@dataclass
class State:
    """What calls leave behind."""

    give: Callable[[str | None, frozenset[str], float], str]
    """Makes an access token: (subject, scopes, expires)."""
    sent: list[Sent] = field(default_factory=list)
    jobs: dict[str, tuple[list[Document], list[list[Any]]]] = field(default_factory=dict)
    """Query job -> its schema and rows."""
    largest_page: int | None = None
    """What no page holds more of, whatever is asked for; None: what each method documents."""


@dataclass(frozen=True)
class Call:
    """One call. ``path`` and ``query`` are as asked, undecoded into types."""

    method: Method
    path: Mapping[str, str]
    query: Query
    body: Document
    access: Access
    known: Known
    now: datetime
    """The pretended moment."""
    seconds: float
    """The clock of quotas."""
    state: State

    @property
    def world(self) -> World:
        return self.known.world

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() == "true"

    def size(self, name: str, default: int, most: int) -> int:
        """Return how many a page may hold. Raises Refused for what is no number from 1."""
        text = self.query.get(name, str(default))
        if not text.isdigit() or int(text) < 1:
            raise Refused(400, "invalid", f"Invalid value '{text}' for {name}")
        return min(int(text), most, self.state.largest_page or most)

    def subject(self) -> User:
        """Return the user on whose behalf is asked. Raises Refused where there is none."""
        user = self.known.accounts.user(self.access.subject or "")
        if user is None:
            raise Refused(403)
        return user

    def as_admin(self) -> User:
        """Return the administrator on whose behalf is asked. Raises Refused for anybody else."""
        user = self.subject()
        if not user.admin:
            raise Refused(403)
        return user


Handler = Callable[[Call], Document]


# ---- pages -----------------------------------------------------------------------------------


def page(
    call: Call,
    items: Sequence[T],
    size: int,
    *,
    lasts: timedelta | None = None,
    reason: str = "invalid",
) -> tuple[list[T], Document]:
    """Return the items of the page asked for, and ``nextPageToken`` if there are more.

    A token holds only for the query it was given to, and ``lasts`` from when it was given.
    Raises Refused (400) for any other.
    """
    start = 0
    if "pageToken" in call.query:
        start, given = _read_token(call, reason)
        if lasts is not None and call.now > given + lasts:
            raise Refused(400, reason, "Invalid Input: pageToken has expired")
    more = start + size < len(items)
    return list(items[start : start + size]), token(call, start + size) if more else {}


def token(call: Call, position: int) -> Document:
    """Return ``nextPageToken`` for what follows; it also remembers when it was given."""
    return {"nextPageToken": pagetokens.write(position, _query_mark(call), moment_of(call))}


def moment_of(call: Call, reason: str = "invalid") -> datetime:
    """Return the moment of the first page: all pages of a query show the same."""
    return _read_token(call, reason)[1] if "pageToken" in call.query else call.now


def _read_token(call: Call, reason: str) -> tuple[int, datetime]:
    text = call.query["pageToken"]
    try:
        position, mark, given = pagetokens.read(text)
    except ValueError:
        raise Refused(400, reason, "Invalid Input: pageToken") from None
    if mark != _query_mark(call):
        raise Refused(400, reason, "Invalid Input: pageToken is of another query")
    return position, given


_NOT_OF_THE_QUERY = {"pageToken", "maxResults", "pageSize", "fields", "alt", "prettyPrint", "key"}


def _query_mark(call: Call) -> str:
    kept = sorted(pair for pair in call.query.pairs if pair[0] not in _NOT_OF_THE_QUERY)
    path = sorted(call.path.items())
    return pagetokens.mark_of(call.method.id, call.access.subject, path, kept)


# ---- values ----------------------------------------------------------------------------------


def written(moment: datetime) -> str:
    """Return a time as Google writes it, to the millisecond."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def filled(**values: Any) -> Document:
    """Return the values that there are: Google leaves empty ones out."""
    return {n: v for n, v in values.items() if v not in (None, "", [], {}, ())}
