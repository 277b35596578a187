"""Mail really goes to a mail server, and every way in which it may not is told apart."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from reports.delivery.sender import NO_ANSWER, DeliveryError, Denied, Transient, Unreachable
from reports.delivery.smtp import Security, SmtpSender
from tests.reports.mail_server import PASSWORD, USER, Post, free_port, reached_at, running


def mail(to: str = "p1@d.example") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "message-review@d.example", to
    message["Message-ID"] = "<one@d.example>"
    message.set_content("Everything planned was checked – all of it.\n.\n", cte="quoted-printable")
    return message


def failure(sender: SmtpSender, message: EmailMessage | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        sender.send(message or mail())
    sender.close()
    return raised.value


def sent(security: Security, *, auth: bool = False, count: int = 1, host: str = "127.0.0.1") -> Post:
    with running(security, auth=auth) as (post, port):
        user, password = (USER, PASSWORD) if auth else (None, None)
        sender = SmtpSender(reached_at(port, security, host=host, user=user, password=password))
        for _ in range(count):
            assert sender.send(mail()).answer == "250"
        sender.close()
        return post


def test_a_mail_arrives_as_it_was_written() -> None:
    post = sent(Security.NONE, count=2)
    (recipients, content), (_, again) = post.taken
    assert recipients == ("p1@d.example",)
    assert content == again == mail().as_bytes(policy=SMTP)


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_mail_arrives_by_a_private_line(security: Security) -> None:
    assert len(sent(security, host="localhost").taken) == 1


def test_signing_in() -> None:
    assert len(sent(Security.STARTTLS, auth=True).taken) == 1


def test_a_certificate_nobody_vouches_for_is_refused() -> None:
    with running(Security.STARTTLS) as (post, port):
        error = failure(SmtpSender(reached_at(port, Security.STARTTLS, trusted=False)))
        assert isinstance(error, Unreachable)
        assert "certificate" in error.what
        assert "ca_file" in error.cure
        assert not post.taken


def test_a_server_without_starttls_gets_no_mail_in_the_clear() -> None:
    with running() as (post, port):
        error = failure(SmtpSender(reached_at(port, Security.STARTTLS)))
        assert isinstance(error, Unreachable)
        assert "does not offer" in error.what
        assert not post.taken


def test_a_wrong_password_stops_everything_and_is_not_repeated() -> None:
    with running(Security.STARTTLS, auth=True) as (post, port):
        server = reached_at(port, Security.STARTTLS, user=USER, password="battery staple")
        error = failure(SmtpSender(server))
        assert isinstance(error, Unreachable)
        assert error.answer.startswith("535")
        assert "staple" not in f"{error} {server!r}"
        assert not post.taken


REFUSED = {
    "550 5.1.1 <p1@d.example> Pat Principal is unknown": (Denied, "550 5.1.1"),
    "451 4.7.1 greylisted, come back later": (Transient, "451 4.7.1"),
    "450 busy": (Transient, "450"),
    "421 4.3.2 closing": (Unreachable, "421 4.3.2"),
}


@pytest.mark.parametrize("answer", REFUSED)
def test_a_refused_recipient(answer: str) -> None:
    kind, code = REFUSED[answer]
    with running() as (post, port):
        post.recipient_answers["p1@d.example"] = answer
        error = failure(SmtpSender(reached_at(port)))
        assert type(error) is kind
        assert error.answer == code
        assert "Pat" not in str(error)
        assert not post.taken


def test_a_refused_mail_does_not_stop_the_next() -> None:
    with running() as (post, port):
        sender = SmtpSender(reached_at(port))
        post.recipient_answers["gone@d.example"] = "550 no"
        with pytest.raises(Denied):
            sender.send(mail("gone@d.example"))
        sender.send(mail())
        sender.close()
        assert [recipients for recipients, _ in post.taken] == [("p1@d.example",)]


def test_a_refused_content_is_the_mails_own_fault() -> None:
    with running() as (post, port):
        post.data_answer = "554 5.6.0 not wanted"
        assert type(failure(SmtpSender(reached_at(port)))) is Denied


def test_a_sender_that_is_not_allowed_is_a_matter_of_settings() -> None:
    with running() as (post, port):
        post.sender_answer = "550 5.7.60 not you"
        error = failure(SmtpSender(reached_at(port)))
        assert type(error) is Unreachable
        assert "delivery.sender" in error.cure


def test_a_line_that_breaks_before_the_answer_leaves_it_open() -> None:
    with running() as (post, port):
        post.cut_off = True
        error = failure(SmtpSender(reached_at(port)))
        assert type(error) is Transient
        assert error.answer == NO_ANSWER
        assert len(post.taken) == 1  # and nobody told us


def test_a_server_that_does_not_answer_in_time() -> None:
    with running() as (post, port):
        post.slow = 1.0
        assert type(failure(SmtpSender(reached_at(port, timeout=0.2)))) is Transient


def test_nobody_there() -> None:
    error = failure(SmtpSender(reached_at(free_port())))
    assert type(error) is Unreachable
    assert "could not be reached" in error.what


def test_a_server_that_speaks_plainly_where_tls_is_asked_for() -> None:
    with running() as (_, port):
        error = failure(SmtpSender(reached_at(port, Security.TLS, timeout=2)))
        assert type(error) is Unreachable
        assert "security" in error.cure


def test_a_mail_to_two_people_is_never_sent() -> None:
    with running() as (post, port):
        sender = SmtpSender(reached_at(port))
        with pytest.raises(ValueError, match="unpack"):
            sender.send(mail("p1@d.example, p2@d.example"))
        sender.close()
        assert not post.taken
