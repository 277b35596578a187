"""The one way we ask Microsoft Graph: paging by its own links, four questions in flight at most.

Graph's links are absolute and hold marks of its own; they are followed on the configured server
only. A delta link is such a mark kept for the next night, and one that is no longer good (410)
means to begin again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from threading import BoundedSemaphore, Lock, local
from typing import Any

from auditor.source import CheckResult, Denied, Malformed, Note, SourceError
from connectors.answers import Answer, Document, Expired, Found
from connectors.http import Client
from connectors.microsoft.access import Access, Identity
from connectors.pacing import Pace
from connectors.pagemarks import all_pages
from connectors.retrying import Clock, Limits

IN_FLIGHT = 4
"""Questions about mailboxes at one time that one application may put, by Graph's own page on it."""
_VERSION = "v1.0"
_LONGEST_CODE = 80
_TOO_FAST = frozenset({"TooManyRequests", "activityLimitReached", "ApplicationThrottled"})

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Whole:
    """The end of a delta query: go on from here next time."""

    link: str


@dataclass(frozen=True, slots=True)
class Begin:
    """What was kept is no longer good: everything has to be read again, from the start."""


class NoList(Malformed):
    """Graph says that a list is not there which has to be: never an empty list."""


class Graph:
    """Asks Graph, for one source. For any number of threads."""

    def __init__(
        self,
        access: Access,
        *,
        where: str,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        """Connects to nothing yet. ``where`` is the source's title, for errors."""
        self.access = access
        self.where = where
        self.clock = clock
        self.limits = limits or Limits()
        self.identity = Identity(
            access,
            where=where,
            passed=clock.monotonic,
            answer_seconds=self.limits.answer_seconds,
        )
        self._random = random
        self._lock = Lock()
        self._turns = BoundedSemaphore(in_flight)
        self._mine = local()
        self._clients: list[Client] = []

    def notes(self) -> tuple[Note, ...]:
        """Return what was put up with while asking, for a page of the pull."""
        counts: Counter[tuple[str, str]] = Counter()
        with self._lock:
            for client in self._clients:
                for note in client.notes():
                    counts[note.file, note.text] += note.count
        return tuple(Note(file, text, n) for (file, text), n in sorted(counts.items()))

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            for client in self._clients:
                client.close()

    # ---- asking ---------------------------------------------------------------------------

    def get(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        headers: Headers | None = None,
        bucket: Pace | None = None,
    ) -> Answer:
        """Ask for ``path``, such as ``users``; raises a ``SourceError``."""
        return self._ask(
            lambda client: client.get(f"{_VERSION}/{path}", parameters, headers=headers), bucket
        )

    def post(self, path: str, body: object, *, headers: Headers | None = None) -> Answer:
        """Put a question that Graph wants as a POST and that changes nothing."""
        return self._ask(lambda client: client.post(f"{_VERSION}/{path}", body, headers=headers))

    def hand_over(self, path: str, content: bytes, *, kind: str) -> Answer:
        """Hand over what is to be acted on, once (``Client.hand_over``)."""
        return self._ask(lambda client: client.hand_over(f"{_VERSION}/{path}", content, kind=kind))

    def pages(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        headers: Headers | None = None,
        bucket: Pace | None = None,
    ) -> Iterator[Answer]:
        """Yield a list page by page (``connectors.pagemarks``)."""

        def page(mark: str | None) -> Answer:
            if mark is None:
                return self.get(path, parameters, headers=headers, bucket=bucket)
            return self._ask(lambda client: client.follow(mark, headers=headers), bucket)

        return self._all(page)

    def records(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        headers: Headers | None = None,
        bucket: Pace | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the records of a whole list; nothing for one that is not there."""
        for answer in self.pages(path, parameters, headers=headers, bucket=bucket):
            if isinstance(answer, Found):
                yield from listed(answer.document)

    def every(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        bucket: Pace | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Yield the records of a list that each tenant has; raises ``NoList`` for none."""
        for answer in self.pages(path, parameters, bucket=bucket):
            if not isinstance(answer, Found) or not is_list(answer.document):
                raise NoList(
                    f"its list of {path.rpartition('/')[2]} is not there, or is no list",
                    where=self.where,
                    cure="Check cloud, tenant and endpoint; look for a proxy that changes answers",
                )
            yield from listed(answer.document)

    def delta(
        self,
        path: str,
        parameters: Mapping[str, str] | None = None,
        *,
        since: str | None = None,
        headers: Headers | None = None,
    ) -> Iterator[dict[str, Any] | Whole | Begin]:
        """Yield what changed since a kept link, or everything; last a ``Whole``, or ``Begin``.

        Nothing that came before a ``Begin`` counts. Without a list there is neither.
        """

        def page(mark: str | None) -> Answer:
            link = since if mark is None else mark
            if link is None:
                return self.get(path, parameters, headers=headers)
            return self._ask(lambda client: client.follow(link, headers=headers))

        for answer in self._all(page):
            if isinstance(answer, Expired):
                yield Begin()
            elif isinstance(answer, Found):
                yield from listed(answer.document)
                link = _text_of(answer.document, "@odata.deltaLink")
                if link is not None:
                    yield Whole(link)

    def _all(self, page: Callable[[str | None], Answer]) -> Iterator[Answer]:
        return all_pages(
            page,
            mark=lambda found: _text_of(found.document, "@odata.nextLink"),
            records=lambda document: len(listed(document)),
            limits=self.limits,
            where=self.where,
        )

    def _ask(self, question: Callable[[Client], Answer], bucket: Pace | None = None) -> Answer:
        if bucket is not None:
            bucket.take()
        with self._turns:
            return question(self._client())

    def _client(self) -> Client:
        """Return this thread's own client: a session is not made for several."""
        found: Client | None = getattr(self._mine, "client", None)
        if found is None:
            found = Client(
                self.access.graph,
                where=self.where,
                authorize=self.identity.authorize,
                clock=self.clock,
                random=self._random,
                limits=self.limits,
                is_quota=_means_too_fast,
                reason=_code_of,
            )
            self._mine.client = found
            with self._lock:
                self._clients.append(found)
        return found

    # ---- permissions ----------------------------------------------------------------------

    def check(self, needed: Iterable[str]) -> Iterator[CheckResult]:
        """Yield what our token carries, held against what is needed (``Mail.ReadBasic.All``)."""
        needed = tuple(dict.fromkeys(needed))
        try:
            carried = self.identity.permissions()
        except SourceError as error:
            yield CheckResult(False, error.what, error.cure)
            return
        missing = [one for one in needed if one not in carried]
        if missing:
            yield CheckResult(
                False,
                f"permissions not granted: {', '.join(missing)}",
                "Entra admin center > App registrations > API permissions: add them as "
                "application permissions, then grant admin consent",
            )
        else:
            yield CheckResult(True, f"permissions as needed: {', '.join(needed)}")

    def refuse_wider(self, allowed: Iterable[str]) -> None:
        """Raise ``Denied`` if our token carries more than the district's sources need."""
        wider = sorted(self.identity.permissions() - frozenset(allowed))
        if wider:
            raise Denied(
                f"the token carries more than is needed: {', '.join(wider)}",
                where=self.where,
                cure="Take these away from the application; if another program needs them, give "
                "that an application of its own",
            )


def is_list(document: Document) -> bool:
    """Whether an answer is a page of a list; Graph leaves none out, though it be empty."""
    return isinstance(document, dict) and isinstance(document.get("value"), list)


def listed(document: Document) -> list[dict[str, Any]]:
    """Return the records of an answer's ``value``."""
    found = document.get("value", []) if isinstance(document, dict) else []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text_of(document: Document, name: str) -> str | None:
    found = document.get(name) if isinstance(document, dict) else None
    return found if isinstance(found, str) and found else None


def _code_of(document: Document) -> str | None:
    """Return Graph's own word for a refusal, where it is one and no sentence."""
    error = document.get("error") if isinstance(document, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, str) and code.isidentifier() and len(code) < _LONGEST_CODE:
        return code
    return None


def _means_too_fast(document: Document) -> bool:
    error = document.get("error") if isinstance(document, dict) else None
    return isinstance(error, dict) and error.get("code") in _TOO_FAST
