"""The one way we ask a Moodle site: one function at a time, with the token in the body.

Every question is a POST, as the token must not stand in an address that servers log. None changes
anything: only functions that begin ``get`` are ever called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from auditor.source import Malformed, Note, SourceError, Transient
from connectors.answers import Document, Found
from connectors.http import Client
from connectors.moodle.refusals import refused
from connectors.moodle.settings import SITE_INFO, Access
from connectors.retrying import Clock, Limits, backoff
from connectors.secretfile import read_secret

PAGE = 100
_SERVER = "webservice/rest/server.php"
_MOST_PAGES = 10_000
Record = Mapping[str, Any]


class Asking:
    """Asks one site."""

    def __init__(
        self,
        access: Access,
        *,
        where: str,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Connects to nothing yet."""
        self.where = where
        self._access = access
        self._clock = clock
        self._random = random
        self._token: str | None = None
        self._again = 0
        self._client = Client(
            access.site,
            where=where,
            authorize=dict,
            clock=clock,
            random=random,
            limits=limits,
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def notes(self) -> tuple[Note, ...]:
        """Return what was put up with while asking, for a page of the pull."""
        text = "error that Moodle answered with and that passed"
        own = (Note(self.where, text, self._again),) if self._again else ()
        return (*self._client.notes(), *own)

    def call(self, function: str, parameters: Mapping[str, str | int] | None = None) -> Document:
        """Call a function; raises a ``SourceError`` for every way it can fail."""
        limits = self._client.limits
        for attempt in range(1, limits.tries + 1):
            try:
                return self._once(function, parameters or {})
            except _Later as later:
                failed = later.error
            self._again += 1
            if attempt < limits.tries:
                self._clock.sleep(backoff(attempt, limits, self._random))
        raise failed

    def records(
        self, function: str, items: str, parameters: Mapping[str, str | int]
    ) -> list[Record]:
        """Return a list that comes in portions, each record once by its ``id``."""
        found: dict[object, Record] = {}
        for start in self._starts(function):
            portion = {**parameters, "limitfrom": start, "limitnum": PAGE}
            rows = self.rows(function, portion, items)
            before = len(found)
            for row in rows:
                found.setdefault(row.get("id"), row)
            if len(rows) < PAGE or len(found) == before:
                break
        return list(found.values())

    def rows(
        self, function: str, parameters: Mapping[str, str | int], items: str = ""
    ) -> list[Record]:
        """Return the records of one answer: those of its list ``items``, or the answer itself.

        An answer without that list is ``Malformed``: it is no empty one.
        """
        document = self.call(function, parameters)
        named = document.get(items) if isinstance(document, dict) else None
        found = named if items else document
        rows = listed(found)
        if not isinstance(found, list) or len(rows) < len(found):
            raise Malformed(
                f"the answer to {function} is not in the form that Moodle's documents give",
                where=self.where,
                cure="Look for a proxy that changes answers, and at the site's version",
            )
        return rows

    def functions(self) -> frozenset[str]:
        """Return the functions that the token may call; raises a ``SourceError``."""
        told = self.rows(SITE_INFO, {}, "functions")
        return frozenset(str(one.get("name")) for one in told)

    def _starts(self, function: str) -> Iterator[int]:
        yield from range(0, _MOST_PAGES * PAGE, PAGE)
        raise Malformed(
            f"{function} brings more and more, without an end",
            where=self.where,
            cure="Tell whoever runs the site; the next run tries again",
        )

    def _once(self, function: str, parameters: Mapping[str, str | int]) -> Document:
        if self._token is None:
            self._token = read_secret(self._access.token, setting="token", where=self.where)
        fields = {
            "wstoken": self._token,
            "wsfunction": function,
            "moodlewsrestformat": "json",
            **{name: str(value) for name, value in parameters.items()},
        }
        answer = self._client.post(_SERVER, form=fields)
        if not isinstance(answer, Found):
            raise Malformed(
                "there is no web service at this address",
                where=self.where,
                cure="Set site to the address at which Moodle's front page is",
            )
        document = answer.document
        if isinstance(document, dict) and "exception" in document:
            error = refused(function, str(document.get("errorcode", "")), self.where)
            if isinstance(error, Transient):
                raise _Later(error)
            raise error
        return document


class _Later(Exception):
    """The site failed in a way that may pass."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(error.what)
        self.error = error


def listed(found: object) -> list[Record]:
    """Return the records of what should be a list."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


