"""One pull of some mailboxes: a few at a time, handed on in the order of their names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from random import Random
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.source import (
    DayCoverage,
    DayState,
    Note,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.brought import MailPage
from connectors.mail.imap.access import Access, SignIn
from connectors.mail.imap.kept import Kept, read_kept
from connectors.mail.imap.reading import MailboxReader, Reading, Wanted
from connectors.mail.imap.session import Session
from connectors.mail.imap.settings import ImapSettings
from connectors.patience import Patience
from connectors.pool import in_threads
from connectors.retrying import Clock, Limits


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes a session for one mailbox or another."""

    access: Access
    sign_in: SignIn
    clock: Clock
    random: Random
    limits: Limits

    def of(self, mailbox: str) -> Session:
        """Connects to nothing yet."""
        return Session(
            self.access,
            self.sign_in,
            mailbox,
            clock=self.clock,
            random=self.random,
            limits=self.limits,
        )


class Night:
    """Reads the mailboxes once."""

    def __init__(
        self, sessions: Sessions, context: SourceContext, settings: ImapSettings, window: Window
    ) -> None:
        self._sessions = sessions
        self._context = context
        self._settings = settings
        self._window = window
        self._begins = window.since or window.first
        self._days = days_between(self._begins, window.last)
        self._patience = Patience()
        self._said: Counter[str] = Counter()
        self._kept: dict[str, dict[str, Kept | None]] = defaultdict(dict)
        for unit, value in context.marks.items():
            self._kept[unit.rpartition("/")[0]][unit] = read_kept(value)

    def pages(self) -> Iterator[Page]:
        """Yield what the mailboxes bring; raises a ``SourceError`` that concerns them all."""
        page = MailPage()
        rows: list[DayCoverage] = []
        asked = self._settings.mailboxes
        found = in_threads(asked, self._read, threads=self._settings.threads)
        with closing(found):
            for done, (mailbox, brought) in enumerate(found, start=1):
                self._context.progress(done, len(asked), "mailboxes")
                rows += self._told(mailbox, brought, page)
                if page.full:
                    yield page.done()
                    page = MailPage()
        self._patience.settle()
        for unit in sorted(set(self._kept) - set(asked)):
            for mark in sorted(self._kept[unit]):
                page.mark(mark, None)
        where = self._context.title
        page.notes += [Note(where, text, n) for text, n in sorted(self._said.items())]
        over = frozenset(self._kept) - frozenset(asked)
        yield replace(page.done(), coverage=tuple(rows), over=over)

    def _told(
        self, mailbox: str, brought: Reading | SourceError, page: MailPage
    ) -> Iterator[DayCoverage]:
        """Put what a mailbox brought on a page; yield what it says of its days."""
        if isinstance(brought, SourceError):
            missing = DayState.MISSING
            for day in self._days:
                yield DayCoverage(day, missing, None, brought.what, mailbox)
            return
        page.add(mailbox, brought)
        self._said += brought.notes
        for unit, kept in brought.kept.items():
            page.mark(unit, None if kept is None else kept.written())
        for day in self._days:
            reason = brought.part.get(day)
            state = DayState.READ if reason is None else DayState.PART
            yield DayCoverage(day, state, brought.counts[day], reason, mailbox)

    def _read(self, mailbox: str) -> Reading | SourceError:
        """Read one mailbox, in one of the threads; return why it could not be read."""
        stopped = self._patience.given_up()
        if stopped is not None:
            return stopped
        window = self._window
        wanted = Wanted(
            mailbox, self._kept.get(mailbox, {}), window.first, self._begins, window.last
        )
        try:
            with self._sessions.of(mailbox) as session:
                reader = MailboxReader(
                    session,
                    self._settings,
                    rules=self._context.addresses,
                    zone=ZoneInfo(self._context.timezone),
                    where=self._context.title,
                )
                reading = reader.read(wanted)
                reading.notes += session.said
        except SourceError as error:
            self._patience.saw(error)
            return error
        self._patience.saw(None)
        return reading
