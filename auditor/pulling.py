"""Pulling one source: pages in, committed facts out, and failure turned into coverage.

This is the one place where a connector's errors are caught. A source that fails leaves the lake
as it was, and says in the ledger what was not read, why, and what would mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter

from auditor.daily import Judge, Newest, Settled, asked, known_before
from auditor.erasedunits import without_erased
from auditor.lags import Lag, measured
from auditor.lake import Landed
from auditor.model import Message
from auditor.records import StateFact
from auditor.source import (
    DayCoverage,
    FactKind,
    FileSeen,
    Note,
    Page,
    Rejected,
    Source,
    SourceError,
    Window,
)
from auditor.workplace import Privileged, Workplace

FUTURE = timedelta(days=1)
"""How far ahead of the run a message may be dated: zones and clocks differ by less."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one source delivered in one run. ``landed`` is None when nothing was committed."""

    source: Source
    landed: Landed | None
    failure: SourceError | None
    facts: tuple[StateFact, ...]
    rejected: tuple[Rejected, ...]
    notes: tuple[Note, ...]
    coverage: tuple[DayCoverage, ...]
    newest_file: datetime | None
    """When the newest file it read was written; None for a source without files."""
    seconds: float
    privileged: int = 0
    """Messages that were dropped unread, because a protected address was on them."""
    remarks: tuple[str, ...] = ()
    """What IT has to know of it beside what it brought."""
    newest: Newest | None = None
    """The last day it counted; None for a list, and where nothing was counted."""
    lag: Lag | None = None
    """How late it was; None where there was nothing to measure."""
    beyond: int = 0
    """Messages of a live source that an ordinary night would not have asked for any more."""
    doubt: str | None = None
    """Why all that it brought may have been read wrongly; see ``Page.doubt``."""

    @property
    def name(self) -> str:
        return self.source.context.name

    @property
    def brings_messages(self) -> bool:
        return FactKind.MESSAGES in self.source.provides


def pull(
    place: Workplace, source: Source, window: Window, run_id: str, *, now: datetime
) -> Pulled:
    """Read ``window`` from a source and commit it whole, or not at all."""
    began = perf_counter()
    taken = _Taken(place.district.privileged, source.context.title, now + FUTURE)
    name, feed = source.context.name, source.context
    landed: Landed | None = None
    lag: Lag | None = None
    failure: SourceError | None = None
    settled: Settled | None = None
    with place.ledger.read() as connection:
        known = known_before(connection, name, window)
    wanted = asked(window, known, feed, now)
    try:
        with place.lake.landing(
            source=name,
            run_id=run_id,
            keyring=place.keyring,
            timezone=place.district.timezone,
        ) as landing:
            for given in source.pull(wanted):
                with place.ledger.read() as connection:
                    page = without_erased(given, connection, place.keyring, feed.addresses)
                landing.add(taken.page(page))
            if FactKind.MESSAGES in source.provides:
                limits, accepted = place.district.known_limits, place.district.accepted_days
                judge = Judge(feed, wanted, known, limits, accepted)
                settled = judge.settle(
                    taken.coverage, live=taken.is_live(source), over=taken.over
                )
                landing.add(Page(coverage=settled.told))
            landed = landing.commit()
            lag = measured(landed, known, feed, wanted, now)
    except SourceError as error:
        failure, settled = error, None
        taken.forget()
    return Pulled(
        source,
        landed,
        failure,
        tuple(taken.facts),
        tuple(taken.rejected),
        tuple(taken.notes),
        () if settled is None else settled.whole,
        max((file.modified_at for file in taken.files), default=None),
        perf_counter() - began,
        taken.privileged,
        newest=None if settled is None else settled.newest,
        lag=lag,
        beyond=lag.beyond if lag is not None and taken.is_live(source) else 0,
        doubt=taken.doubt,
    )


class _Taken:
    """What came with the pages of one pull, less what must not be kept."""

    def __init__(self, privileged: Privileged, title: str, not_after: datetime) -> None:
        self._protected = privileged
        self._title = title
        self._not_after = not_after
        self.facts: list[StateFact] = []
        self.rejected: list[Rejected] = []
        self.notes: list[Note] = []
        self.coverage: list[DayCoverage] = []
        self.over: frozenset[str] = frozenset()
        self.files: list[FileSeen] = []
        self.privileged = 0
        self.doubt: str | None = None

    def page(self, given: Page) -> Page:
        """Remember what a page brings and return what of it goes into the lake.

        Its word on days is kept back until the source has said all of it.
        """
        page, dropped = without_privileged(given, self._protected)
        page = without_future(page, self._not_after, self._title)
        self.privileged += dropped
        self.facts += [fact for fact in page.facts if not isinstance(fact, Message)]
        self.rejected += page.rejected
        self.notes += page.notes
        self.coverage += page.coverage
        self.over |= page.over
        self.doubt = page.doubt or self.doubt
        self.files += page.files
        return replace(page, coverage=())

    def is_live(self, source: Source) -> bool:
        """Whether the source answers for itself, and not through files of a known age."""
        return not self.files and not source.context.already_read

    def forget(self) -> None:
        """Drop what a pull that failed seemed to bring."""
        self.facts, self.privileged = [], 0


def without_future(page: Page, not_after: datetime, title: str) -> Page:
    """Return a page with messages of days to come set aside.

    A clock was wrong somewhere. Taken as it stands, such a message would be on no day that is
    ever judged again, and a cursor that believed it would jump over all that comes before.
    """
    ahead = [f for f in page.facts if isinstance(f, Message) and f.sent_at > not_after]
    if not ahead:
        return page
    kept = tuple(f for f in page.facts if not (isinstance(f, Message) and f.sent_at > not_after))
    reason = "it is dated more than a day after the run"
    aside = (Rejected(title, None, "sent_at", reason) for _ in ahead)
    return replace(page, facts=kept, rejected=(*page.rejected, *aside))


def without_privileged(page: Page, privileged: Privileged) -> tuple[Page, int]:
    """Return a page without messages to or from protected addresses, and how many there were.

    They are dropped here, before anything of them is stored: nothing but their number remains.
    """
    if not privileged:
        return page, 0
    kept = tuple(
        fact
        for fact in page.facts
        if not (
            isinstance(fact, Message)
            and any(privileged.protects(party.address) for party in fact.parties)
        )
    )
    dropped = len(page.facts) - len(kept)
    return replace(page, facts=kept, records_read=page.records_read - dropped), dropped


def rosters_first(sources: Sequence[Source]) -> list[Source]:
    """Return roster sources before message sources, else in the order configured."""
    return sorted(sources, key=lambda s: FactKind.MESSAGES in s.provides)
