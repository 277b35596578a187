"""How the settings say that a mail server is reached, and what we sign in with.

IMAP knows no sign-in that only reads, so what is kept here could change mail in other hands: it is
read from files that nobody but this account may use, and goes over TLS with a certificate that is
verified, or not at all. Only a server on this machine may be spoken to in the clear.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from auditor.private import SecretError, read_private
from auditor.source import Denied, SourceContext
from connectors.http import checked_base, is_this_machine
from connectors.mail.imap.refusals import denied
from connectors.options import flag, number, text

PASSWORD, XOAUTH2 = "password", "xoauth2"
REACH = ("host", "port", "tls", "certificates", "sign_in", "passwords", "admin",
         "token", "token_url", "client", "secret", "scope")  # fmt: skip
"""The settings by which a server is reached."""
_LARGEST = 1 << 20
_LOOPBACK_PORT, _PORT = 143, 993


@dataclass(frozen=True, slots=True)
class Access:
    """Where the server is, and with what we sign in to it."""

    where: str
    """The source's title, for errors."""
    host: str
    port: int
    tls: bool
    certificates: Path | None
    """PEM file of an authority that is trusted instead of the usual ones."""
    sign_in: str
    passwords: Path | None
    """File with lines ``mailbox password``."""
    admin: str | None
    """The account that signs in for every mailbox; None: each mailbox for itself."""
    token: Path | None
    """File with an access token that something else renews."""
    token_url: str | None
    client: str | None
    secret: Path | None
    scope: str | None

    @classmethod
    def of(cls, context: SourceContext, mistakes: list[str]) -> Access:
        """Return what the settings say, adding every mistake in them; reads no file."""
        settings = context.settings
        words = [name for name in REACH if name not in ("port", "tls")]
        told = {name: text(settings, name, mistakes) for name in words}
        tls = flag(settings, "tls", mistakes, default=True)
        host = told["host"]
        if host is None:
            mistakes.append("host must name the mail server, for example imap.marlow.example")
        elif not tls and not is_this_machine(host):
            mistakes.append("tls must be on: only a server on this machine may go without")
        sign_in = told["sign_in"] or PASSWORD
        if sign_in not in (PASSWORD, XOAUTH2):
            mistakes.append(f"sign_in must be {PASSWORD} or {XOAUTH2}")
        usual = _PORT if tls else _LOOPBACK_PORT
        port = number(settings, "port", usual, 65_535, mistakes)
        if "host" in settings and host is not None:
            _check_sign_in(sign_in, told, mistakes)

        def path(name: str) -> Path | None:
            given = told[name]
            return None if given is None else Path(context.base, given)

        return cls(
            context.title, host or "", port, tls, path("certificates"), sign_in,
            path("passwords"), told["admin"], path("token"), told["token_url"], told["client"],
            path("secret"), told["scope"],
        )  # fmt: skip

    def trust(self) -> ssl.SSLContext | None:
        """Return whose certificates are believed; None without TLS. Raises ``Denied``."""
        if not self.tls:
            return None
        try:
            file = None if self.certificates is None else str(self.certificates)
            context = ssl.create_default_context(cafile=file)
        except (OSError, ssl.SSLError):
            raise Denied(
                "the file of certificates cannot be read",
                where=self.where,
                cure="Put the authority's certificate there, as PEM",
            ) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def read(self, path: Path, setting: str) -> str:
        """Return a secret file's text; raises ``Denied`` if it is not kept safely."""
        try:
            content = read_private(path, noun=setting, setting=setting, most=_LARGEST)
        except FileNotFoundError:
            cure = f"Put it there, and: chmod 600 {path}"
            raise Denied(f"there is no file {setting}", where=self.where, cure=cure) from None
        except SecretError as error:
            raise Denied(error.what, where=self.where, cure=error.cure) from None
        return content.decode("utf-8", "replace")


def _check_sign_in(sign_in: str, told: Mapping[str, str | None], mistakes: list[str]) -> None:
    if sign_in == PASSWORD:
        if told["passwords"] is None:
            mistakes.append("passwords must name the file with lines of mailbox and password")
        return
    if told["token"] is None and told["token_url"] is None:
        mistakes.append(
            "token must name the file of an access token, or token_url where one is given out"
        )
    if told["token_url"] is None:
        return
    try:
        checked_base(told["token_url"])
    except ValueError as error:
        mistakes.append(f"token_url is not usable: {error}")
    missing = [name for name in ("client", "secret") if told[name] is None]
    mistakes.extend(f"{name} must be given with token_url" for name in missing)


class SignIn(Protocol):
    """Signs in to one mailbox after another. For any number of threads."""

    def enter(self, client: Any, mailbox: str) -> None:
        """Sign in; raises what the library raises, ``Denied`` or ``Transient``."""
        ...


class Passwords:
    """Signs in with PLAIN (RFC 4616), for a mailbox itself or as an administrator for it."""

    def __init__(self, access: Access) -> None:
        """Reads nothing yet."""
        self._access = access
        self._known: dict[str, str] | None = None

    def enter(self, client: Any, mailbox: str) -> None:
        name = self._access.admin or mailbox
        password = self._passwords().get(name.lower())
        if password is None:
            raise Denied(
                f"there is no password for {'the administrator' if self._access.admin else 'it'}",
                where=self._access.where,
                cure="Add a line with the mailbox and its password to the file in passwords",
            )
        if client.has_capability("AUTH=PLAIN"):
            acts_for = mailbox if self._access.admin else ""
            secret = f"{acts_for}\0{name}\0{password}".encode()
            client.sasl_login("PLAIN", lambda _: secret)
        elif client.has_capability("LOGINDISABLED") or self._access.admin:
            raise denied("the server takes no password that way", self._access.where)
        else:
            client.login(name, password)

    def _passwords(self) -> dict[str, str]:
        if self._known is None:
            assert self._access.passwords is not None  # noqa: S101  (the settings were checked)
            lines = self._access.read(self._access.passwords, "passwords").splitlines()
            pairs = (line.strip().partition(" ") for line in lines if not line.startswith("#"))
            self._known = {name.lower(): rest.strip() for name, _, rest in pairs if rest.strip()}
        return self._known


class Tokens:
    """Signs in with XOAUTH2, by a token that ``get`` returns."""

    def __init__(self, get: Any) -> None:
        self._get = get

    def enter(self, client: Any, mailbox: str) -> None:
        answers = iter([f"user={mailbox}\x01auth=Bearer {self._get()}\x01\x01".encode()])
        # What a server asks after a token it refuses is answered with nothing (RFC 7628).
        client.sasl_login("XOAUTH2", lambda _: next(answers, b""))
