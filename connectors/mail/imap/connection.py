"""One connection to an IMAP server, by which nothing can be changed there.

Folders are opened by EXAMINE, which is SELECT without the right to change anything, and headers
are asked for by BODY.PEEK, which leaves a message unread. No other command is ever sent.

A server is not believed: no answer may take longer than a while or hold more than so much, however
it drips. Where it breaks off or makes no sense the connection is made anew (``session``).
"""

from __future__ import annotations

import imaplib
import logging
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from auditor.source import Denied
from connectors.mail.imap.access import Access, SignIn
from connectors.mail.imap.refusals import Again, CannotGive, NotLetIn, denied, refusal
from connectors.retrying import Clock, Limits

# At DEBUG the library writes what goes over the wire into its log, headers and all.
logging.getLogger("imapclient").setLevel(logging.WARNING)

_RANGE = 50_000
"""Numbers of messages that are looked through at once; a sparse folder in ``_MOST_RANGES``."""
_MOST_RANGES = 100

Given = Mapping[bytes, Any]
"""What the server told of one message: the name of each item -> its value."""
_FAILURES = (imaplib.IMAP4.error, OSError, ValueError, TypeError, IndexError)
"""What the library raises: refusals, broken connections, and answers that it cannot read."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder as EXAMINE shows it."""

    validity: int
    """UIDVALIDITY: as long as it stays the same, numbers of messages mean the same messages."""
    next_uid: int | None
    """The number that the next message will have at the least, where the server tells."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One folder as LIST shows it."""

    name: str
    flags: frozenset[bytes]
    """In small letters: ``\\sent``, ``\\noselect``."""


class _Bounds:
    """How much may still be read of an answer, and until when."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Be told that a new question is put."""
        self._left = self._limits.largest_answer
        self._until = self._clock.monotonic() + self._limits.answer_seconds

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise imaplib.IMAP4.abort("unexpected size of an answer")
        if self._clock.monotonic() > self._until:
            raise TimeoutError("the answer did not end in time")


class _Plain(IMAP4WithTimeout):  # type: ignore[misc]  # imapclient has no types
    bounds: _Bounds

    def read(self, size: int) -> bytes:
        self.bounds.take(size)
        return bytes(super().read(size))

    def readline(self) -> bytes:
        self.bounds.take(0)
        return bytes(super().readline())


class _Secured(IMAP4_TLS):  # type: ignore[misc]  # imapclient has no types
    bounds: _Bounds

    def read(self, size: int) -> bytes:
        self.bounds.take(size)
        return bytes(super().read(size))

    def readline(self) -> bytes:
        self.bounds.take(0)
        return bytes(super().readline())


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient has no types
    """The library's client, over a connection with bounds."""

    def __init__(self, access: Access, tls: ssl.SSLContext | None, limits: Limits, clock: Clock):
        self._bounds = _Bounds(limits, clock)
        timeout = SocketTimeout(limits.connect_seconds, limits.read_seconds)
        super().__init__(
            access.host, access.port, ssl=access.tls, ssl_context=tls, timeout=timeout
        )
        self.normalise_times = False
        self._imap.debug = 0
        # The library writes a sign-in in two parts, and the second would wait for an answer.
        self.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802  (the library's name)
        kind = _Secured if self.ssl else _Plain
        made = type(kind.__name__, (kind,), {"bounds": self._bounds})
        more = (self.ssl_context,) if self.ssl else ()
        found: imaplib.IMAP4 = made(self.host, self.port, *more, self._timeout.connect)
        return found

    def begin(self) -> None:
        self._bounds.begin()


class Connection:
    """Signed in to one mailbox. ``Again``, ``CannotGive``, ``NoFolder`` or ``SourceError`` say
    what went wrong, of every method alike.
    """

    def __init__(self, client: _Client, where: str) -> None:
        self._client = client
        self._where = where

    @classmethod
    def make(
        cls, access: Access, sign_in: SignIn, mailbox: str, *, limits: Limits, clock: Clock
    ) -> Connection:
        """Connect and sign in; raises ``NotLetIn`` where that is refused."""
        try:
            return cls._made(access, sign_in, mailbox, limits, clock)
        except Denied as error:
            raise NotLetIn(error.what, where=error.where, cure=error.cure) from None

    @classmethod
    def _made(
        cls, access: Access, sign_in: SignIn, mailbox: str, limits: Limits, clock: Clock
    ) -> Connection:
        where = access.where
        tls = access.trust()
        try:
            with _told(where, "connecting"):
                client = _Client(access, tls, limits, clock)
        except CannotGive:
            raise Again("the server did not say what it can do") from None
        made = cls(client, where)
        try:
            with _told(where, "signing in"):
                sign_in.enter(client, mailbox)
        except CannotGive:
            made.close()
            raise denied("signing in was refused", where) from None
        except BaseException:
            made.close()
            raise
        return made

    def close(self) -> None:
        """End the connection; nothing is said to a server that does not answer any more."""
        with suppress(*_FAILURES):
            self._client.shutdown()

    def folders(self) -> list[Listed]:
        """Return the folders of the mailbox itself, not those that others share with it."""
        client = self._client
        with self._asking("listing the folders"):
            foreign = _foreign(client) if client.has_capability("NAMESPACE") else ()
            told = client.list_folders()
        return [
            Listed(str(name), frozenset(bytes(flag).lower() for flag in flags))
            for flags, _, name in told
            if not str(name).startswith(foreign)
        ]

    def examine(self, folder: str) -> Opened:
        with self._asking("opening a folder"):
            told = self._client.select_folder(folder, readonly=True)
            following = told.get(b"UIDNEXT")
            return Opened(
                int(told[b"UIDVALIDITY"]) if b"UIDVALIDITY" in told else 0,
                None if following is None else int(following),
            )

    def found(
        self, after: int, opened: Opened, *, since: date | None = None
    ) -> list[int]:
        """Return the numbers above ``after``, ascending; ``since`` is a day to begin with.

        They are asked for by ranges: the library reads no line of more than a million bytes.
        """
        more = [] if since is None else ["SINCE", since]
        first, width = after + 1, _RANGE
        found: set[int] = set()
        if opened.next_uid is not None:
            width = max(_RANGE, (opened.next_uid - first) // _MOST_RANGES)
            while opened.next_uid - first > width:
                found.update(self._search(["UID", f"{first}:{first + width - 1}", *more]))
                first += width
        found.update(self._search(["UID", f"{first}:*", *more]))
        # "n:*" holds the newest message even where that is older.
        return sorted(uid for uid in found if uid > after)

    def fetch(self, uids: Sequence[int], items: Iterable[str]) -> dict[int, Given]:
        """Return what the server tells of some messages; what it says nothing of is left out."""
        with self._asking("reading headers"):
            found: dict[int, Given] = self._client.fetch(list(uids), list(items))
        return found

    def _search(self, criteria: list[Any]) -> list[int]:
        with self._asking("looking for new messages"):
            return [int(uid) for uid in self._client.search(criteria)]

    @contextmanager
    def _asking(self, doing: str) -> Iterator[None]:
        self._client.begin()
        with _told(self._where, doing):
            yield


@contextmanager
def _told(where: str, doing: str) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise refusal(error, where=where, doing=doing) from None


def _foreign(client: IMAPClient) -> tuple[str, ...]:
    """Return what names of folders begin with that are other people's, or everybody's."""
    told = client.namespace()
    return tuple(
        str(prefix) for kind in (told.other, told.shared) for prefix, _ in kind or () if prefix
    )
