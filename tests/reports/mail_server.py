"""A real mail server on this machine, in a thread of its own, and the moods it can be in."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from reports.delivery.smtp import Security, SmtpServer

CERTIFICATE = Path(__file__).parent / "certificates" / "localhost.pem"
"""Of a key that lies beside it for everybody to read: nobody trusts it but these tests."""
USER, PASSWORD = "message-review@d.example", "correct horse"


@dataclass(slots=True)
class Post:
    """What came in, and how the server answers next."""

    taken: list[tuple[tuple[str, ...], bytes]] = field(default_factory=list)
    """(recipients of the envelope, the mail's bytes)."""
    recipient_answers: dict[str, str] = field(default_factory=dict)
    sender_answer: str | None = None
    data_answer: str = "250 2.0.0 taken"
    cut_off: bool = False
    """Take the mail and break the line before saying so."""
    slow: float = 0.0
    on_data: Callable[[], None] | None = None
    """Called once a mail is in and before the client hears of it."""

    async def handle_MAIL(  # noqa: N802  (aiosmtpd calls it so)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_answer is not None:
            return self.sender_answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  (aiosmtpd calls it so)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.recipient_answers.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802  (aiosmtpd calls it so)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.slow:
            await asyncio.sleep(self.slow)
        if self.data_answer.startswith("2"):
            content = envelope.original_content or b""
            self.taken.append((tuple(envelope.rcpt_tos), content))
        if self.on_data is not None:
            self.on_data()
        if self.cut_off and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return self.data_answer

    @property
    def mails(self) -> list[EmailMessage]:
        return [parsed(content) for _, content in self.taken]

    @property
    def message_ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]


def parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)


def words(mail: EmailMessage, kind: str = "plain") -> str:
    """Return one of the two texts of a mail."""
    body = mail.get_body((kind,))
    assert body is not None
    text: str = body.get_content()
    return text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _allowed(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: LoginPassword
) -> AuthResult:
    right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@contextmanager
def running(security: Security = Security.NONE, *, auth: bool = False) -> Iterator[tuple[Post, int]]:
    """Run a server; yields what came in, and its port."""
    post, port = Post(), free_port()
    controller: Controller = _controller(security)(
        post,
        hostname="127.0.0.1",
        port=port,
        ssl_context=_context() if security is Security.TLS else None,
        tls_context=_context() if security is Security.STARTTLS else None,
        require_starttls=security is Security.STARTTLS,
        authenticator=_allowed if auth else None,
        auth_required=auth,
        auth_require_tls=security is Security.STARTTLS,
    )
    controller.start()
    try:
        yield post, port
    finally:
        controller.stop()


class _Tls(Controller):
    """A server whose line is private from the first byte; its own probe has to be, too."""

    def _trigger_server(self) -> None:
        probe = ssl.create_default_context(cafile=CERTIFICATE)
        with (
            socket.create_connection(("127.0.0.1", self.port), 5) as plain,
            probe.wrap_socket(plain, server_hostname="localhost") as line,
        ):
            line.recv(1024)


def _controller(security: Security) -> Callable[..., Controller]:
    return _Tls if security is Security.TLS else Controller


def reached_at(
    port: int,
    security: Security = Security.NONE,
    *,
    host: str = "127.0.0.1",
    user: str | None = None,
    password: str | None = None,
    trusted: bool = True,
    timeout: float = 10.0,
) -> SmtpServer:
    return SmtpServer(
        host=host,
        port=port,
        security=security,
        user=user,
        password=password,
        hello="auditor.d.example",
        ca_file=CERTIFICATE if trusted else None,
        timeout=timeout,
    )
