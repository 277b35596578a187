"""One reading of a mail drop: pages as they fill, and what each file held."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from auditor.model import Message
from auditor.source import FileSeen, Malformed, Note, Page, Rejected, SourceContext
from connectors.envelope.headers import Draft, Envelope, EnvelopeReader, Refused
from connectors.files import HashingReader, sha256_of
from connectors.mail.archives import Form, MailFile, MailFormat, has_mail, open_messages
from connectors.mail.journal import JournalReader
from connectors.mail.mailboxes import Mailboxes
from connectors.mail.mbox import LARGEST_HEADER, Portions, RawMessage
from connectors.mail.settings import MailSettings
from connectors.paging import FillingPage

Unsent = frozenset[str]
_CLOCK_ERROR = timedelta(days=2)
"""How far a sender's clock may run ahead of the archive before its Date is not believed."""


@dataclass(slots=True)
class Tally:
    """What was in some streams of mail: every message counts, drafts and refused ones too."""

    records: int = 0
    earliest: datetime | None = None

    def add(self, found: Message | Draft | Refused) -> None:
        self.records += 1
        if isinstance(found, Message):
            self.earliest = min(self.earliest or found.sent_at, found.sent_at)


class Pull:
    """Reads the files of one drop, and counts them towards its days."""

    def __init__(
        self,
        context: SourceContext,
        settings: MailSettings,
        drop: Mailboxes,
        window_start: datetime,
    ) -> None:
        self._already_read = context.already_read
        self._settings = settings
        self._drop = drop
        self._window_start = window_start
        self._reader = EnvelopeReader(tool=settings.tool, addresses=context.addresses)
        self._journal = JournalReader(self._reader)
        self._page = FillingPage()

    def last_page(self) -> Page:
        """Return what has not been yielded yet."""
        return self._page.done()

    def file(self, mail: MailFile) -> Iterator[Page]:
        """Read one file; yields a page whenever one is full."""
        file = mail.file
        if mail.form is Form.OTHER:
            self.note(file.name, "not a mail file, left alone")
            return
        if mail.form is Form.ARCHIVE:
            reason = "packed mail is not read; unpack it or export it as mbox or EML"
            self.reject(Rejected(file.name, None, None, reason))
            return
        if mail.form is Form.MBOX and not has_mail(file):
            self._drop.file(mail)
            raise Malformed(
                "it is no mbox file: it does not start with a From_ line or a header",
                where=file.name,
                cure="Export it again as mbox, or take it out of the drop",
            )
        known = self.known(mail)
        if known is None:
            return
        with HashingReader(file) as stream:
            if known:
                self.count_again(mail, stream)
            else:
                yield from self.messages(mail, stream)
            seen = stream.finish()
        if not known:
            self.seen(seen)

    def known(self, mail: MailFile) -> bool | None:
        """Take a file into account; return whether it was read before.

        None: it was, and so long ago that nothing of it is in the window.
        """
        self._drop.file(mail)
        known = bool(self._already_read) and sha256_of(mail.file) in self._already_read
        if known and mail.file.modified_at < self._window_start:
            self._drop.reaches_until(mail.file.modified_at)
            return None
        return known

    def count_again(
        self, mail: MailFile, stream: Portions, unsent: Unsent = frozenset()
    ) -> Tally:
        """Count a known file's records by day, so that the window is accounted for in full."""
        tally = Tally()
        for raw in open_messages(mail.form, stream, self._wants_body).messages():
            message = self._message(mail, raw, unsent)
            tally.add(message)
            if isinstance(message, Message):
                self._drop.record(message.sent_at)
        return tally

    def messages(
        self, mail: MailFile, stream: Portions, unsent: Unsent = frozenset()
    ) -> Generator[Page, None, Tally]:
        """Read the mail of one stream; ``unsent`` are Message-IDs known to be drafts'."""
        name = mail.file.name
        archive = open_messages(mail.form, stream, self._wants_body)
        before = (self._reader.resent, self._journal.unknown_labels)
        drafts = 0
        tally = Tally()
        for raw in archive.messages():
            message = self._message(mail, raw, unsent)
            tally.add(message)
            if isinstance(message, Message):
                self._drop.record(message.sent_at)
                self._page.facts.append(message)
                self._page.records += 1
            elif isinstance(message, Draft):
                drafts += 1
                self._page.records += 1
            else:
                self.reject(Rejected(name, raw.ordinal, message.field, message.reason))
            if self._page.full:
                yield self._page.done()
                self._page = FillingPage()
        self._notes(
            name,
            {
                "draft left out: it was never sent": drafts,
                "resent message: who it was resent to counts as a recipient, "
                "who resent it is not told": self._reader.resent - before[0],
                "journal line with a label that is not known": (
                    self._journal.unknown_labels - before[1]
                ),
                "line that looks like the start of a message, read as text of the one before": (
                    archive.doubtful
                ),
            },
        )
        return tally

    def _notes(self, name: str, counts: dict[str, int]) -> None:
        for text, count in counts.items():
            if count:
                self.note(name, text, count)

    def note(self, file: str, text: str, count: int = 1, *, lost: bool = False) -> None:
        self._page.notes.append(Note(file, text, count, lost))

    def reject(self, rejected: Rejected) -> None:
        self._page.rejected.append(rejected)
        self._page.records += 1

    def seen(self, file: FileSeen) -> None:
        """Remember a file that was read to its end: unchanged, it is not delivered again."""
        self._page.files.append(file)

    def _wants_body(self, header: bytes) -> bool:
        """Only a journal report's body is read: it is where the envelope stands."""
        if self._settings.format is MailFormat.JOURNAL:
            return True
        return self._settings.format is MailFormat.AUTO and self._journal.is_report(header)

    def _message(
        self, mail: MailFile, raw: RawMessage, unsent: Unsent
    ) -> Message | Draft | Refused:
        if raw.header is None:
            return Refused(None, f"its header is larger than {LARGEST_HEADER:,} bytes")
        if mail.is_draft:
            return Draft()
        not_after = mail.file.modified_at.astimezone(UTC) + _CLOCK_ERROR
        if raw.body is not None:
            return self._journal.read(raw.header, raw.body, not_after)
        postmark = raw.postmark.decode("latin-1")
        found = self._reader.read(raw.header, Envelope(postmark=postmark, not_after=not_after))
        if isinstance(found, Message) and found.rfc_message_id in unsent:
            return Draft()
        return found
