"""The port that mail goes out by. A sender takes one whole mail, or says why it does not.

Errors are grouped by what the caller does: ``Denied`` means that this mail is never sent again,
``Transient`` that it is offered again later, ``Unreachable`` that no other mail can be sent now
either. What a server says in words is never passed on, for it may name people; its code is.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

NO_ANSWER = "no answer"
"""Stands in place of an answer where the line broke or nobody spoke in time."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Somebody has taken a mail over. ``answer`` is a code or a place, free of names."""

    answer: str


class DeliveryError(Exception):
    """A mail was not taken. ``what`` holds neither an address nor a server's own words."""

    def __init__(self, what: str, *, where: str, cure: str, answer: str) -> None:
        super().__init__(f"{where}: {what}. {cure}")
        self.what = what
        self.where = where
        self.cure = cure
        self.answer = answer


class Denied(DeliveryError):
    """This mail will not be taken, however often it is offered."""


class Transient(DeliveryError):
    """This mail was not taken now; whether it was is not known if the line broke."""


class Unreachable(Transient):
    """No mail can be sent at all: no connection, no trust, no permission to send."""


class Sender(Protocol):
    """Takes mails, one recipient each, over from us."""

    def send(self, message: EmailMessage) -> Receipt:
        """Hand a mail over; raises ``Denied``, ``Transient`` or ``Unreachable``."""
        ...

    def close(self) -> None:
        """Let go of whatever is open; never raises."""
        ...
