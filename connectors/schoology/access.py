"""Who we are to Schoology: the district's key, and the tokens that people granted one by one.

A key asks for the district (OAuth 1.0, two legs). Since 25 June 2025 a personal key sees nobody but
its owner; the key of an app that the district owns sees the whole school. Neither shows anybody's
private messages: Schoology lists those for whoever asks, so each person has to grant the app a
token (three legs). What a token may do cannot be narrowed, as Schoology knows no scopes.

The header is made by hand: its empty ``oauth_token`` is required, and libraries leave it out.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Lock
from urllib.parse import quote

from auditor.source import Denied, SourceContext, SourceError
from connectors.options import text
from connectors.retrying import Clock
from connectors.secretfile import read_secret
from connectors.webaddress import checked_base

VENDOR = "schoology"
SCHOOLOGY = "https://api.schoology.com/v1"
SITE = "https://app.schoology.com"
COMMON_SETTINGS = ("connector", "title", "key", "secret", "tokens", "endpoint", "site")
_LINES = 2


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings say of reaching Schoology; the same lines in every source of it."""

    key: str
    """Consumer key of the district's app."""
    secret: Path
    """File with the key's secret."""
    tokens: Path | None
    """Folder with a file for each user who granted a token; None: nobody was asked."""
    endpoint: str
    site: str
    """Where people sign in to the district's Schoology."""

    @classmethod
    def of(cls, context: SourceContext, mistakes: list[str]) -> Access:
        """Return what the settings say, adding every mistake in them; reads no file."""
        settings = context.settings
        key = text(settings, "key", mistakes)
        if key is None:
            mistakes.append("key must be the consumer key of the district's app")
        secret = text(settings, "secret", mistakes)
        if secret is None:
            mistakes.append("secret must name the file with the key's secret")
        tokens = text(settings, "tokens", mistakes)
        usable = {}
        for name, usual in (("endpoint", SCHOOLOGY), ("site", SITE)):
            usable[name] = text(settings, name, mistakes) or usual
            try:
                usable[name] = checked_base(usable[name]).geturl()
            except ValueError as error:
                mistakes.append(f"{name} is not usable: {error}")
        return cls(
            key or "",
            Path(context.base, secret or ""),
            None if tokens is None else Path(context.base, tokens),
            usable["endpoint"],
            usable["site"],
        )


@dataclass(frozen=True, slots=True)
class Token:
    """What one user granted. Both parts are secret."""

    token: str = field(repr=False)
    secret: str = field(repr=False)


NO_TOKEN = Token("", "")
"""What the district itself asks with: the key alone."""


class Stamps:
    """Timestamps and nonces for one key, for any number of threads.

    Schoology refuses a timestamp that lies before one it has seen, so ours never go back, even when
    the machine's clock is set back. A nonce is never the same twice.
    """

    def __init__(self, clock: Clock, random: Random, *, not_before: int = 0) -> None:
        """``not_before``: the last timestamp that an earlier run used."""
        self._clock = clock
        self._random = random
        self._lock = Lock()
        self.last = not_before
        self._count = 0

    def next(self) -> tuple[int, str]:
        with self._lock:
            self.last = max(self.last, int(self._clock.now().timestamp()))
            self._count += 1
            return self.last, f"{self._random.getrandbits(64):016x}{self._count:x}"


def header(key: str, secret: str, token: Token, stamps: Stamps) -> Mapping[str, str]:
    """Return the header for one try of one question: ``realm`` first, the signature last."""
    timestamp, nonce = stamps.next()
    signature = f"{quote(secret, safe='')}&{quote(token.secret, safe='')}"
    parts = {
        "realm": "Schoology API",
        "oauth_consumer_key": quote(key, safe=""),
        "oauth_token": quote(token.token, safe=""),
        "oauth_nonce": nonce,
        "oauth_timestamp": str(timestamp),
        "oauth_signature_method": "PLAINTEXT",
        "oauth_version": "1.0",
        "oauth_signature": quote(signature, safe=""),
    }
    written = ", ".join(f'{name}="{value}"' for name, value in parts.items())
    return {"Authorization": f"OAuth {written}"}


def signing(
    access: Access, token: Token, stamps: Stamps, where: str
) -> Callable[[], Mapping[str, str]]:
    """Return what makes a new header for each try; the secret is read from its file once."""
    kept: list[str] = []

    def authorize() -> Mapping[str, str]:
        if not kept:
            kept.append(read_secret(access.secret, setting="secret", where=where))
        return header(access.key, kept[0], token, stamps)

    return authorize


# ---- tokens --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Granted:
    """The file of one user's token: the token, or why it cannot be used."""

    uid: str
    """Schoology's number of the user, which is the file's name."""
    token: Token | None
    failure: SourceError | None = None


def granted(access: Access, where: str) -> Iterator[Granted]:
    """Yield every token on file, by number; raises ``Denied`` where the folder cannot be read."""
    if access.tokens is None:
        return
    try:
        mode = access.tokens.stat().st_mode
        names = sorted(one.name for one in access.tokens.iterdir() if one.name.isdecimal())
    except OSError as error:
        raise Denied(
            f"the folder of tokens cannot be read ({error.strerror}): {access.tokens}",
            where=where,
            cure="Make it with `auditor grant`, or take tokens out of the settings",
        ) from None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Denied(
            f"other accounts may put tokens into {access.tokens}",
            where=where,
            cure=f"chmod 700 {access.tokens}",
        )
    for name in sorted(names, key=int):
        try:
            yield Granted(name, _token(access.tokens / name, where))
        except SourceError as error:
            yield Granted(name, None, error)


def _token(path: Path, where: str) -> Token:
    lines = read_secret(path, setting="tokens", where=where).split()
    if len(lines) != _LINES:
        raise Denied(
            f"this is no token: {path}",
            where=where,
            cure="Have the user grant it anew: `auditor grant`",
        )
    return Token(*lines)
