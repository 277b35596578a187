"""The settings of the source ``imap``, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from auditor.keys import canonical_email
from auditor.source import SourceContext
from connectors.mail.imap.access import REACH, Access
from connectors.options import MOST_THREADS, flag, number, text, texts, unknown

_COMMON = frozenset(("connector", "title", *REACH))
_USUAL_THREADS = 4


class Kind(StrEnum):
    """What lies in the mailboxes."""

    PEOPLE = "people"
    JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """Which mailboxes are read, and what of them."""

    mailboxes: tuple[str, ...]
    """Addresses of the mailboxes, canonical; each is signed in to by its address."""
    kind: Kind = Kind.PEOPLE
    """Whether they are people's mailboxes, or journals that a mail server puts copies into."""
    received: bool = True
    """Whether everything is read, and not only what was sent."""
    folders: tuple[str, ...] = ()
    """Names of the only folders that are read; none: all but drafts and junk."""
    sent_folders: tuple[str, ...] = ()
    """Names of folders with what was sent, where the server does not mark one."""
    leave_out_folders: tuple[str, ...] = ()
    """Names of folders that are not read: junk, where the server does not mark it."""
    threads: int = _USUAL_THREADS
    """Mailboxes read at the same time."""
    tool: str = "email"
    """Name of the mail system in the district's tool catalogue."""

    @classmethod
    def of(cls, context: SourceContext) -> tuple[ImapSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        own = {field.name for field in fields(cls)}
        mistakes = unknown(settings, _COMMON | own, "imap")
        access = Access.of(context, mistakes)
        kind = str(settings.get("kind", Kind.PEOPLE))
        if kind not in tuple(Kind):
            mistakes.append(f"kind must be one of {', '.join(Kind)}")
        found = cls(
            _mailboxes(settings, mistakes),
            Kind(kind) if kind in tuple(Kind) else Kind.PEOPLE,
            flag(settings, "received", mistakes, default=True),
            texts(settings, "folders", mistakes),
            texts(settings, "sent_folders", mistakes),
            texts(settings, "leave_out_folders", mistakes),
            number(settings, "threads", _USUAL_THREADS, MOST_THREADS, mistakes),
            text(settings, "tool", mistakes) or "email",
        )
        if found.kind is Kind.JOURNAL and not found.received:
            mistakes.append("received must be left out for a journal: all of it was received")
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _mailboxes(settings: Mapping[str, object], mistakes: list[str]) -> tuple[str, ...]:
    found = [canonical_email(one) for one in texts(settings, "mailboxes", mistakes)]
    if None in found or (not found and "mailboxes" not in " ".join(mistakes)):
        mistakes.append("mailboxes must list the addresses of one mailbox or more")
    return tuple(sorted({address for address in found if address is not None}))
