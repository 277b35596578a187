"""Who we are to Google: one service account, and the people of the district it may act for.

Domain-wide delegation gives a token for one user at a time, so every mailbox has credentials of
its own, made once: making them anew for each question would fetch a token each time. Without a
key file the account signs through Google itself (IAM ``signBlob``), and there is nothing to steal.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import google.auth
import httplib2
from google.auth import crypt
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import service_account
from google_auth_httplib2 import AuthorizedHttp, Request

from auditor.private import SecretError, read_private
from auditor.source import Denied, SourceContext
from connectors.answers import is_token
from connectors.options import text, unknown
from connectors.retrying import AGAIN
from connectors.webaddress import checked_base

SCOPES = "https://www.googleapis.com/auth/"
"""What the short names of scopes begin with in full."""
COMMON_SETTINGS = frozenset(
    ("connector", "title", "key", "service_account", "admin", "customer", "endpoint")
)
_TOKENS = "https://oauth2.googleapis.com/token"
_SIGN = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{}:signBlob"
_CLOUD = f"{SCOPES}cloud-platform"
_LARGEST_KEY = 1 << 16
_PASSING = frozenset(("internal_failure", "server_error", "temporarily_unavailable"))

MakeHttp = Callable[[], httplib2.Http]


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings say of reaching Google; the same four lines in every source of it."""

    admin: str
    """The administrator we act for when we ask about the whole district."""
    key: Path | None
    """Key file of the service account; None: keyless."""
    service_account: str | None
    """E-mail of the service account that this machine's own identity may sign for."""
    customer: str
    endpoint: str | None
    """Another server than Google's, for trying things out; None: Google."""

    @classmethod
    def of(
        cls, context: SourceContext, mistakes: list[str], *, as_itself: bool = False
    ) -> Access:
        """Return what the settings say, adding every mistake in them; reads no file.

        ``as_itself`` is for a source in which the service account acts for nobody.
        """
        settings = context.settings
        admin = text(settings, "admin", mistakes)
        if not as_itself and (admin is None or "@" not in admin):
            mistakes.append("admin must be the e-mail address of an administrator to act for")
        key = text(settings, "key", mistakes)
        account = text(settings, "service_account", mistakes)
        if (key is None) == (account is None):
            mistakes.append(
                "service_account must be the account's e-mail address (keyless), or else key must "
                "name its key file"
            )
        endpoint = text(settings, "endpoint", mistakes)
        if endpoint is not None:
            try:
                endpoint = checked_base(endpoint).geturl()
            except ValueError as error:
                mistakes.append(f"endpoint is not usable: {error}")
        return cls(
            admin or "",
            None if key is None else Path(context.base, key),
            account,
            text(settings, "customer", mistakes) or "my_customer",
            endpoint,
        )


def unknown_settings(
    settings: Mapping[str, object], known: Iterable[str], connector: str
) -> list[str]:
    """Return a mistake for each setting that a connector does not have."""
    return unknown(settings, COMMON_SETTINGS.union(known), connector)


class Identity:
    """The service account, acting for one user or another. For any number of threads."""

    def __init__(self, access: Access, *, where: str, make_http: MakeHttp) -> None:
        """Reads nothing yet."""
        self._access = access
        self._where = where
        self._make_http = make_http
        self._lock = Lock()
        self._base: service_account.Credentials | None = None
        self._acting: dict[tuple[str, tuple[str, ...]], _Acting] = {}

    def acting_for(self, user: str, scopes: Iterable[str]) -> _Acting:
        """Return the credentials for one user, always the same ones; raises ``Denied``.

        ``scopes`` are short names, such as ``gmail.metadata``. An empty ``user`` is the service
        account itself, with the rights that were given to it and nobody else's.
        """
        wanted = tuple(sorted(scopes))
        with self._lock:
            found = self._acting.get((user, wanted))
            if found is None:
                full = [full_scope(scope) for scope in wanted]
                base = self._account()
                scoped = base.with_scopes(full)
                acting = scoped.with_subject(user) if user else scoped
                found = _Acting(acting, self._make_http)
                self._acting[user, wanted] = found
            return found

    def forget(self, user: str) -> None:
        """Let go of a user's credentials: nothing more is asked for them."""
        with self._lock:
            for key in [key for key in self._acting if key[0] == user]:
                del self._acting[key]

    def _account(self) -> service_account.Credentials:
        if self._base is None:
            self._base = self._with_key() if self._access.key is not None else self._keyless()
        return self._base

    def _with_key(self) -> service_account.Credentials:
        assert self._access.key is not None  # noqa: S101  (asked by the caller)
        info = read_key(self._access.key, self._access.endpoint, where=self._where)
        try:
            return service_account.Credentials.from_service_account_info(info)  # type: ignore[no-any-return,no-untyped-call]  # google-auth has no types here
        except ValueError:  # its message may quote the key
            raise self._bad_key("it is not the key of a service account") from None

    def _bad_key(self, what: str) -> Denied:
        return Denied(
            f"the key file cannot be used: {what}",
            where=self._where,
            cure="Make a new key, or better, set service_account and use none",
        )

    def _keyless(self) -> service_account.Credentials:
        account = self._access.service_account
        assert account is not None  # noqa: S101  (one of the two is set)
        try:
            source, _ = google.auth.default(scopes=[_CLOUD])
        except (GoogleAuthError, OSError):
            raise Denied(
                "this machine has no identity of its own at Google",
                where=self._where,
                cure="Run it under a workload identity, or set GOOGLE_APPLICATION_CREDENTIALS to "
                "its configuration",
            ) from None
        base = self._access.endpoint
        sign = _SIGN if base is None else base + urlsplit(_SIGN).path
        tokens = _TOKENS if base is None else f"{base}/token"
        signer = _RemoteSigner(source, self._make_http, sign.format(account), self._where)
        return service_account.Credentials(signer, account, tokens)  # type: ignore[no-untyped-call]  # google-auth has no types here


class TokenRefused(Exception):
    """No token, in a way that may pass. ``wait`` is what the header ``Retry-After`` asks for."""

    def __init__(self, status: int, wait: str | None = None, *, garbled: bool = False) -> None:
        super().__init__(status)
        self.status = status
        self.wait = wait
        self.garbled = garbled


class _Once:
    """Asks for a token once: google-auth itself would ask again at once, by a clock of its own.

    It would also take any answer of status 200 for a token, and stumble over one that is none.
    """

    def __init__(self, request: Any) -> None:
        self._request = request

    def __call__(self, *about: Any, **named: Any) -> Any:
        answer = self._request(*about, **named)
        told = _told(answer.data)
        if answer.status in AGAIN or _passes(told):
            raise TokenRefused(answer.status, answer.headers.get("retry-after"))
        # A refusal may be a page for people; of JSON the library takes objects alone.
        sound = is_token(told) if answer.status == HTTPStatus.OK else isinstance(told, (dict, str))
        if not sound:
            raise TokenRefused(answer.status, garbled=True)
        return answer


def _told(content: bytes) -> object:
    """Return what an answer says: its JSON, its text if it is none, None if it is neither."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
    except RecursionError:
        return None


def _passes(told: object) -> bool:
    """Whether a refusal says of itself that it will pass: the library would ask again at once."""
    words = (told.get("error"), told.get("error_description")) if isinstance(told, dict) else ()
    return any(isinstance(word, str) and word in _PASSING for word in words)


class _Credentials:
    """What the library needs of somebody's credentials, with each token asked for once."""

    def __init__(self, credentials: Any) -> None:
        self._own = credentials

    @property
    def valid(self) -> bool:
        return bool(self._own.valid)

    @property
    def token(self) -> str:
        return str(self._own.token)

    def refresh(self, request: Any) -> None:
        self._own.refresh(_Once(request))

    def before_request(self, request: Any, method: str, url: str, headers: Any) -> None:
        self._own.before_request(_Once(request), method, url, headers)


class _Acting:
    """Credentials for one user, renewed by one thread at a time."""

    def __init__(self, credentials: Any, make_http: MakeHttp) -> None:
        self.credentials = _Credentials(credentials)
        self._make_http = make_http
        self._lock = Lock()

    def http(self, plain: httplib2.Http) -> AuthorizedHttp:
        """Return the thread's own connection with this user's token on it."""
        with self._lock:
            if not self.credentials.valid:
                self.credentials.refresh(Request(plain))
        # A 401 renews the token once; that a second one is refused too will not change.
        return AuthorizedHttp(self.credentials, http=plain, max_refresh_attempts=1)

    def token(self, plain: httplib2.Http) -> str:
        """Return the token itself, to ask what it is good for."""
        self.http(plain)
        return self.credentials.token


class _RemoteSigner(crypt.Signer):
    """Signs as the service account, without its key ever being here."""

    def __init__(self, source: Any, make_http: MakeHttp, url: str, where: str) -> None:
        self._source = source
        self._make_http = make_http
        self._url = url
        self._where = where

    @property
    def key_id(self) -> None:
        """Nobody's: Google signs with a key of its own choice."""
        return None

    def sign(self, message: str | bytes) -> bytes:
        """Return Google's signature over ``message``; raises ``Denied``."""
        payload = message.encode() if isinstance(message, str) else message
        http = AuthorizedHttp(self._source, http=self._make_http())
        body = json.dumps({"payload": base64.b64encode(payload).decode("ascii")})
        headers = {"Content-Type": "application/json"}
        answer, content = http.request(self._url, "POST", body=body, headers=headers)
        if answer.status != HTTPStatus.OK:
            raise Denied(
                f"Google answered {answer.status} when asked to sign for the service account",
                where=self._where,
                cure="Grant this machine's identity the role Service Account Token Creator on it, "
                "and enable the IAM Service Account Credentials API",
            )
        try:
            return base64.b64decode(json.loads(content)["signedBlob"])
        except (ValueError, TypeError, KeyError, RecursionError):
            raise TokenRefused(answer.status, garbled=True) from None


def full_scope(short: str) -> str:
    return short if short.startswith("https://") else SCOPES + short


def read_key(path: Path, endpoint: str | None, *, where: str) -> dict[str, Any]:
    """Return the content of a key file; raises ``Denied`` if it is not kept safely, or no key.

    Where it sends its signed requests is checked: a key file from elsewhere must not take our
    tokens elsewhere.
    """
    cure = "Download the key as JSON, put it there, and: chmod 600 " + str(path)
    try:
        content = read_private(path, noun="key file", setting="key", most=_LARGEST_KEY)
    except FileNotFoundError:
        raise Denied("there is no key file", where=where, cure=cure) from None
    except SecretError as error:
        raise Denied(error.what, where=where, cure=error.cure) from None
    try:
        info = json.loads(content)
    except (ValueError, RecursionError):  # its message would quote the file
        info = None
    if not isinstance(info, dict) or info.get("type") != "service_account":
        raise Denied("this is no key file of a service account", where=where, cure=cure)
    allowed = {_TOKENS, *([] if endpoint is None else [f"{endpoint}/token"])}
    if str(info.get("token_uri")) not in allowed:
        raise Denied(
            "this key file asks for tokens at another place than Google's", where=where, cure=cure
        )
    return info
