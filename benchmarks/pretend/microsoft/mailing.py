"""The sample's mails as Exchange has them: a copy in each mailbox, and the rows of its trace."""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from benchmarks.pretend.microsoft.world import Box, Group, Message, Trace, User, guid
from benchmarks.pretend.sampled import headers, lag, once, subject
from benchmarks.pretend.worlds import Accounts, number
from benchmarks.sample import envelope
from benchmarks.sample.envelope import Mail

Mailboxes = dict[str, tuple[Message, ...]]
USUALLY = timedelta(minutes=10)
"""Within which the trace shows a mail."""


def mail_of(
    mails: Iterable[Mail], accounts: Accounts[User, Group], *, late: float
) -> tuple[Mailboxes, list[Trace]]:
    """Return every mailbox, oldest copy first, and the rows of the trace."""
    boxes: dict[str, list[Message]] = defaultdict(list)
    traces: list[Trace] = []
    for mail in once(mails):
        journey = _Journey(mail, accounts)
        for user_id, message in journey.copies():
            boxes[user_id].append(message)
        traces += (_trace(mail, *stop, late) for stop in journey.stops())
    return {
        user_id: tuple(sorted(messages, key=lambda m: (m.at, m.id)))
        for user_id, messages in boxes.items()
    }, traces


@dataclass
class _Journey:
    """One mail from its sender's outbox to every mailbox it reaches."""

    mail: Mail
    accounts: Accounts[User, Group]

    @cached_property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return headers(self.mail)

    @cached_property
    def sender(self) -> User | None:
        return self.accounts.user(self.mail.sender.email)

    @property
    def addressed(self) -> list[str]:
        return [box.email for box in (*self.mail.to, *self.mail.cc, *self.mail.bcc)]

    def readers(self) -> dict[str, User]:
        """Return whose mailboxes it reaches; a list brings one's own mail back too."""
        return {
            user.id: user
            for address in self.addressed
            for user in self.accounts.reached(address, self.mail.sent_at)
            if user.has_mailbox
        }

    def copies(self) -> Iterator[tuple[str, Message]]:
        sender = self.sender
        if sender is not None and sender.has_mailbox:
            yield sender.id, self._copy(sender, "sentitems")
        for user in self.readers().values():
            yield user.id, self._copy(user, "inbox")

    def _copy(self, user: User, folder: str) -> Message:
        mail, sent = self.mail, folder == "sentitems"
        started = (*mail.references, mail.message_id)[0]
        return Message(
            f"AAMk{number(user.id, folder, mail.message_id):016x}=",
            f"AAQk{number(user.id, started):016x}=",
            folder,
            mail.sent_at.astimezone(UTC) + timedelta(seconds=0 if sent else 2),
            mail.sent_at.astimezone(UTC),
            f"<{mail.message_id}>",
            _box(mail.sender),
            tuple(map(_box, mail.to)),
            tuple(map(_box, mail.cc)),
            tuple(map(_box, mail.bcc)) if sent else (),
            headers=() if sent else self.headers,
            subject=subject(mail),
            index=_index(started, len(mail.references)),
            meeting=mail.content_type.startswith("text/calendar"),
        )

    def stops(self) -> Iterator[tuple[str, str, bool]]:
        """Yield (address, status, whether it is outside), each address once.

        A list comes before its members. Mail between two people outside passes nobody's trace.
        """
        found: dict[str, tuple[str, bool]] = {}
        for address in self.addressed:
            if self.accounts.group(address) is not None:
                self._expand(address, found)
            elif (user := self.accounts.user(address)) is not None:
                status = "delivered" if user.has_mailbox else "failed"
                found.setdefault(user.address, (status, False))
            elif self.sender is not None:
                found.setdefault(address, ("delivered", True))
        for address, (status, outside) in found.items():
            yield address, status, outside

    def _expand(self, address: str, found: dict[str, tuple[str, bool]]) -> None:
        group = self.accounts.group(address)
        if group is None or group.email in found:
            return
        found[group.email] = ("expanded", False)
        for seat in group.seats:
            if not seat.holds(self.mail.sent_at):
                continue
            user = self.accounts.user(seat.email)
            if user is not None:
                found.setdefault(user.address, ("delivered", False))
            elif self.accounts.group(seat.email) is not None:
                self._expand(seat.email, found)
            else:
                found.setdefault(seat.email, ("delivered", True))


def _index(started: str, answers: int) -> str:
    """Return a conversation index: a head with a number all share, and a block for each answer."""
    shared = b"".join(number(part, started).to_bytes(8) for part in ("high", "low"))
    return b64encode(b"\x01" + bytes(5) + shared + bytes(5) * answers).decode()


def _box(box: envelope.Box) -> Box:
    return box.email, box.name


def _trace(mail: Mail, recipient: str, status: str, outside: bool, late: float) -> Trace:
    at = mail.sent_at.astimezone(UTC)
    shown = at + timedelta(seconds=30) + lag(late, USUALLY, mail.message_id, recipient)
    later: tuple[tuple[datetime, str], ...] = ()
    if shown > at + timedelta(hours=1):
        later = ((shown + timedelta(hours=1), status),)
    return Trace(
        guid(mail.message_id),
        f"<{mail.message_id}>",
        mail.sender.email,
        recipient,
        at,
        shown,
        "pending" if later else status,
        later,
        subject(mail),
        1_200 + number(mail.message_id) % 9_000,
        from_ip="203.0.113.7",
        to_ip="198.51.100.25" if outside else "",
    )
