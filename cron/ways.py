"""By what way mail goes out: the district's mail server, or the vendor its mailboxes are at."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from random import Random

from auditor import source
from auditor.private import SecretError
from auditor.source import CheckResult
from connectors.google.asking import Google
from connectors.google.sending import GmailOutbox
from connectors.microsoft.asking import Graph
from connectors.microsoft.sending import GraphOutbox
from connectors.retrying import Limits, this_machine
from cron.delivery_settings import GmailLine, GraphLine, Line, SmtpLine
from cron.passwords import read_password
from reports.delivery.sender import (
    NO_ANSWER,
    DeliveryError,
    Denied,
    Receipt,
    Sender,
    Transient,
    Unreachable,
)
from reports.delivery.smtp import SmtpSender, SmtpServer

_TAKEN = "taken"


class CloudSender:
    """A ``Sender`` that hands mail to the cloud the district's mailboxes are at."""

    def __init__(self, line: GmailLine | GraphLine) -> None:
        self._line = line
        clock, random = this_machine(), Random()  # noqa: S311  (spreads waiting, hides nothing)
        self._cloud: Google | Graph
        self._outbox: GmailOutbox | GraphOutbox
        if isinstance(line, GmailLine):
            # Once: of an answer that was lost nobody knows whether the mail was taken.
            once = Limits(tries=1)
            cloud = Google(line.access, where="Gmail", clock=clock, random=random, limits=once)
            self._cloud, self._outbox = cloud, GmailOutbox(cloud, line.access.admin)
        else:
            graph = Graph(line.access, where="Exchange Online", clock=clock, random=random)
            self._cloud, self._outbox = graph, GraphOutbox(graph, line.mailbox, line.another)

    def send(self, message: EmailMessage) -> Receipt:
        """Hand one mail over; raises ``Denied``, ``Transient`` or ``Unreachable``."""
        try:
            taken = self._outbox.send(message.as_bytes(policy=SMTP))
        except source.SourceError as error:
            raise _in_our_terms(error) from None
        if not taken:
            raise Unreachable(
                "the mailbox that reports come from is not known there",
                where=str(self._line),
                cure="Mend delivery.sender",
                answer="404",
            )
        return Receipt(_TAKEN)

    def check(self) -> list[CheckResult]:
        """Say whether the mailbox may be sent from, and nothing more be done."""
        return self._outbox.check()

    def close(self) -> None:
        """Let go of the connection."""
        self._cloud.close()


def _in_our_terms(error: source.SourceError) -> DeliveryError:
    kind: type[DeliveryError] = Denied
    if isinstance(error, source.Denied):
        kind = Unreachable
    elif isinstance(error, source.Transient):
        kind = Transient
    return kind(error.what, where=error.where, cure=error.cure, answer=NO_ANSWER)


def sender_by(line: Line) -> Sender:
    """Return what hands mail over; raises ``SecretError``."""
    return _smtp(line) if isinstance(line, SmtpLine) else CloudSender(line)


def _smtp(line: SmtpLine) -> SmtpSender:
    return SmtpSender(
        SmtpServer(
            host=line.host,
            port=line.port,
            security=line.security,
            user=line.user,
            password=None if line.password is None else read_password(line.password),
            hello=line.hello,
            ca_file=line.ca_file,
            timeout=line.timeout,
        )
    )


def reach(line: Line) -> list[CheckResult]:
    """Say whether mail could go out by this way; none is offered."""
    if not isinstance(line, SmtpLine):
        sender = CloudSender(line)
        try:
            return sender.check()
        finally:
            sender.close()
    try:
        smtp = _smtp(line)
    except SecretError as error:
        return [CheckResult(False, f"{error.where}: {error.what}", error.cure)]
    try:
        smtp.connect()
    except DeliveryError as error:
        return [CheckResult(False, f"{line}: {error.what}", error.cure)]
    finally:
        smtp.close()
    return [CheckResult(True, f"{line}: can be reached")]
