"""Pulling one source: pages in, committed facts out, and failure turned into coverage.

This is the one place where a connector's errors are caught. A source that fails leaves the lake
as it was, and says in the ledger what was not read, why, and what would mend it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from auditor.lake import Landed
from auditor.model import Message, RosterFact
from auditor.source import (
    DayCoverage,
    FactKind,
    FileSeen,
    Note,
    Rejected,
    Source,
    SourceError,
    Window,
)
from auditor.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one source delivered in one run. ``landed`` is None when nothing was committed."""

    source: Source
    landed: Landed | None
    failure: SourceError | None
    facts: tuple[RosterFact, ...]
    rejected: tuple[Rejected, ...]
    notes: tuple[Note, ...]
    coverage: tuple[DayCoverage, ...]
    newest_file: datetime | None
    """When the newest file it read was written; None for a source without files."""
    seconds: float

    @property
    def name(self) -> str:
        return self.source.context.name

    @property
    def brings_messages(self) -> bool:
        return FactKind.MESSAGES in self.source.provides


def pull(place: Workplace, source: Source, window: Window, run_id: str) -> Pulled:
    """Read ``window`` from a source and commit it whole, or not at all."""
    began = perf_counter()
    facts: list[RosterFact] = []
    rejected: list[Rejected] = []
    notes: list[Note] = []
    coverage: list[DayCoverage] = []
    files: list[FileSeen] = []
    landed: Landed | None = None
    failure: SourceError | None = None
    name = source.context.name
    try:
        with place.lake.landing(
            source=name,
            run_id=run_id,
            keyring=place.keyring,
            timezone=place.district.timezone,
        ) as landing:
            for page in source.pull(window):
                landing.add(page)
                facts += [fact for fact in page.facts if not isinstance(fact, Message)]
                rejected += page.rejected
                notes += page.notes
                coverage += page.coverage
                files += page.files
            landed = landing.commit()
    except SourceError as error:
        failure = error
        facts, coverage = [], []
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
    )


def rosters_first(sources: Sequence[Source]) -> list[Source]:
    """Return roster sources before message sources, else in the order configured."""
    return sorted(sources, key=lambda s: FactKind.MESSAGES in s.provides)
