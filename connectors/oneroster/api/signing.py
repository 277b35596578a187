"""OAuth 1.0a with HMAC-SHA256 (RFC 5849), as older OneRoster servers want each question signed.

Written out here because it is all that we need of it: questions without a body, by one who acts
for nobody, with one way of signing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from random import Random
from urllib.parse import parse_qsl, quote, urlsplit

import requests
from requests.auth import AuthBase

from connectors.retrying import Clock

METHOD = "HMAC-SHA256"
_NONCE_BITS = 128
Pairs = Iterable[tuple[str, str]]


class Signed(AuthBase):
    """Signs every question with a consumer's key and secret. Keeps ``.netrc`` out of it, too."""

    def __init__(self, key: str, secret: str, *, clock: Clock, random: Random) -> None:
        self._key = key
        self._secret = secret
        self._clock = clock
        self._random = random

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        told = {
            "oauth_consumer_key": self._key,
            "oauth_nonce": f"{self._random.getrandbits(_NONCE_BITS):032x}",
            "oauth_signature_method": METHOD,
            "oauth_timestamp": str(int(self._clock.now().timestamp())),
            "oauth_version": "1.0",
        }
        base = base_string(request.method or "GET", request.url or "", told.items())
        told["oauth_signature"] = signature(base, self._secret)
        parts = ", ".join(f'{name}="{encoded(value)}"' for name, value in sorted(told.items()))
        request.headers["Authorization"] = f"OAuth {parts}"
        return request


def base_string(method: str, url: str, told: Pairs) -> str:
    """Return what is signed (3.4.1): method, address and all parameters, each in one form.

    ``url`` is the whole address with its query; ``told`` what the header will say, and whatever
    a form would hold.
    """
    parts = urlsplit(url)
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *told]
    written = sorted((encoded(name), encoded(value)) for name, value in pairs)
    parameters = "&".join(f"{name}={value}" for name, value in written)
    host = (parts.hostname or "").lower()
    usual = {"https": 443, "http": 80}.get(parts.scheme.lower())
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    address = f"{parts.scheme.lower()}://{host}{port}{parts.path or '/'}"
    return "&".join((method.upper(), encoded(address), encoded(parameters)))


def signature(base: str, secret: str) -> str:
    """Return the signature of a base string; there is no second secret (3.4.2)."""
    key = f"{encoded(secret)}&".encode()
    digest = hmac.new(key, base.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def encoded(text: str) -> str:
    """Return text as RFC 5849 writes it (3.6): all but unreserved characters in per cent."""
    return quote(text, safe="~")
