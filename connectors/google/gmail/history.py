"""What came into a mailbox since a point of its history, and what became mail since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from auditor.source import Malformed
from connectors.answers import Expired, Found, Gone
from connectors.google.asking import Api, Asking, listed
from connectors.google.gmail.copies import SENT, LeftOut, labels_of, left_out
from connectors.google.gmail.units import HISTORY, MailboxUnits

PAGE = 500
"""Ids on a page of a list or of the history; Gmail gives no more."""
_FIELDS = (
    "historyId,nextPageToken,history(id,messagesAdded/message(id,labelIds),"
    "labelsAdded(labelIds,message(id,labelIds)),labelsRemoved(labelIds,message(id,labelIds)))"
)
_BRINGS = (("messagesAdded", None), ("labelsAdded", SENT), ("labelsRemoved", "SPAM"))
"""What an entry tells of, and the label that it must be about: sent at last, or let out of Spam."""


@dataclass(slots=True)
class Since:
    """What a mailbox's history tells."""

    point: int = 0
    """How far it goes."""
    messages: dict[str, tuple[int, frozenset[str]]] = field(default_factory=dict)
    """Gmail's id of each message -> the record that tells of it, and its labels then."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Messages that need not be asked for, by the reason."""


class History:
    """Asks one mailbox for its history."""

    def __init__(self, asking: Asking, units: MailboxUnits, *, where: str) -> None:
        self._asking = asking
        self._units = units
        self._where = where

    def since(self, start: int, *, everything: bool) -> Since | None:
        """Return what came since ``start``; None if Gmail does not remember that point any more.

        Raises a ``SourceError``.
        """

        def question(gmail: Any, mark: str | None) -> Any:
            only_sent = {} if everything else {"labelId": SENT}
            return (
                gmail.users()
                .history()
                .list(
                    userId="me",
                    startHistoryId=str(start),
                    historyTypes=["messageAdded", "labelAdded", "labelRemoved"],
                    maxResults=PAGE,
                    pageToken=mark,
                    fields=_FIELDS,
                    **only_sent,
                )
            )

        points: list[int] = []
        found = Since()
        pages = self._asking.pages(
            Api.GMAIL, question, items="history", cost=self._units.cost(HISTORY), kept=True
        )
        for answer in pages:
            if isinstance(answer, (Gone, Expired)):
                return None
            points.append(point_of(answer, self._where))
            for entry in listed(answer.document, "history"):
                self._take(entry, found)
        # What a later page is newer than comes again next time: better twice than never.
        found.point = max(min(points), start)
        return found

    def _take(self, entry: dict[str, Any], found: Since) -> None:
        record = _whole(entry.get("id"))
        if record is None:
            raise unlike("an entry of its history has no number", self._where)
        for message in _changed(entry):
            gmail_id = message.get("id")
            if not isinstance(gmail_id, str) or not gmail_id:
                raise unlike("its history names a message without an id", self._where)
            labels = labels_of(message)
            reason = left_out(labels)
            if reason is None:
                found.messages.setdefault(gmail_id, (record, labels))
            elif gmail_id not in found.messages and reason is not LeftOut.DRAFT:
                found.left_out[reason] += 1


def point_of(answer: Found, where: str) -> int:
    """Return how far a mailbox's history goes, by an answer that tells; raises ``Malformed``."""
    document = answer.document
    point = _whole(document.get("historyId")) if isinstance(document, dict) else None
    if point is None:
        raise unlike("it does not say how far its history goes", where)
    return point


def unlike(what: str, where: str) -> Malformed:
    """Return the error that an answer is in which something is missing."""
    return Malformed(
        what,
        where=where,
        cure="Tell the makers of this program; Google may have changed what it answers",
    )


def _changed(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the messages that an entry brings."""
    for name, label in _BRINGS:
        for change in listed(entry, name):
            message = change.get("message")
            if isinstance(message, dict) and (label is None or label in labels_of(change)):
                yield message


def _whole(value: object) -> int | None:
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None
