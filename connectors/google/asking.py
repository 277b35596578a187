"""The one way we ask Google anything: the vendor's own library, one connection to a thread.

``httplib2.Http`` must never be shared between threads: it then hands one mailbox the answer to
another's question. So each thread has a connection and services of its own, and nothing else in
this package makes one.

The library's own retries are left off. They ignore ``Retry-After`` and do not know all the
reasons by which Google means "too fast"; and its log lines hold whole addresses.
"""

from __future__ import annotations

import json
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from random import Random
from threading import Lock, Timer, local
from typing import Any, TypeVar

import googleapiclient.discovery_cache
import httplib2
from google.auth.exceptions import GoogleAuthError, TransportError
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from auditor.source import Malformed, Note, Transient
from connectors.answers import Answer, Document, Expired, Found, Gone, check_kind, http_date
from connectors.google.access import Access, Identity, TokenRefused
from connectors.google.refusals import (
    means_too_fast,
    no_token,
    not_there,
    reasons_of,
    refusal,
)
from connectors.pacing import Pace
from connectors.pagemarks import all_pages
from connectors.retrying import AGAIN, Clock, Limits, asked_to_wait, backoff

_NO_TOKEN = "no token could be had from Google"
_DOCUMENTS = Path(googleapiclient.discovery_cache.__file__).parent / "documents"
_BROKEN = (httplib2.HttpLib2Error, HTTPException, OSError)
for _name in ("googleapiclient", "google.auth", "google_auth_httplib2"):
    logging.getLogger(_name).setLevel(logging.ERROR)

T = TypeVar("T")
Question = Callable[[Any], Any]
"""Takes a service of the library and returns the request that is to be made."""
PageQuestion = Callable[[Any, str | None], Any]
"""The same for the page at a mark; None is the first."""
Cost = Sequence[tuple[Pace, float]]
"""How many units of which quotas a question takes."""


class Api(StrEnum):
    """Google's services, by the name of the document that describes each."""

    DIRECTORY = "admin.directory_v1"
    REPORTS = "admin.reports_v1"
    GMAIL = "gmail.v1"
    CLASSROOM = "classroom.v1"
    CHAT = "chat.v1"
    GROUP_SETTINGS = "groupssettings.v1"
    LICENSING = "licensing.v1"
    BIGQUERY = "bigquery.v2"
    OAUTH = "oauth2.v2"


class _Failed(Exception):
    """One try failed in a way that may pass. ``wait`` is what Google asked for, if anything."""

    def __init__(self, what: str, wait: float | None = None, *, garbled: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.wait = wait
        self.garbled = garbled


class Google:
    """Asks Google, as one user of the district or another. For any number of threads."""

    def __init__(
        self,
        access: Access,
        *,
        where: str,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Connects to nothing yet. ``where`` is the source's title, for errors."""
        self.access = access
        self.where = where
        self.clock = clock
        self.limits = limits or Limits()
        self._random = random
        self._lock = Lock()
        self._said: Counter[str] = Counter()
        self._mine = local()
        self._made: list[httplib2.Http] = []
        self._identity = Identity(access, where=where, make_http=self._connect)

    def user(self, email: str, scopes: Sequence[str]) -> Asking:
        """Return what asks as one user, with a token for ``scopes`` (short names) alone."""
        return Asking(self, email, tuple(scopes))

    def admin(self, scopes: Sequence[str]) -> Asking:
        """Return what asks as the configured administrator."""
        return self.user(self.access.admin, scopes)

    def itself(self, scopes: Sequence[str]) -> Asking:
        """Return what asks as the service account itself, for nobody."""
        return self.user("", scopes)

    def notes(self) -> tuple[Note, ...]:
        """Return what was put up with while asking, for a page of the pull."""
        with self._lock:
            return tuple(
                Note(self.where, text, count) for text, count in sorted(self._said.items())
            )

    def close(self) -> None:
        """Hang up, in whatever thread a connection was used. Whoever asks again calls anew."""
        with self._lock:
            made, self._made, self._mine = self._made, [], local()
        for http in made:
            http.close()

    # ---- for ``Asking`` --------------------------------------------------------------------

    @property
    def identity(self) -> Identity:
        return self._identity

    def say(self, text: str) -> None:
        with self._lock:
            self._said[text] += 1

    def wait_after(self, attempt: int, asked: float | None) -> float:
        """Return how long to wait: never less than asked, and not all at the same moment."""
        with self._lock:
            seconds = backoff(attempt, self.limits, self._random)
        if asked is None:
            return seconds
        longest = self.limits.longest_wait
        if asked > longest:
            self.say(f"Google asked to wait longer than {longest:g} seconds; we did not")
        return min(longest, asked + seconds)

    def connection(self) -> httplib2.Http:
        """Return this thread's own connection."""
        found = getattr(self._mine, "http", None)
        if found is None:
            found = self._mine.http = self._connect()
        return found

    def service(self, api: Api) -> Any:
        """Return this thread's own copy of a service."""
        services: dict[Api, Any] = self._mine.__dict__.setdefault("services", {})
        if api not in services:
            document = json.loads((_DOCUMENTS / f"{api}.json").read_text("utf-8"))
            if self.access.endpoint is not None:
                document["rootUrl"] = f"{self.access.endpoint}/"
            services[api] = build_from_document(document, http=self.connection())
        return services[api]

    def _connect(self) -> httplib2.Http:
        http = httplib2.Http(timeout=self.limits.read_seconds)
        http.follow_redirects = False  # no token of ours goes to where an answer points
        with self._lock:
            self._made.append(http)
        return http


class Asking:
    """Asks as one user. Each call raises a ``SourceError`` for what will not pass by itself."""

    def __init__(self, google: Google, user: str, scopes: tuple[str, ...]) -> None:
        self._google = google
        self._user = user
        self._scopes = scopes

    @property
    def user(self) -> str:
        return self._user

    @property
    def where(self) -> str:
        """The source's title, for errors."""
        return self._google.where

    def ask(
        self, api: Api, question: Question, *, mark: bool = False, cost: Cost = ()
    ) -> Answer:
        """Return the answer: ``Found``, ``Gone`` (404) or ``Expired``.

        ``mark`` says that a mark of Google's own is in the question: refused, it is ``Expired``,
        while any other question that is refused was put wrongly. Each try pays ``cost``.
        """
        return self._patiently(lambda: self._try(api, question, mark=mark), cost)

    def _patiently(self, attempt: Callable[[], T], cost: Cost = ()) -> T:
        """Return what ``attempt`` does, tried again for as long as is worth it."""
        google = self._google
        tries = google.limits.tries
        for number in range(1, tries + 1):
            for bucket, units in cost:
                bucket.take(units)
            try:
                return attempt()
            except _Failed as error:
                failed = error
            google.say("answer that had to be asked for again")
            if number < tries:
                google.clock.sleep(google.wait_after(number, failed.wait))
        what = f"{failed.what}, {tries} times in a row"
        if failed.garbled:
            cure = "Look for a proxy that changes answers; if there is none, tell Google"
            raise Malformed(what, where=google.where, cure=cure)
        cure = "The next run tries again; if it stays so, look at Google's status dashboard"
        raise Transient(what, where=google.where, cure=cure)

    def get(self, api: Api, question: Question, *, cost: Cost = ()) -> Document | None:
        """Return an answer's content, None for what is not there."""
        answer = self.ask(api, question, cost=cost)
        return answer.document if isinstance(answer, Found) else None

    def pages(
        self,
        api: Api,
        question: PageQuestion,
        *,
        items: str,
        cost: Cost = (),
        kept: bool = False,
    ) -> Iterator[Answer]:
        """Yield a list page by page (``connectors.pagemarks``); ``items`` names its records.

        Ends with ``Gone`` where the list is not there, at whatever page that shows: of what came
        before nobody knows how much it was. ``kept`` says that the first page, too, is asked for
        by something Google once gave us: only then may it be ``Expired``.
        """

        def page(mark: str | None) -> Answer:
            return self.ask(
                api,
                lambda service: question(service, mark),
                mark=kept or mark is not None,
                cost=cost,
            )

        for answer in all_pages(
            page,
            mark=lambda found: _text_of(found.document, "nextPageToken"),
            records=lambda document: len(listed(document, items)),
            limits=self._google.limits,
            where=self._google.where,
        ):
            if isinstance(answer, Expired) and not kept:
                raise not_there(f"the list of {items}", self.where)
            yield answer

    def records(
        self, api: Api, question: PageQuestion, *, items: str, cost: Cost = ()
    ) -> Iterator[dict[str, Any]]:
        """Yield the records of a whole list that is always there: without it nothing is known."""
        for answer in self.pages(api, question, items=items, cost=cost):
            if not isinstance(answer, Found):
                raise not_there(f"the list of {items}", self.where)
            yield from listed(answer.document, items)

    def token(self) -> str:
        """Return our token for this user, to find out whether there is one."""

        def fetch() -> str:
            with _connected(self._google):
                acting = self._google.identity.acting_for(self._user, self._scopes)
                return acting.token(self._google.connection())

        return self._patiently(fetch)

    def _try(self, api: Api, question: Question, *, mark: bool) -> Answer:
        google = self._google
        told: list[httplib2.Response] = []
        try:
            with _connected(google):
                acting = google.identity.acting_for(self._user, self._scopes)
                http = acting.http(google.connection())
                request = question(google.service(api))
                request.add_response_callback(told.append)
                document = request.execute(http=http, num_retries=0)
        except HttpError as error:
            return self._refused(error, mark=mark)
        except ValueError:
            google.connection().close()
            raise _garbled() from None
        return self._found(document, told[-1])

    def _found(self, document: object, response: httplib2.Response) -> Found:
        """Return an answer, if it is one: of what is no JSON the library makes a text."""
        check_kind({"Content-Type": response.get("content-type", "")}, self._google.where)
        if not isinstance(document, dict) or response.status != HTTPStatus.OK:
            raise _garbled()
        return Found(document, http_date(response.get("date")))

    def _refused(self, error: HttpError, *, mark: bool) -> Answer:
        status, google = int(error.resp.status), self._google
        reasons = reasons_of(error.content)
        if status in AGAIN or (status == HTTPStatus.FORBIDDEN and means_too_fast(reasons)):
            wait = asked_to_wait(error.resp.get("retry-after"), google.clock)
            raise _Failed(f"Google answered {status}", wait) from None
        if status == HTTPStatus.NOT_FOUND:
            return Gone()
        if status == HTTPStatus.GONE or (status == HTTPStatus.BAD_REQUEST and mark):
            return Expired()
        raise refusal(status, reasons, google.where) from None


@contextmanager
def _connected(google: Google) -> Iterator[None]:
    """Turn what goes wrong with a token or a connection into a ``SourceError`` or another try."""
    try:
        with _ends_in_time(google):
            yield
    except TokenRefused as error:
        wait = asked_to_wait(error.wait, google.clock)
        raise _garbled() if error.garbled else _Failed(_NO_TOKEN, wait) from None
    except TransportError:
        google.connection().close()
        raise _Failed(_NO_TOKEN) from None
    except GoogleAuthError as error:
        if error.retryable:
            raise _Failed(_NO_TOKEN) from None
        raise no_token(error, google.where) from None
    except _BROKEN as error:
        # What is left of a broken answer must not be taken for the next one's beginning.
        google.connection().close()
        raise _Failed(_in_words(error)) from None


@contextmanager
def _ends_in_time(google: Google) -> Iterator[None]:
    """Break the thread's connection off if a whole answer takes too long, however it drips.

    The library only knows how long a silence may last.
    """
    http = google.connection()

    def break_off() -> None:
        for connection in list(http.connections.values()):
            line = getattr(connection, "sock", None)
            if line is not None:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    timer = Timer(google.limits.answer_seconds, break_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _garbled() -> _Failed:
    return _Failed("its answer is damaged or cut short", garbled=True)


def listed(document: Document, name: str) -> list[dict[str, Any]]:
    """Return the records of an answer's list; Google leaves an empty one out."""
    found = document.get(name, []) if isinstance(document, dict) else []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text_of(document: Document, name: str) -> str | None:
    found = document.get(name) if isinstance(document, dict) else None
    return found if isinstance(found, str) and found else None


def _in_words(error: BaseException) -> str:
    # The library's own words hold the whole address.
    if isinstance(error, TimeoutError):
        return "no answer came in time"
    return "the connection broke"
