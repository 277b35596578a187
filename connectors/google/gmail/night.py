"""One pull of many mailboxes: in threads, handed on in the order of their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock
from zoneinfo import ZoneInfo

from auditor.records import Fact, MailboxSetting
from auditor.source import (
    DayCoverage,
    DayState,
    Mark,
    Note,
    Page,
    Rejected,
    SourceContext,
    SourceError,
    Transient,
)
from connectors.google.asking import Google
from connectors.google.gmail.automatic import SCOPE as SETTINGS_SCOPE
from connectors.google.gmail.automatic import Automatic
from connectors.google.gmail.copies import Owner
from connectors.google.gmail.planning import NOT_TONIGHT, Gap, Mailbox, Plan
from connectors.google.gmail.reading import NOT_ALL, MailboxReader, MixedUp, Reading
from connectors.google.gmail.settings import GmailSettings
from connectors.google.gmail.units import MailboxUnits, Units
from connectors.google.refusals import NotDelegated, NotThere
from connectors.paging import PAGE_RECORDS
from connectors.pool import in_threads

SCOPE = "gmail.metadata"
_ENOUGH = 20
"""Mailboxes without an answer, one after another, after which no further one is asked."""


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
        self._patience = _Patience()
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
        page = _Filling()
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
                page.add(mailbox, brought.reading)
                said += brought.reading.notes
                rows += self._rows(mailbox, brought.reading)
            page.add_settings(mailbox, brought)
            if page.full:
                yield page.done()
                page = _Filling()
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
        self._patience.saw(brought.failure)
        return brought

    def _settings_of(
        self, mailbox: Mailbox, units: MailboxUnits, brought: _Brought
    ) -> Owner:
        """Ask for what a mailbox does by itself; return its owner, and whether it is shared."""
        owner = mailbox.wanted.owner
        asking = self._google.user(mailbox.user.email, (SETTINGS_SCOPE,))
        automatic = Automatic(asking, units, owner, self._context.addresses)
        try:
            brought.settings = automatic.facts()
            return replace(owner, shared=automatic.is_shared())
        except NotDelegated:
            raise
        except SourceError as error:
            brought.settings_failure = error
            return owner

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


class _Filling:
    """A page of the pull while it fills."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.notes: list[Note] = []
        self._rejected: list[Rejected] = []
        self._marks: list[Mark] = []
        self._records = 0

    @property
    def full(self) -> bool:
        return self._records >= PAGE_RECORDS

    def add(self, mailbox: Mailbox, reading: Reading) -> None:
        """Add what a mailbox brought."""
        self.facts += reading.messages
        for (where, reason), count in sorted(reading.refused.items(), key=str):
            self._rejected += [Rejected(mailbox.unit, None, where, reason)] * count
        self.notes += [
            Note(mailbox.unit, text, n, lost=True) for text, n in sorted(reading.lost.items())
        ]
        self._records += reading.records
        if reading.kept is not None:
            self._marks.append(Mark(mailbox.user.id, reading.kept.written()))

    def add_settings(self, mailbox: Mailbox, brought: _Brought) -> None:
        self.facts += brought.settings
        self._records += len(brought.settings)
        if brought.settings_failure is not None:
            text = f"its settings could not be read: {brought.settings_failure.what}"
            self.notes.append(Note(mailbox.unit, text, lost=True))

    def done(self) -> Page:
        return Page(
            tuple(self.facts),
            tuple(self._rejected),
            tuple(self.notes),
            self._records,
            marks=tuple(self._marks),
        )


class _Patience:
    """Notices that it is not one mailbox that fails, but all of them. For any number of threads.

    A mailbox that is refused costs little, and the next may be open. One that gives no answer
    costs minutes: where it is many in a row, the rest is left for another night.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._read = 0
        self._silent = 0
        """Mailboxes in a row that gave no answer."""
        self._last: SourceError | None = None

    def saw(self, failure: SourceError | None) -> None:
        """Be told how one mailbox went. Raises nothing."""
        with self._lock:
            self._silent = self._silent + 1 if isinstance(failure, Transient) else 0
            if failure is None:
                self._read += 1
            elif not isinstance(failure, NotThere):  # that is about one account alone
                self._last = failure

    def given_up(self) -> SourceError | None:
        """Return why no further mailbox need be asked; None: go on."""
        with self._lock:
            return self._last if self._silent >= _ENOUGH else None

    def settle(self) -> None:
        """Raise what went wrong if it went wrong everywhere."""
        if not self._read and self._last is not None:
            raise self._last
