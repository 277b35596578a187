"""Pulling one source: pages in, committed facts out, and failure turned into coverage.

This is the one place where a connector's errors are caught. A source that fails leaves the lake
as it was, and says in the ledger what was not read, why, and what would mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter

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

    @property
    def name(self) -> str:
        return self.source.context.name

    @property
    def brings_messages(self) -> bool:
        return FactKind.MESSAGES in self.source.provides


def pull(place: Workplace, source: Source, window: Window, run_id: str) -> Pulled:
    """Read ``window`` from a source and commit it whole, or not at all."""
    began = perf_counter()
    facts: list[StateFact] = []
    rejected: list[Rejected] = []
    notes: list[Note] = []
    coverage: list[DayCoverage] = []
    files: list[FileSeen] = []
    landed: Landed | None = None
    privileged = 0
    failure: SourceError | None = None
    name = source.context.name
    try:
        with place.lake.landing(
            source=name,
            run_id=run_id,
            keyring=place.keyring,
            timezone=place.district.timezone,
        ) as landing:
            for given in source.pull(window):
                page, dropped = without_privileged(given, place.district.privileged)
                privileged += dropped
                landing.add(page)
                facts += [fact for fact in page.facts if not isinstance(fact, Message)]
                rejected += page.rejected
                notes += page.notes
                coverage += page.coverage
                files += page.files
            landed = landing.commit()
    except SourceError as error:
        failure = error
        facts, coverage, privileged = [], [], 0
    return Pulled(
        source,
        landed,
        failure,
        tuple(facts),
        tuple(rejected),
        tuple(notes),
        tuple(coverage),
        max((file.modified_at for file in files), default=None),
        perf_counter() - began,
        privileged,
    )


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
