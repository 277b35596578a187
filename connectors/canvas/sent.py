"""One message as Canvas tells it, without its text, and the regrouping of those sent in bulk.

A teacher who writes to a class "individually" makes as many one-to-one conversations as there are
recipients, and each looks as if it were the only one. What makes them one announcement is that
they are the same: one author, one subject, one text, within a minute of each other. Subject and
text are compared by a hash with a key that is made for one pull and thrown away with it. An answer
is never part of a sending: whoever says "Yes" to two students in one minute has answered each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random

TOGETHER = timedelta(minutes=1)
"""So long after one message the next of the same sending may come."""
MARGIN = timedelta(minutes=10)
"""Read beyond both ends of the window, so that a sending is not cut in two by it."""
_ANSWERS_WITHIN = timedelta(days=1)
"""So long after somebody else's word a message is an answer to it. Canvas goes on with an old
conversation of two people where it can, so that what is sent to a class may follow last month's."""
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Sent:
    """A message or a comment."""

    at: datetime
    id: str
    """What it is called in reports."""
    author: str
    """Canvas's number of who wrote it."""
    others: tuple[str, ...]
    """Numbers of who else was told, in order."""
    thread: str
    unit: str
    """Where it was found."""
    comment: bool = False
    generated: bool = False
    """Whether Canvas wrote it: "Ben was added to the conversation"."""
    automatic: bool = False
    """Whether it is an answer for somebody who is away."""
    complete: bool = True
    """Whether it is known who else was told."""
    answer: bool = False
    """Whether somebody else had the last word before it, not long ago."""
    unparsed: tuple[str, ...] = ()
    imprint: bytes = b""
    """Hash of what it says and what it is about."""
    bulk: bool = False
    """Whether it stands for several that were sent one by one."""


class Imprints:
    """Makes hashes by which equal texts are known, for as long as this object lives."""

    def __init__(self, random: Random) -> None:
        self._key = random.randbytes(_KEY_BYTES)

    def of(self, *texts: object) -> bytes:
        """Return the hash of some texts; what is no text stands for itself."""
        state = blake2b(key=self._key, digest_size=16)
        for text in texts:
            written = repr(text).encode("utf-8", "backslashreplace")
            state.update(len(written).to_bytes(8, "big") + written)
        return state.digest()


def is_answer(at: datetime, author: str, said: Iterable[tuple[datetime, str]]) -> bool:
    """Whether a message answers somebody; ``said`` is when who wrote in the same place."""
    before = [(moment, who) for moment, who in said if at - _ANSWERS_WITHIN <= moment < at]
    return bool(before) and max(before)[1] != author


def regrouped(sent: Iterable[Sent], authors: Container[str]) -> Iterator[Sent]:
    """Yield messages in the order of time, those sent in bulk as one to all of its recipients.

    It bears the id of its first message, so that reading it again gives the same. ``authors`` are
    those whose inboxes were read: what others sent is seen in part, and a student's question to
    several teachers stays in the conversations in which it is answered.
    """
    alike: dict[tuple[str, bytes, bool], list[Sent]] = defaultdict(list)
    found: list[Sent] = []
    for one in sorted(sent, key=_order):
        plain = one.complete and not (one.generated or one.automatic or one.answer)
        if len(one.others) == 1 and plain and one.author in authors:
            alike[one.author, one.imprint, one.comment].append(one)
        else:
            found.append(one)
    for several in alike.values():
        for sending in _sendings(several):
            found += _joined(sending, authors)
    yield from sorted(found, key=_order)


def _order(one: Sent) -> tuple[datetime, int, str]:
    return one.at, len(one.id), one.id


def _sendings(several: list[Sent]) -> Iterator[list[Sent]]:
    """Cut messages, in the order of time, wherever more than a minute passed."""
    sending: list[Sent] = []
    for one in several:
        if sending and one.at - sending[-1].at > TOGETHER:
            yield sending
            sending = []
        sending.append(one)
    yield sending


def _joined(sending: list[Sent], colleagues: Container[str]) -> list[Sent]:
    others = tuple(dict.fromkeys(other for one in sending for other in one.others))
    # One student and colleagues: joined, a colleague would stand on what the student got alone.
    if len(others) == 1 or sum(one not in colleagues for one in others) == 1:
        return sending
    first = sending[0]
    thread = f"bulk/{first.id}"
    return [replace(first, others=others, thread=thread, bulk=True)]
