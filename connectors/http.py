"""The one way a connector asks a vendor's server: patient within bounds, and never talkative.

What passes by itself (time-outs, broken connections, 408, 429, 5xx, cut or garbled answers) is
tried again a few times; then it is ``Transient``, or ``Malformed`` where the answer itself was the
trouble. 401 and 403 are ``Denied`` at once. 404 and 410 are answers that the caller has to know.

Addresses may carry page marks, and answers carry people: neither reaches a log or an error.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from random import Random
from urllib.parse import urlencode

import requests
import urllib3
from requests.auth import AuthBase

from auditor.source import Denied, Malformed, Note, Transient
from connectors.answers import (
    Answer,
    Cut,
    Document,
    Expired,
    Found,
    Garbled,
    Gone,
    NotAllowed,
    Refused,
    check_kind,
    http_date,
    parse,
    parse_form,
    read_body,
)
from connectors.retrying import AGAIN, Clock, Limits, asked_to_wait, backoff
from connectors.webaddress import checked_base, on_server

_MOVED = frozenset({301, 302, 303, 307, 308})
_WITHOUT_CONTENT = frozenset({202, 204})
_MOST_MOVES = 3
_FAILURES = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
# Its debug lines hold whole addresses, page marks included.
logging.getLogger("urllib3").setLevel(logging.ERROR)

Parameters = Mapping[str, str] | Sequence[tuple[str, str]]
"""A query; as pairs where one name may stand several times."""
Authorize = Callable[[], Mapping[str, str]]
"""Returns the headers that let us in, renewed where they had run out; called for each try."""


class _Failed(Exception):
    """One try failed in a way that may pass. ``wait`` is what the server asked for, if anything."""

    def __init__(
        self,
        what: str,
        *,
        wait: float | None = None,
        garbled: bool = False,
        turned_away: bool = False,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.wait = wait
        self.garbled = garbled
        self.turned_away = turned_away
        """Whether the server said itself that it did nothing with the question."""


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    url: str
    headers: Mapping[str, str]
    body: object = None
    data: Mapping[str, str] | bytes | None = None
    """In place of ``body``, for what is no JSON: a form, or content as it stands."""
    once: bool = False
    """Whether it must not be put again where it may have been heard."""
    gives_form: bool = False
    """Whether the answer is a form too, as OAuth 1.0 gives tokens (RFC 5849, 2.1)."""


class _Headers(AuthBase):
    """Adds the headers that let us in. Its presence also keeps ``.netrc`` out of it."""

    def __init__(self, authorize: Authorize) -> None:
        self._authorize = authorize

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._authorize())
        return request


class Client:
    """Asks one server, for one source."""

    def __init__(
        self,
        base: str,
        *,
        where: str,
        authorize: Authorize | AuthBase,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
        is_quota: Callable[[Document], bool] | None = None,
        reason: Callable[[Document], str | None] | None = None,
        too_fast: bytes | None = None,
        keep: Iterable[str] = (),
    ) -> None:
        """Raise ValueError unless ``base`` is an https address; connects to nothing yet.

        ``where`` is the source's title, for errors. ``is_quota`` tells of a 403 whether the
        vendor means "too fast" by it rather than "not allowed", and ``too_fast`` are the words, in
        small letters, by which one says so whose refusals are no JSON; ``reason`` takes the
        vendor's own word out of a refusal, one that may be shown; ``keep`` names headers that
        answers keep. ``authorize`` is a way of signing each question, where headers alone do not
        let us in.
        """
        self._base = checked_base(base)
        self._where = where
        self._clock = clock
        self._random = random
        self._limits = limits or Limits()
        self._is_quota = is_quota
        self._reason = reason
        self._too_fast = too_fast
        self._keep = tuple(keep)
        self._said: Counter[str] = Counter()
        self._session = requests.Session()
        self._session.auth = (
            authorize if isinstance(authorize, AuthBase) else _Headers(authorize)
        )
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers["Accept"] = "application/json"
        self._session.headers["Accept-Encoding"] = "gzip"

    @property
    def limits(self) -> Limits:
        return self._limits

    @property
    def where(self) -> str:
        return self._where

    def notes(self) -> tuple[Note, ...]:
        """Return what was put up with while asking, for a page of the pull."""
        return tuple(Note(self._where, text, count) for text, count in sorted(self._said.items()))

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    # ---- asking ---------------------------------------------------------------------------

    def get(
        self,
        path: str,
        parameters: Parameters | None = None,
        *,
        mark: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask for ``path`` below the base; raises a ``SourceError``.

        ``mark`` says that a mark of the server's own is among the parameters: refused, it is
        ``Expired``, while any other question that is refused was put wrongly.
        """
        query = f"?{urlencode(parameters)}" if parameters else ""
        url = f"{self._base.geturl()}/{path.lstrip('/')}{query}"
        return self._ask(_Question("GET", url, headers or {}), mark=mark)

    def follow(self, link: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page that the server itself named; only on the configured server."""
        url = on_server(self._base, f"{self._base.geturl()}/", link, where=self._where)
        return self._ask(_Question("GET", url, headers or {}), mark=True)

    def post(
        self,
        path: str,
        body: object = None,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Put a question that its vendor wants as a POST, with ``body`` as JSON or a ``form``.

        It may be put again as often as a ``get``, so it must be one that changes nothing, unless
        ``Limits.tries`` is 1. An answer without content is an empty document.
        """
        url = f"{self._base.geturl()}/{path.lstrip('/')}"
        return self._ask(_Question("POST", url, headers or {}, body, form), mark=False)

    def hand_over(self, path: str, content: bytes, *, kind: str) -> Answer:
        """Hand over ``content`` of a kind such as "text/plain", for the server to act on.

        It is offered again only where the server said that it was too much at once (429): of an
        answer that was lost nobody knows what it said.
        """
        url = f"{self._base.geturl()}/{path.lstrip('/')}"
        headers = {"Content-Type": kind}
        return self._ask(_Question("POST", url, headers, None, data=content, once=True), mark=False)

    def get_form(self, path: str) -> Answer:
        """Ask for ``path`` where the answer is a form and no JSON: each name with its value."""
        url = f"{self._base.geturl()}/{path.lstrip('/')}"
        return self._ask(_Question("GET", url, {}, gives_form=True), mark=False)

    def _ask(self, question: _Question, *, mark: bool) -> Answer:
        for attempt in range(1, self._limits.tries + 1):
            try:
                return self._try(question, mark=mark)
            except _Failed as error:
                failed = error
            if question.once and not failed.turned_away:
                break
            self._said["answer that had to be asked for again"] += 1
            if attempt < self._limits.tries:
                self._wait(failed, attempt)
        what = f"{failed.what}, {attempt} times in a row" if attempt > 1 else failed.what
        if failed.garbled:
            cure = "Look for a proxy that changes answers; if there is none, tell the vendor"
            raise Malformed(what, where=self._where, cure=cure)
        cure = (
            "The next run tries again; if it stays so, see that the address in the settings is "
            "right and in reach of this machine, and look at the vendor's status page"
        )
        raise Transient(what, where=self._where, cure=cure)

    def _wait(self, failed: _Failed, attempt: int) -> None:
        seconds = backoff(attempt, self._limits, self._random)
        if failed.wait is not None:
            longest = self._limits.longest_wait
            if failed.wait > longest:
                text = f"the server asked to wait longer than {longest:g} seconds; we did not"
                self._said[text] += 1
            # never sooner than asked, and not all at the same moment
            seconds = min(longest, failed.wait + seconds)
        self._clock.sleep(seconds)

    def _try(self, question: _Question, *, mark: bool) -> Answer:
        for _ in range(_MOST_MOVES):
            until = self._clock.monotonic() + self._limits.answer_seconds
            with self._send(question) as response:
                if response.status_code not in _MOVED:
                    return self._answer(question, response, until, mark=mark)
                moved = response.headers.get("Location", "")
                url = on_server(self._base, question.url, moved, where=self._where)
                question = replace(question, url=url)
        raise Malformed(
            "it keeps sending us from one address to the next",
            where=self._where,
            cure="Check the address of this source",
        )

    def _send(self, question: _Question) -> requests.Response:
        timeout = (self._limits.connect_seconds, self._limits.read_seconds)
        try:
            return self._session.request(
                question.method,
                question.url,
                headers=dict(question.headers),
                json=question.body,
                data=question.data,
                timeout=timeout,
                stream=True,
                allow_redirects=False,
            )
        except requests.exceptions.SSLError:
            raise Denied(
                "its certificate is not trusted here",
                where=self._where,
                cure="Check the clock of this machine; install the certificate of your proxy",
            ) from None
        except _FAILURES as error:
            raise _Failed(_in_words(error)) from None

    def _answer(
        self, asked: _Question, response: requests.Response, until: float, *, mark: bool
    ) -> Answer:
        status = response.status_code
        if status == HTTPStatus.NOT_FOUND:
            return Gone()
        if status == HTTPStatus.GONE or (status == HTTPStatus.BAD_REQUEST and mark):
            return Expired()
        if status in _WITHOUT_CONTENT and asked.method == "POST":
            return Found({}, http_date(response.headers.get("Date")))
        if status != HTTPStatus.OK and not (
            status == HTTPStatus.CREATED and asked.method == "POST"
        ):
            raise self._refusal(response, until)
        if not asked.gives_form:
            check_kind(response.headers, self._where)
        return Found(
            self._document(response, until, parse_form if asked.gives_form else parse),
            http_date(response.headers.get("Date")),
            response.links.get("next", {}).get("url"),
            {n.lower(): response.headers[n] for n in self._keep if n in response.headers},
        )

    def _refusal(self, response: requests.Response, until: float) -> Exception:
        status = response.status_code
        told = None if status in AGAIN else self._told(status, response, until)
        if status in AGAIN or (
            status == HTTPStatus.FORBIDDEN
            and (self._quota(told) or self._says_too_fast(response, until))
        ):
            wait = asked_to_wait(response.headers.get("Retry-After"), self._clock)
            turned_away = status == HTTPStatus.TOO_MANY_REQUESTS
            return _Failed(f"the server answered {status}", wait=wait, turned_away=turned_away)
        word = None if told is None or self._reason is None else self._reason(told)
        said = "" if word is None else f" ({word})"
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return NotAllowed(
                status,
                f"the server answered {status}: not allowed{said}",
                where=self._where,
                cure="Renew the credentials of this source, and grant what it needs",
                word=word,
            )
        return Refused(
            status,
            f"the server answered {status}{said}",
            where=self._where,
            cure="Check the settings of this source against the vendor's documentation",
        )

    def _document(
        self,
        response: requests.Response,
        until: float,
        read: Callable[[bytes], Document] = parse,
    ) -> Document:
        try:
            return read(self._body(response, until))
        except Garbled as error:
            raise _Failed(str(error), garbled=True) from None

    def _body(self, response: requests.Response, until: float) -> bytes:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        try:
            return read_body(
                response.raw,
                encoding,
                most=self._limits.largest_answer,
                until=until,
                monotonic=self._clock.monotonic,
                where=self._where,
            )
        except Garbled as error:
            raise _Failed(str(error), garbled=True) from None
        except Cut as error:
            raise _Failed(str(error)) from None
        except _FAILURES as error:
            raise _Failed(_in_words(error)) from None

    def _told(
        self, status: int, response: requests.Response, until: float
    ) -> Document | None:
        """Return what the vendor itself says of a refusal; None: nothing, or nobody asks."""
        quota = self._is_quota is not None and status == HTTPStatus.FORBIDDEN
        if not quota and self._reason is None:
            return None
        try:
            check_kind(response.headers, self._where)
            return self._document(response, until)
        except (_Failed, Denied, Malformed):
            return None

    def _quota(self, told: Document | None) -> bool:
        return told is not None and self._is_quota is not None and self._is_quota(told)

    def _says_too_fast(self, response: requests.Response, until: float) -> bool:
        if self._too_fast is None:
            return False
        try:
            return self._too_fast in self._body(response, until).lower()
        except (_Failed, Denied, Malformed):
            return False


def _in_words(error: BaseException) -> str:
    # The library's own words hold the whole address.
    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
        return "no answer came in time"
    return "the connection broke"
