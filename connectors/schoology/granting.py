"""How a user lets the district's app see the list of messages that this user sent (OAuth 1.0).

Two steps, as a person stands between them: a link for one user, and, once that user has agreed in
the browser, the token for it. Links that nobody has answered are kept beside the tokens.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from auditor.source import Denied, SourceContext
from connectors.answers import Found
from connectors.retrying import Clock
from connectors.schoology.access import Token
from connectors.schoology.asking import Asking, Schoology, owner
from connectors.secretfile import read_secret

PENDING = "pending"
_GOOD_FOR = timedelta(hours=1)
"""How long Schoology honours a link; it tells so itself (``oauth_token_ttl``)."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was given out: what it asks with is secret, too."""

    token: str
    secret: str
    asked_at: str
    """ISO 8601."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one link."""

    uid: str | None
    """Whose token is on file now; None: nobody has agreed."""
    what: str


class Granting:
    """Gives out links and collects tokens, for one configured school."""

    def __init__(self, schoology: Schoology, context: SourceContext, clock: Clock) -> None:
        """Raise ``Denied`` where the settings name no folder for tokens."""
        self._schoology = schoology
        self._where = context.title
        self._clock = clock
        if schoology.access.tokens is None:
            raise Denied(
                "the settings name no folder for tokens",
                where=context.title,
                cure='Add, for example: tokens = "secrets/schoology-tokens"',
            )
        self._folder: Path = schoology.access.tokens

    def link(self) -> str:
        """Return an address for one user to open and agree to; raises ``SourceError``."""
        with self._schoology.asking() as asking:
            token = _token_in(asking, "oauth/request_token")
        asked_at = self._clock.now().isoformat()
        self._keep([*self._links(), Link(token.token, token.secret, asked_at)])
        query = urlencode({"oauth_token": token.token})
        return f"{self._schoology.access.site}/oauth/authorize?{query}"

    def finish(self) -> Iterator[Answered]:
        """Yield what became of each link that was given out; raises ``SourceError``."""
        waiting = []
        for link in self._links():
            try:
                answered = self._collect(Token(link.token, link.secret))
            except Denied:
                age = self._clock.now() - datetime.fromisoformat(link.asked_at)
                if age < _GOOD_FOR:
                    waiting.append(link)
                    answered = Answered(None, "nobody has agreed yet")
                else:
                    answered = Answered(None, "nobody agreed within an hour: give out a new link")
            yield answered
        self._keep(waiting)

    def _collect(self, request: Token) -> Answered:
        with self._schoology.asking(request) as asking:
            token = _token_in(asking, "oauth/access_token")
        with self._schoology.asking(token) as asking:
            uid = owner(asking)
        if not uid:
            raise Denied(
                "Schoology does not say whose token it gave",
                where=self._where,
                cure="Give out a new link",
            )
        self._write(uid, f"{token.token}\n{token.secret}\n")
        return Answered(uid, "the token is on file")

    # ---- files -----------------------------------------------------------------------------

    def _links(self) -> list[Link]:
        path = self._folder / PENDING
        if not path.exists():
            return []
        try:
            found: list[dict[str, Any]] = json.loads(
                read_secret(path, setting="tokens", where=self._where)
            )
            return [Link(**one) for one in found]
        except (ValueError, TypeError):
            raise Denied(
                f"{path} is damaged", where=self._where, cure="Remove it and give out new links"
            ) from None

    def _keep(self, links: list[Link]) -> None:
        if links:
            self._write(PENDING, json.dumps([asdict(link) for link in links]))
        else:
            (self._folder / PENDING).unlink(missing_ok=True)

    def _write(self, name: str, text: str) -> None:
        """Write a file for its owner alone; it appears under its name at once and whole."""
        draft = self._folder / f".{name}.{os.getpid()}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / name)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise Denied(
                f"the token cannot be put into {self._folder} ({error.strerror})",
                where=self._where,
                cure="Run as the account that the audit runs as",
            ) from None


def _token_in(asking: Asking, path: str) -> Token:
    """Return what one step of granting brings; raises ``SourceError``."""
    answer = asking.get_form(path)
    fields = answer.document if isinstance(answer, Found) else {}
    found = (
        Token(str(fields.get("oauth_token", "")), str(fields.get("oauth_token_secret", "")))
        if isinstance(fields, dict)
        else Token("", "")
    )
    if not (found.token and found.secret):
        raise Denied(
            "Schoology gave no token",
            where=asking.where,
            cure="See that the key is that of an app, and that the app may be granted access",
        )
    return found


