"""Mail on its way out: written down, offered to a sender, and what became of it kept.

The order is what matters. A mail is a file and a row that says "deferred" before any server hears
of it, and "accepted" only once a server has said so. Whatever is killed in between, the next run
finds the file and the row and sends the same bytes under the same Message-ID: a mail may come
twice, which its reader's mail program can tell, but no report goes unannounced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from auditor import mailbook
from auditor.ledger import Ledger
from auditor.mailbook import Mail, Pending
from auditor.result import MailState
from reports.delivery.composing import Letter
from reports.delivery.sender import NO_ANSWER, Denied, Sender, Transient, Unreachable
from reports.delivery.spool import Spool

MOST_BROKEN = 3
"""Lines in a row that break or time out, after which a run offers no more mail."""
_LOST = "the waiting mail is gone"
Reads = Callable[[str, str], bool | None]
"""(office in words, address) -> whether that address gets the office's mail today; None where that
cannot be told now."""
_UNTOLD = "who reads it cannot be told now"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one mail in this run."""

    mail: Mail
    state: MailState
    answer: str
    trouble: str | None
    """In a sentence with its cure, where it did not go out."""


class Outbox:
    """The ledger's rows and the folder of waiting mails, kept in step."""

    def __init__(self, ledger: Ledger, spool: Spool) -> None:
        self._ledger = ledger
        self._spool = spool

    def add(self, letter: Letter, now: datetime) -> bool:
        """Write a mail down to be sent; False where it went out, or was refused, before."""
        with self._ledger.read() as connection:
            if mailbook.is_over(connection, letter.mail.message_id):
                return False
            known = mailbook.state_of(connection, letter.mail.message_id)
        if known is not MailState.DEFERRED or self._spool.get(letter.mail.message_id) is None:
            self._spool.put(letter.message)
        with self._ledger.begin() as connection:
            gone = mailbook.supersede(connection, letter.mail, now)
            mailbook.enter(connection, letter.mail, now)
        for message_id in gone:
            self._spool.drop(message_id)
        return True

    def note_unaddressed(self, mail: Mail, now: datetime) -> None:
        """Write down that a report has nobody to go to."""
        with self._ledger.begin() as connection:
            mailbook.enter(
                connection, mail, now, state=MailState.REJECTED, answer=mailbook.NO_ADDRESS
            )

    def show(self, letter: Letter, sender: Sender, now: datetime) -> Sent:
        """Hand a mail to a sender that only writes it down; what is sent or waits stays so."""
        try:
            answer = sender.send(letter.message).answer
        except Transient as error:
            return Sent(letter.mail, MailState.DEFERRED, error.answer, str(error))
        with self._ledger.begin() as connection:
            mailbook.enter(connection, letter.mail, now, state=MailState.WRITTEN)
        return Sent(letter.mail, MailState.WRITTEN, answer, None)

    def send(self, sender: Sender, now: datetime, reads: Reads) -> tuple[Sent, ...]:
        """Offer every waiting mail, oldest first; stop where no mail can go out at all.

        One whose reader has changed while it waited is taken back.
        """
        with self._ledger.read() as connection:
            waiting = mailbook.pending(connection)
        try:
            return tuple(self._offered(waiting, sender, now, reads))
        finally:
            sender.close()

    def _offered(
        self, waiting: Sequence[Pending], sender: Sender, now: datetime, reads: Reads
    ) -> Iterator[Sent]:
        broken = 0
        for at, one in enumerate(waiting):
            try:
                sent = self._offer(one, sender, now, reads)
            except Unreachable as error:
                yield from (self._put_off(left, left.attempts, error, now) for left in waiting[at:])
                return
            yield sent
            broken = broken + 1 if sent.answer == NO_ANSWER else 0
            if broken == MOST_BROKEN:
                yield from (self._leave(left, now) for left in waiting[at + 1 :])
                return

    def _offer(self, one: Pending, sender: Sender, now: datetime, reads: Reads) -> Sent:
        message = self._spool.get(one.mail.message_id)
        if message is None:
            what = f"the waiting mail about {one.mail.report_id} is gone"
            cure = "`auditor run digest --date` with the day of that report writes it again"
            lost = Transient(what, where="data/outbox", cure=cure, answer=_LOST)
            with self._ledger.begin() as connection:
                mailbook.offer(connection, one.mail.message_id, now)
            return self._put_off(one, one.attempts + 1, lost, now)
        (to,) = message["To"].addresses
        still = reads(one.mail.office, to.addr_spec)
        if still is None:
            return self._settle(one.mail, MailState.DEFERRED, _UNTOLD, now, f"{_UNTOLD}; it waits")
        if not still:
            trouble = (
                f"the waiting mail about {one.mail.report_id} was taken back: whom it was for does "
                "not read it any more. `auditor run digest --date` with the day of that report "
                "tells who does"
            )
            return self._settle(
                one.mail, MailState.SUPERSEDED, mailbook.ANOTHER_READER, now, trouble
            )
        return self._answered(one, message, sender, now)

    def _answered(
        self, one: Pending, message: EmailMessage, sender: Sender, now: datetime
    ) -> Sent:
        with self._ledger.begin() as connection:
            mailbook.offer(connection, one.mail.message_id, now)
        try:
            answer = sender.send(message).answer
        except Unreachable as error:
            with self._ledger.begin() as connection:
                mailbook.withdraw_offer(connection, one.mail.message_id, error.answer)
            raise
        except Denied as error:
            return self._settle(one.mail, MailState.REJECTED, error.answer, now, str(error))
        except Transient as error:
            return self._put_off(one, one.attempts + 1, error, now)
        return self._settle(one.mail, MailState.ACCEPTED, answer, now, None)

    def _put_off(self, one: Pending, attempts: int, error: Transient, now: datetime) -> Sent:
        """Keep a mail for the next run, unless it was offered too often or waits too long."""
        too_long = now - one.queued_at >= mailbook.LONGEST_WAIT
        if attempts >= mailbook.MOST_ATTEMPTS or too_long:
            said = str(error)
            return self._settle(one.mail, MailState.REJECTED, mailbook.GAVE_UP, now, said)
        return self._settle(one.mail, MailState.DEFERRED, error.answer, now, str(error))

    def _leave(self, one: Pending, now: datetime) -> Sent:
        """Keep a mail for the next run without offering it, so that a dead server holds up none."""
        trouble = "the line to the mail server broke again and again. The next run tries again"
        return self._settle(one.mail, MailState.DEFERRED, NO_ANSWER, now, trouble)

    def _settle(
        self, mail: Mail, state: MailState, answer: str, now: datetime, trouble: str | None
    ) -> Sent:
        """Write down what became of a mail; one that needs no further try leaves the folder."""
        with self._ledger.begin() as connection:
            mailbook.settle(connection, mail.message_id, state, answer, now)
        if state in mailbook.FINAL:
            self._spool.drop(mail.message_id)
        return Sent(mail, state, answer, trouble)

