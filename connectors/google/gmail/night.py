"""One pull of many mailboxes: in threads, handed on in the order of their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from auditor.records import MailboxSetting
from auditor.source import (
    DayCoverage,
    DayState,
    Mark,
    Note,
    Page,
    SourceContext,
    SourceError,
    Transient,
)
from connectors.brought import MailPage
from connectors.envelope.owner import Owner
from connectors.google.asking import Google
from connectors.google.gmail.automatic import SCOPE as SETTINGS_SCOPE
from connectors.google.gmail.automatic import Automatic
from connectors.google.gmail.planning import NOT_TONIGHT, Gap, Mailbox, Plan
from connectors.google.gmail.reading import NOT_ALL, MailboxReader, MixedUp, Reading
from connectors.google.gmail.settings import GmailSettings
from connectors.google.gmail.units import MailboxUnits, Units
from connectors.google.refusals import NotDelegated, NotThere
from connectors.patience import Patience
from connectors.pool import in_threads

SCOPE = "gmail.metadata"


@dataclass(slots=True)
class _Brought:
    """What one mailbox brought, or why it brought nothing."""

    reading: Reading | None = None
    failure: SourceError | None = None
    settings: list[MailboxSetting] = field(default_factory=list)
    settings_failure: SourceError | None = None


class Night:
    """Reads a plan's mailboxes once."""

    def __init__(
        self,
        google: Google,
        context: SourceContext,
        settings: GmailSettings,
        days: Sequence[date],
    ) -> None:
        self._google = google
        self._context = context
        self._settings = settings
        self._days = days
        self._zone = ZoneInfo(context.timezone)
        self._units = Units(settings.units_per_minute, google.clock)
        self._patience = Patience()
        self._log_rows: tuple[DayCoverage, ...] = ()
        self._contacts: int | None = None
        self._unread: frozenset[str] = frozenset()
        """Mailboxes that are asked for their settings alone."""

    def told_by_log(self, contacts: int, rows: Iterable[DayCoverage]) -> None:
        """Be told that the log was read before: how much of it met, and each of its days."""
        self._contacts = contacts
        self._log_rows = tuple(rows)

    def pages(self, plan: Plan) -> Iterator[Page]:
        """Yield what the mailboxes bring; raises a ``SourceError`` that concerns them all."""
        page = MailPage()
        said: Counter[str] = Counter()
        rows = [*self._log_rows, *(row for gap in plan.gaps for row in gap.rows(self._days))]
        for unit in plan.told:
            rows += [replace(row, unit=unit, records=None) for row in self._log_rows]
        asked = [*plan.mailboxes, *(plan.covered if self._settings.settings else ())]
        self._unread = frozenset(mailbox.unit for mailbox in plan.covered)
        found = in_threads(asked, self._read, threads=self._settings.threads)
        for done, (mailbox, brought) in enumerate(found, start=1):
            self._context.progress(done, len(asked), "mailboxes")
            if brought.failure is not None:
                rows += Gap(mailbox.unit, brought.failure.what).rows(self._days)
            if brought.reading is not None:
                page.add(mailbox.unit, brought.reading)
                if brought.reading.kept is not None:
                    page.mark(mailbox.user.id, brought.reading.kept.written())
                said += brought.reading.notes
                rows += self._rows(mailbox, brought.reading)
            page.add_settings(mailbox.unit, brought.settings, brought.settings_failure)
            if page.full:
                yield page.done()
                page = MailPage()
        self._patience.settle()
        page.notes += [Note(self._context.title, text, n) for text, n in sorted(said.items())]
        page.notes += self._notes(plan)
        last = page.done()
        marks = (*last.marks, *(Mark(number, None) for number in plan.forgotten))
        yield replace(last, coverage=tuple(rows), marks=marks, over=plan.over)

    def _read(self, mailbox: Mailbox) -> _Brought:
        """Read one mailbox, in one of the threads."""
        stopped = self._patience.given_up()
        if stopped is None and self._units.spent >= self._settings.units_per_day:
            stopped = Transient(NOT_TONIGHT, where=self._context.title, cure="It goes on by itself")
        if stopped is not None:
            return _Brought(failure=stopped)
        units = self._units.mailbox()
        brought = _Brought()
        owner = mailbox.wanted.owner
        if self._settings.settings:
            owner = self._settings_of(mailbox, units, brought)
        if mailbox.unit in self._unread:
            return brought
        try:
            reader = MailboxReader(
                self._google.user(mailbox.user.email, (SCOPE,)),
                units,
                tool=self._settings.tool,
                rules=self._context.addresses,
                zone=self._zone,
                where=self._context.title,
            )
            brought.reading = reader.read(replace(mailbox.wanted, owner=owner))
        except (NotDelegated, MixedUp):
            raise
        except SourceError as error:
            brought.failure = error
        self._google.identity.forget(mailbox.user.email)
        self._patience.saw(brought.failure, of_one=isinstance(brought.failure, NotThere))
        return brought

    def _settings_of(
        self, mailbox: Mailbox, units: MailboxUnits, brought: _Brought
    ) -> Owner:
        """Ask for what a mailbox does by itself; return its owner, and whether it is shared.

        As long as that is not told it may be: nobody is to answer for what another wrote.
        """
        owner, shared = mailbox.wanted.owner, True
        asking = self._google.user(mailbox.user.email, (SETTINGS_SCOPE,))
        automatic = Automatic(asking, units, owner, self._context.addresses)
        try:
            shared = automatic.is_shared()
            brought.settings = automatic.facts()
        except NotDelegated:
            raise
        except SourceError as error:
            brought.settings_failure = error
        return replace(owner, shared=shared)

    def _rows(self, mailbox: Mailbox, reading: Reading) -> Iterator[DayCoverage]:
        for day in self._days:
            count = reading.counts[day]
            if day in reading.lost_days:
                yield DayCoverage(day, DayState.PART, count, NOT_ALL, mailbox.unit)
            else:
                yield DayCoverage(day, DayState.READ, count, unit=mailbox.unit)

    def _notes(self, plan: Plan) -> Iterator[Note]:
        where = self._context.title
        spent, asked = round(self._units.spent), len(plan.mailboxes)
        yield Note(where, f"quota units used, of about {plan.units:,} expected", spent)
        if self._contacts is not None:
            all_of_them = len(plan.told) + asked
            text = f"mailboxes whose headers were read, of {all_of_them:,} that the log tells of"
            yield Note(where, text, asked)
            yield Note(where, "mail in the log between students and adults", self._contacts)
        if plan.at_rest:
            text = "account out of use since before these days: nothing can have been sent or got"
            yield Note(where, text, plan.at_rest)
        if plan.moved:
            text = "account that was read before and is no longer one of those whose mail is read"
            yield Note(where, text, plan.moved)
        yield from self._google.notes()
