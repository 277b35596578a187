"""The first tier: Gmail's log shows who wrote to whom, and headers are read only where it matters.

The log tells every mail of the district for a few units, but not who stood in To, Cc or Bcc. That
is asked of the sender's mailbox alone, and only if the sender's mail of these days met a student
and an adult with accounts of the district. Everything else is told as the log has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules
from auditor.model import Address, Message, PartyRole
from auditor.source import DayCoverage, DayState, Page, SourceContext
from connectors.google.activities import Log, Quota, Span
from connectors.google.asking import Google
from connectors.google.gmail.copies import Owner
from connectors.google.gmail.settings import GmailSettings
from connectors.google.logs.gmail import GmailLog
from connectors.google.logs.reading import Portion, Reading, days_of, notes_of
from connectors.google.users import DistrictUser, is_below
from connectors.paging import FillingPage

SCOPE = "admin.reports.audit.readonly"
_PREFLIGHT = timedelta(hours=1)
_NOT_YET = "the log was not read to the end of this day"


@dataclass(slots=True)
class Contacts:
    """Whose mail met a student and an adult, so far."""

    accounts: dict[Address, tuple[str, bool]]
    """Address of an account -> (its main address, whether it is a student's)."""
    senders: set[str] = field(default_factory=set)
    """Main addresses of the accounts that sent such mail."""
    messages: int = 0

    @classmethod
    def among(
        cls, users: Iterable[DistrictUser], students: Sequence[str], rules: AddressRules
    ) -> Contacts:
        accounts: dict[Address, tuple[str, bool]] = {}
        for user in users:
            told = user.email, is_below(user.org_unit, students)
            accounts |= dict.fromkeys(Owner.of(user, rules).addresses, told)
        return cls(accounts)

    def look_at(self, message: Message) -> None:
        """Remember a message's sender if it is one for the second tier."""
        met = [a for p in message.parties if (a := self.accounts.get(p.address)) is not None]
        if {is_student for _, is_student in met} != {True, False}:
            return
        sent_by = [p.address for p in message.parties if p.role is PartyRole.FROM]
        if message.on_behalf_of is not None:
            sent_by.append(message.on_behalf_of)  # a delegate's mail lies in that mailbox
        self.messages += 1
        self.senders |= {self.accounts[a][0] for a in sent_by if a in self.accounts}


class FirstTier:
    """Reads Gmail's log of the days asked for."""

    def __init__(
        self, google: Google, context: SourceContext, settings: GmailSettings, contacts: Contacts
    ) -> None:
        self._zone = ZoneInfo(context.timezone)
        customer = google.access.customer
        reading = Reading(
            google.admin([SCOPE]),
            Quota.of(google.clock),
            None if customer == "my_customer" else customer,
            settings.threads,
            context.name,
            context.addresses,
            self._zone,
        )
        self._reading = reading
        self._log = GmailLog(reading, settings.tool)
        self._contacts = contacts
        self._counts: Counter[date] = Counter()
        self._finished: set[date] = set()
        self._said: Counter[tuple[str, bool]] = Counter()

    def preflight(self, now: datetime) -> None:
        """Ask for one row of the last hour; raises ``Denied`` where the log may not be read."""
        asked = self._reading
        log = Log(asked.asking, "gmail", asked.quota, customer=asked.customer)
        log.preflight(Span(now - _PREFLIGHT, now))

    def pages(self, span: tuple[datetime, datetime]) -> Iterator[Page]:
        """Yield the log's messages; raises ``Denied`` where the district has no such log."""
        filling = FillingPage()
        for portion in self._log.read(days_of(span, self._zone)):
            self._add(portion, filling)
            if filling.full:
                yield filling.done()
                filling = FillingPage()
        filling.notes += notes_of("gmail", self._said)
        yield filling.done()

    def rows(self, days: Iterable[date]) -> Iterator[DayCoverage]:
        """Yield each day as the log has it, for all mailboxes together."""
        for day in days:
            if day in self._finished:
                yield DayCoverage(day, DayState.READ, self._counts[day])
            else:
                yield DayCoverage(day, DayState.MISSING, None, _NOT_YET)

    def _add(self, portion: Portion, filling: FillingPage) -> None:
        for message in portion.facts:
            self._contacts.look_at(message)
        filling.facts += portion.facts
        filling.rejected += portion.rejected
        filling.records += portion.records
        self._counts += portion.by_day
        self._finished |= set(portion.finished)
        self._said += portion.counts
