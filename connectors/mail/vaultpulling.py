"""Reading one export of Vault: its zips as mail, and its own lists to see that all of it arrived.

A zip that is damaged, missing or not the one whose checksum is on the list does not hold up the
others; the days the export is for are then a gap, told by the export's name or by the accounts
that its lists name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath

from auditor.source import Malformed, Page, Rejected
from connectors.files import DroppedFile, HashingReader
from connectors.mail.archives import Form, MailFile
from connectors.mail.pulling import Pull, Tally, Unsent
from connectors.mail.vault import Export, Paper
from connectors.mail.vaultpapers import damaged, drafts, exceptions, message_counts
from connectors.mail.vaultread import ExportRead
from connectors.mail.vaultzip import Entry, MailZip

_ON_THE_LIST = "Vault's own list of errors names it, {} times"


class ExportReader:
    """Reads one export into the pages of a pull."""

    def __init__(self, export: Export, pull: Pull) -> None:
        self._export = export
        self._pull = pull
        self._read = ExportRead(export.name, max(file.modified_at for file in export.files))
        self._by_account: Counter[str] = Counter()
        self._records = 0
        self._all_counted = True
        """Whether every message that arrived was counted: old files are not opened again."""
        self._counts = self._stated_counts()

    def pages(self) -> Iterator[Page]:
        """Yield the pages that fill; ``result`` then says what is missing."""
        self._papers()
        unsent = self._drafts()
        for _, part in sorted(self._export.parts.items()):
            try:
                yield from self._part(part, unsent)
            except Malformed as error:
                self._refuse(part, error.what)
        missing = self._export.missing_parts()
        if missing:
            numbers = ", ".join(map(str, missing[:9])) + (" …" if missing[9:] else "")
            self._read.faults.append(f"zip {numbers} of it is not there")

    def result(self) -> ExportRead:
        """Return what is missing, by the export's own counts and lists of errors."""
        if self._counts and self._all_counted:
            self._compare(self._counts)
        return self._read

    # ---- zips ------------------------------------------------------------------------------

    def _part(self, part: DroppedFile, unsent: Unsent) -> Iterator[Page]:
        mail = MailFile(part, Form.MBOX)
        known = self._pull.known(mail)
        if known is None:
            self._all_counted = False
            return
        listed = self._export.papers.get(Paper.CHECKSUMS)
        if not known and listed is not None and damaged(part, listed):
            what = "its MD5 is not the one on the list"
            raise Malformed(what, where=part.name, cure="Download it from Vault again")
        with HashingReader(part) as whole:
            with MailZip(part) as zipped:
                for entry in zipped.entries():
                    yield from self._entry(part, zipped, entry, unsent, known=known)
            seen = whole.finish()
        if not known:
            self._pull.seen(seen)

    def _entry(
        self, part: DroppedFile, zipped: MailZip, entry: Entry, unsent: Unsent, *, known: bool
    ) -> Iterator[Page]:
        file = replace(part, name=f"{part.name}/{_shown(entry)}")
        if entry.form not in (Form.MBOX, Form.MESSAGE):
            if not known:
                yield from self._pull.file(MailFile(file, entry.form))
            return
        with zipped.open(entry) as stream:
            mail = MailFile(file, entry.form)
            if known:
                tally = self._pull.count_again(mail, stream, unsent)
            else:
                tally = yield from self._pull.messages(mail, stream, unsent)
        self._count(entry, tally)

    def _count(self, entry: Entry, tally: Tally) -> None:
        self._records += tally.records
        whose = [one for one in self._counts or () if one in entry.name.casefold()]
        self._by_account[max(whose, key=len, default="")] += tally.records
        if tally.earliest is not None:
            self._read.earliest = min(self._read.earliest or tally.earliest, tally.earliest)

    def _refuse(self, part: DroppedFile, what: str) -> None:
        self._pull.reject(Rejected(part.name, None, None, what))
        self._read.faults.append(f"{PurePath(part.name).name}: {what}")
        self._all_counted = False

    # ---- lists -----------------------------------------------------------------------------

    def _stated_counts(self) -> dict[str, int] | None:
        paper = self._export.papers.get(Paper.COUNTS)
        found = None if paper is None else message_counts(paper)
        if paper is not None and found is None:
            self._pull.note(paper.name, "its columns are not understood, so nothing is compared")
        elif paper is None:
            self._pull.note(
                f"export {self._export.name}",
                "no list of how many messages there are, so nobody can say if all have arrived",
            )
        return found

    def _papers(self) -> None:
        for paper in (Paper.EXCEPTIONS, Paper.ERRORS):
            file = self._export.papers.get(paper)
            if file is None:
                continue
            found = exceptions(file)
            for account, rows in found.accounts.items():
                self._read.accounts[account] = _ON_THE_LIST.format(rows)
            if found.unnamed:
                what = f"{found.unnamed} lines of its list of errors name no account"
                self._read.faults.append(what)
        for paper in (Paper.MEMBERS, Paper.FAILED_LOOKUPS):
            file = self._export.papers.get(paper)
            if file is not None:
                text = "who is in which group is not read from an export, but from the directory"
                self._pull.note(file.name, text)

    def _drafts(self) -> Unsent:
        papers = self._export.papers
        file = papers.get(Paper.METADATA) or papers.get(Paper.METADATA_XML)
        if file is None:
            return frozenset()
        found = drafts(file, is_xml=Paper.METADATA not in papers)
        if found is None:
            text = "tells no labels, so drafts are known only where the mail itself says so"
            self._pull.note(file.name, text)
        return found or frozenset()

    def _compare(self, counts: dict[str, int]) -> None:
        """Hold what arrived against the count of each account, or of all if mail is not by account.

        More than was counted is nothing missing: messages are there for context too.
        """
        if self._by_account and not self._by_account[""]:
            for account, stated in counts.items():
                if self._by_account[account] < stated:
                    self._read.accounts[account] = _short(stated, self._by_account[account])
        elif self._records < sum(counts.values()):
            self._read.faults.append(_short(sum(counts.values()), self._records))


def _short(stated: int, found: int) -> str:
    return f"by its list it has {stated:,} messages, and {found:,} have arrived"


def _shown(entry: Entry) -> str:
    """Return a name that cannot give a subject away: mail in a zip may be named after its own."""
    is_mailbox = entry.form is Form.MBOX
    return entry.name if is_mailbox else f"file {entry.number}"
