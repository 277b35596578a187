"""The source ``imap``: the envelopes in mailboxes of any mail server that speaks IMAP.

Each mailbox answers for itself: one that cannot be read is named as a gap, and the others are read
all the same. What concerns all of them raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from auditor.source import (
    CheckResult,
    FactKind,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.mail.imap.folders import Folder, chosen
from connectors.mail.imap.night import Night, Sessions
from connectors.mail.imap.refusals import CannotGive, NoFolder, denied
from connectors.mail.imap.settings import ImapSettings
from connectors.mail.imap.tokens import signing_in
from connectors.retrying import Clock, Limits

_TRIED = 25
"""Mailboxes that a check signs in to."""


class ImapMail:
    """One configured set of mailboxes on one server."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; reads nothing."""
        self._settings, access = ImapSettings.of(context)
        self._context = context
        sign_in = signing_in(access, clock)
        self._sessions = Sessions(access, sign_in, clock, random, limits or Limits())

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset({FactKind.MESSAGES})

    def check(self) -> list[CheckResult]:
        """Say which mailboxes let us in, and how many folders of each would be read."""
        mailboxes = self._settings.mailboxes
        results = [self._check(mailbox) for mailbox in mailboxes[:_TRIED]]
        left = len(mailboxes) - _TRIED
        if left > 0:
            results.append(CheckResult(True, f"{left:,} more mailboxes are not tried here"))
        return results

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield the mailboxes' messages, and on the last page each mailbox's days."""
        yield from Night(self._sessions, self._context, self._settings, window).pages()

    def _check(self, mailbox: str) -> CheckResult:
        try:
            folders = self._folders(mailbox)
        except SourceError as error:
            return CheckResult(False, f"{mailbox}: {error.what}", error.cure)
        sent = sum(folder.sent for folder in folders)
        marked = f"{sent} of them marked as sent" if sent else "none of them marked as sent"
        read = f"{len(folders)} folders to read, {marked}"
        return CheckResult(True, f"{mailbox}: {read}; opened without a right to write")

    def _folders(self, mailbox: str) -> tuple[Folder, ...]:
        where = self._context.title
        try:
            with self._sessions.of(mailbox) as session:
                listed = session.ask(lambda connection: connection.folders())
                folders = chosen(listed, self._settings, where)
                if folders:
                    session.examine(folders[0].name)
        except (CannotGive, NoFolder):
            raise denied("its folders may not be opened", where) from None
        return folders
