r"""The folders of a mailbox: which are read, and what each of them makes of a mail in it.

Servers mark what a folder is for (RFC 6154): \Sent, \Drafts, \Junk, \Trash. Where they do not,
the settings name them; no name is ever guessed at. To delete is not to unsend, so what was deleted
is read too. Drafts were never sent. Junk is left out: senders there are forged more often than not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.source import Denied
from connectors.mail.imap.connection import Listed
from connectors.mail.imap.settings import ImapSettings, Kind

_NO_FOLDER = frozenset((b"\\noselect", b"\\nonexistent"))
_PASSED_OVER = frozenset((b"\\drafts", b"\\junk", b"\\flagged", b"\\important"))
"""What was never sent, what is forged, and folders that only show again what lies in others."""
_SENT, _TRASH = b"\\sent", b"\\trash"


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder that is read."""

    name: str
    sent: bool = False
    """Whether everything in it was sent from the mailbox."""
    only_sent: bool = False
    """Whether only what its owner sent is taken out of it."""


def chosen(listed: Iterable[Listed], settings: ImapSettings, where: str) -> tuple[Folder, ...]:
    """Return the folders to read, in the order of their names; raises ``Denied``."""
    there = {one.name: one for one in listed if _NO_FOLDER.isdisjoint(one.flags)}
    _require(there, settings, where)
    found = tuple(_chosen(there, settings))
    if not settings.received and not any(folder.sent for folder in found):
        raise Denied(
            "which folder holds what was sent the server does not say",
            where=where,
            cure="Name it in sent_folders",
        )
    return found


def _chosen(there: dict[str, Listed], settings: ImapSettings) -> Iterator[Folder]:
    people = settings.kind is Kind.PEOPLE
    for name, listed in sorted(there.items()):
        named = not settings.folders or name in settings.folders
        if not named or name in settings.leave_out_folders:
            continue
        sent = people and (_SENT in listed.flags or name in settings.sent_folders)
        chosen_by_name = sent or name in settings.folders
        if not chosen_by_name and not _PASSED_OVER.isdisjoint(listed.flags):
            continue
        if settings.received or sent:
            yield Folder(name, sent)
        elif _TRASH in listed.flags:
            yield Folder(name, only_sent=True)


def _require(there: dict[str, Listed], settings: ImapSettings, where: str) -> None:
    missing = [name for name in (*settings.folders, *settings.sent_folders) if name not in there]
    if missing:
        raise Denied(
            f"{len(missing)} of the folders that the settings name are not there",
            where=where,
            cure="Write them as the server lists them, with what separates folders within folders",
        )
