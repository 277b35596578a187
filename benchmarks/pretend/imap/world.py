"""What lies on a pretended IMAP server: mailboxes, their folders, and messages with numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.pretend.sampled import account_holders, further_addresses, headers, once
from benchmarks.sample.planted import Stage


@dataclass(frozen=True, slots=True)
class Stored:
    """One message of a folder."""

    uid: int
    taken_in: datetime
    content: bytes
    """Header, blank line and body, with CRLF."""
    flags: tuple[str, ...] = ()


@dataclass(slots=True)
class Folder:
    """One folder. ``use`` is its special-use attribute, with the backslash."""

    messages: list[Stored] = field(default_factory=list)
    use: str = ""
    validity: int = 1
    next_uid: int = 1

    def take(self, content: bytes, taken_in: datetime, *flags: str) -> Stored:
        """Put a message in, as a delivery does."""
        stored = Stored(self.next_uid, taken_in, content, flags)
        self.messages.append(stored)
        self.next_uid += 1
        return stored

    def number_anew(self) -> None:
        """Give every message another number, as a rebuilt index does."""
        self.validity += 1
        old, self.messages, self.next_uid = self.messages, [], 1
        for one in reversed(old):
            self.take(one.content, one.taken_in, *one.flags)


@dataclass(slots=True)
class Mailbox:
    """Somebody's mailbox."""

    password: str = "secret"
    folders: dict[str, Folder] = field(default_factory=dict)

    @classmethod
    def usual(cls) -> Mailbox:
        """Return an empty mailbox with the folders that every one has."""
        marked = {"Sent": "\\Sent", "Drafts": "\\Drafts", "Junk": "\\Junk", "Trash": "\\Trash"}
        found = {"INBOX": Folder()}
        return cls(folders=found | {name: Folder(use=use) for name, use in marked.items()})


def crlf(text: bytes) -> bytes:
    return b"\r\n".join(text.splitlines()) + b"\r\n"


def mailboxes_of(stage: Stage, people: Iterable[str]) -> dict[str, Mailbox]:
    """Return the mailboxes of some people of the sample district, with what they sent and got."""
    holders = {human.mail: human for human in account_holders(stage)}
    aliases = further_addresses(stage)
    found = {address: Mailbox.usual() for address in people}
    own = {a: {a, *aliases.get(holders[a].person_id, ())} for a in found}
    for mail in sorted(once(stage.outbox.mails), key=lambda one: one.sent_at):
        lines = headers(mail)
        named = {box.email for box in (*mail.to, *mail.cc, *mail.bcc)}
        for address, mailbox in found.items():
            if mail.sender.email in own[address]:
                more = (("Bcc", ", ".join(box.email for box in mail.bcc)),) if mail.bcc else ()
                mailbox.folders["Sent"].take(_written((*lines, *more)), mail.sent_at, "\\Seen")
            elif not named.isdisjoint(own[address]):
                at = mail.sent_at + timedelta(seconds=2)
                stamp = ("Received", f"from mx.marlow.example; {at:%a, %d %b %Y %H:%M:%S %z}")
                mailbox.folders["INBOX"].take(_written((stamp, *lines)), at)
    return found


def _written(lines: Iterable[tuple[str, str]]) -> bytes:
    head = "\r\n".join(f"{name}: {value}" for name, value in lines)
    return f"{head}\r\n\r\nzephyrquill in the text\r\n".encode()
