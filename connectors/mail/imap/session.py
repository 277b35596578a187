"""One mailbox's connection, made anew where it breaks, with the folder that was open in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from types import TracebackType
from typing import Self, TypeVar

from auditor.source import Transient
from connectors.mail.imap.access import Access, SignIn
from connectors.mail.imap.connection import Connection, Opened
from connectors.mail.imap.refusals import Again, given_up
from connectors.retrying import Clock, Limits, backoff

_ANSWER = TypeVar("_ANSWER")
ASKED_AGAIN = "answer that had to be asked for again"


class Session:
    """Asks one mailbox, as often as its limits allow. For one thread."""

    def __init__(
        self,
        access: Access,
        sign_in: SignIn,
        mailbox: str,
        *,
        clock: Clock,
        random: Random,
        limits: Limits,
    ) -> None:
        """Connects to nothing yet."""
        self._access = access
        self._sign_in = sign_in
        self._mailbox = mailbox
        self._clock = clock
        self._random = random
        self._limits = limits
        self._connection: Connection | None = None
        self._folder: tuple[str, Opened] | None = None
        self.said: Counter[str] = Counter()
        """What was put up with while asking."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._drop()

    def examine(self, folder: str) -> Opened:
        """Open a folder to read, and keep it open whatever becomes of the connection."""
        self._folder = None
        opened = self.ask(lambda connection: connection.examine(folder))
        self._folder = (folder, opened)
        return opened

    def ask(self, question: Callable[[Connection], _ANSWER]) -> _ANSWER:
        """Return the answer to a question; raises ``CannotGive``, ``NoFolder``, ``SourceError``."""
        tries = self._limits.tries
        for attempt in range(1, tries + 1):
            try:
                return question(self._connected())
            except Again as error:
                failed = error
                self._drop()
            self.said[ASKED_AGAIN] += 1
            if attempt < tries:
                self._clock.sleep(backoff(attempt, self._limits, self._random))
        raise given_up(failed, tries, self._access.where)

    def _connected(self) -> Connection:
        if self._connection is not None:
            return self._connection
        made = Connection.make(
            self._access, self._sign_in, self._mailbox, limits=self._limits, clock=self._clock
        )
        self._connection = made
        if self._folder is not None:
            name, before = self._folder
            if made.examine(name).validity != before.validity:
                raise Transient(
                    "a folder was numbered anew while it was read",
                    where=self._access.where,
                    cure="The next run reads it from the start",
                )
        return made

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
