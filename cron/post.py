"""The mail at the end of a job: written for every report that is due, then handed over.

Nothing that goes wrong here makes an audit fail: the pages are there, the trouble is told in words
and by the exit code, and what could not be sent waits for the next run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from auditor import mailbook
from auditor.audit import AuditError, District, Workplace, kept_back
from auditor.desk import Desk, open_desk
from auditor.ledger import StorageError
from auditor.mailbook import Mail
from auditor.private import SecretError
from auditor.result import MailState
from cron.addressing import AUDIENCES, DESIGNEE, Directory, Due, addresses_now, due_for, readers
from cron.announced import Announced
from cron.delivery_settings import SUPERINTENDENT, Delivery
from cron.mailing import Mailing, Posted
from cron.secrets import read_keyring
from cron.ways import sender_by
from cron.wiring import Office
from reports import digests, month
from reports.delivery.composing import Letter, compose, message_id
from reports.delivery.outbox import Outbox, Sent
from reports.delivery.sender import DeliveryError
from reports.delivery.spool import FolderSender, Spool
from reports.digest import Digest
from reports.digests import NIGHTLY, WEEKLY
from reports.localtime import LocalTime
from reports.publishing import file_stem
from reports.shown import listed
from reports.twins import Twin, TwinUnreadable, read_twin

OUTBOX = "outbox"


class PostOffice:
    """Writes and sends a district's mail; one for each job."""

    def __init__(
        self, delivery: Delivery, place: Workplace, reports: Path, data: Path, now: datetime
    ) -> None:
        self._delivery = delivery
        self._place = place
        self._reports = reports
        self._now = now
        self._outbox = Outbox(place.ledger, Spool(data / OUTBOX))
        self._today: Mapping[str, frozenset[str]] | None = None

    def announce(self, pages: Announced, mailing: Mailing, *, monthly: date | None) -> Posted:
        """Send the mail about pages; ``monthly`` is the last Sunday of a month that is over."""
        desk = self._desk() if self._needs_rosters(pages.twins) else None
        directory = Directory(self._delivery, desk)
        offices = {o.name: o.id for o in self._place.pack.offices.values()}
        due = due_for(pages, directory, offices, self._place.district)
        posted = Posted(troubles=[f"No mail could tell of {one}" for one in pages.unread])
        if monthly is not None:
            due += self._month(directory, monthly, posted)
        return self._post(due, mailing, posted)

    def tell_failure(self, job: str, audit_date: date, why: str) -> Posted:
        """Send word that a job failed to everybody who would have had a report."""
        local = _days(self._place.district, job, audit_date)
        directory = Directory(self._delivery, self._desk() if job == WEEKLY else None)
        district = self._place.district

        def failed(audience: str, about: str) -> Digest:
            return digests.failed(job, audience, about, district.name, local, None)

        due = [directory.it(_for_it(district, job, audit_date, why))]
        if job == WEEKLY:
            due += [
                reader.due(failed(reader.audience, reader.about))
                for reader in readers(directory, district)
            ]
        return self._post([one for one in due if one.recipients], Mailing.SEND, Posted())

    def pages(self, job: str, last: date) -> list[Path]:
        """Return the records of the newest revisions of a job's pages that may be announced."""
        return self._paths(job, self._kinds(job, last), last)

    def deleted(self, job: str, last: date) -> list[str]:
        """Return the ids of a job's pages that were deleted since, and so are not to be told of."""
        with self._place.ledger.read() as connection:
            pages = self._issued(connection, self._kinds(job, last), last)
            return mailbook.deleted(connection, pages)

    def _kinds(self, job: str, last: date) -> tuple[str, ...]:
        if job == NIGHTLY:
            return ("N",)
        named = kept_back(self._place.district, last) is None
        return ("W", "A", "C") if named else ("B",)

    # ---- the parts ---------------------------------------------------------------------------

    def _post(self, due: Sequence[Due], mailing: Mailing, posted: Posted) -> Posted:
        letters = self._letters(due)
        if mailing is Mailing.WRITE:
            posted.folder = self._reports / OUTBOX
            folder = FolderSender(posted.folder)
            posted.sent += [self._outbox.show(letter, folder, self._now) for letter in letters]
        else:
            for letter in letters:
                self._outbox.add(letter, self._now)
            self._send(posted)
        posted.sent += self._unaddressed(due, mailing)
        posted.troubles += _troubles(posted.sent)
        return posted

    def _send(self, posted: Posted) -> None:
        """Hand over everything that waits; without the password all of it goes on waiting."""
        try:
            sender = sender_by(self._delivery.line)
        except SecretError as error:
            posted.troubles.append(f"No mail can be sent. {error}")
        else:
            posted.sent += self._outbox.send(sender, self._now, self._reads)

    def _reads(self, office: str, address: str) -> bool | None:
        """Whether an address gets an office's mail by today's settings and rosters, if known."""
        words, named = Directory(self._delivery, None).it_now()
        if office == words:  # a night whose storage is damaged must still reach IT
            return address.casefold() in {one.casefold() for one in named}
        if self._today is None:
            try:
                directory = Directory(self._delivery, self._desk())
            except (AuditError, StorageError):
                return None
            self._today = addresses_now(
                directory, self._place.district, self._place.pack.offices
            )
        return address.casefold() in self._today.get(office, ())

    def _letters(self, due: Sequence[Due]) -> list[Letter]:
        return [
            compose(
                self._delivery.stationery, one.digest, recipient, self._place.keyring, self._now
            )
            for one in due
            for recipient in one.recipients
        ]

    def _unaddressed(self, due: Sequence[Due], mailing: Mailing) -> list[Sent]:
        """Note the reports that nobody can be told of."""
        found = []
        for one in due:
            if one.recipients:
                continue
            named = message_id(
                self._delivery.stationery, one.digest, f"nobody: {one.office}", self._place.keyring
            )
            mail = Mail(named, one.digest.report_id, one.digest.revision, one.office, "nobody")
            if mailing is Mailing.SEND:
                self._outbox.note_unaddressed(mail, self._now)
            words = "no address is known. Name one under [delivery.to], or mend the roster"
            found.append(Sent(mail, MailState.REJECTED, mailbook.NO_ADDRESS, words))
        return found

    def _month(self, directory: Directory, last: date, posted: Posted) -> list[Due]:
        pages: list[Twin] = []
        for sunday in month.sundays(last):
            for path in self._paths(WEEKLY, ("W",), sunday):
                if not path.exists():  # a page that was deleted when its time was up
                    continue
                try:
                    pages.append(read_twin(path))
                except TwinUnreadable as error:
                    posted.troubles.append(str(error))
        office = SUPERINTENDENT if directory.addresses(SUPERINTENDENT) else DESIGNEE
        district = self._place.district
        digest = month.month(pages, last, district.name, district.timezone, AUDIENCES[office])
        if kept_back(district, last) is not None:
            digest = digests.month_not_yet(digest)
        return [directory.office(digest, office)]

    def _paths(self, job: str, kinds: Sequence[str], last: date) -> list[Path]:
        with self._place.ledger.read() as connection:
            named = self._issued(connection, kinds, last)
        folder = self._reports / job
        return [folder / f"{file_stem(f'{id_}-{revision}')}.json" for id_, revision in named]

    @staticmethod
    def _issued(
        connection: Connection, kinds: Sequence[str], last: date
    ) -> list[tuple[str, int]]:
        return [one for kind in kinds for one in mailbook.issued(connection, kind, last)]

    def _desk(self) -> Desk:
        return open_desk(self._place, {})

    @staticmethod
    def _needs_rosters(twins: Sequence[Twin]) -> bool:
        return any(twin.kind != "night" for twin in twins) or not twins


def tell_unopened(
    office: Office, job: str, audit_date: date, why: str, now: datetime
) -> list[str]:
    """Send IT word that the storage cannot be opened, and return what went wrong with that.

    There is no ledger to keep a receipt in, so a run that fails again says so again.
    """
    delivery, district = office.settings.delivery, office.settings.district
    if delivery is None:
        return []
    due = Directory(delivery, None).it(_for_it(district, job, audit_date, why))
    troubles = []
    try:
        keyring = read_keyring(office.settings.storage.pepper)
        sender = sender_by(delivery.line)
    except SecretError as error:
        return [f"No mail can be sent. {error}"]
    for recipient in due.recipients:
        letter = compose(delivery.stationery, due.digest, recipient, keyring, now)
        try:
            sender.send(letter.message)
        except DeliveryError as error:
            troubles.append(f"Mail to the {due.office}: {error}")
    sender.close()
    return troubles


def _for_it(district: District, job: str, audit_date: date, why: str) -> Digest:
    local = _days(district, job, audit_date)
    return digests.failed(job, "IT", f"{job.capitalize()} run", district.name, local, why)


def _days(district: District, job: str, audit_date: date) -> LocalTime:
    last = audit_date if job == NIGHTLY else week_end(audit_date)
    return LocalTime(district.timezone, last - timedelta(days=6), last)


def _troubles(sent: Sequence[Sent]) -> list[str]:
    """Return each trouble once, with the offices whose mail it holds up."""
    offices: dict[str, list[str]] = {}
    for one in sent:
        if one.trouble is not None:
            offices.setdefault(one.trouble, []).append(one.mail.office)
    return [
        f"Mail to the {listed(dict.fromkeys(held))}: {trouble}" for trouble, held in offices.items()
    ]


def week_end(day: date) -> date:
    """Return the Sunday that ended the last full week up to ``day``."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def month_due(sunday: date) -> date | None:
    """Return a week's Sunday if it ends the last week of its month."""
    return sunday if month.last_of_month(sunday) == sunday else None
