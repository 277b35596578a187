"""The source ``mail``: archives of mail that IT drops as files, read for their envelopes only.

Every message of the drop is delivered, not only the window's: a file is read once and not again
while it is unchanged, so what it holds must reach the lake when it is read. The window decides
which days the pull accounts for (``connectors.files.Drop``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor.source import CheckResult, FactKind, Page, SourceContext, SourceError, Window
from connectors.files import Drop, drop_path, require_path
from connectors.mail.archives import Form, mail_files, vault_exports
from connectors.mail.mailboxes import Mailboxes, mailbox_folders
from connectors.mail.pulling import Pull
from connectors.mail.settings import MailSettings
from connectors.mail.vaultpulling import ExportReader


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
            exports = list(vault_exports(self._root, self._settings.format))
        except SourceError as error:
            return [CheckResult(False, f"{error.where}: {error.what}", error.cure)]
        mail = [f.file for f in files if f.form in (Form.MBOX, Form.MESSAGE)]
        mail += [part for export in exports for part in export.parts.values()]
        if not mail:
            return [
                CheckResult(
                    False,
                    f"{self._root}: no mail files yet",
                    "Drop mbox files, a Maildir, EML files or an export of Vault there",
                )
            ]
        newest = max(file.modified_at for file in mail).astimezone(self._zone)
        size = sum(file.size for file in mail) / 1e6
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
        pull = Pull(self._context, self._settings, counts, _midnight(window, self._zone))
        folders = mailbox_folders(self._root) if self._settings.per_mailbox else []
        yield from self._files(pull, counts, None, deep=not folders)
        for folder in folders:
            counts.enter(folder)
            try:
                yield from self._files(pull, counts, folder, deep=True)
            except SourceError as error:
                counts.failed(error.what)
        yield replace(pull.last_page(), coverage=counts.coverage(window))

    def _files(
        self, pull: Pull, counts: Mailboxes, below: Path | None, *, deep: bool
    ) -> Iterator[Page]:
        form = self._settings.format
        for file in mail_files(self._root, form, below=below, deep=deep):
            yield from pull.file(file)
        for export in vault_exports(self._root, form, below=below, deep=deep):
            reader = ExportReader(export, pull)
            yield from reader.pages()
            counts.export(reader.result())

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._context.timezone)


def _midnight(window: Window, zone: ZoneInfo) -> datetime:
    return datetime(window.first.year, window.first.month, window.first.day, tzinfo=zone)
