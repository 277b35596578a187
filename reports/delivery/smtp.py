"""Handing mail to the district's mail server by SMTP (RFC 5321), with the standard library.

One connection serves a whole run and is opened anew after any trouble. Trust is not optional: with
TLS the server's name must stand in a certificate that the system, or the file named, vouches for,
and a password never travels in the clear.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from pathlib import Path

from reports.delivery.sender import (
    NO_ANSWER,
    DeliveryError,
    Denied,
    Receipt,
    Transient,
    Unreachable,
)

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_PERMANENT = 500
_CLOSING = 421


class Security(StrEnum):
    """How the line to the server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """How the district's mail server is reached."""

    host: str
    port: int
    security: Security
    user: str | None
    password: str | None
    hello: str | None
    """What we call ourselves; None: the machine's own name."""
    ca_file: Path | None
    """Certificates to trust instead of the system's."""
    timeout: float
    """Seconds to wait for each answer."""

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port}, {self.security})"

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"


class SmtpSender:
    """A ``Sender`` that talks to a mail server."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._line: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> Receipt:
        """Hand one mail over; raises ``Denied``, ``Transient`` or ``Unreachable``."""
        line = self._line or self.connect()
        sender, recipient = (_address(message, header) for header in ("From", "To"))
        try:
            with _offering(self._server):
                line.sendmail(sender, [recipient], message.as_bytes(policy=SMTP))
        except DeliveryError:
            self.close()
            raise
        return Receipt("250")

    def connect(self) -> smtplib.SMTP:
        """Open the line, make it private and sign in; raises ``Unreachable``."""
        server = self._server
        with _opening(server):
            line = self._dial()
            self._line = line  # from here on ``close`` lets go of it
            if server.security is Security.STARTTLS:
                line.starttls(context=_trust(server))
                line.ehlo_or_helo_if_needed()
            if server.user is not None and server.password is not None:
                line.login(server.user, server.password)
        return line

    def _dial(self) -> smtplib.SMTP:
        server = self._server
        if server.security is Security.TLS:
            return smtplib.SMTP_SSL(
                server.host,
                server.port,
                local_hostname=server.hello,
                timeout=server.timeout,
                context=_trust(server),
            )
        return smtplib.SMTP(
            server.host, server.port, local_hostname=server.hello, timeout=server.timeout
        )

    def close(self) -> None:
        """Let go of the line, politely if it still answers."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError, smtplib.SMTPException):
                line.quit()
            line.close()


@contextmanager
def _opening(server: SmtpServer) -> Iterator[None]:
    """Turn whatever goes wrong before a mail is offered into ``Unreachable``."""
    try:
        yield
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise _unreachable(error, server) from None


@contextmanager
def _offering(server: SmtpServer) -> Iterator[None]:
    """Turn a server's refusal of one mail into the error that says what to do with it."""
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        raise _refusal(error, server) from None


def _trust(server: SmtpServer) -> ssl.SSLContext:
    """Return what decides whether a server is the one it says it is: TLS 1.2 or newer, by name."""
    context = ssl.create_default_context(cafile=server.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _address(message: EmailMessage, header: str) -> str:
    """Return the one address of a header; a mail with several recipients is a fault of ours."""
    (only,) = message[header].addresses
    found: str = only.addr_spec
    return found


def _refusal(error: OSError | smtplib.SMTPException, server: SmtpServer) -> DeliveryError:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        ((code, words),) = error.recipients.values()
        return _answered(code, words, server)
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code >= _PERMANENT:
        return Unreachable(
            "the mail server does not let us send from this address",
            where=server.where,
            cure="Have the sender allowed there, or mend delivery.user and delivery.sender",
            answer=_code(error.smtp_code, error.smtp_error),
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error, server)
    return Transient(
        "the line to the mail server broke while a mail was handed over",
        where=server.where,
        cure="It is offered again at the next run, under the same Message-ID",
        answer=NO_ANSWER,
    )


def _answered(code: int, words: bytes | str, server: SmtpServer) -> DeliveryError:
    answer = _code(code, words)
    if code == _CLOSING:
        return Unreachable(
            "the mail server is closing down or wants us to come back later",
            where=server.where,
            cure="The next run tries again",
            answer=answer,
        )
    if code >= _PERMANENT:
        return Denied(
            "the mail server refused this mail for good",
            where=server.where,
            cure="Mend the recipient's address, or have the server accept the mail",
            answer=answer,
        )
    return Transient(
        "the mail server did not take this mail now",
        where=server.where,
        cure="The next run tries again",
        answer=answer,
    )


def _unreachable(error: Exception, server: SmtpServer) -> Unreachable:
    what, cure = _what_is_wrong(error)
    answer = NO_ANSWER
    if isinstance(error, smtplib.SMTPResponseException):
        answer = _code(error.smtp_code, error.smtp_error)
    return Unreachable(what, where=server.where, cure=cure, answer=answer)


def _what_is_wrong(error: Exception) -> tuple[str, str]:
    """Return (what, cure) for a line that could not be opened."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not to be trusted ({error.verify_message})",
            "Name the server as its certificate does, or its authority in delivery.ca_file",
        )
    if isinstance(error, ssl.SSLError):
        return (
            "no private line could be agreed on",
            'See that the port fits delivery.security: "starttls" is mostly 587, "tls" 465',
        )
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return (
            "the mail server does not accept the user and password",
            "Mend delivery.user and delivery.password",
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return (
            "the mail server does not offer what the settings ask for",
            "See that delivery.security and delivery.user fit the server",
        )
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time", "See that it is up and reached from here"
    if isinstance(error, smtplib.SMTPException):
        return "the mail server turned us away", "See its own log; the next run tries again"
    return "the mail server could not be reached", "See that it is up and reached from here"


def _code(code: int, words: bytes | str) -> str:
    """Return "550 5.1.1": the code, and the enhanced one (RFC 3463) if the answer has it."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    enhanced = _ENHANCED.match(text)
    return str(code) if enhanced is None else f"{code} {enhanced[1]}"
