"""Google's audit logs (Reports API, ``activities.list``): one log, one span of time, each row once.

The pages of a span are serial, so a long or crowded span is cut into shorter ones that are read
side by side; how crowded it is shows on its first page. A span is read only when its last page
was. Both its ends are checked here as well: whether Google counts a row at the very end of the
span is not told, and the next span begins with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from connectors.answers import Found
from connectors.google.asking import Api, Asking, Cost, listed
from connectors.google.flattening import Parameters, flattened
from connectors.google.refusals import not_there
from connectors.pacing import Bucket
from connectors.pool import in_threads
from connectors.portions import Span
from connectors.retrying import Clock

LONGEST = timedelta(days=30)
"""Longer spans are refused for Gmail."""
SHORTEST = timedelta(minutes=1)
"""A span is not cut below this, however crowded."""
PAGE_ROWS = 1_000
"""What one page may hold."""
MOST_PARTS = 8
"""Into no more parts is a span cut at once."""
CROWDED = 5 * PAGE_ROWS
"""Rows, as far as the first page tells, above which a span is cut."""
_EARLIER = timedelta(seconds=1)
"""Asked for before a span's begin, in case Google does not count the begin itself."""
_ROUNDING = timedelta(microseconds=999)
"""Google's times are in whole milliseconds: the begun one at a span's end is asked for too."""
_NO_ID = "105250506097979753968"
"""Stands for an actor without an id of his own."""
_FIELDS = (
    "nextPageToken,items(id(time,uniqueQualifier,applicationName,customerId),"
    "actor(email,profileId,callerType,applicationInfo(oauthClientId,applicationName)),"
    "isAgenticAction,events(type,name,parameters))"
)
"""Never the resources, whose titles are subjects, nor addresses of machines."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; an activity may hold several."""

    index: int
    kind: str | None
    name: str
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Activity:
    """One row of a log."""

    at: datetime
    qualifier: str
    application: str
    customer: str | None
    email: str | None
    """Address of who did it, as Google has it; None for somebody without one."""
    profile_id: str | None
    """Google's id of who did it; None where it gives a placeholder."""
    caller: str | None
    """``USER``, ``KEY``, ``EXTERNAL_USER`` ..."""
    client_id: str | None
    """The app that did it for the actor."""
    agentic: bool
    """Whether it says that an AI agent did it."""
    events: tuple[Event, ...]

    @property
    def key(self) -> tuple[str | None, str, datetime, str]:
        """What makes a row itself; with the index of an event, what makes that itself."""
        return self.customer, self.application, self.at, self.qualifier


@dataclass(frozen=True, slots=True)
class Unusable:
    """A row of which nothing can be said, and the field for which it cannot."""

    field: str


Row = Activity | Unusable


@dataclass(frozen=True, slots=True)
class Quota:
    """What Google allows one user of one project, kept a little below by our own count."""

    every: Bucket
    filtered: Bucket

    @classmethod
    def of(cls, clock: Clock) -> Quota:
        """Return the documented 2,400 queries a minute, 250 of them filtered, less a margin."""
        return cls(Bucket(2_300, clock), Bucket(240, clock))

    def cost(self, *, filtered: bool) -> Cost:
        return ((self.every, 1), *(((self.filtered, 1),) if filtered else ()))


@dataclass(frozen=True, slots=True)
class Log:
    """One log, or one kind of event in it, that can be asked for any span."""

    asking: Asking
    application: str
    quota: Quota
    event: str | None = None
    filters: str | None = None
    keep: frozenset[str] | None = None
    """Dotted names of the parameters that are kept; None: all."""
    customer: str | None = None

    def rows(self, span: Span) -> Iterator[Row]:
        """Yield a span's rows, each once, in the order given; raises a ``SourceError``."""
        for part in span.cut(LONGEST - _EARLIER):
            yield from self._once(part, None)

    def in_spans(
        self,
        spans: Iterable[Span],
        read: Callable[[Iterator[Row]], Result],
        *,
        threads: int,
        crowded: int = CROWDED,
    ) -> Iterator[tuple[Span, Result]]:
        """Yield each span, or its parts where it is crowded, with what ``read`` made of its rows.

        No more than twice ``crowded`` rows are in the hands of one thread, unless they are of one
        minute. ``read`` is called in the threads, and again for the parts of a span that turns out
        to be crowded while it is read: it must keep nothing but its result.
        """

        def one(span: Span) -> Result | _Crowded:
            rows = self._once(span, crowded)
            try:
                result = read(rows)
                for _ in rows:  # a span is not read before its last page is
                    pass
            except _Crowded as found:
                return found
            return result

        short = [part for span in spans for part in span.cut(LONGEST - _EARLIER)]
        # One alone is read here: most are not crowded, and each thread connects anew.
        results: Iterable[tuple[Span, Result | _Crowded]] = (
            ((span, one(span)) for span in short)
            if len(short) == 1
            else in_threads(short, one, threads=threads)
        )
        for span, result in results:
            if isinstance(result, _Crowded):
                parts = span.cut(result.length)
                yield from self.in_spans(parts, read, threads=threads, crowded=crowded)
            else:
                yield span, result

    def preflight(self, span: Span) -> None:
        """Ask for one row, to learn whether the log may be read; raises a ``SourceError``."""
        for _ in self._pages(span, most=1):
            return

    def _once(self, span: Span, crowded: int | None) -> Iterator[Row]:
        seen: set[tuple[str | None, str, datetime, str]] = set()
        count = 0
        for page in self._pages(span):
            count += len(page.rows)
            if crowded is not None and page.more:
                _check(span, page, count, crowded)
            for one in page.rows:
                if isinstance(one, Unusable):
                    yield one
                elif span.begins <= one.at < span.ends and one.key not in seen:
                    seen.add(one.key)
                    yield one

    def _pages(self, span: Span, most: int = PAGE_ROWS) -> Iterator[_Page]:
        """Yield the pages of a span of at most 30 days."""

        def question(service: Any, mark: str | None) -> Any:
            given = {
                "eventName": self.event,
                "filters": self.filters,
                "customerId": self.customer,
                "pageToken": mark,
            }
            return service.activities().list(
                userKey="all",
                applicationName=self.application,
                startTime=_written(span.begins - _EARLIER),
                endTime=_written(span.ends + _ROUNDING),
                maxResults=most,
                fields=_FIELDS,
                **{name: value for name, value in given.items() if value is not None},
            )

        cost = self.quota.cost(filtered=self.event is not None or self.filters is not None)
        for answer in self.asking.pages(Api.REPORTS, question, items="items", cost=cost):
            if not isinstance(answer, Found):
                raise not_there(f"the {self.application} log", self.asking.where)
            document = answer.document
            more = isinstance(document, dict) and bool(document.get("nextPageToken"))
            listing = listed(document, "items")
            yield _Page(tuple(activity(raw, self.keep) for raw in listing), more)


class _Page(NamedTuple):
    rows: tuple[Row, ...]
    more: bool


class _Crowded(Exception):
    """A span holds so much that it is better read in parts of this length."""

    def __init__(self, length: timedelta) -> None:
        super().__init__(length)
        self.length = length


def _check(span: Span, page: _Page, count: int, crowded: int) -> None:
    """Raise ``_Crowded`` if a page's rows stand closer than the whole span has room for.

    ``count`` rows have come with it and before it. Where the rows of a night came first, those of
    the morning are not expected; so a span of which too many have come is crowded as well.
    """
    whole = span.ends - span.begins
    times = [row.at for row in page.rows if isinstance(row, Activity)]
    if not times or whole <= SHORTEST:
        return
    covered = max(max(times) - min(times), timedelta(milliseconds=1))
    expected = len(times) * (whole / covered) if count == len(page.rows) else count
    if expected > crowded * (1 if count == len(page.rows) else 2):
        # At least in two, or it would be cut into itself; and not in many at once, for rows that
        # all came in one minute of a month say nothing of its other minutes.
        share = min(1 / 2, max(1 / MOST_PARTS, crowded / expected))
        raise _Crowded(max(SHORTEST, whole * share))


def activities(
    asking: Asking,
    application: str,
    begins: datetime,
    ends: datetime,
    *,
    quota: Quota,
    event: str | None = None,
    keep: frozenset[str] | None = None,
    refused: Callable[[str], None] | None = None,
) -> Iterator[Activity]:
    """Yield the rows of one log from ``begins`` up to, not including, ``ends``, each once.

    ``event`` asks for one kind only; ``refused`` is told the field of each row that cannot be
    used. Raises a ``SourceError``.
    """
    log = Log(asking, application, quota, event, keep=keep)
    for row in log.rows(Span(begins, ends)):
        if isinstance(row, Activity):
            yield row
        elif refused is not None:
            refused(row.field)


def activity(raw: dict[str, Any], keep: frozenset[str] | None = None) -> Row:
    """Return a row as it came. Never raises."""
    identity = _part(raw, "id")
    at = _moment(identity.get("time"))
    if at is None:
        return Unusable("id.time")
    qualifier = identity.get("uniqueQualifier")
    if not isinstance(qualifier, (str, int)):
        return Unusable("id.uniqueQualifier")
    events = raw.get("events")
    if not isinstance(events, list):
        return Unusable("events")
    actor = _part(raw, "actor")
    profile = _text(actor, "profileId")
    return Activity(
        at,
        str(qualifier),
        _text(identity, "applicationName") or "",
        _text(identity, "customerId"),
        _text(actor, "email"),
        None if profile == _NO_ID else profile,
        _text(actor, "callerType"),
        _text(_part(actor, "applicationInfo"), "oauthClientId"),
        raw.get("isAgenticAction") is True,
        tuple(
            Event(
                index, _text(one, "type"), _text(one, "name") or "",
                flattened(one.get("parameters"), keep),
            )
            for index, one in enumerate(events)
            if isinstance(one, dict)
        ),
    )  # fmt: skip


def _part(raw: dict[str, Any], name: str) -> dict[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


def _text(raw: dict[str, Any], name: str) -> str | None:
    found = raw.get(name)
    return found if isinstance(found, str) and found else None


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.astimezone(UTC)


def _written(moment: datetime) -> str:
    """Return a moment as Google takes it; a part of a millisecond is left to our own check."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
