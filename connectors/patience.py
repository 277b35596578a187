"""Noticing, while many mailboxes are read, that it is not one of them that fails but all."""

from __future__ import annotations

from threading import Lock

from auditor.source import SourceError, Transient

_ENOUGH = 20
"""Mailboxes without an answer, one after another, after which no further one is asked."""


class Patience:
    """Notices that it is not one mailbox that fails, but all of them. For any number of threads.

    A mailbox that is refused costs little, and the next may be open. One that gives no answer
    costs minutes: where it is many in a row, the rest is left for another night.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._read = 0
        self._silent = 0
        """Mailboxes in a row that gave no answer."""
        self._last: SourceError | None = None

    def saw(self, failure: SourceError | None, *, of_one: bool = False) -> None:
        """Be told how one mailbox went; ``of_one``: why it failed says nothing of any other."""
        with self._lock:
            self._silent = self._silent + 1 if isinstance(failure, Transient) else 0
            if failure is None:
                self._read += 1
            elif not of_one:
                self._last = failure

    def given_up(self) -> SourceError | None:
        """Return why no further mailbox need be asked; None: go on."""
        with self._lock:
            return self._last if self._silent >= _ENOUGH else None

    def settle(self) -> None:
        """Raise what went wrong if it went wrong everywhere."""
        if not self._read and self._last is not None:
            raise self._last
