"""Access tokens for XOAUTH2: out of a file that something else renews, or by client credentials."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from threading import Lock
from typing import Any

import requests

from auditor.source import Denied, Transient
from connectors.mail.imap.access import PASSWORD, Access, Passwords, SignIn, Tokens
from connectors.retrying import Clock

_TIMEOUT = 60
_USUAL_SECONDS = 300
_EARLY = 60
"""Seconds before its end after which a token is renewed."""


def signing_in(access: Access, clock: Clock) -> SignIn:
    """Return what the settings say of signing in; reads nothing yet."""
    if access.sign_in == PASSWORD:
        return Passwords(access)
    return Tokens(_from_file(access) if access.token is not None else Granted(access, clock).token)


def _from_file(access: Access) -> Callable[[], str]:
    def token() -> str:
        assert access.token is not None  # noqa: S101  (asked by the caller)
        found = access.read(access.token, "token").strip()
        if not found.isprintable() or " " in found or not found:
            cure = "Have it hold the access token and nothing else"
            raise Denied("the token file holds no token", where=access.where, cure=cure)
        return found

    return token


class Granted:
    """Tokens by client credentials (RFC 6749, 4.4). For any number of threads."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._clock = clock
        self._lock = Lock()
        self._token = ""
        self._good_until = 0.0

    def token(self) -> str:
        """Return a token that is good for a while; raises ``Denied`` or ``Transient``."""
        with self._lock:
            if not self._token or self._clock.monotonic() >= self._good_until:
                self._renew()
            return self._token

    def _renew(self) -> None:
        access = self._access
        assert access.secret is not None and access.token_url is not None  # noqa: PT018, S101  (the settings were checked)
        form = {
            "grant_type": "client_credentials",
            "client_id": access.client or "",
            "client_secret": access.read(access.secret, "secret").strip(),
            **({} if access.scope is None else {"scope": access.scope}),
        }
        try:
            answer = requests.post(
                access.token_url, data=form, timeout=_TIMEOUT, allow_redirects=False
            )
            told = answer.json() if answer.status_code == HTTPStatus.OK else {}
        except (requests.RequestException, ValueError):
            raise self._not_now() from None
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or (
            answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        ):
            raise self._not_now()
        token = told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(token, str) or not token.isprintable():
            raise Denied(
                f"no token is given out for it (answer {answer.status_code})",
                where=access.where,
                cure="See that token_url, client, secret and scope are right, and that the secret "
                "has not run out",
            )
        self._token = token
        self._good_until = self._clock.monotonic() + _seconds(told.get("expires_in")) - _EARLY

    def _not_now(self) -> Transient:
        return Transient(
            "the place that gives out tokens could not be reached",
            where=self._access.where,
            cure="The next run tries again; if it stays so, see that this machine may reach it",
        )


def _seconds(told: Any) -> float:
    return float(told) if isinstance(told, int | float) and told > _EARLY else _USUAL_SECONDS
