"""What a district accepts in its settings: limits, days of few messages, what rosters may lose.

Each acceptance names who gave it and how far it goes. One that names a source which is not there
would excuse nothing and look as if it did, so it is a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypedDict

from auditor.directory import Guard
from auditor.result import AcceptedDays, KnownLimit
from auditor.workplace import Breaker
from cron import shape
from cron.mistakes import did_you_mean


class Found(Protocol):
    """Whoever gathers what is wrong with the settings."""

    def wrong(self, path: tuple[str | int, ...], what: str, cure: str, /) -> None: ...


class Accepted(TypedDict):
    """The parts of a district that are acceptances."""

    known_limits: tuple[KnownLimit, ...]
    accepted_days: tuple[AcceptedDays, ...]
    roster_guard: Guard
    breaker: Breaker


def accepted(draft: Found, found: Mapping[str, Any]) -> Accepted:
    """Return what the settings accept, telling ``draft`` what is wrong with it."""
    limits: tuple[shape.LimitSection, ...] = found["known_limits"] or ()
    days: tuple[shape.AcceptedDaysSection, ...] = found["accepted_days"] or ()
    guard: shape.RosterGuardSection = found["roster_guard"] or shape.RosterGuardSection()
    breaker: shape.BreakerSection = found["breaker"] or shape.BreakerSection()
    sources = tuple(found["sources"] or ())
    for at, limit in enumerate(limits):
        if limit.unit is not None and limit.source is None:
            cure = "Name the source that the mailbox or space is of"
            draft.wrong(("known_limits", at, "unit"), "it is of no source", cure)
    named = [("known_limits", at, limit.source) for at, limit in enumerate(limits)]
    named += [("accepted_days", at, one.source) for at, one in enumerate(days)]
    for section, at, source in named:
        if source is not None and source not in sources:
            what = f"there is no source {source!r}"
            draft.wrong((section, at, "source"), what, did_you_mean(source, sources))
    for at, one in enumerate(days):
        if one.last is not None and one.last < one.first:
            cure = "Give the earlier day first; leave it out where so few are the usual from then"
            draft.wrong(("accepted_days", at, "last"), "it is before the first day", cure)
    return Accepted(
        known_limits=tuple(
            KnownLimit(one.text, one.accepted_by, one.until, one.source, one.unit)
            for one in limits
        ),
        accepted_days=tuple(
            AcceptedDays(one.first, one.last, one.because, one.accepted_by, one.source)
            for one in days
        ),
        roster_guard=Guard(guard.lost_percent, guard.lost_people, guard.swapped_people),
        breaker=Breaker(breaker.staff_percent, breaker.staff_people),
    )
