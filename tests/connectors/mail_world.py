"""Invented mail dropped as files, and one way to read it back through the connector's own door."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from auditor.keys import AddressRules
from auditor.model import Message
from auditor.source import (
    DayCoverage,
    FileSeen,
    Note,
    Page,
    Rejected,
    SourceContext,
    Window,
)
from connectors.mail import connect

WEEK = Window(date(2026, 11, 9), date(2026, 11, 15))
"""Monday to Sunday."""
WRITTEN = datetime(2026, 11, 16, 13, tzinfo=UTC)
"""When files are dropped unless a test says otherwise: the Monday after ``WEEK``, morning."""
DATE = "Tue, 10 Nov 2026 09:30:00 -0500"
SENT = datetime(2026, 11, 10, 14, 30, tzinfo=UTC)
POSTMARK = b"From coach@marlow.example Tue Nov 10 14:30:00 2026\n"
NO_FOLDING = AddressRules()


@dataclass(frozen=True, slots=True)
class Read:
    """Everything one pull delivered."""

    pages: tuple[Page, ...]

    @property
    def messages(self) -> list[Message]:
        return [fact for page in self.pages for fact in page.facts if isinstance(fact, Message)]

    @property
    def message(self) -> Message:
        (only,) = self.messages
        return only

    @property
    def rejected(self) -> list[Rejected]:
        return [row for page in self.pages for row in page.rejected]

    @property
    def notes(self) -> dict[str, int]:
        return {note.text: note.count for note in self.all_notes}

    @property
    def all_notes(self) -> list[Note]:
        return [note for page in self.pages for note in page.notes]

    @property
    def files(self) -> list[FileSeen]:
        return [file for page in self.pages for file in page.files]

    @property
    def coverage(self) -> tuple[DayCoverage, ...]:
        assert all(not page.coverage for page in self.pages[:-1])
        return self.pages[-1].coverage

    @property
    def records(self) -> int:
        return sum(page.records_read for page in self.pages)


def context(
    path: Path,
    *,
    already_read: frozenset[str] = frozenset(),
    addresses: AddressRules = NO_FOLDING,
    **settings: object,
) -> SourceContext:
    return SourceContext(
        name="mail",
        title="District e-mail",
        timezone="America/New_York",
        addresses=addresses,
        base=str(path.parent),
        settings={"path": path.name, **settings},
        already_read=already_read,
    )


def pull(
    path: Path,
    *,
    window: Window = WEEK,
    already_read: frozenset[str] = frozenset(),
    addresses: AddressRules = NO_FOLDING,
    **settings: object,
) -> Read:
    source = connect(context(path, already_read=already_read, addresses=addresses, **settings))
    return Read(tuple(source.pull(window)))


def header(
    *lines: str,
    sender: str | None = "coach@marlow.example",
    to: str | None = "kid@marlow.example",
    date: str | None = DATE,
    id: str | None = "<1@mail.marlow.example>",
) -> bytes:
    """Return a header block without its blank line; None leaves a field out."""
    usual = {"From": sender, "To": to, "Date": date, "Message-ID": id}
    fields = [f"{name}: {value}" for name, value in usual.items() if value is not None]
    return ("\n".join([*fields, *lines]) + "\n").encode("utf-8", "surrogateescape")


def mail(*lines: str, body: str = "See you at practice.\n", **fields: str | None) -> bytes:
    """Return one whole message with LF line ends."""
    return header(*lines, **fields) + b"\n" + body.encode()


def mbox(*messages: bytes, postmark: bytes = POSTMARK) -> bytes:
    return b"".join(postmark + message + b"\n" for message in messages)


def drop(path: Path, content: bytes, *, at: datetime = WRITTEN) -> Path:
    """Write a file as if it had been dropped at a given time; return it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def read_one(folder: Path, message: bytes, **settings: Any) -> Read:
    """Drop one message as an EML file and read it."""
    return pull(drop(folder / "1.eml", message), **settings)


def roles(message: Message) -> dict[str, str]:
    """Return how each address stands on a message."""
    found = {party.address.text: party.role.value for party in message.parties}
    assert len(found) == len(message.parties), "an address is there twice"
    return found


class Trickle:
    """A stream that gives its bytes in portions of the sizes listed, again and again."""

    def __init__(self, content: bytes, sizes: Sequence[int]) -> None:
        self._content = content
        self._sizes = sizes
        self._reads = 0

    def read(self, size: int = 1 << 20) -> bytes:
        portion = min(size, self._sizes[self._reads % len(self._sizes)])
        self._reads += 1
        given, self._content = self._content[:portion], self._content[portion:]
        return given


@contextmanager
def without_privileges() -> Iterator[None]:
    """Run as an account that file permissions apply to, also where tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)
