"""Who is asking a pretended Schoology: OAuth 1.0 by header, as its own documents describe it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from benchmarks.pretend.serving import Reply, Request
from benchmarks.pretend.standing import Refusal

KEY, SECRET = "dpf43f3p2l4k3l03", "kd94hf93k423kf44"
_PART = re.compile(r'(\w+)="([^"]*)"')
_NEEDED = (
    "realm",
    "oauth_consumer_key",
    "oauth_token",
    "oauth_nonce",
    "oauth_timestamp",
    "oauth_signature_method",
    "oauth_version",
    "oauth_signature",
)
FORM = {"Content-Type": "text/html; charset=UTF-8"}
"""What Schoology calls a form."""


class Refused(Refusal):
    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status, self.message = status, message

    def reply(self) -> Reply:
        kind = {"Content-Type": "text/plain; charset=UTF-8"}
        return Reply(self.message.encode(), self.status, kind)


@dataclass
class Grants:
    """Tokens given out, and what was asked with so far."""

    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Access token -> its secret, and whose it is."""
    requests: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Request token -> its secret, and who has approved it; "" while nobody has."""
    nonces: set[tuple[str, str]] = field(default_factory=set)
    last: int = 0
    """The latest timestamp seen."""

    def give(self, uid: str) -> tuple[str, str]:
        """Return an access token of a user, and its secret."""
        token, secret = f"access-{uid}-{len(self.tokens)}", f"secret/{uid}&{len(self.tokens)}"
        self.tokens[token] = (secret, uid)
        return token, secret

    def asks(self, request: Request, *, requesting: bool = False) -> str:
        """Return the number of whoever asks, "" for the district's key; raises ``Refused``.

        ``requesting``: the token is one that asks for another.
        """
        parts = dict(_PART.findall(request.header("Authorization")))
        if any(name not in parts for name in _NEEDED) or next(iter(parts)) != "realm":
            raise Refused(401, "API error 401 Missing OAuth parameter")
        token = unquote(parts["oauth_token"])
        known = {**self.tokens, **(self.requests if requesting else {})}
        secret, uid = known.get(token, ("", "")) if token else ("", "")
        signature = f"{quote(SECRET, safe='')}&{quote(secret, safe='')}"
        right = unquote(parts["oauth_signature"]) == signature and (not token or token in known)
        if parts["oauth_consumer_key"] != KEY or not right:
            raise Refused(401, "API error 401 Invalid signature")
        self._in_order(parts["oauth_timestamp"], parts["oauth_nonce"])
        return uid

    def _in_order(self, timestamp: str, nonce: str) -> None:
        if (timestamp, nonce) in self.nonces or int(timestamp) < self.last:
            raise Refused(
                401,
                "Duplicate timestamp/nonce combination, possible replay attack. Request rejected.",
            )
        self.nonces.add((timestamp, nonce))
        self.last = int(timestamp)

    # ---- granting ------------------------------------------------------------------------------

    def request_token(self, request: Request) -> Reply:
        self.asks(request)
        token, secret = f"request-{len(self.requests)}", f"unapproved-{len(self.requests)}"
        self.requests[token] = (secret, "")
        return _form(token, secret)

    def approve(self, token: str, uid: str) -> None:
        """Let a user agree, as in the browser."""
        secret, _ = self.requests[token]
        self.requests[token] = (secret, uid)

    def access_token(self, request: Request) -> Reply:
        uid = self.asks(request, requesting=True)
        if not uid:
            raise Refused(401, "API error 401 Request token has not been authorized")
        return _form(*self.give(uid))


def _form(token: str, secret: str) -> Reply:
    body = f"oauth_token={quote(token)}&oauth_token_secret={quote(secret)}&oauth_token_ttl=3600"
    return Reply(body.encode(), headers=FORM)
