"""Who we are to Microsoft: one application of the district's tenant, with a certificate.

Tokens come from MSAL, which keeps and renews them. A token carries every permission that was
consented to, whether we need it or not: so what it carries is read and held against what the
settings ask for, and a wider one is refused before it is used.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

import msal
import requests
import urllib3
from msal.exceptions import MsalServiceError

from auditor.source import Denied, Malformed, SourceContext, Transient
from connectors.answers import Cut, Garbled, is_token, parse, read_body
from connectors.options import text, unknown
from connectors.retrying import AGAIN
from connectors.secretfile import read_secret
from connectors.webaddress import checked_base

COMMON_SETTINGS = frozenset(
    (
        "connector", "title", "tenant", "client", "certificate", "secret", "allow_secret", "cloud",
        "endpoint",
    )
)  # fmt: skip
_TIMEOUT = 60
_LARGEST = 1 << 18
# It logs whole answers that it cannot read, tokens included; what matters comes as an error.
logging.getLogger("msal").setLevel(logging.CRITICAL)


class Cloud(Enum):
    """Where a tenant lives: (sign-in, Graph)."""

    GLOBAL = ("https://login.microsoftonline.com", "https://graph.microsoft.com")
    US_GOVERNMENT = ("https://login.microsoftonline.us", "https://graph.microsoft.us")
    US_DEFENSE = ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us")
    CHINA = ("https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn")

    @property
    def sign_in(self) -> str:
        return self.value[0]

    @property
    def graph(self) -> str:
        return self.value[1]


_CLOUDS = {
    "global": Cloud.GLOBAL,
    "us-government": Cloud.US_GOVERNMENT,
    "us-defense": Cloud.US_DEFENSE,
    "china": Cloud.CHINA,
}


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings say of reaching Microsoft; the same lines in every source of it."""

    tenant: str
    client: str
    certificate: Path | None
    """PEM file with the private key and the certificate."""
    secret: Path | None
    """File with a client secret, only where the district insists on one."""
    cloud: Cloud
    endpoint: str | None
    """Another server than Microsoft's, for trying things out; None: Microsoft."""

    @classmethod
    def of(cls, context: SourceContext, mistakes: list[str]) -> Access:
        """Return what the settings say, adding every mistake in them; reads no file."""
        settings = context.settings
        tenant = text(settings, "tenant", mistakes)
        if tenant is None:
            mistakes.append("tenant must be the tenant's id or its first domain")
        client = text(settings, "client", mistakes)
        if client is None:
            mistakes.append("client must be the application (client) id")
        certificate = text(settings, "certificate", mistakes)
        secret = text(settings, "secret", mistakes)
        if certificate is None and secret is None:
            mistakes.append("certificate must name the PEM file with private key and certificate")
        if secret is not None and settings.get("allow_secret") is not True:
            mistakes.append(
                "secret is weaker than a certificate; use one, or set allow_secret = true as well"
            )
        if secret is not None and certificate is not None:
            mistakes.append("secret and certificate exclude each other")
        cloud = text(settings, "cloud", mistakes) or "global"
        if cloud not in _CLOUDS:
            mistakes.append(f"cloud must be one of {', '.join(_CLOUDS)}")
        endpoint = text(settings, "endpoint", mistakes)
        if endpoint is not None:
            try:
                endpoint = checked_base(endpoint).geturl()
            except ValueError as error:
                mistakes.append(f"endpoint is not usable: {error}")
        return cls(
            tenant or "",
            client or "",
            None if certificate is None else Path(context.base, certificate),
            None if secret is None else Path(context.base, secret),
            _CLOUDS.get(cloud, Cloud.GLOBAL),
            endpoint,
        )

    @property
    def graph(self) -> str:
        """Where Graph is asked."""
        return self.endpoint or self.cloud.graph


def unknown_settings(
    settings: Mapping[str, object], known: Iterable[str], connector: str
) -> list[str]:
    """Return a mistake for each setting that a connector does not have."""
    return unknown(settings, COMMON_SETTINGS.union(known), connector)


class Identity:
    """The application's tokens. For any number of threads."""

    def __init__(
        self,
        access: Access,
        *,
        where: str,
        passed: Callable[[], float] = monotonic,
        answer_seconds: float = _TIMEOUT,
    ) -> None:
        """Reads nothing yet. An answer ends within ``answer_seconds`` that ``passed`` tells of."""
        self._access = access
        self._where = where
        self._passed = passed
        self._answer_seconds = answer_seconds
        self._lock = Lock()
        self._application: msal.ConfidentialClientApplication | None = None

    def authorize(self) -> dict[str, str]:
        """Return the header that lets us in, renewed where it has run out.

        Raises ``Denied`` or ``Transient``.
        """
        return {"Authorization": f"Bearer {self.token()}"}

    def token(self) -> str:
        with self._lock:
            try:
                application = self._application or self._apply()
                self._application = application
                answer = application.acquire_token_for_client(
                    [f"{self._access.cloud.graph}/.default"]
                )
            except _NoToken:
                raise self._garbled() from None
            except (MsalServiceError, OSError):  # requests' errors are an OSError's kind
                raise self._not_now() from None
            except ValueError:  # MSAL's word for a key, certificate or tenant it cannot use
                raise self._refused("it does not know the tenant, or cannot use the key") from None
        return self._token_in(answer)

    def permissions(self) -> frozenset[str]:
        """Return the application permissions that our token carries (its claim ``roles``)."""
        return permissions_in(self.token())

    def _token_in(self, answer: Mapping[str, Any] | None) -> str:
        if answer is not None and isinstance(answer.get("access_token"), str):
            return str(answer["access_token"])
        code = (answer or {}).get("error")
        if code in ("temporarily_unavailable", "server_error"):
            raise self._not_now()
        raise self._refused(f"it answered {code}" if _is_word(code) else "it gave no token")

    def _apply(self) -> msal.ConfidentialClientApplication:
        access = self._access
        return msal.ConfidentialClientApplication(
            access.client,
            client_credential=self._credential(),
            authority=f"{access.cloud.sign_in}/{access.tenant}",
            instance_discovery=False,
            http_client=_SignIn(access, self._where, self._passed, self._answer_seconds),
        )

    def _credential(self) -> object:
        access = self._access
        if access.certificate is None:
            assert access.secret is not None  # noqa: S101  (one of the two is set)
            return read_secret(access.secret, "secret", where=self._where)
        pem = read_secret(access.certificate, "certificate", where=self._where)
        if "PRIVATE KEY" not in pem or "BEGIN CERTIFICATE" not in pem:
            raise Denied(
                "Microsoft gives no token: the file must hold a private key and its certificate",
                where=self._where,
                cure=f"Put both into {access.certificate}, one below the other, as PEM",
            )
        return {"private_key": pem, "public_certificate": pem}

    def _refused(self, what: str) -> Denied:
        return Denied(
            f"Microsoft gives no token: {what}",
            where=self._where,
            cure="See that tenant and client are right, that the certificate in use is the one "
            "uploaded to the application, and that it has not run out",
        )

    def _garbled(self) -> Malformed:
        return Malformed(
            "Microsoft's sign-in answered with something that is no token",
            where=self._where,
            cure="Look for a proxy that changes answers, or asks to sign in, on the way to it",
        )

    def _not_now(self) -> Transient:
        return Transient(
            "Microsoft's sign-in could not be reached",
            where=self._where,
            cure="The next run tries again; if it stays so, see that this machine may reach it",
        )


class _NoToken(Exception):
    """The answer is not what a sign-in says."""


class _SignIn:
    """What MSAL asks over. With ``endpoint`` set, it goes there instead of to Microsoft.

    MSAL would take any answer for one of a sign-in: what cannot be read it writes whole into the
    log, a token that was cut short among it, and over other JSON than it expects it stumbles. It
    would also read to its end what comes a byte at a time.
    """

    def __init__(
        self, access: Access, where: str, passed: Callable[[], float], answer_seconds: float
    ) -> None:
        self._where = where
        self._passed = passed
        self._answer_seconds = answer_seconds
        self._from = access.cloud.sign_in
        self._to = access.endpoint or access.cloud.sign_in
        self._session = requests.Session()
        # An environment of our host must not decide whose certificates we trust.
        self._session.trust_env = access.endpoint is None

    def get(self, url: str, **rest: Any) -> requests.Response:
        answer = _settled(self._ask("GET", url, **rest))
        if answer.ok:
            _document(answer)
        return answer

    def post(self, url: str, **rest: Any) -> requests.Response:
        # What proves who we are goes nowhere that was not asked for.
        answer = self._ask("POST", url, allow_redirects=False, **rest)
        told = _document(_settled(answer))
        if answer.ok and not is_token(told):
            raise _NoToken
        return answer

    def close(self) -> None:
        self._session.close()

    def _ask(self, method: str, url: str, **rest: Any) -> requests.Response:
        """Return an answer that has come whole; raises an ``OSError`` for one that has not."""
        until = self._passed() + self._answer_seconds
        with self._session.request(
            method, self._at(url), timeout=_TIMEOUT, stream=True, **rest
        ) as answer:
            try:
                body = read_body(
                    answer.raw,
                    answer.headers.get("Content-Encoding", "").strip().lower(),
                    most=_LARGEST,
                    until=until,
                    monotonic=self._passed,
                    where=self._where,
                )
            except Garbled:
                raise _NoToken from None
            except (Cut, urllib3.exceptions.HTTPError) as error:
                raise requests.ConnectionError(type(error).__name__) from None
        whole = requests.Response()
        whole.status_code, whole.headers = answer.status_code, answer.headers
        whole.url, whole.encoding, whole.raw = answer.url, "utf-8", BytesIO(body)
        return whole

    def _at(self, url: str) -> str:
        return self._to + url.removeprefix(self._from) if url.startswith(self._from) else url


def _settled(answer: requests.Response) -> requests.Response:
    """Return an answer that will not be another in a moment; raises ``requests.HTTPError``."""
    if answer.status_code in AGAIN:
        raise requests.HTTPError(answer.status_code)
    return answer


def _document(answer: requests.Response) -> dict[str, Any]:
    try:
        told = parse(answer.content)
    except Garbled:
        raise _NoToken from None
    if not isinstance(told, dict):
        raise _NoToken
    return told


def _is_word(code: object) -> bool:
    return isinstance(code, str) and code.isidentifier()


def permissions_in(token: str) -> frozenset[str]:
    """Return the ``roles`` of a token (RFC 7519); none if it is not one we can read.

    Its signature is Graph's business: we only ask what we were given.
    """
    parts = token.split(".")
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded))
    except (IndexError, ValueError):
        return frozenset()
    roles = claims.get("roles") if isinstance(claims, dict) else None
    if not isinstance(roles, list):
        return frozenset()
    return frozenset(role for role in roles if isinstance(role, str))

