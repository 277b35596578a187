"""The folders of a mailbox: which are read, and what each of them makes of a mail in it.

What was sent is in Sent Items until its sender moves it; to delete is not to unsend, so Deleted
Items are read too. Drafts and what waits in the Outbox were never sent. Junk is left out: senders
there are forged more often than not. Conversations with colleagues that Outlook keeps among mail
are chats, and no mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock

from auditor.source import Denied, Malformed
from connectors.answers import Found
from connectors.microsoft.asking import Graph
from connectors.microsoft.users import text_of

SENT, DELETED = "sentitems", "deleteditems"
_NEVER_SENT = ("drafts", "junkemail", "outbox", "conversationhistory")
_FIELDS = {"$select": "id,childFolderCount", "$top": "100"}
_DEEPEST = 20
"""Folders within folders that are followed; Exchange itself allows more, people do not."""


class NotHere(Denied):
    """An account without a mailbox that could be read: that is about this account alone."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "there is no mailbox for it in Exchange Online: no licence, or the mailbox is "
            "elsewhere or gone",
            where=where,
            cure="If that is right, name it in leave_out",
        )


class MixedUp(Malformed):
    """One mailbox's question was given another's answer: then no answer is to be trusted."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "a question to one mailbox was given the answer of another, so nothing was kept",
            where=where,
            cure="Look for a proxy that keeps answers; if there is none, tell the makers of this "
            "program",
        )


class Homes:
    """Which mailbox each folder is of, as answers tell it. For any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._mailboxes: dict[str, str] = {}

    def check(self, folder: str, mailbox: str, where: str) -> None:
        """Raise ``MixedUp`` if a folder was told of another mailbox before."""
        with self._lock:
            if self._mailboxes.setdefault(folder, mailbox) != mailbox:
                raise MixedUp(where)


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder that is read."""

    key: str
    """By which it is asked for and kept: its id, or a name that every mailbox knows it by."""
    sent: bool = False
    """Whether everything in it was sent from the mailbox."""
    only_sent: bool = False
    """Whether only what its owner sent is taken out of it."""


def sent_folders() -> tuple[Folder, ...]:
    """Return where what was sent from a mailbox lies."""
    return Folder(SENT, sent=True), Folder(DELETED, only_sent=True)


def all_folders(graph: Graph, user: str) -> tuple[Folder, ...]:
    """Return every folder of a mailbox that holds mail; raises ``SourceError``."""
    sent = _id_of(graph, user, SENT)
    if sent is None:
        raise NotHere(graph.where)
    left_out = {_id_of(graph, user, name) for name in _NEVER_SENT}
    found = dict.fromkeys(_below(graph, f"users/{user}/mailFolders", user, left_out, 0))
    found.setdefault(sent)
    return tuple(Folder(key, sent=key == sent) for key in found)


def _below(
    graph: Graph, path: str, user: str, left_out: set[str | None], depth: int
) -> Iterator[str]:
    for record in graph.every(path, _FIELDS):
        key = text_of(record, "id")
        if not key or key in left_out:
            continue
        yield key
        if record.get("childFolderCount") != 0 and depth < _DEEPEST:
            inside = f"users/{user}/mailFolders/{key}/childFolders"
            yield from _below(graph, inside, user, left_out, depth + 1)


def _id_of(graph: Graph, user: str, name: str) -> str | None:
    """Return the id of a folder that every mailbox may have, None if this one has it not."""
    answer = graph.get(f"users/{user}/mailFolders/{name}", {"$select": "id"})
    document = answer.document if isinstance(answer, Found) else None
    return text_of(document, "id") or None if isinstance(document, dict) else None
