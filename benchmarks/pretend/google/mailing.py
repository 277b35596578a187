"""The sample's mails as Gmail has them: a copy in each mailbox, and the rows of its log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from benchmarks.pretend.google.accounts import Accounts
from benchmarks.pretend.google.world import LogRow, Message, User
from benchmarks.pretend.sampled import header_line, headers, lag, once, subject
from benchmarks.pretend.worlds import number
from benchmarks.sample.envelope import Mail

SENT, RECEIVED = 1, 2
"""``event_info.mail_event_type``."""
Mailboxes = dict[str, tuple[Message, ...]]


def mail_of(
    mails: Iterable[Mail], accounts: Accounts, *, late: float, log_shows_bcc: bool
) -> tuple[Mailboxes, list[LogRow]]:
    """Return every mailbox, oldest copy first, and the rows of the mail log."""
    boxes: dict[str, list[Message]] = defaultdict(list)
    rows: list[LogRow] = []
    for mail in once(mails):
        journey = _Journey(mail, accounts)
        for user_id, message in journey.copies():
            boxes[user_id].append(message)
        rows.extend(_rows(journey, late, log_shows_bcc=log_shows_bcc))
    return {
        user_id: tuple(sorted(messages, key=lambda m: (m.at, m.id)))
        for user_id, messages in boxes.items()
    }, rows


@dataclass
class _Journey:
    """One mail from its sender's outbox to every mailbox it reaches."""

    mail: Mail
    accounts: Accounts

    def __post_init__(self) -> None:
        mail = self.mail
        self.sender: User | None = self.accounts.user(mail.sender.email)
        self.direct = {
            user.id
            for box in (*mail.to, *mail.cc, *mail.bcc)
            if (user := self.accounts.user(box.email)) is not None
        }
        self.readers = {
            user.id: user
            for box in (*mail.to, *mail.cc, *mail.bcc)
            for user in self.accounts.reached(box.email, mail.sent_at)
        }
        if self.sender is not None and self.sender.id not in self.direct:
            # a list does not bring one's own mail back
            self.readers.pop(self.sender.id, None)

    def copies(self) -> Iterator[tuple[str, Message]]:
        shown, blind = headers(self.mail), header_line("Bcc", self.mail.bcc)
        if self.sender is not None:
            labels = ("SENT", "INBOX") if self.sender.id in self.readers else ("SENT",)
            yield self.sender.id, self._copy(self.sender, labels, (*shown, *blind))
        for user in self.readers.values():
            if self.sender is None or user.id != self.sender.id:
                delivered = (("Delivered-To", user.email), *shown)
                yield user.id, self._copy(user, ("INBOX", "UNREAD"), delivered)

    def _copy(
        self, user: User, labels: tuple[str, ...], headers: tuple[tuple[str, str], ...]
    ) -> Message:
        mail = self.mail
        started = (*mail.references, mail.message_id)[0]
        delay = timedelta(seconds=0 if "SENT" in labels else 2)
        return Message(
            f"{number(user.id, mail.message_id):016x}",
            f"{number(user.id, started):016x}",
            mail.sent_at.astimezone(UTC) + delay,
            labels,
            headers,
            size=1_200 + number(mail.message_id) % 9_000,
        )


# ---- the log ---------------------------------------------------------------------------------


def _rows(journey: _Journey, late: float, *, log_shows_bcc: bool) -> Iterator[LogRow]:
    mail = journey.mail
    addressed = [b.email for b in (*mail.to, *mail.cc, *(mail.bcc if log_shows_bcc else ()))]
    if journey.sender is not None:
        yield _row(mail, journey.sender, SENT, addressed, late)
    for user in journey.readers.values():
        yield _row(mail, user, RECEIVED, [user.email], late)


def _row(mail: Mail, user: User, kind: int, addressed: list[str], late: float) -> LogRow:
    qualifier = number(kind, user.id, mail.message_id, bits=64) - 2**63
    at = mail.sent_at.astimezone(UTC) + timedelta(seconds=2 * (kind == RECEIVED))
    usec = int(at.timestamp() * 1_000_000)
    event: dict[str, Any] = {
        "mail_event_type": kind,
        "timestamp_usec": usec,
        "elapsed_time_usec": 1_000 + abs(qualifier) % 500_000,
        "success": True,
    }
    if kind == SENT:
        event["client_context"] = {"client_type": "WEB"}
    return LogRow(
        "gmail",
        at,
        user.email,
        "delivery_type",
        "delivery",
        {"event_info": event, "message_info": _message_info(mail, kind, addressed)},
        qualifier,
        at + timedelta(minutes=1) + lag(late, timedelta(minutes=89), qualifier),
        {
            "ipAddress": "203.0.113.7",
            "resourceDetails": [
                {
                    "id": f"{user.id}/<{mail.message_id}>",
                    "type": "EMAIL",
                    "title": subject(mail),
                }
            ],
        },
    )


def _message_info(mail: Mail, kind: int, addressed: list[str]) -> Mapping[str, Any]:
    service = "gmail-for-work-catchall" if kind == RECEIVED else "smtp-outbound"
    return {
        "rfc2822_message_id": f"<{mail.message_id}>",
        "subject": subject(mail),
        "payload_size": 1_200 + number(mail.message_id) % 9_000,
        "num_message_attachments": 0,
        "is_spam": False,
        "action_type": 10 if kind == SENT else 3,
        "source": {
            "address": mail.sender.email,
            "from_header_address": mail.sender.email,
            "from_header_displayname": mail.sender.name,
            "service": "gmail-ui" if kind == SENT else "smtp-inbound",
        },
        "destination": [{"address": a, "service": service} for a in addressed],
        "flattened_destinations": ", ".join(f"{service}::{a}" for a in addressed),
        "connection_info": {"is_internal": True, "is_intra_domain": True},
    }


