"""One pull of many mailboxes: four at a time, handed on in the order of their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from auditor.records import MailboxSetting
from auditor.source import DayCoverage, DayState, Note, Page, SourceContext, SourceError
from connectors.brought import MailPage
from connectors.microsoft.asking import Graph
from connectors.microsoft.mail.automatic import Automatic
from connectors.microsoft.mail.folders import Homes, MixedUp, NotHere
from connectors.microsoft.mail.planning import Gap, Mailbox, Plan
from connectors.microsoft.mail.reading import MailboxReader, Reading
from connectors.microsoft.mail.settings import ExchangeSettings
from connectors.patience import Patience
from connectors.pool import in_threads

_MOVED = "account that was read before and is no longer one of those whose mail is read"


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
        graph: Graph,
        context: SourceContext,
        settings: ExchangeSettings,
        days: Sequence[date],
    ) -> None:
        self._graph = graph
        self._context = context
        self._settings = settings
        self._days = days
        self._patience = Patience()
        self._homes = Homes()
        self._said: Counter[str] = Counter()

    def pages(self, plan: Plan) -> Iterator[Page]:
        """Yield what the mailboxes bring; raises a ``SourceError`` that concerns them all."""
        page = MailPage()
        rows = [row for gap in plan.gaps for row in gap.rows(self._days)]
        asked = plan.mailboxes
        found = in_threads(asked, self._read, threads=self._settings.threads)
        with closing(found):
            for done, (mailbox, brought) in enumerate(found, start=1):
                self._context.progress(done, len(asked), "mailboxes")
                rows += self._told(mailbox, brought, page)
                if page.full:
                    yield page.done()
                    page = MailPage()
        self._patience.settle()
        where = self._context.title
        page.notes += [Note(where, text, n) for text, n in sorted(self._said.items())]
        page.notes += self._graph.notes()
        if plan.moved:
            page.notes.append(Note(where, _MOVED, plan.moved))
        for unit in plan.forgotten:
            page.mark(unit, None)
        yield replace(page.done(), coverage=tuple(rows), over=plan.over)

    def _told(self, mailbox: Mailbox, brought: _Brought, page: MailPage) -> list[DayCoverage]:
        """Put what a mailbox brought on a page; return what it says of its days."""
        page.add_settings(mailbox.unit, brought.settings, brought.settings_failure)
        reading = brought.reading
        if reading is None:
            reason = "" if brought.failure is None else brought.failure.what
            return list(Gap(mailbox.unit, reason).rows(self._days))
        page.add(mailbox.unit, reading)
        self._said += reading.notes
        for folder, kept in reading.kept.items():
            value = None if kept is None else replace(kept, unit=mailbox.unit).written()
            page.mark(f"{mailbox.user.id}/{folder}", value)
        return [
            DayCoverage(day, DayState.READ, reading.counts[day], unit=mailbox.unit)
            for day in self._days
        ]

    def _read(self, mailbox: Mailbox) -> _Brought:
        """Read one mailbox, in one of the threads."""
        stopped = self._patience.given_up()
        if stopped is not None:
            return _Brought(failure=stopped)
        brought = _Brought()
        owner = mailbox.wanted.owner
        if self._settings.settings:
            automatic = Automatic(self._graph, mailbox.user.id, owner, self._context.addresses)
            try:
                brought.settings = automatic.facts()
            except SourceError as error:
                brought.settings_failure = error
            owner = owner.used_by_others() if automatic.shared else owner
        reader = MailboxReader(
            self._graph,
            self._homes,
            tool=self._settings.tool,
            rules=self._context.addresses,
            zone=ZoneInfo(self._context.timezone),
        )
        try:
            brought.reading = reader.read(replace(mailbox.wanted, owner=owner))
        except MixedUp:
            raise
        except SourceError as error:
            brought.failure = error
        self._patience.saw(brought.failure, of_one=isinstance(brought.failure, NotHere))
        return brought
