"""Reading one mailbox, folder by folder: what came since the kept number, or all of the days.

Where a folder's UIDVALIDITY changed, its numbers mean nothing any more: all the days are read
again. A mail that was read before is the same message by its Message-ID, so nothing is doubled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.keys import AddressRules
from auditor.model import Message
from auditor.source import Denied, Malformed
from connectors.brought import Brought, most_of
from connectors.envelope.owner import Owner
from connectors.mail.imap.connection import Given, Opened
from connectors.mail.imap.copies import ITEMS, REPORT_ITEMS, Copy, CopyReader, LeftOut
from connectors.mail.imap.folders import Folder, chosen
from connectors.mail.imap.kept import Kept, mark_of
from connectors.mail.imap.refusals import CannotGive, NoFolder, NotLetIn, denied
from connectors.mail.imap.session import Session
from connectors.mail.imap.settings import ImapSettings, Kind

BATCH = 200
"""Messages whose headers are asked for at once."""
_BEFORE = timedelta(days=2)
"""How far before the first day a server's day of a message may lie: SINCE knows no zone."""
_MOST_UNREADABLE = 50
"""Messages of a mailbox that may be unreadable before it is the mailbox that is."""
_GONE = "in its folder, and not given by the server: perhaps deleted before it could be read"
_UNREADABLE = "the server could not give its header"
_NOT_ALL = "a message was deleted, or not given by the server, before it could be read"
_SHUT = "a folder of it may not be read"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read of one mailbox."""

    mailbox: str
    kept: Mapping[str, Kept | None]
    """Mark -> what is kept; None where that cannot be gone on from."""
    first: date
    """The first day of the window: nothing before it is counted any more."""
    begins: date
    """The first day that has to be read in full tonight."""
    last: date


@dataclass(slots=True)
class Reading(Brought):
    """What one mailbox brought, and where each of its folders is gone on from."""

    kept: dict[str, Kept | None] = field(default_factory=dict)
    """None: the folder is read no more."""
    part: dict[date, str] = field(default_factory=dict)
    """Days of which something is missing, and why."""


class MailboxReader:
    """Reads one mailbox once, in one thread."""

    def __init__(
        self,
        session: Session,
        settings: ImapSettings,
        *,
        rules: AddressRules,
        zone: ZoneInfo,
        where: str,
    ) -> None:
        self._session = session
        self._settings = settings
        self._rules = rules
        self._zone = zone
        self._where = where

    def read(self, wanted: Wanted) -> Reading:
        """Return what a mailbox holds; raises a ``SourceError``."""
        settings = self._settings
        self._wanted = wanted
        people = settings.kind is Kind.PEOPLE
        owner = Owner.of(wanted.mailbox, (), self._rules) if people else None
        self._copies = CopyReader(owner, tool=settings.tool, rules=self._rules)
        self._result = Reading()
        try:
            listed = self._session.ask(lambda connection: connection.folders())
        except CannotGive:
            raise denied("its folders may not be listed", self._where) from None
        for folder in chosen(listed, settings, self._where):
            try:
                self._folder(folder)
            except NotLetIn:
                raise
            except NoFolder:
                self._result.notes["folder that went while the mailbox was read"] += 1
            except Denied:
                self._part(days_between(wanted.begins, wanted.last), _SHUT)
                # what of its days is lost must be known again when it may be read
                key = self._key(folder)
                self._result.kept[key] = wanted.kept.get(key)
        for key in wanted.kept:
            self._result.kept.setdefault(key, None)
        self._tell()
        return self._result

    # ---- one folder ----------------------------------------------------------------------------

    def _folder(self, folder: Folder) -> None:
        wanted = self._wanted
        key = self._key(folder)
        kept = wanted.kept.get(key)
        try:
            opened = self._session.examine(folder.name)
            goes_on = kept is not None and _serves(kept, opened, wanted.begins)
            begins = wanted.begins if kept is None or goes_on else wanted.first
            uids = self._listed(opened, kept if goes_on else None, begins)
        except CannotGive:
            raise denied(_SHUT, self._where) from None
        counts: Counter[date] = Counter()
        lost: set[date] = set()
        self._unreadable: set[int] = set()
        for batch in _batches(uids):
            self._take(batch, folder, counts, lost)
        reaches = begins
        if kept is not None:
            lost |= kept.lost
            reaches = min(kept.reaches, begins)
            counts = Counter(kept.counts) + counts if goes_on else most_of(kept.counts, counts)
        before = kept.highest if kept is not None and goes_on else 0
        highest = max([before, (opened.next_uid or 1) - 1, *uids[-1:]])
        told = (wanted.mailbox, counts, frozenset(lost))
        self._keep(key, Kept(opened.validity, highest, reaches, *told))

    def _key(self, folder: Folder) -> str:
        way = f"{self._settings.kind}{'' if self._settings.received else ' sent'}"
        return mark_of(self._wanted.mailbox, folder.name, way)

    def _listed(self, opened: Opened, kept: Kept | None, begins: date) -> list[int]:
        """Return what is above the kept number, or of the days from ``begins`` on."""
        after, since = (0, begins - _BEFORE) if kept is None else (kept.highest, None)
        return self._session.ask(
            lambda connection: connection.found(after, opened, since=since)
        )

    def _take(
        self, uids: Sequence[int], folder: Folder, counts: Counter[date], lost: set[date]
    ) -> None:
        found = self._copies_of(uids)
        missing = [uid for uid in uids if uid not in found and uid not in self._unreadable]
        found |= self._copies_of(missing)
        gone = [uid for uid in missing if uid not in found]
        if gone:
            self._result.lost[_GONE] += len(gone)
        self._miss((uid for uid in uids if uid not in found), found, lost)
        copies = [found[uid] for uid in sorted(found)]
        reports = [copy.uid for copy in copies if self._copies.is_report(copy)]
        parts = self._given(reports, REPORT_ITEMS) if reports else {}
        for copy in copies:
            whole = replace(copy, report=parts.get(copy.uid, {})) if copy.uid in reports else copy
            day = self._count(whole, folder)
            if day is not None:
                counts[day] += 1

    def _copies_of(self, uids: Sequence[int]) -> dict[int, Copy]:
        given = self._given(uids, ITEMS) if uids else {}
        told = {uid: Copy.of(uid, given.get(uid, {})) for uid in uids}
        return {uid: copy for uid, copy in told.items() if copy is not None}

    def _miss(
        self, missing: Iterable[int], found: Mapping[int, Copy], lost: set[date]
    ) -> None:
        """Say on which days messages may have come in that were not given, or cannot be."""
        wanted = self._wanted
        for uid in missing:
            days = {
                other: copy.taken_in.astimezone(self._zone).date()
                for other, copy in found.items()
                if copy.taken_in is not None
            }
            first = max((day for other, day in days.items() if other < uid), default=wanted.begins)
            last = min((day for other, day in days.items() if other > uid), default=wanted.last)
            lost.update(days_between(first, max(first, last)))

    def _given(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, Given]:
        """Ask for items of messages; one that the server cannot give is set aside alone."""
        try:
            return self._session.ask(lambda connection: connection.fetch(uids, items))
        except CannotGive:
            if len(uids) > 1:
                middle = len(uids) // 2
                return self._given(uids[:middle], items) | self._given(uids[middle:], items)
        self._unreadable.update(uids)
        self._result.refused[None, _UNREADABLE] += 1
        if len(self._unreadable) > _MOST_UNREADABLE:
            raise Malformed(
                f"the server cannot give the headers of more than {_MOST_UNREADABLE} messages",
                where=self._where,
                cure="Have the mailbox repaired by the mail server's own tools",
            )
        return {}

    def _count(self, copy: Copy, folder: Folder) -> date | None:
        """Keep what a copy says; return its day, None if it is no message for us."""
        found = self._copies.read(copy, sent=folder.sent, only_sent=folder.only_sent)
        if isinstance(found, Message):
            self._result.messages.append(found)
            return found.sent_at.astimezone(self._zone).date()
        if isinstance(found, LeftOut):
            self._result.notes[found] += 1
        else:
            self._result.refused[found.field, found.reason] += 1
        return None

    # ---- the end -------------------------------------------------------------------------------

    def _keep(self, key: str, kept: Kept) -> None:
        kept = kept.since(self._wanted.first)
        self._result.kept[key] = kept
        self._result.counts += Counter(kept.counts)
        self._part(sorted(kept.lost), _NOT_ALL)

    def _part(self, days: Sequence[date], reason: str) -> None:
        for day in days:
            self._result.part[day] = reason

    def _tell(self) -> None:
        copies = self._copies
        told = {
            "resent message: who it was resent to counts as a recipient, who resent it is not told":
            copies.resent,
            "sent in a name behind which somebody else may stand: nobody is taken for its author "
            "for certain": copies.other_hands,
            "put into the mailbox more than a week after its Date, which was believed":
            copies.put_in_late,
            "journal line with a label that is not known": copies.unknown_labels,
        }  # fmt: skip
        self._result.notes.update({text: n for text, n in told.items() if n})
        self._result.messages.sort(key=lambda m: (m.sent_at, m.native_id))


def _serves(kept: Kept, opened: Opened, begins: date) -> bool:
    """Whether a folder's kept number still means what it meant."""
    grown = opened.next_uid is None or opened.next_uid > kept.highest
    return kept.validity == opened.validity != 0 and kept.reaches <= begins and grown


def _batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (uids[at : at + BATCH] for at in range(0, len(uids), BATCH))
