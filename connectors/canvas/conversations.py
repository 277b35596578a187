"""What is in one person's inbox: conversations, and who was told each message of them.

Asked in the person's own name, with the word that nothing is to be marked as read. Canvas's answer
has no way to leave out subjects and texts: they go as it is read.

Who was told is said message by message. But somebody who is added to a conversation is given what
was written before, and then counts among those who were told: an adult added on Friday would stand
on Monday's message to a student alone. Canvas writes a line of its own into the conversation, with
the names of those who were added, and from it that is taken back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auditor.source import Denied, Malformed, SourceError
from connectors.canvas.asking import Asking, NotThere
from connectors.canvas.fields import (
    NO_RECORD,
    Record,
    id_of,
    ids_of,
    in_order,
    moment,
    text_of,
    written_by,
)
from connectors.canvas.sent import MARGIN, Imprints, Sent, is_answer
from connectors.canvas.users import User

SCOPES: tuple[str | None, ...] = (None, "archived", "sent")
"""Without one: all that is not archived, but for what was sent and never answered."""
OUT_OF_ORDER = "list of conversations that did not begin with the newest, read to its end"
_TOLD = "participating_user_ids"
_RECEIVED, _AUTHORED = "last_message_at", "last_authored_message_at"


class NotActing(Denied):
    """Canvas answers for somebody else than we asked for."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "Canvas does not let the token act for others, and answers for its owner",
            where=where,
            cure='Give the token\'s owner a role with "Users - act as", then run again',
        )


@dataclass(slots=True)
class Inbox:
    """What one inbox brought, or why it brought nothing."""

    sent: list[Sent] = field(default_factory=list)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(field, reason) of messages that cannot be used."""
    said: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """(what was put up with, whether something is lost by it) -> how often."""
    vanished: list[datetime | None] = field(default_factory=list)
    """Last moments of conversations that were gone when they were to be read."""
    records: int = 0
    failure: SourceError | None = None


@dataclass(frozen=True, slots=True)
class Inboxes:
    """Reads the inboxes of people, one after the other."""

    asking: Asking
    imprints: Imprints
    begins: datetime
    ends: datetime
    """The window, up to and not including this moment."""

    def of(self, user: User) -> Inbox:
        """Return what somebody's inbox holds of the window; raises ``SourceError``."""
        self._prove(user)
        inbox = Inbox()
        lately = self._lately(user, inbox)
        for id_ in sorted(lately, key=in_order):
            self._read(user, id_, lately[id_], inbox)
        return inbox

    def _prove(self, user: User) -> None:
        """Raise a ``SourceError`` unless Canvas answers in somebody's name."""
        try:
            own = id_of(self.asking.record("users/self", acting=user.id).get("id"))
        except Denied as error:
            raise Denied(
                f"Canvas does not let us ask in this person's name ({error.what})",
                where=self.asking.where,
                cure='Give the token\'s owner "Users - act as", and every permission that an '
                "administrator has whose inbox is to be read",
            ) from None
        if own != user.id:
            raise NotActing(self.asking.where)

    def _lately(self, user: User, inbox: Inbox) -> dict[str, datetime | None]:
        """Return the conversations with something in them since the window began."""
        found: dict[str, datetime | None] = {}
        for scope in SCOPES:
            asked = {} if scope is None else {"scope": scope}
            pages = self.asking.pages("conversations", asked, acting=user.id)
            for record in self._newer(pages, _AUTHORED if scope == "sent" else _RECEIVED, inbox):
                id_ = id_of(record.get("id"))
                if not id_:
                    raise self._no_form("a conversation without an id")
                found.setdefault(id_, _last_moment(record))
        return found

    def _newer(
        self, pages: Iterable[list[dict[str, Any]]], ordered_by: str, inbox: Inbox
    ) -> Iterator[Record]:
        """Yield the records of a list in which something may be newer than the window's start.

        Lists begin with the newest, so the first page on which everything is older is the last.
        One that is seen not to keep to that is read to its end.
        """
        since = self.begins - MARGIN
        before: datetime | None = None
        falling = True
        for page in pages:
            newer = 0
            for record in page:
                at = moment(record.get(ordered_by))
                falling = falling and (at is None or before is None or at <= before)
                before = at or before
                last = _last_moment(record)
                if last is None or last >= since or record.get("subscribed") is False:
                    newer += 1
                    yield record
            if page and not newer and falling:
                return
        inbox.said[OUT_OF_ORDER, False] += not falling

    def _read(self, user: User, id_: str, at: datetime | None, inbox: Inbox) -> None:
        asked = {"auto_mark_as_read": "false", "include_participant_contexts": "false"}
        try:
            document = self.asking.record(f"conversations/{id_}", asked, acting=user.id)
        except NotThere:
            inbox.vanished.append(at)
            return
        messages = document.get("messages")
        if not isinstance(messages, list):
            raise self._no_form("a conversation without messages")
        if id_of(document.get("id")) != id_:
            raise self._no_form("another conversation than was asked for")
        if not messages:
            inbox.vanished.append(at)
        records = [one for one in messages if isinstance(one, dict)]
        for _ in range(len(messages) - len(records)):
            inbox.records += 1
            inbox.refused["messages", NO_RECORD] += 1
        went = _Going(records, document.get("participants"))
        for record in records:
            self._take(user, document, record, went, inbox)

    def _take(
        self,
        user: User,
        conversation: Record,
        record: dict[str, Any],
        went: _Going,
        inbox: Inbox,
    ) -> None:
        at = moment(record.get("created_at"))
        if at is not None and not self.begins - MARGIN <= at < self.ends + MARGIN:
            return
        inbox.records += 1
        id_, author = id_of(record.get("id")), id_of(record.get("author_id"))
        if at is None or not id_ or not author:
            name = "created_at" if at is None else "author_id" if id_ else "id"
            inbox.refused[name, "without it nobody knows who wrote, or when"] += 1
            return
        told = ids_of(record.get(_TOLD))
        unparsed = () if told is not None else (_TOLD,)
        if told is None:
            told = (*(ids_of(conversation.get("audience")) or ()), user.id)
        later, complete = went.after(at)
        where = f"conversation/{id_of(conversation.get('id'))}"
        inbox.sent.append(
            Sent(
                at,
                f"{where}/{id_}",
                author,
                tuple(one for one in sorted(told, key=in_order) if one not in {author, *later}),
                where,
                user.unit,
                generated=record.get("generated") is True,
                automatic=record.get("automated") is True,
                complete=complete,
                answer=is_answer(at, author, went.said),
                unparsed=unparsed,
                imprint=self.imprints.of(conversation.get("subject"), record.get("body")),
            )
        )

    def _no_form(self, what: str) -> Malformed:
        return Malformed(
            f"Canvas answered with {what}",
            where=self.asking.where,
            cure="The next run tries again; if it stays so, tell the makers of this program",
        )


class _Going:
    """How a conversation went: who was added to it, and when, as far as Canvas's own lines tell."""

    def __init__(self, records: Sequence[Record], participants: object) -> None:
        self.said = written_by(records)
        names = _names(participants)
        self._moves: list[tuple[datetime, frozenset[str]]] = []
        for record in records:
            at = moment(record.get("created_at"))
            if record.get("generated") is True and at is not None:
                author = id_of(record.get("author_id"))
                self._moves.append((at, _named_in(text_of(record, "body"), names, author)))

    def after(self, at: datetime) -> tuple[frozenset[str], bool]:
        """Return who was added after a moment, and whether that is surely known."""
        later = [added for moved, added in self._moves if moved > at]
        return frozenset().union(*later), all(later)


def _names(participants: object) -> Mapping[str, frozenset[str]]:
    """Return the names of the people in a conversation, with the numbers of who bears each."""
    found: dict[str, set[str]] = {}
    for one in participants if isinstance(participants, list) else ():
        if isinstance(one, dict):
            for name in {text_of(one, "name"), text_of(one, "full_name")} - {""}:
                found.setdefault(name, set()).add(id_of(one.get("id")))
    return {name: frozenset(ids) for name, ids in found.items()}


def _named_in(line: str, names: Mapping[str, frozenset[str]], author: str) -> frozenset[str]:
    """Return who but its author is named in a line; nobody if it could be one or another."""
    found: set[str] = set()
    for name in sorted(names, key=lambda name: (-len(name), name)):
        line, count = re.subn(rf"(?<!\w){re.escape(name)}(?!\w)", "\0", line)
        if count and len(names[name]) > 1:
            return frozenset()
        found |= names[name] if count else frozenset()
    return frozenset(found - {author, ""})


def _last_moment(record: Record) -> datetime | None:
    """Return when anybody last wrote in a conversation.

    What somebody sent and nobody answered has a last message of one's own alone.
    """
    told = (moment(record.get(name)) for name in (_RECEIVED, _AUTHORED))
    known: Iterator[datetime] = (at for at in told if at is not None)
    return max(known, default=None)
