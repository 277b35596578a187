"""What is to be known of a mailbox's list while it is read: its order, and what was not given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_OLD_IN_A_ROW = 25
"""Messages from before the days asked for, one after another, at which a list is left."""


@dataclass(slots=True)
class Listed:
    """A message that a list names and Gmail did not give."""

    id: str
    before: datetime | None
    """When the next newer one was taken in."""
    after: datetime | None = None
    """When the next older one was."""


class Missed:
    """Remembers, while a list is read, what was not given, and between what it stood."""

    def __init__(self) -> None:
        self.found: list[Listed] = []
        self._newer: datetime | None = None

    def saw_none(self, gmail_id: str) -> None:
        self.found.append(Listed(gmail_id, self._newer))

    def saw(self, taken_in: datetime) -> None:
        """Be told of the next one that was given."""
        for one in self.found:
            one.after = one.after or taken_in
        self._newer = taken_in


class Order:
    """Watches over a list that should go from the newest backwards, and says where to leave it."""

    def __init__(self, begins: datetime) -> None:
        self._begins = begins
        self._old: list[datetime] = []

    def is_before(self, taken_in: datetime) -> bool:
        """Whether a message, the next in the list, is from before the days asked for."""
        if taken_in >= self._begins:
            self._old.clear()
            return False
        self._old.append(taken_in)
        return True

    @property
    def is_over(self) -> bool:
        """Whether so many of them stand in a row that none from those days will follow."""
        return len(self._old) >= _OLD_IN_A_ROW

    @property
    def rose(self) -> bool:
        """Whether so many stand in a row and get newer, so that those days may still follow."""
        return self.is_over and self._old[-1] > self._old[0]
