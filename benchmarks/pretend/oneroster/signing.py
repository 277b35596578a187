"""Checking a question that is signed by OAuth 1.0a, the way a server of that age does it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from urllib.parse import quote, unquote

from benchmarks.pretend.serving import Request

SKEW = 300
_PART = re.compile(r'(\w+)="([^"]*)"')


def told_by(request: Request) -> dict[str, str]:
    """Return the parts of the header, unquoted."""
    scheme, _, parts = request.header("Authorization").partition(" ")
    return dict(_PART.findall(parts)) if scheme == "OAuth" else {}


def wrong_with(request: Request, base: str, key: str, secret: str, now: float) -> str | None:
    """Return what is wrong with a request's signature; None: nothing."""
    told = {name: unquote(value) for name, value in told_by(request).items()}
    if told.get("oauth_consumer_key") != key:
        return "unknown consumer"
    if told.get("oauth_signature_method") != "HMAC-SHA256":
        return "another way of signing"
    if not abs(now - float(told.get("oauth_timestamp", "0"))) <= SKEW:
        return "a timestamp of another time"
    shown = told.pop("oauth_signature", "")
    pairs = [(_code(n), _code(v)) for n, v in [*request.query.pairs, *told.items()]]
    joined = "&".join(f"{n}={v}" for n, v in sorted(pairs))
    text = f"{request.method}&{_code(base + request.path)}&{_code(joined)}"
    made = hmac.digest(f"{_code(secret)}&".encode(), text.encode(), hashlib.sha256)
    return None if shown == base64.b64encode(made).decode() else "a wrong signature"


def _code(text: str) -> str:
    return quote(text, safe="-._~")
