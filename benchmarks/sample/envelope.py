"""What is sent in the sample district, before any file format: mails, chat posts, LMS messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from benchmarks.sample.people import Human

MAIL_HOST = "mail.marlow.example"


@dataclass(frozen=True, slots=True)
class Box:
    """One address as a header writes it."""

    email: str
    name: str = ""


def box(who: Human | str) -> Box:
    return Box(who) if isinstance(who, str) else Box(who.mail, who.name)


@dataclass(frozen=True, slots=True)
class Mail:
    message_id: str
    """Without angle brackets."""
    sent_at: datetime
    """Its zone is the one the Date header shows."""
    sender: Box
    to: tuple[Box, ...]
    cc: tuple[Box, ...] = ()
    bcc: tuple[Box, ...] = ()
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = 'text/plain; charset="utf-8"'


@dataclass(frozen=True, slots=True)
class Post:
    """A chat message; ``members`` are all who are in the space, the author too."""

    external_id: str
    sent_at: datetime
    space: str
    author: str
    members: tuple[str, ...]
    group: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A message inside the LMS, between person ids."""

    external_id: str
    sent_at: datetime
    sender_id: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    thread: str


@dataclass(frozen=True, slots=True)
class AppPost:
    """A message in an app that keeps a log of its own, between person ids."""

    external_id: str
    sent_at: datetime
    tool: str
    sender_id: str
    to: tuple[str, ...]


@dataclass(slots=True)
class Outbox:
    """Collects everything sent and hands out ids, always in the same order for a seed."""

    rng: Random
    mails: list[Mail] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    apps: list[AppPost] = field(default_factory=list)

    def mail(
        self,
        sent_at: datetime,
        sender: Human | str | Box,
        to: list[Human | str],
        *,
        cc: list[Human | str] | None = None,
        bcc: list[Human | str] | None = None,
        after: Mail | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        content_type: str = 'text/plain; charset="utf-8"',
    ) -> Mail:
        """Send a mail; ``after`` is the mail it answers."""
        references = () if after is None else (*after.references, after.message_id)
        sent = Mail(
            f"{self.rng.getrandbits(60):015x}.{len(self.mails) + 1}@{MAIL_HOST}",
            sent_at,
            sender if isinstance(sender, Box) else box(sender),
            tuple(box(who) for who in to),
            tuple(box(who) for who in cc or ()),
            tuple(box(who) for who in bcc or ()),
            references,
            headers,
            content_type,
        )
        self.mails.append(sent)
        return sent

    def post(
        self,
        sent_at: datetime,
        space: str,
        author: Human | str,
        others: list[Human],
        *,
        group: bool = True,
    ) -> Post:
        email = author if isinstance(author, str) else author.mail
        members = (email, *(h.mail for h in others if h.mail != email))
        number = f"spaces/{space}/messages/{self.rng.getrandbits(40):010x}"
        sent = Post(number, sent_at, space, email, members, group)
        self.posts.append(sent)
        return sent

    def note(
        self,
        sent_at: datetime,
        sender: Human,
        to: list[Human],
        *,
        cc: list[Human] | None = None,
        after: Note | None = None,
    ) -> Note:
        number = f"LM-{self.rng.getrandbits(32):08x}-{len(self.notes) + 1}"
        sent = Note(
            number,
            sent_at,
            sender.person_id,
            tuple(h.person_id for h in to),
            tuple(h.person_id for h in cc or ()),
            number if after is None else after.thread,
        )
        self.notes.append(sent)
        return sent

    def app(
        self, sent_at: datetime, tool: str, sender: Human, to: Iterable[Human]
    ) -> AppPost:
        number = f"AP-{len(self.apps) + 1:05d}"
        sent = AppPost(number, sent_at, tool, sender.person_id, tuple(h.person_id for h in to))
        self.apps.append(sent)
        return sent

    def new_space(self) -> str:
        return f"AAA{self.rng.getrandbits(36):09x}"
