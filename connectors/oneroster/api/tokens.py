"""Being let in by OAuth 2 client credentials, and what the server says that it granted by them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from random import Random

from auditor.source import Denied, Malformed, Note
from connectors.answers import Document, Found, NotAllowed, Refused
from connectors.http import Client
from connectors.oneroster.api.settings import Access
from connectors.retrying import Clock, Limits

_USUAL_LIFETIME = 3_600.0
"""Seconds, where the server does not tell (RFC 6749 leaves it open)."""
_MARGIN = 60.0
"""A token is renewed so many seconds before it runs out, so that none does on its way."""


class Tokens:
    """The access token of one client, renewed where it has run out."""

    def __init__(
        self,
        access: Access,
        scope: str,
        secret: str,
        *,
        where: str,
        clock: Clock,
        random: Random,
        limits: Limits,
    ) -> None:
        """Connects to nothing yet."""
        basic = base64.b64encode(f"{access.client}:{secret}".encode()).decode("ascii")
        base, _, self._path = access.tokens.rpartition("/")
        self._client = Client(
            base,
            where=where,
            authorize=lambda: {"Authorization": f"Basic {basic}"},
            clock=clock,
            random=random,
            limits=limits,
            reason=_error,
        )
        self._scope = scope
        self._where = where
        self._clock = clock
        self._token = ""
        self._ends = 0.0
        self.granted: frozenset[str] | None = None
        """The rights that came with the token; None where the server does not say."""

    def authorize(self) -> Mapping[str, str]:
        """Return the header that lets us in; raises a ``SourceError``."""
        if not self._token or self._clock.monotonic() >= self._ends:
            self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    def forget(self) -> None:
        """Let go of a token that the server no longer takes."""
        self._token = ""

    def notes(self) -> tuple[Note, ...]:
        """Return what was put up with while asking for tokens."""
        return self._client.notes()

    def close(self) -> None:
        self._client.close()

    def _renew(self) -> None:
        asked_at = self._clock.monotonic()
        form = {"grant_type": "client_credentials", "scope": self._scope}
        try:
            answer = self._client.post(self._path, form=form)
        except (NotAllowed, Refused) as error:
            raise self._denied(error.what) from None
        if not isinstance(answer, Found):
            raise self._denied("there is nothing at the address of tokens")
        told = answer.document if isinstance(answer.document, dict) else {}
        token, kind = told.get("access_token"), str(told.get("token_type", "bearer")).casefold()
        if not isinstance(token, str) or not token.isascii() or kind != "bearer":
            raise Malformed(
                "its answer holds no token that can be used",
                where=self._where,
                cure="Check the address in tokens",
            )
        self._token = token
        self._ends = asked_at + max(0.0, _seconds(told.get("expires_in")) - _MARGIN)
        self.granted = _rights(told.get("scope"))

    def _denied(self, what: str) -> Denied:
        return Denied(
            f"it gives no token: {what}",
            where=self._where,
            cure="See that tokens and client are right, that the file named in secret holds the "
            "client's own, and that the vendor lets it have the scope",
        )


def _seconds(told: object) -> float:
    try:
        return float(str(told))
    except ValueError:
        return _USUAL_LIFETIME


def _rights(told: object) -> frozenset[str] | None:
    parts: Iterable[object] = told.split() if isinstance(told, str) else told or ()  # type: ignore[assignment]  # whatever else JSON has
    if not isinstance(parts, (list, tuple)) or not parts:
        return None
    return frozenset(part for part in parts if isinstance(part, str))


def _error(document: Document) -> str | None:
    """Return OAuth's word for an error; never its description, which may quote what we sent."""
    word = document.get("error") if isinstance(document, dict) else None
    return word if isinstance(word, str) and word.isidentifier() else None
