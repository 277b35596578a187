"""The source ``mail``: archives of mail that IT drops as files, read for their envelopes only.

Every message of the drop is delivered, not only the window's: a file is read once and not again
while it is unchanged, so what it holds must reach the lake when it is read. The window decides
which days the pull accounts for (``connectors.files.Drop``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.model import Message
from auditor.source import (
    CheckResult,
    FactKind,
    Malformed,
    Note,
    Page,
    Rejected,
    SourceContext,
    SourceError,
    Window,
)
from connectors.envelope.headers import Draft, Envelope, EnvelopeReader, Refused
from connectors.files import (
    Drop,
    HashingReader,
    drop_path,
    require_path,
    sha256_of,
)
from connectors.mail.archives import (
    Form,
    MailFile,
    MailFormat,
    has_mail,
    mail_files,
    open_messages,
)
from connectors.mail.journal import JournalReader
from connectors.mail.mailboxes import Mailboxes, mailbox_folders
from connectors.mail.mbox import LARGEST_HEADER, RawMessage
from connectors.mail.settings import MailSettings
from connectors.paging import FillingPage

_CLOCK_ERROR = timedelta(days=2)
"""How far a sender's clock may run ahead of the archive before its Date is not believed."""


class MailArchive:
    """One configured drop of mail files."""

    def __init__(self, context: SourceContext) -> None:
        """Raise ValueError naming every mistake in the settings; reads nothing."""
        self._context = context
        self._settings = MailSettings.of(context.settings)
        self._root = drop_path(context, self._settings.path)

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.MESSAGES,))

    def check(self) -> list[CheckResult]:
        """Say whether the drop is there and how many files lie in it."""
        try:
            require_path(self._root)
            files = list(mail_files(self._root, self._settings.format))
        except SourceError as error:
            return [CheckResult(False, f"{error.where}: {error.what}", error.cure)]
        mail = [f for f in files if f.form in (Form.MBOX, Form.MESSAGE)]
        if not mail:
            return [
                CheckResult(
                    False,
                    f"{self._root}: no mail files yet",
                    "Drop mbox files, a Maildir or EML files there",
                )
            ]
        newest = max(f.file.modified_at for f in mail).astimezone(self._zone)
        size = sum(f.file.size for f in mail) / 1e6
        found = f"{len(mail):,} mail files, {size:,.1f} MB, newest of {newest:%Y-%m-%d}"
        return [CheckResult(True, f"{self._root}: {found}")]

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield the drop's messages; the last page says which days of the window they cover."""
        require_path(self._root)
        drop = Drop(
            zone=self._zone,
            where=self._settings.path,
            quiet_days=self._settings.quiet_days,
            covers_from=self._settings.covers_from,
        )
        counts = Mailboxes(drop, self._zone)
        pull = _Pull(self._context, self._settings, counts, _midnight(window, self._zone))
        folders = mailbox_folders(self._root) if self._settings.per_mailbox else []
        for file in mail_files(self._root, self._settings.format, deep=not folders):
            yield from pull.file(file)
        for folder in folders:
            counts.enter(folder)
            try:
                for file in mail_files(self._root, self._settings.format, below=folder):
                    yield from pull.file(file)
            except SourceError as error:
                counts.failed(error.what)
        page = pull.last_page()
        yield Page(
            page.facts, page.rejected, page.notes, page.records_read, page.files,
            counts.coverage(window),
        )  # fmt: skip

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._context.timezone)


def _midnight(window: Window, zone: ZoneInfo) -> datetime:
    return datetime(window.first.year, window.first.month, window.first.day, tzinfo=zone)


class _Pull:
    """One reading of a drop: pages as they fill, and what each file held."""

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
            self._page.notes.append(Note(file.name, "not a mail file, left alone"))
            return
        if mail.form is Form.ARCHIVE:
            reason = "packed mail is not read; unpack it or export it as mbox or EML"
            self._reject(Rejected(file.name, None, None, reason))
            return
        self._drop.file(mail)
        if mail.form is Form.MBOX and not has_mail(file):
            raise Malformed(
                "it is no mbox file: it does not start with a From_ line or a header",
                where=file.name,
                cure="Export it again as mbox, or take it out of the drop",
            )
        known = bool(self._already_read) and sha256_of(file) in self._already_read
        if known and file.modified_at < self._window_start:
            self._drop.reaches_until(file.modified_at)
            return
        if known:
            self._count_again(mail)
            return
        yield from self._read(mail)

    def _count_again(self, mail: MailFile) -> None:
        """Count a known file's records by day, so that the window is accounted for in full."""
        with HashingReader(mail.file) as stream:
            for raw in open_messages(mail.form, stream, self._wants_body).messages():
                message = self._message(mail, raw)
                if isinstance(message, Message):
                    self._drop.record(message.sent_at)
            stream.finish()

    def _read(self, mail: MailFile) -> Iterator[Page]:
        with HashingReader(mail.file) as stream:
            yield from self._read_stream(mail, stream)

    def _read_stream(self, mail: MailFile, stream: HashingReader) -> Iterator[Page]:
        name = mail.file.name
        archive = open_messages(mail.form, stream, self._wants_body)
        before = (self._reader.resent, self._journal.unknown_labels)
        drafts = 0
        for raw in archive.messages():
            message = self._message(mail, raw)
            if isinstance(message, Message):
                self._drop.record(message.sent_at)
                self._page.facts.append(message)
                self._page.records += 1
            elif isinstance(message, Draft):
                drafts += 1
                self._page.records += 1
            else:
                self._reject(Rejected(name, raw.ordinal, message.field, message.reason))
            if self._page.full:
                yield self._page.done()
                self._page = FillingPage()
        self._page.files.append(stream.finish())
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

    def _notes(self, name: str, counts: dict[str, int]) -> None:
        self._page.notes.extend(Note(name, text, n) for text, n in counts.items() if n)

    def _reject(self, rejected: Rejected) -> None:
        self._page.rejected.append(rejected)
        self._page.records += 1

    def _wants_body(self, header: bytes) -> bool:
        """Only a journal report's body is read: it is where the envelope stands."""
        if self._settings.format is MailFormat.JOURNAL:
            return True
        return self._settings.format is MailFormat.AUTO and self._journal.is_report(header)

    def _message(self, mail: MailFile, raw: RawMessage) -> Message | Draft | Refused:
        if raw.header is None:
            return Refused(None, f"its header is larger than {LARGEST_HEADER:,} bytes")
        if mail.is_draft:
            return Draft()
        not_after = mail.file.modified_at.astimezone(UTC) + _CLOCK_ERROR
        if raw.body is not None:
            return self._journal.read(raw.header, raw.body, not_after)
        postmark = raw.postmark.decode("latin-1")
        return self._reader.read(raw.header, Envelope(postmark=postmark, not_after=not_after))
