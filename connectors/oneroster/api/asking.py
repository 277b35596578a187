"""The one way we ask a OneRoster server: a page of a list, in the edition's own words.

Servers differ in what they bear (limits, chosen fields, an order); one that refuses such a wish is
asked again without it, for it is only a convenience. A filter is never asked for: one that a server
applies wrongly would make people disappear.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from typing import Any

from requests.auth import AuthBase

from auditor.source import Denied, Malformed, Note
from connectors.answers import Answer, Document, Found, NotAllowed, Refused
from connectors.http import Authorize, Client
from connectors.oneroster.api.settings import Access, ApiSettings, SignIn
from connectors.oneroster.api.signing import Signed
from connectors.oneroster.api.tokens import Tokens
from connectors.retrying import Clock, Limits
from connectors.secretfile import read_secret

TOTAL = "X-Total-Count"
ORDER = "sourcedId"
_LEAST = 2
"""Records of a page: fewer would never come to an end, as each begins with the last one."""
_WISHES = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_URI_TOO_LONG))
"""How a server refuses a question that asks for more than it offers."""
_TOO_MUCH = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
"""How it refuses one for too many records."""
_FAILURE = "failure"
_BUSY = "server_busy"
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Served:
    """One page as it was answered."""

    records: tuple[Record, ...]
    total: int | None
    """How many records the whole list has; None where the server does not say."""
    more: bool
    """Whether it says itself that another page follows."""


class Server:
    """Asks one OneRoster server, for one source."""

    def __init__(
        self,
        access: Access,
        settings: ApiSettings,
        *,
        where: str,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Reads the secret, and raises ``Denied`` if it is not kept safely; connects to nothing."""
        self.where = where
        self.limits = limits or Limits()
        self.tokens: Tokens | None = None
        self._page = settings.page
        self._said: Counter[str] = Counter()
        self._plain: set[str] = set()
        """Lists that the server gives only as they are: no chosen fields, no order."""
        secret = read_secret(access.secret, "secret", where=where)
        letting_in: Authorize | AuthBase
        if settings.sign_in is SignIn.OAUTH1:
            letting_in = Signed(access.client, secret, clock=clock, random=random)
        else:
            self.tokens = Tokens(
                access, settings.full_scope, secret,
                where=where, clock=clock, random=random, limits=self.limits,
            )  # fmt: skip
            letting_in = self.tokens.authorize
        self._client = Client(
            access.address,
            where=where,
            authorize=letting_in,
            clock=clock,
            random=random,
            limits=self.limits,
            is_quota=lambda document: minor_code(document) == _BUSY,
            reason=minor_code,
            keep=(TOTAL,),
        )

    def notes(self) -> tuple[Note, ...]:
        """Return what was put up with while asking."""
        own = (Note(self.where, text, count) for text, count in sorted(self._said.items()))
        of_tokens = () if self.tokens is None else self.tokens.notes()
        return (*self._client.notes(), *of_tokens, *own)

    def close(self) -> None:
        self._client.close()
        if self.tokens is not None:
            self.tokens.close()

    # ---- asking ----------------------------------------------------------------------------

    def page(
        self, name: str, fields: tuple[str, ...], offset: int, limit: int | None = None
    ) -> Served:
        """Return the records of a list from ``offset`` on; raises a ``SourceError``.

        ``limit`` is the settings' if left out.
        """
        while True:
            wished = {"limit": str(limit or self._page), "offset": str(offset)}
            if name not in self._plain:
                wished |= {"sort": ORDER, "orderBy": "asc", "fields": ",".join(fields)}
            try:
                return self._served(name, self._let_in(name, wished))
            except Refused as error:
                self._ask_for_less(name, error)

    def _let_in(self, name: str, parameters: dict[str, str]) -> Answer:
        """Ask; a token that is no longer taken before its time is renewed once."""
        try:
            return self._client.get(name, parameters)
        except NotAllowed as error:
            if self.tokens is None or error.status != HTTPStatus.UNAUTHORIZED:
                raise
            self.tokens.forget()
            self._said["access token that ran out before its time"] += 1
            return self._client.get(name, parameters)

    def _ask_for_less(self, name: str, error: Refused) -> None:
        """Make the next question a smaller or plainer one; raise ``error`` if it is so already."""
        if error.status in _WISHES and name not in self._plain:
            self._plain.add(name)
            text = f"the server does not let us choose fields or an order of {name}"
            self._said[f"{text}: what is not needed was dropped here"] += 1
        elif error.status in _TOO_MUCH and self._page > _LEAST:
            self._page = max(_LEAST, self._page // 2)
            self._said["pages were too large for the server: smaller ones were asked for"] += 1
        else:
            raise error

    def _served(self, name: str, answer: Answer) -> Served:
        if not isinstance(answer, Found):
            raise Denied(
                f"the server has no list {name} at its address",
                where=self.where,
                cure="Check address and version; ask the vendor whether the list is switched on",
            )
        document = answer.document
        records = document.get(name) if isinstance(document, dict) else None
        failed = _failed(document)
        if not isinstance(records, list) or failed:
            word = minor_code(document)
            what = "tells of a failure" if failed else "holds no list"
            raise Malformed(
                f"its answer for {name} {what}" + ("" if word is None else f" ({word})"),
                where=self.where,
                cure="Check the version in the settings of this source; else tell the vendor",
            )
        if not all(isinstance(record, dict) for record in records):
            raise Malformed(
                f"its list {name} holds something that is no record",
                where=self.where,
                cure="Tell the vendor",
            )
        total = answer.headers.get(TOTAL.lower(), "").strip()
        known = int(total) if total.isascii() and total.isdigit() else None
        return Served(tuple(records), known, answer.next_link is not None)


def _failed(document: Document) -> bool:
    major = _imsx(document).get("imsx_codeMajor")
    return isinstance(major, str) and major.casefold() == _FAILURE


def minor_code(document: Document) -> str | None:
    """Return the word by which OneRoster tells one error from another ("unauthorisedrequest").

    Never its description, which may quote records.
    """
    status = _imsx(document)
    found: Any = status.get("imsx_codeMinor", status.get("imsx_CodeMinor"))
    for inner in ("imsx_codeMinorField", 0, "imsx_codeMinorFieldValue"):
        if isinstance(found, dict) and inner in found:
            found = found[inner]
        elif isinstance(found, list) and inner == 0 and found:
            found = found[0]
    return found if isinstance(found, str) and found.isidentifier() else None


def _imsx(document: Document) -> dict[str, Any]:
    """Return where an answer tells its status: on its own, or beside a list (1.1)."""
    if not isinstance(document, dict):
        return {}
    sets = document.get("statusInfoSet")
    if isinstance(sets, list) and sets and isinstance(sets[0], dict):
        return sets[0]
    return document
